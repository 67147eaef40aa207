// SPDX-License-Identifier: MIT
//
// What all copies of a CUDA device share: a stream, in whose order everything happens, but for copies that have their own
// (cuda_staging.hpp); a pool of memory, taken and given
// back in that order; and pinned memory through which the host's numbers go. Numbers that are uploaded may be changed when
// the call returns, numbers that are downloaded are there.
#ifndef COOP_DEVICE_DETAIL_CUDA_CONTEXT_HPP
#define COOP_DEVICE_DETAIL_CUDA_CONTEXT_HPP

#include <coop/device/detail/cuda_check.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace coop::detail {

/// Bytes in rows, the rows at some distance.
struct byte_rows {
  std::size_t width = 0;
  std::size_t rows = 0;
  std::size_t from_pitch = 0;
  std::size_t to_pitch = 0;

  /// As few rows as possible: one, where nothing lies between them.
  [[nodiscard]] byte_rows joined() const {
    if (rows == 1 || (from_pitch == width && to_pitch == width)) {
      return {width * rows, 1, width * rows, width * rows};
    }
    return *this;
  }
};

/// visit(offset into `from`, offset into `to`, width, rows) for pieces of at most `most` bytes that make up all.
template <class Visit>
void for_each_piece(const byte_rows& all, std::size_t most, const Visit& visit) {
  if (all.width == 0 || all.rows == 0) return;
  if (all.width <= most) {
    const std::size_t some = most / all.width;
    for (std::size_t row = 0; row < all.rows; row += some) {
      visit(row * all.from_pitch, row * all.to_pitch, all.width, std::min(some, all.rows - row));
    }
    return;
  }
  for (std::size_t row = 0; row < all.rows; ++row) {
    for (std::size_t begin = 0; begin < all.width; begin += most) {
      visit(row * all.from_pitch + begin, row * all.to_pitch + begin, std::min(most, all.width - begin),
            std::size_t(1));
    }
  }
}

/// Bytes of a GPU's memory that a device has: now, and at most since it was last asked to forget.
struct cuda_memory_use {
  std::size_t now = 0;
  std::size_t peak = 0;
};

/// Stream, memory pool and staging memory of one GPU. Its verbs may be called from several host threads.
class cuda_context {
 public:
  explicit cuda_context(int ordinal) : ordinal_(ordinal) {
    const cudaDeviceProp what = expect_cuda_device(ordinal);
    enter();
    title_ = what.name;
    processors_ = what.multiProcessorCount;
    for (owned_stream* one : {&stream_, &copies_}) {
      check_cuda(cudaStreamCreateWithFlags(&one->value, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
    }
    cudaMemPoolProps how{};
    how.allocType = cudaMemAllocationTypePinned;
    how.handleTypes = cudaMemHandleTypeNone;
    how.location.type = cudaMemLocationTypeDevice;
    how.location.id = ordinal;
    check_cuda(cudaMemPoolCreate(&pool_.value, &how), "cudaMemPoolCreate");
    // What was given back is kept for the next who asks: by default it would go to the system at every synchronisation.
    std::uint64_t kept = std::numeric_limits<std::uint64_t>::max();
    check_cuda(cudaMemPoolSetAttribute(pool_.value, cudaMemPoolAttrReleaseThreshold, &kept),
               "cudaMemPoolSetAttribute");
  }
  cuda_context(const cuda_context&) = delete;
  cuda_context& operator=(const cuda_context&) = delete;
  ~cuda_context() {
    for (const owned_stream* one : {&copies_, &stream_}) {
      if (one->value != nullptr) cudaStreamSynchronize(one->value);
    }
    for (const auto& one : idle_) cudaFreeHost(one.second);
  }

  [[nodiscard]] int ordinal() const { return ordinal_; }
  [[nodiscard]] int processors() const { return processors_; }
  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] cudaStream_t stream() const { return stream_.value; }
  /// Of what goes up to the device while it computes.
  [[nodiscard]] cudaStream_t copies() const { return copies_.value; }

  /// The calling thread speaks to this GPU from here on.
  void enter() const { check_cuda(cudaSetDevice(ordinal_), "cudaSetDevice"); }

  [[nodiscard]] void* allocate(std::size_t bytes) const {
    expect_not_recording("memory is asked for");
    void* memory = nullptr;
    const cudaError_t status =
        cudaMallocFromPoolAsync(&memory, std::max<std::size_t>(bytes, 1), pool_.value, stream_.value);
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      throw device_error("CUDA device " + std::to_string(ordinal_) + " (" + title_ +
                         "): out of memory: " + std::to_string(bytes) + " bytes more were asked for");
    }
    check_cuda(status, "cudaMallocFromPoolAsync");
    return memory;
  }
  void release(void* memory) const noexcept { cudaFreeAsync(memory, stream_.value); }

