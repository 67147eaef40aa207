// SPDX-License-Identifier: MIT
//
// How much work a device likes to be given between two looks at the same memory: a processor's caches want little, a
// GPU's hundreds of processors want much. A device that wants others than these states them by a verb passes(). They
// change time and memory; features do not follow from how many pictures or rows are computed at once.
#ifndef COOP_DEVICE_PASS_SIZES_HPP
#define COOP_DEVICE_PASS_SIZES_HPP

#include <coop/config.hpp>

#include <cstdint>

namespace coop {

/// What image towers ask of their device. The defaults are the processor's, as measured there.
struct pass_sizes {
  /// Pictures that go through a tower together: enough to read the weights seldom, few enough to bound memory.
  index_t pictures = 8;
  /// Of them in the first half of a ResNet, whose layers are large: few enough that one stays in the caches.
  index_t early_pictures = 2;
  /// Bytes of patches, or of what is computed of them: not so few that the weights, read once a round, become the cost.
  std::int64_t patch_bytes = std::int64_t(1) << 20;
  /// Bytes of the mixed numbers of Winograd's tiles.
  std::int64_t tile_bytes = std::int64_t(2) << 20;
  /// Channels, in and out, from which on a 3x3 convolution goes by Winograd's tiles; 0: it never does.
  index_t tiled_channels = 32;
};

/// What a device states, or the defaults.
template <class D>
pass_sizes passes_of(const D& device) {
  if constexpr (requires { device.passes(); }) {
    return device.passes();
  } else {
    return {};
  }
}

}  // namespace coop

#endif
