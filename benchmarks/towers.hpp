// SPDX-License-Identifier: MIT
//
// Image towers of full size with formula weights, by name: two programs time them, one source compiles them.
#ifndef COOP_BENCHMARKS_TOWERS_HPP
#define COOP_BENCHMARKS_TOWERS_HPP

#include <coop/device/devices.hpp>

#include <functional>
#include <string>

namespace coop::benchmarks {

/// An image tower of some backbone.
struct encoder {
  index_t side;       // of its pictures
  index_t embed;      // width of its features
  double operations;  // floating-point operations a picture, by the definition
  std::function<void(view<const float, 4>, view<float, 2>)> encode;
};

/// The tower of a backbone; an unknown name is a choice_error.
encoder formula_encoder(const std::string& backbone, const device::cpu& device);

}  // namespace coop::benchmarks

#endif