  [[nodiscard]] cuda_memory_use memory_use() const {
    std::uint64_t now = 0;
    std::uint64_t peak = 0;
    check_cuda(cudaMemPoolGetAttribute(pool_.value, cudaMemPoolAttrUsedMemCurrent, &now),
               "cudaMemPoolGetAttribute");
    check_cuda(cudaMemPoolGetAttribute(pool_.value, cudaMemPoolAttrUsedMemHigh, &peak),
               "cudaMemPoolGetAttribute");
    return {std::size_t(now), std::size_t(peak)};
  }
  void forget_peak_memory() const {
    std::uint64_t none = 0;  // the only value that CUDA takes here
    check_cuda(cudaMemPoolSetAttribute(pool_.value, cudaMemPoolAttrUsedMemHigh, &none),
               "cudaMemPoolSetAttribute");
  }

  void upload(const void* from, void* to, byte_rows how) {
    how = how.joined();
    if (how.width == 0 || how.rows == 0) return;
    expect_not_recording("the host's numbers are read");
    enter();
    const std::lock_guard lock(staging_mutex_);
    for_each_piece(
        how, piece_bytes, [&](std::size_t source, std::size_t target, std::size_t width, std::size_t rows) {
          piece& next = pieces_[next_piece_];
          next_piece_ = (next_piece_ + 1) % piece_count;
          next.ready();
          const char* begin = static_cast<const char*>(from) + source;
          char* memory = static_cast<char*>(next.memory);
          for (std::size_t row = 0; row < rows; ++row) {
            std::memcpy(memory + row * width, begin + row * how.from_pitch, width);
          }
          check_cuda(cudaMemcpy2DAsync(static_cast<char*>(to) + target, std::max(how.to_pitch, width), memory,
                                       width, width, rows, cudaMemcpyHostToDevice, stream_.value),
                     "cudaMemcpy2DAsync to the device");
          check_cuda(cudaEventRecord(next.used, stream_.value), "cudaEventRecord");
        });
  }
  void download(const void* from, void* to, byte_rows how) const {
    how = how.joined();
    if (how.width == 0 || how.rows == 0) return;
    expect_not_recording("the host's numbers are written");
    enter();
    move(from, to, how, cudaMemcpyDeviceToHost);
    synchronize();
  }
  void copy(const void* from, void* to, byte_rows how) const {
    how = how.joined();
    if (how.width == 0 || how.rows == 0) return;
    enter();
    move(from, to, how, cudaMemcpyDeviceToDevice);
  }
  void clear(void* to, byte_rows how) const {
    how = how.joined();
    if (how.width == 0 || how.rows == 0) return;
    enter();
    if (how.rows == 1) {
      return check_cuda(cudaMemsetAsync(to, 0, how.width, stream_.value), "cudaMemsetAsync");
    }
    check_cuda(cudaMemset2DAsync(to, how.to_pitch, 0, how.width, how.rows, stream_.value),
               "cudaMemset2DAsync");
  }
  /// Memory of the host that the GPU reads and writes by itself, and how large it is: at least so many bytes. What was
  /// given back is lent again: to pin pages takes the system milliseconds.
  [[nodiscard]] std::pair<void*, std::size_t> take_pinned(std::size_t bytes) {
    bytes = std::max<std::size_t>(bytes, 1);
    enter();
    {
      const std::lock_guard lock(pinned_mutex_);
      if (const auto found = idle_.lower_bound(bytes); found != idle_.end() && found->first / 2 <= bytes) {
        const std::pair<void*, std::size_t> one{found->second, found->first};
        idle_bytes_ -= one.second;
        idle_.erase(found);
        return one;
      }
    }
    void* memory = nullptr;
    check_cuda(cudaMallocHost(&memory, bytes), "cudaMallocHost");
    return {memory, bytes};
  }
  void give_pinned(void* memory, std::size_t bytes) noexcept {
    try {
      const std::lock_guard lock(pinned_mutex_);
      if (idle_bytes_ + bytes <= most_idle) {
        idle_.emplace(bytes, memory);
        idle_bytes_ += bytes;
        return;
      }
    } catch (...) {  // no room to note it: then it goes back to the system
    }
    cudaFreeHost(memory);
  }

  void synchronize() const {
    expect_not_recording("the host waits");
    check_cuda(cudaStreamSynchronize(stream_.value), "cudaStreamSynchronize");
  }

