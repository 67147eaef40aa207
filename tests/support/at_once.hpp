// SPDX-License-Identifier: MIT
//
// Many callers of one thing: threads that begin together, each with a number. Boost.Test's assertions belong to the
// thread of the case, so what a caller found is brought home and compared there.
#ifndef COOP_TESTS_AT_ONCE_HPP
#define COOP_TESTS_AT_ONCE_HPP

#include <coop/config.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <thread>
#include <type_traits>
#include <vector>

namespace coop::tests {

/// Enough to meet in every window between two instructions, on any machine.
inline constexpr index_t callers = 8;

/// f(0) ... f(callers - 1), each on a thread of its own that waits for the others before it begins; what they gave, in
/// the order of their numbers. The first failure comes out here.
template <class F>
auto at_once(const F& f) {
  using found = std::decay_t<decltype(f(index_t(0)))>;
  std::vector<found> all(static_cast<std::size_t>(callers));
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(callers));
  std::atomic<index_t> waiting{callers};
  {
    std::vector<std::jthread> threads;
    for (index_t i = 0; i < callers; ++i) {
      threads.emplace_back([&, i] {
        waiting.fetch_sub(1);
        while (waiting.load() > 0) std::this_thread::yield();
        try {
          all[std::size_t(i)] = f(i);
        } catch (...) {
          failures[std::size_t(i)] = std::current_exception();
        }
      });
    }
  }
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return all;
}

/// What the same calls give one after the other.
template <class F>
auto in_turn(const F& f) {
  std::vector<std::decay_t<decltype(f(index_t(0)))>> all;
  for (index_t i = 0; i < callers; ++i) all.push_back(f(i));
  return all;
}

}  // namespace coop::tests

#endif
