// SPDX-License-Identifier: MIT
//
// Training steps as programs.hpp promises them, on a device that open(precision) makes, of the backbones of a list.
#ifndef COOP_BENCHMARKS_CUDA_DRIVERS_TEXT_HPP
#define COOP_BENCHMARKS_CUDA_DRIVERS_TEXT_HPP

#include <coop/device/precision.hpp>
#include <coop/dispatch.hpp>
#include <coop/prompt/tokenizer.hpp>
#include <coop/type_list.hpp>

#include "../options.hpp"
#include "../step.hpp"
#include "programs.hpp"

#include <string>

namespace coop::benchmarks {

/// A context and a placement.
template <Context C, Placement P>
struct pair_of {
  using context = C;
  using placement = P;
};
/// Those that are measured: the cheapest tree, the two dearer ones of a unified context, and one context a class.
using measured_pairs =
    type_list<pair_of<context::unified, placement::end>, pair_of<context::unified, placement::middle>,
              pair_of<context::unified, placement::front>, pair_of<context::class_specific, placement::end>>;
using measured_texts = type_list<backbone::vit_b16, backbone::mini_vit>;
using small_texts = type_list<backbone::mini_vit>;

template <class Text, class D>
text_tower<Text, D> formula_text(const D& device) {
  return {device, tests::formula_archive(tests::text_tensors<Text>())};
}

/// f<C, P>() for the measured pairs of these names, an empty one for all; none of them is a choice_error.
template <class F>
void for_pairs(const std::string& context, const std::string& placement, const F& f) {
  bool any = false;
  for_each_type(measured_pairs{}, [&](auto pair) {
    using C = typename decltype(pair)::type::context;
    using P = typename decltype(pair)::type::placement;
    if (!context.empty() && context != C::name) return;
    if (!placement.empty() && placement != P::name) return;
    any = true;
    f.template operator()<C, P>();
  });
  check<choice_error>(any, [&] {
    return "context '" + context + "', placement '" + placement +
           "': expected unified with end, middle or front, or class-specific with end";
  });
}

template <class Open, class Texts>
json step_rows(const options& o, const Open& open, Texts texts) {
  json rows = json::array();
  const auto words = load_tokenizer(o["vocabulary"]);
  for (const std::string& products : o.list("precision")) {
    const auto device = open(precision_named(products));
    std::printf("%s\n", device.description().c_str());
    print_step_heading();
    dispatch(
        [&]<class B>() {
          const auto tower = formula_text<typename B::text>(device);
          for (const index_t length : o.numbers("length")) {
            for (const index_t classes : o.numbers("classes")) {
              for_pairs(o["context"], o["placement"], [&]<class C, class P>() {
                json row;
                try {
                  row = measured_step<C, P>(tower, words, classes, length,
                                            {.how = {.seconds = o.real("seconds"), .warm_up = 2},
                                             .memory_limit = o.bytes("limit"),
                                             .ceiling_rows = o.number("ceiling-rows"),
                                             .recorded = true});
                } catch (const std::exception& e) {
                  row = {{"device", device.description()}, {"error", e.what()}};
                }
                row.update({{"context", C::name},
                            {"placement", P::name},
                            {"length", length},
                            {"classes", classes},
                            {"backbone", B::name},
                            {"precision", products}});
                print_step(row);
                rows.push_back(row);
                keep(o, rows);
              });
            }
          }
        },
        choose(texts, "backbone", o["backbone"]));
  }
  return rows;
}

template <class Open, class Texts>
void step_answers(const options& o, const Open& open, Texts texts) {
  const auto words = load_tokenizer(o["vocabulary"]);
  const auto device = open(precision_named(o["precision"]));
  dispatch(
      [&]<class B>() {
        const auto tower = formula_text<typename B::text>(device);
        for_pairs(o["context"], o["placement"], [&]<class C, class P>() {
          answer_steps<C, P>(tower, words, o.number("classes"), o.number("length"));
        });
      },
      choose(texts, "backbone", o["backbone"]));
}

}  // namespace coop::benchmarks

#endif
