// SPDX-License-Identifier: MIT
//
// Whole runs as programs.hpp promises them, on a device that open(precision) makes, of the backbones of a list.
#ifndef COOP_BENCHMARKS_CUDA_DRIVERS_WHOLE_HPP
#define COOP_BENCHMARKS_CUDA_DRIVERS_WHOLE_HPP

#include <coop/device/precision.hpp>
#include <coop/dispatch.hpp>
#include <coop/type_list.hpp>

#include "../files.hpp"
#include "../options.hpp"
#include "../whole.hpp"
#include "programs.hpp"

#include <string>

namespace coop::benchmarks {

using measured_wholes = type_list<backbone::vit_b16, backbone::mini_vit>;
using small_wholes = type_list<backbone::mini_vit>;

template <class Open, class Wholes>
json training_rows(const options& o, const Open& open, Wholes wholes) {
  json rows = json::array();
  const auto add = [&](json row, const std::string& task, const std::string& products) {
    row.update({{"task", task}, {"precision", products}});
    std::printf("%-9s ", task.c_str());
    print_training(row);
    rows.push_back(row);
    keep(o, rows);
  };
  for (const std::string& products : o.list("precision")) {
    const auto device = open(precision_named(products));
    using D = std::remove_cvref_t<decltype(device)>;
    for (const std::string& task : o.list("task")) {
      if (task == "imagenet") {
        const auto words = load_tokenizer(o["vocabulary"]);
        dispatch(
            [&]<class B>() {
              const text_tower<typename B::text, D> tower(
                  device, tests::formula_archive(tests::text_tensors<typename B::text>()));
              const auto names = class_names(words, o.number("classes"));
              const auto train = features_about_texts(tower, words, names, o.number("shots"), 1);
              const auto test = features_about_texts(tower, words, names, 5, 2);
              add(trained(tower, words, train, test, unified_end{.length = 16}, o.number("epochs"),
                          o.real("seconds")),
                  task, products);
            },
            choose(wholes, "backbone", o["backbone"]));
        continue;
      }
      using B = backbone::mini_vit;
      const auto net = load_clip<B>(device, o["models"] + "/mini-vit.safetensors");
      const auto words = load_tokenizer(o["models"] + "/mini-vocab.txt");
      const int seeds = o.number("seeds");
      const auto features = tests::drawn_shots<B>(
          net.image(), task, {.train = o.number("pool"), .test = o.number("test")}, o.number("shots"), seeds);
      for (int seed = 1; seed <= seeds; ++seed) {
        unified_end how{.length = 16};
        how.seed = std::uint64_t(seed);
        json row = trained(net.text(), words, features.shots[std::size_t(seed - 1)], features.test, how,
                           o.number("epochs"), o.real("seconds"));
        row["seed"] = seed;
        add(row, task, products);
      }
    }
  }
  return rows;
}

template <class Open, class Wholes>
json file_rows(const options& o, const Open& open, Wholes wholes) {
  json rows = json::array();
  const auto words = load_tokenizer(o["vocabulary"]);
  for (const std::string& products : o.list("precision")) {
    const auto device = open(precision_named(products));
    dispatch(
        [&]<class B>() {
          json row = measured_files<B>(device, tests::formula_archive(tests::tensors_of<B>()), words,
                                       {.folder = o["folder"],
                                        .classes = o.number("classes"),
                                        .shots = o.number("shots"),
                                        .views = o.number("views"),
                                        .epochs = o.number("epochs"),
                                        .threads = o.number("threads"),
                                        .batch = o.number("batch")});
          row["precision"] = products;
          print_files(row);
          rows.push_back(row);
        },
        choose(wholes, "backbone", o["backbone"]));
  }
  return rows;
}

}  // namespace coop::benchmarks

#endif
