// SPDX-License-Identifier: MIT
//
// The places of a lazy_file end within a page, and what is read behind their end is zeros that nobody reports. Here the
// rest of the page is closed: the linker sends mmap and munmap through these two (--wrap), which tell AddressSanitizer.
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
void* __real_mmap(void* address, std::size_t size, int protection, int flags, int file, off_t offset);
int __real_munmap(void* address, std::size_t size);

void* __wrap_mmap(void* address, std::size_t size, int protection, int flags, int file, off_t offset) {
  void* mapped = __real_mmap(address, size, protection, flags, file, offset);
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t tail = (page - size % page) % page;
  constexpr int places = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;  // as io/lazy_file.hpp asks for them
  if (mapped != MAP_FAILED && file < 0 && flags == places && tail > 0) {
    __asan_poison_memory_region(static_cast<char*>(mapped) + size, tail);
  }
  return mapped;
}

int __wrap_munmap(void* address, std::size_t size) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  __asan_unpoison_memory_region(address, (size + page - 1) / page * page);
  return __real_munmap(address, size);
}
// NOLINTEND(bugprone-reserved-identifier)

}  // extern "C"
