// SPDX-License-Identifier: MIT
//
// coop doctor: what is wrong with a data set on this disk, and how to mend it.
#include "commands.hpp"
#include "output.hpp"

#include <coop/data/datasets/all.hpp>
#include <coop/data/doctor.hpp>

#include <cstddef>
#include <string>

namespace app {

void doctor(const doctor_options& o) {
  constexpr const char* folder = "folder";
  const coop::published::description* set = coop::published::find(o.dataset);
  coop::check<coop::choice_error>(set != nullptr || o.dataset == folder, [&] {
    return "unknown data set '" + o.dataset + "'; known: folder, " + coop::published::known_names();
  });
  const coop::diagnosis found = set != nullptr ? coop::examine(*set, o.root) : coop::examine_folder(o.root);
  print(to_text(found));
  coop::check<coop::io_error>(found.readable(), [&] {
    const std::size_t faults = found.count(coop::severity::error);
    finish_output();  // the findings come before the message that counts them
    return o.root + ": " + std::to_string(faults) + (faults == 1 ? " thing prevents" : " things prevent") +
           " reading " + (set != nullptr ? std::string(set->name) : std::string("it as folder:DIR"));
  });
}

}  // namespace app
