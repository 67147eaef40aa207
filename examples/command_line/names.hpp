// SPDX-License-Identifier: MIT
//
// The names of policies, a word each, for what must be one of them.
#ifndef COOP_COMMAND_LINE_NAMES_HPP
#define COOP_COMMAND_LINE_NAMES_HPP

#include <coop/type_list.hpp>

#include <string>
#include <vector>

namespace app {

/// The name of each policy of a list, in order.
template <class... Policies>
std::vector<std::string> names_of(coop::type_list<Policies...>) {
  return {Policies::name...};
}

}  // namespace app

#endif
