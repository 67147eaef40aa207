// SPDX-License-Identifier: MIT
//
// Memory that is not there, on demand: a library for LD_PRELOAD that stands between a program and the C library's
// allocation, which operator new, the standard library and libraries in C all end in. Counted from the beginning of main
// to its end. COOP_MEMORY_FAULTS says which allocation gets nothing:
//   N       the N-th alone, counted from 1: whoever asks again gets it
//   N+      the N-th and all after it
//   N:B     the N-th of those of at least B bytes; N+:B likewise
// COOP_MEMORY_COUNTS=FILE gets the number of (such) allocations when main has returned.
#include <dlfcn.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {

// glibc's own names of what is replaced here
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

}  // extern "C"

namespace {

std::atomic<bool> counting{false};
std::atomic<long> seen{0};
long wanted = 0;  // 0: none
bool onwards = false;
std::size_t least = 0;

/// Whether an allocation of so many bytes is to fail.
bool fails(std::size_t size) {
  if (!counting.load(std::memory_order_relaxed) || size < least) return false;
  const long number = seen.fetch_add(1, std::memory_order_relaxed) + 1;
  if (wanted == 0 || (onwards ? number < wanted : number != wanted)) return false;
  errno = ENOMEM;
  return true;
}

void read_plan() {
  const char* words = std::getenv("COOP_MEMORY_FAULTS");
  if (words == nullptr) return;
  char* rest = nullptr;
  wanted = std::strtol(words, &rest, 10);
  if (*rest == '+') {
    onwards = true;
    ++rest;
  }
  if (*rest == ':') least = std::strtoul(rest + 1, &rest, 10);
  if (*rest != '\0') {
    std::fprintf(stderr, "memory_faults: cannot read '%s'\n", words);
    std::abort();
  }
}

using main_function = int(int, char**, char**);
main_function* program_main = nullptr;

int counted_main(int argc, char** argv, char** environment) {
  read_plan();
  counting = true;
  const int code = program_main(argc, argv, environment);
  counting = false;
  if (const char* path = std::getenv("COOP_MEMORY_COUNTS")) {
    if (std::FILE* file = std::fopen(path, "w")) {
      std::fprintf(file, "%ld\n", seen.load());
      std::fclose(file);
    }
  }
  return code;
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) { return fails(size) ? nullptr : __libc_malloc(size); }

void* calloc(std::size_t count, std::size_t size) {
  return fails(count * size) ? nullptr : __libc_calloc(count, size);
}

void* realloc(void* old, std::size_t size) { return fails(size) ? nullptr : __libc_realloc(old, size); }

void* memalign(std::size_t alignment, std::size_t size) {
  return fails(size) ? nullptr : __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }

int posix_memalign(void** to, std::size_t alignment, std::size_t size) {
  if (fails(size)) return ENOMEM;
  *to = __libc_memalign(alignment, size);
  return *to != nullptr ? 0 : ENOMEM;
}

int __libc_start_main(main_function* function, int argc, char** argv, void (*begin)(), void (*end)(),
                      void (*loader_end)(), void* stack) {
  program_main = function;
  using start = int(main_function*, int, char**, void (*)(), void (*)(), void (*)(), void*);
  void* found = ::dlsym(RTLD_NEXT, "__libc_start_main");
  start* real = nullptr;
  std::memcpy(&real, &found, sizeof real);
  return real(counted_main, argc, argv, begin, end, loader_end, stack);
}

}  // extern "C"
