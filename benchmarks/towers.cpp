// SPDX-License-Identifier: MIT
//
// Every backbone's image tower on the processor, compiled once.
#include "towers.hpp"

namespace coop::benchmarks {

encoder<device::cpu> formula_encoder(const std::string& name, const device::cpu& device) {
  return formula_encoder(name, device, backbone::all{});
}

}  // namespace coop::benchmarks
