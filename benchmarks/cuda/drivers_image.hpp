// SPDX-License-Identifier: MIT
//
// Image towers as programs.hpp promises them, on a device that open(precision) makes.
#ifndef COOP_BENCHMARKS_CUDA_DRIVERS_IMAGE_HPP
#define COOP_BENCHMARKS_CUDA_DRIVERS_IMAGE_HPP

#include <coop/device/precision.hpp>
#include <coop/type_list.hpp>

#include "../options.hpp"
#include "../towers.hpp"

#include <string>

namespace coop::benchmarks {

using measured_images = type_list<backbone::rn50, backbone::rn101, backbone::vit_b32, backbone::vit_b16,
                                  backbone::vit_l14, backbone::mini_vit, backbone::mini_rn>;

template <class Open>
json encoding_rows(const options& o, const Open& open) {
  json rows = json::array();
  for (const std::string& products : o.list("precision")) {
    const auto device = open(precision_named(products));
    std::printf("%s\n", device.description().c_str());
    print_encoding_heading();
    for (const std::string& backbone : o.list("backbone")) {
      const auto tower = formula_encoder(backbone, device, measured_images{});
      for (const index_t count : o.numbers("pictures")) {
        json row;
        try {
          row = measured_encoding(tower, device, backbone, count,
                                  {.seconds = o.real("seconds"), .warm_up = 2}, o.number("ceiling-rows"));
        } catch (const std::exception& e) {
          row = {{"device", device.description()}, {"error", e.what()}};
        }
        row.update({{"backbone", backbone}, {"pictures", count}, {"precision", products}});
        print_encoding(row);
        rows.push_back(row);
      }
    }
  }
  return rows;
}

template <class Open>
void encoding_answers(const options& o, const Open& open) {
  const auto device = open(precision_named(o["precision"]));
  answer_encodings(formula_encoder(o["backbone"], device, measured_images{}), device, json::object(),
                   o.number("ceiling-rows"));
}

}  // namespace coop::benchmarks

#endif
