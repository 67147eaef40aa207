// SPDX-License-Identifier: MIT
//
// Layers of a tower, read side by side: what takes time is the turning of a file's numbers into a device's layout, and
// layers do not depend on each other. Archives are const and may be read from several threads.
#ifndef COOP_CLIP_LOADING_HPP
#define COOP_CLIP_LOADING_HPP

#include <coop/device/concepts.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <vector>

namespace coop {

/// f(0) ... f(n - 1) on the host's threads that the device has, one after the other if it has none. Of several
/// failures the one of the least number is thrown, whatever the threads did; after one, no later call begins.
template <Device D, class F>
void side_by_side(const D& device, index_t n, const F& f) {
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(n));
  std::atomic<index_t> first{n};  // the least that has failed
  const auto one = [&](index_t i) {
    if (i > first.load()) return;
    try {
      f(i);
    } catch (...) {
      failures[static_cast<std::size_t>(i)] = std::current_exception();
      index_t least = first.load();
      while (i < least && !first.compare_exchange_weak(least, i)) {
      }
    }
  };
  if constexpr (requires { device.on_host(n, one); }) {
    device.on_host(n, one);
  } else {
    for (index_t i = 0; i < n; ++i) one(i);
  }
  if (first.load() < n) std::rethrow_exception(failures[static_cast<std::size_t>(first.load())]);
}

}  // namespace coop

#endif
