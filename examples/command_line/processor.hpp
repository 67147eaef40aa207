// SPDX-License-Identifier: MIT
//
// The processor as the command line wants it used.
#ifndef COOP_COMMAND_LINE_PROCESSOR_HPP
#define COOP_COMMAND_LINE_PROCESSOR_HPP

#include "erased.hpp"
#include "options.hpp"
#include "output.hpp"

#include <coop/device/instruction_set.hpp>
#include <coop/device/precision.hpp>

namespace app {

/// The device of a command; says on standard error what it uses, unless the user wants it quiet.
inline device device_of(const processor_options& o, bool say = true) {
  device where({.threads = o.threads,
                .instructions = coop::instruction_set_named(o.instructions),
                .products = coop::precision_named(o.precision)});
  if (say) remark(where.description());
  return where;
}

}  // namespace app

#endif
