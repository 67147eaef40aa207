// SPDX-License-Identifier: MIT
//
// Numbers that cross between host and device while both go on with something else. The verbs upload() and download()
// have done with the host's memory when they return, so the host waits, or copies once more; here a piece of the
// host's memory belongs to the crossing, and who uses it says when. A device that can copy while it computes has the
// verbs stage_upload() and stage_download(), and its memory for them is pinned; on every other device the host's memory
// is ordinary and a crossing is over as soon as it is begun.
#ifndef COOP_DEVICE_STAGING_HPP
#define COOP_DEVICE_STAGING_HPP

#include <coop/device/concepts.hpp>
#include <coop/device/host_buffer.hpp>

#include <cstddef>
#include <utility>

namespace coop {

namespace detail {

template <class T, class D>
class plain_upload {
 public:
  plain_upload(const D& device, std::size_t n)
      : device_(device), host_(n), there_(device.template allocate<T>(n)) {}

  [[nodiscard]] T* host() { return host_.data(); }
  void send(index_t n) {
    sent_ = n;
    device_.upload(view<const T, 1>{host_.data(), shape<1>{n}}, view<T, 1>{there_.data(), shape<1>{n}});
  }
  [[nodiscard]] view<const T, 1> arrived() const { return {there_.data(), shape<1>{sent_}}; }
  void release() {}
  void ready() {}

 private:
  D device_;
  host_buffer<T> host_;
  typename D::template buffer<T> there_;
  index_t sent_ = 0;
};

template <class T, class D>
class plain_download {
 public:
  plain_download(const D& device, std::size_t n) : device_(device), host_(n) {}

  void fetch(view<const T, 1> from) { device_.download(from, view<T, 1>{host_.data(), from.extents}); }
  [[nodiscard]] const T* wait() { return host_.data(); }

 private:
  D device_;
  host_buffer<T> host_;
};

}  // namespace detail

/// Room for n numbers at the host and for as many on the device. They cross in this order, again and again:
///   host()      where the host writes them
///   send(k)     the first k are on their way
///   arrived()   (k) of the device; what is asked of it from here on finds them
///   release()   what was asked of the device so far was the last to read them
///   ready()     waits until host() may be written again: the numbers have left, used or not
template <class T, Device D>
[[nodiscard]] auto stage_upload(const D& device, std::size_t n) {
  if constexpr (requires { device.template stage_upload<T>(n); }) {
    return device.template stage_upload<T>(n);
  } else {
    return detail::plain_upload<T, D>(device, n);
  }
}

/// Room for n numbers at the host, for those that a device has made:
///   fetch(from)  asks for a dense view of them, as they are when all that was asked for before is done
///   wait()       waits for them and says where they are, until the next fetch()
template <class T, Device D>
[[nodiscard]] auto stage_download(const D& device, std::size_t n) {
  if constexpr (requires { device.template stage_download<T>(n); }) {
    return device.template stage_download<T>(n);
  } else {
    return detail::plain_download<T, D>(device, n);
  }
}

/// What the two make for a D.
template <class T, Device D>
using staged_upload = decltype(stage_upload<T>(std::declval<const D&>(), std::size_t()));
template <class T, Device D>
using staged_download = decltype(stage_download<T>(std::declval<const D&>(), std::size_t()));

}  // namespace coop

#endif
