// SPDX-License-Identifier: MIT
//
// The GPU's part of a program: the whole umbrella by nvcc, linked with a .cpp that has it too.
#include <coop/coop.hpp>

#include <cstdio>

using namespace coop;

static_assert(device::all::size == 2);

/// Says which GPU there is, or why there is none.
void say_which_gpu() {
  try {
    const device::cuda gpu({.products = precision::tf32});
    std::printf("%s\n", gpu.description().c_str());
  } catch (const device_error& e) {
    std::printf("%s\n", e.what());
  }
}

/// What this compiler's program thinks of the processor.
std::string description_by_nvcc() { return device::cpu(1).description(); }