  /// Everything that f() asks of the stream, as a graph; nothing of it happens.
  template <class F>
  [[nodiscard]] cudaGraph_t capture(F& f) {
    enter();
    check_cuda(cudaStreamBeginCapture(stream_.value, cudaStreamCaptureModeThreadLocal),
               "cudaStreamBeginCapture");
    recording_ = true;
    cudaGraph_t graph = nullptr;
    try {
      f();
    } catch (...) {
      recording_ = false;
      cudaStreamEndCapture(stream_.value, &graph);
      if (graph != nullptr) cudaGraphDestroy(graph);
      cudaGetLastError();
      throw;
    }
    recording_ = false;
    check_cuda(cudaStreamEndCapture(stream_.value, &graph), "cudaStreamEndCapture");
    return graph;
  }
  void expect_not_recording(const char* what) const {
    check<device_error>(!recording_, [&] {
      return "CUDA: a recorded step: " + std::string(what) +
             ": expected work on the device's own memory, all of it there before";
    });
  }

 private:
  /// Rows at a distance have a call of their own, whose widths end at 2 GiB.
  void move(const void* from, void* to, const byte_rows& how, cudaMemcpyKind way) const {
    if (how.rows == 1) {
      return check_cuda(cudaMemcpyAsync(to, from, how.width, way, stream_.value), "cudaMemcpyAsync");
    }
    check_cuda(
        cudaMemcpy2DAsync(to, how.to_pitch, from, how.from_pitch, how.width, how.rows, way, stream_.value),
        "cudaMemcpy2DAsync");
  }

  static constexpr std::size_t piece_bytes = std::size_t(4) << 20;
  static constexpr std::size_t piece_count = 2;  // one is filled while the other travels

  /// Pinned memory, made when it is first asked for.
  struct piece {
    void* memory = nullptr;
    cudaEvent_t used = nullptr;

    piece() = default;
    piece(const piece&) = delete;
    piece& operator=(const piece&) = delete;
    ~piece() {
      if (used != nullptr) cudaEventDestroy(used);
      if (memory != nullptr) cudaFreeHost(memory);
    }
    /// What it held has gone to the device.
    void ready() {
      if (memory == nullptr) check_cuda(cudaMallocHost(&memory, piece_bytes), "cudaMallocHost");
      if (used == nullptr) {
        check_cuda(cudaEventCreateWithFlags(&used, cudaEventDisableTiming), "cudaEventCreateWithFlags");
      }
      check_cuda(cudaEventSynchronize(used), "cudaEventSynchronize");
    }
  };
  struct owned_stream {
    cudaStream_t value = nullptr;
    ~owned_stream() {
      if (value != nullptr) cudaStreamDestroy(value);
    }
  };
  struct owned_pool {
    cudaMemPool_t value = nullptr;
    ~owned_pool() {
      if (value != nullptr) cudaMemPoolDestroy(value);
    }
  };

  int ordinal_;
  int processors_ = 0;
  std::string title_;
  owned_pool pool_;
  owned_stream stream_;
  owned_stream copies_;
  std::atomic<bool> recording_ = false;
  static constexpr std::size_t most_idle = std::size_t(256) << 20;
  std::mutex pinned_mutex_;
  std::multimap<std::size_t, void*> idle_;  // by their bytes
  std::size_t idle_bytes_ = 0;
  std::mutex staging_mutex_;
  piece pieces_[piece_count];
  std::size_t next_piece_ = 0;
};

/// Uninitialised memory of a GPU, given back in the order of its stream.
template <class T>
class cuda_buffer {
  static_assert(std::is_trivially_copyable_v<T>, "coop: buffers hold plain numbers");

 public:
  cuda_buffer() = default;
  cuda_buffer(std::shared_ptr<const cuda_context> context, std::size_t n)
      : context_(std::move(context)), data_(static_cast<T*>(context_->allocate(n * sizeof(T)))) {}
  cuda_buffer(cuda_buffer&& other) noexcept
      : context_(std::move(other.context_)), data_(std::exchange(other.data_, nullptr)) {}
  cuda_buffer& operator=(cuda_buffer&& other) noexcept {
    cuda_buffer taken(std::move(other));
    std::swap(context_, taken.context_);
    std::swap(data_, taken.data_);
    return *this;
  }
  ~cuda_buffer() {
    if (data_ != nullptr) context_->release(data_);
  }

  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] const T* data() const { return data_; }

 private:
  std::shared_ptr<const cuda_context> context_;
  T* data_ = nullptr;
};

}  // namespace coop::detail

#endif
