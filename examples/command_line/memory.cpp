// SPDX-License-Identifier: MIT
#include "memory.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#if defined(__GLIBC__)
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace app {

void prefer_large_pages() noexcept {
#if defined(__GLIBC__)
  constexpr int whole = 512 << 20;
  constexpr int usual = 128 << 10;
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the greatest there may be: a layer's weights come from the heap
  ::mallopt(M_TRIM_THRESHOLD, whole);
  ::mallopt(M_TOP_PAD, whole);
  const auto end_of_heap = [] { return reinterpret_cast<std::uintptr_t>(::sbrk(0)); };  // NOLINT
  const std::uintptr_t before = end_of_heap();
  void* volatile some = std::malloc(std::size_t(1) << 20);  // NOLINT: the heap grows by all of it, untouched
  std::free(some);                                          // NOLINT
  ::mallopt(M_TOP_PAD, usual);
  constexpr std::uintptr_t page = std::uintptr_t(2) << 20;
  const std::uintptr_t begin = (before + page - 1) / page * page;
  const std::uintptr_t end = end_of_heap() / page * page;
  if (end <= begin) return;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // NOLINT
#endif
}

}  // namespace app
