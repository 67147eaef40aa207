// SPDX-License-Identifier: MIT
//
// Training steps on request on the processor, for a program that compares (peers/step.py); what can be asked for stands
// in step.hpp.
//
//   coop_benchmark_answer_step VOCABULARY CLASSES CONTEXT PLACEMENT LENGTH THREADS [PRECISION]
#include <coop/coop.hpp>

#include "step.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace coop;

int main(int argc, char** argv) try {
  check(argc == 7 || argc == 8, [] {
    return std::string("usage: answer_step VOCABULARY CLASSES CONTEXT PLACEMENT LENGTH THREADS [PRECISION]");
  });
  using shape_of_text = backbone::vit_b16::text;
  const device::cpu device(
      {.threads = std::atoi(argv[6]), .products = precision_named(argc == 8 ? argv[7] : "float32")});
  const auto words = load_tokenizer(argv[1]);
  const text_tower<shape_of_text, device::cpu> tower(
      device, tests::formula_archive(tests::text_tensors<shape_of_text>()));
  dispatch(
      [&]<class C, class P>() {
        benchmarks::answer_steps<C, P>(tower, words, std::atoi(argv[2]), std::atoi(argv[5]));
      },
      choose(context::all{}, "context", argv[3]), choose(placement::all{}, "placement", argv[4]));
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
