// SPDX-License-Identifier: MIT
//
// Which sanitizer watches. Both keep freed memory, and end the program where there is none.
#ifndef COOP_TESTS_SUPPORT_SANITIZER_HPP
#define COOP_TESTS_SUPPORT_SANITIZER_HPP

// g++ says so by macros, clang++ by features; a library may have given __has_feature to a compiler that has none.
#if defined(__SANITIZE_ADDRESS__)
#define COOP_TESTS_ADDRESS_SANITIZER 1
#elif defined(__SANITIZE_THREAD__)
#define COOP_TESTS_THREAD_SANITIZER 1
#elif defined(__clang__)
#if __has_feature(address_sanitizer)
#define COOP_TESTS_ADDRESS_SANITIZER 1
#elif __has_feature(thread_sanitizer)
#define COOP_TESTS_THREAD_SANITIZER 1
#endif
#endif

namespace coop::tests {

#if defined(COOP_TESTS_ADDRESS_SANITIZER) || defined(COOP_TESTS_THREAD_SANITIZER)
inline constexpr bool memory_is_watched = true;
#else
inline constexpr bool memory_is_watched = false;
#endif

}  // namespace coop::tests

#endif
