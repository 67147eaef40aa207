// SPDX-License-Identifier: MIT
//
// The devices of a program that was built for the processor alone.
#include "accelerator.hpp"

#include <coop/device/devices.hpp>
#include <coop/dispatch.hpp>
#include <coop/error.hpp>

namespace app {

std::shared_ptr<const accelerator> open_accelerator(const std::string& name, coop::precision) {
  coop::check<coop::choice_error>(name != "cuda", [] {
    return std::string(
        "device 'cuda': this program was built without CUDA (cmake -DCOOP_BUILD_CUDA=ON builds it with); "
        "known: " +
        coop::names(coop::device::all{}));
  });
  static_cast<void>(coop::choose(coop::device::all{}, "device", name));
  return nullptr;
}

}  // namespace app
