// SPDX-License-Identifier: MIT
//
// The processor, and what computes beside it, as the command line wants them used.
#ifndef COOP_COMMAND_LINE_PROCESSOR_HPP
#define COOP_COMMAND_LINE_PROCESSOR_HPP

#include "accelerator.hpp"
#include "erased.hpp"
#include "options.hpp"
#include "output.hpp"

#include <coop/device/instruction_set.hpp>
#include <coop/device/precision.hpp>

#include <memory>

namespace app {

/// The device of a command; says on standard error what it uses, unless the user wants it quiet.
inline device device_of(const processor_options& o, bool say = true) {
  device where(
      {.threads = o.threads,
       .instructions = coop::instruction_set_named(o.instructions),
       .products = o.device == device::name ? coop::precision_named(o.precision) : coop::precision::float32});
  if (say) remark(where.description());
  return where;
}

/// What computes towers and learners instead, if anything does.
inline std::shared_ptr<const accelerator> accelerator_of(const processor_options& o, bool say = true) {
  auto beside = open_accelerator(o.device, coop::precision_named(o.precision));
  if (beside && say) remark(beside->description());
  return beside;
}

}  // namespace app

#endif
