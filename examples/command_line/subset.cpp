// SPDX-License-Identifier: MIT
//
// coop subset: the pictures that a draw takes, as a list with digests.
#include "commands.hpp"
#include "data.hpp"
#include "output.hpp"

#include <coop/data/subset.hpp>

#include <string>

namespace app {

void subset(const subset_options& o) {
  data_source data = open_data(o.data, o.seed);
  coop::check<coop::choice_error>(!data.features && !data.word.starts_with("drawn:"), [&] {
    return data.word + ": expected a data set of picture files: a subset lists files";
  });
  keep_shots(data, o.shots, o.seed);
  coop::write_subset(o.out, data.pictures);
  const coop::dataset& kept = data.pictures;
  print(o.out + ": " + std::to_string(kept.class_names.size()) + " classes, " +
        std::to_string(kept.train.size()) + " + " + std::to_string(kept.val.size()) + " + " +
        std::to_string(kept.test.size()) + " pictures (train, val, test)\n");
}

}  // namespace app
