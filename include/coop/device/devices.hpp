// SPDX-License-Identifier: MIT
//
// The roll of devices. A device joins the library here and nowhere else.
#ifndef COOP_DEVICE_DEVICES_HPP
#define COOP_DEVICE_DEVICES_HPP

#include <coop/device/cpu.hpp>
#include <coop/type_list.hpp>

namespace coop::device {

using all = type_list<cpu>;

}  // namespace coop::device

#endif
