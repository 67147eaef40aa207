// SPDX-License-Identifier: MIT
//
// A step that is the same every time, as one thing to start. A GPU is asked for hundreds of kernels a step and each
// asking costs the host some microseconds; a device that can keep a step and start it as a whole has the verb record().
// On every other device a recording is the function itself.
#ifndef COOP_DEVICE_RECORDING_HPP
#define COOP_DEVICE_RECORDING_HPP

#include <coop/device/concepts.hpp>

#include <concepts>
#include <utility>

namespace coop {

namespace detail {

/// A recording of a device that keeps none.
template <class F>
class plain_recording {
 public:
  explicit plain_recording(F f) : f_(std::move(f)) {}
  void operator()() { f_(); }

 private:
  F f_;
};

}  // namespace detail

/// Something that, called n times, does on the device what n calls of f would. f must ask the device for the same work
/// every time, on memory that is there when the second call begins: it allocates nothing after its first call, gives
/// nothing to the host and waits for nothing (each a device_error where steps are kept). What f does on the host may be
/// left out from the third call on. Nobody else may use the device from another thread during the second call.
template <Device D, std::invocable F>
[[nodiscard]] auto record(const D& device, F f) {
  if constexpr (requires { device.record(std::move(f)); }) {
    return device.record(std::move(f));
  } else {
    return detail::plain_recording<F>(std::move(f));
  }
}

/// What record() makes of an F on a D.
template <Device D, std::invocable F>
using recording = decltype(record(std::declval<const D&>(), std::declval<F>()));

}  // namespace coop

#endif
