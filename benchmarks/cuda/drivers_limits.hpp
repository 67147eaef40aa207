// SPDX-License-Identifier: MIT
//
// Ceilings as programs.hpp promises them, on a device that open(precision) makes.
#ifndef COOP_BENCHMARKS_CUDA_DRIVERS_LIMITS_HPP
#define COOP_BENCHMARKS_CUDA_DRIVERS_LIMITS_HPP

#include <coop/device/precision.hpp>

#include "../limits.hpp"
#include "../options.hpp"
#include "programs.hpp"

#include <string>
#include <vector>

namespace coop::benchmarks {

/// also(precision, extents, how) gives rows of other ways to the same product.
template <class Open, class Also>
json ceiling_rows(const options& o, const Open& open, const Also& also) {
  const repetition how{.seconds = o.real("seconds"), .most = 20, .warm_up = 2};
  const auto shapes =
      o.has("rows")  // a rehearsal
          ? std::vector<product_extents>{{o.number("rows"), 96, 64}, {o.number("rows"), 64, 192}}
          : tower_products();
  json all = {{"products", json::array()}};
  for (const std::string& products : o.list("precision")) {
    const precision p = precision_named(products);
    const auto device = open(p);
    if (!all.contains("transport")) {
      all["transport"] = measured_transport(device, o.bytes("bytes"), how);
      std::printf("%s\n", all["transport"].dump(1).c_str());
    }
    for (const product_extents& extents : shapes) {
      json row = measured_product(device, extents, how);
      row["precision"] = products;
      print_product(row);
      all["products"].push_back(row);
      for (json& other : also(p, extents, how)) {
        other["precision"] = products;
        print_product(other);
        all["products"].push_back(other);
      }
      keep(o, all);
    }
  }
  return all;
}

}  // namespace coop::benchmarks

#endif
