// SPDX-License-Identifier: MIT
//
// Words that plans, files and options are made of: methods of classification, and the names of policies.
#ifndef COOP_COMMAND_LINE_NAMES_HPP
#define COOP_COMMAND_LINE_NAMES_HPP

#include <coop/type_list.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace app {

/// How a run of a plan classifies.
inline constexpr std::array<std::string_view, 6> methods{"coop",        "zero-shot",    "ensemble-7",
                                                         "ensemble-80", "linear-probe", "nearest-mean"};

/// The name of each policy of a list, in order.
template <class... Policies>
std::vector<std::string> names_of(coop::type_list<Policies...>) {
  return {Policies::name...};
}

}  // namespace app

#endif
