// SPDX-License-Identifier: MIT
//
// Counts what a test program takes from the heap: how often, and how many bytes of a device's memory it holds. To be
// included by one source of a program, whose operators new and delete it replaces.
#ifndef COOP_TESTS_COUNTED_HPP
#define COOP_TESTS_COUNTED_HPP

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace coop::tests::counted {

inline std::atomic<std::size_t> allocations{0};
/// Bytes of aligned allocations: host_buffer makes them, and nobody else.
inline std::atomic<std::size_t> live_bytes{0};

inline void* take(std::size_t bytes) {
  ++allocations;
  if (void* p = std::malloc(bytes)) return p;
  throw std::bad_alloc();
}
/// The size is kept in front, in as many bytes as the alignment.
inline void* take_aligned(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  const std::size_t whole = (bytes + alignment - 1) / alignment * alignment + alignment;
  auto* p = static_cast<std::byte*>(std::aligned_alloc(alignment, whole));
  if (!p) throw std::bad_alloc();
  *reinterpret_cast<std::size_t*>(p) = bytes;
  live_bytes += bytes;
  return p + alignment;
}
inline void give_aligned(void* given, std::size_t alignment) {
  if (!given) return;
  auto* p = static_cast<std::byte*>(given) - alignment;
  live_bytes -= *reinterpret_cast<std::size_t*>(p);
  std::free(p);
}

}  // namespace coop::tests::counted

// Not inlined: a compiler that sees free() behind a delete takes the pair for a mistake.
[[gnu::noinline]] void* operator new(std::size_t n) { return coop::tests::counted::take(n); }
[[gnu::noinline]] void* operator new[](std::size_t n) { return coop::tests::counted::take(n); }
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete[](void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
[[gnu::noinline]] void* operator new(std::size_t n, std::align_val_t a) {
  return coop::tests::counted::take_aligned(n, static_cast<std::size_t>(a));
}
[[gnu::noinline]] void operator delete(void* p, std::align_val_t a) noexcept {
  coop::tests::counted::give_aligned(p, static_cast<std::size_t>(a));
}
[[gnu::noinline]] void operator delete(void* p, std::size_t, std::align_val_t a) noexcept {
  coop::tests::counted::give_aligned(p, static_cast<std::size_t>(a));
}

#endif
