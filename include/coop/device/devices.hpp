// SPDX-License-Identifier: MIT
//
// The roll of devices. A device joins the library here and nowhere else. In a .cu there is one more than in a .cpp:
// what depends on the list takes it as an argument, so that its instances differ by name and not by meaning.
#ifndef COOP_DEVICE_DEVICES_HPP
#define COOP_DEVICE_DEVICES_HPP

#include <coop/config.hpp>
#include <coop/device/cpu.hpp>
#include <coop/type_list.hpp>

#if COOP_HAS_CUDA
#include <coop/device/cuda.hpp>
#endif

namespace coop::device {

#if COOP_HAS_CUDA
using all = type_list<cpu, cuda>;
#else
/// Every device of this translation unit.
using all = type_list<cpu>;
#endif

}  // namespace coop::device

#endif
