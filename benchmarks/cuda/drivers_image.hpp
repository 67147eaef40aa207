// SPDX-License-Identifier: MIT
//
// Image towers as programs.hpp promises them, on a device that open(precision) makes; towers come from make(name, device).
#ifndef COOP_BENCHMARKS_CUDA_DRIVERS_IMAGE_HPP
#define COOP_BENCHMARKS_CUDA_DRIVERS_IMAGE_HPP

#include <coop/device/precision.hpp>
#include <coop/type_list.hpp>

#include "../options.hpp"
#include "../towers.hpp"
#include "programs.hpp"

#include <string>

namespace coop::benchmarks {

template <class Open, class Make>
json encoding_rows(const options& o, const Open& open, const Make& make) {
  json rows = json::array();
  for (const std::string& products : o.list("precision")) {
    const auto device = open(precision_named(products));
    std::printf("%s\n", device.description().c_str());
    print_encoding_heading();
    for (const std::string& backbone : o.list("backbone")) {
      const auto tower = make(backbone, device);
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
        keep(o, rows);
      }
    }
  }
  return rows;
}

template <class Open, class Make>
void encoding_answers(const options& o, const Open& open, const Make& make) {
  const auto device = open(precision_named(o["precision"]));
  answer_requests(make(o["backbone"], device), device, json::object(), o.number("ceiling-rows"));
}

}  // namespace coop::benchmarks

#endif
