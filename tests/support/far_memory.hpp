// SPDX-License-Identifier: MIT
//
// Memory that the host may hold addresses of and not touch: one range of pages that nobody may read or write, except
// while a verb of the far device works. Who reads a tensor of it from the host gets SIGSEGV at that line. What is
// fresh or given back holds no number and no index, and what a kernel writes beside its buffers is noticed when they
// are given back.
#ifndef COOP_TESTS_FAR_MEMORY_HPP
#define COOP_TESTS_FAR_MEMORY_HPP

#include <coop/error.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace coop::tests {

/// The far device's one memory, for the whole program.
class far_memory {
 public:
  static far_memory& the() {
    static auto* const one = new far_memory;  // outlives every static that holds a buffer
    return *one;
  }

  /// The pages are open while one of these lives; one thread at a time has one.
  class opened {
   public:
    explicit opened(far_memory& memory) : memory_(memory), lock_(memory.mutex_) {
      memory_.protect(PROT_READ | PROT_WRITE);
    }
    opened(const opened&) = delete;
    opened& operator=(const opened&) = delete;
    ~opened() { memory_.protect(PROT_NONE); }

   private:
    far_memory& memory_;
    std::lock_guard<std::mutex> lock_;
  };

  /// Buffers that were ever asked for.
  [[nodiscard]] std::size_t taken() const { return taken_; }

  std::byte* take(std::size_t bytes) {
    const opened open(*this);
    ++taken_;
    const std::size_t whole = (bytes + 2 * border - 1) / border * border;
    auto place =
        std::find_if(idle_.begin(), idle_.end(), [&](const auto& hole) { return hole.second >= whole; });
    if (place == idle_.end()) throw device_error("device far: memory: expected at most 1 GiB to be in use");
    std::byte* const p = place->first;
    const std::size_t rest = place->second - whole;
    idle_.erase(place);
    if (rest) idle_[p + whole] = rest;
    if (std::size_t(p + whole - begin_) > high_) {
      high_ = std::size_t(p + whole - begin_);
      protect(PROT_READ | PROT_WRITE);
    }
    spoil(p, whole);
    live_[p] = bytes;
    return p;
  }

  void give(std::byte* p) {
    const opened open(*this);
    const auto found = live_.find(p);
    const std::size_t whole = (found->second + 2 * border - 1) / border * border;
    for (std::size_t i = (found->second + 3) / 4 * 4; i < whole; i += 4) {
      if (std::memcmp(p + i, &nothing, 4) != 0) {
        std::fprintf(stderr, "coop: device far: a buffer of %zu bytes: byte %zu behind it was written\n",
                     found->second, i - found->second);
        std::abort();
      }
    }
    spoil(p, whole);
    live_.erase(found);
    auto next = idle_.insert({p, whole}).first;
    if (const auto after = std::next(next);
        after != idle_.end() && next->first + next->second == after->first) {
      next->second += after->second;
      idle_.erase(after);
    }
    if (next != idle_.begin()) {
      const auto before = std::prev(next);
      if (before->first + before->second == next->first) {
        before->second += next->second;
        idle_.erase(next);
      }
    }
  }

  /// Whether an address is one of this memory's.
  [[nodiscard]] bool contains(const void* p) const {
    const auto* at = static_cast<const std::byte*>(p);
    return at >= begin_ && at < begin_ + size;
  }

  /// How many bytes of one living buffer stand behind an address of it; -1 where there is none. Needs it opened.
  [[nodiscard]] std::ptrdiff_t behind(const void* p) const {
    auto* const at = static_cast<std::byte*>(const_cast<void*>(p));
    auto found = live_.upper_bound(at);
    if (found == live_.begin()) return -1;
    --found;
    const auto inside = at - found->first;
    return inside <= std::ptrdiff_t(found->second) ? std::ptrdiff_t(found->second) - inside : -1;
  }

 private:
  static constexpr std::size_t size = std::size_t(1) << 30;
  static constexpr std::size_t border =
      256;  // buffers begin on it, and at least a byte and at most this lies between
  // NaN as float and as double, and as an index far outside every table.
  static constexpr std::uint32_t nothing = 0x7ffa5a5au;

  far_memory() {
    void* const p = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) throw device_error("device far: memory: the system gives no address range of 1 GiB");
    begin_ = static_cast<std::byte*>(p);
    idle_[begin_] = size;
  }

  void protect(int how) {
    if (high_ == 0) return;
    const auto page = std::size_t(::sysconf(_SC_PAGESIZE));
    if (::mprotect(begin_, (high_ + page - 1) / page * page, how) != 0) {
      std::fprintf(stderr, "coop: device far: mprotect failed\n");
      std::abort();
    }
  }

  static void spoil(std::byte* p, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; i += sizeof nothing) std::memcpy(p + i, &nothing, sizeof nothing);
  }

  std::mutex mutex_;
  std::byte* begin_ = nullptr;
  std::atomic<std::size_t> taken_{0};
  std::size_t high_ = 0;                    // bytes that were ever in use
  std::map<std::byte*, std::size_t> live_;  // bytes asked for
  std::map<std::byte*, std::size_t> idle_;
};

/// Numbers in that memory.
template <class T>
class far_buffer {
 public:
  far_buffer() = default;
  explicit far_buffer(std::size_t n)
      : data_(reinterpret_cast<T*>(far_memory::the().take(std::max<std::size_t>(n, 1) * sizeof(T)))) {}
  far_buffer(far_buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  far_buffer& operator=(far_buffer&& other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }
  ~far_buffer() {
    if (data_) far_memory::the().give(reinterpret_cast<std::byte*>(data_));
  }

  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] const T* data() const { return data_; }

 private:
  T* data_ = nullptr;
};

}  // namespace coop::tests

#endif
