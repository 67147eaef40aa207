// SPDX-License-Identifier: MIT
//
// Training steps on request, for a program that compares: it starts this one, asks for a step by a line on standard
// input, makes one itself, asks again. So both are timed in the same minutes of the same machine. Weights, context and
// features are by formula (tests/support/formula_weights.hpp), so the other side holds the same bits.
//
//   coop_benchmark_answer_step VOCABULARY CLASSES CONTEXT PLACEMENT LENGTH THREADS [PRECISION]
//
// First comes a line of JSON: the token ids of every class name, alone and with its full stop, and how many nodes the
// tree has. Then for each line that is read: "step" answers the seconds and the loss of a training step (text features
// of all classes, cross entropy with 32 features, the way back, SGD); "gradient FILE" writes the context's gradient of
// the last step as float32; "memory" answers the bytes that the process has had at most.
#include <coop/coop.hpp>
#include <coop/io/json.hpp>

#include "../tests/support/formula_weights.hpp"
#include "class_names.hpp"

#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#ifndef NDEBUG
#error "coop: benchmarks are built with NDEBUG"
#endif

using namespace coop;

namespace {

using text_shape_of = backbone::vit_b16::text;
using tower_type = text_tower<text_shape_of, device::cpu>;
constexpr index_t batch = 32;

/// Pictures' features of unit length, by formula, (batch, E).
std::vector<float> unit_features(index_t width) {
  const std::uint64_t hash = tests::hash_of("features");
  std::vector<float> values(std::size_t(batch) * std::size_t(width));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = tests::uniform(hash, i);
  for (index_t row = 0; row < batch; ++row) {
    float* f = values.data() + std::ptrdiff_t(row) * width;
    double square = 0;
    for (index_t i = 0; i < width; ++i) square += double(f[i]) * double(f[i]);
    for (index_t i = 0; i < width; ++i) f[i] = float(double(f[i]) / std::sqrt(square));
  }
  return values;
}

template <Context C, Placement P>
void answer(const tower_type& tower, const tokenizer& words, index_t classes, index_t length) {
  const auto names = benchmarks::class_names(words, classes);
  prompt_learner learner(tower, words, names, prompt<C, P>{.length = length});
  const auto parameters = learner.parameters();
  const std::uint64_t hash = tests::hash_of("context");
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters.data[i] = tests::uniform(hash, i) * 0.04f;

  json ids = json::array();
  for (const std::string& name : names) ids.push_back({words.ids(name), words.ids(name + ".")});
  const json head = {{"names", ids},
                     {"nodes", learner.live_nodes()},
                     {"constant", learner.constant_nodes()},
                     {"device", tower.device().description()}};
  std::cout << head.dump() << std::endl;

  const auto& device = tower.device();
  const std::vector<float> features = unit_features(tower_type::embed());
  std::vector<index_t> labels;
  for (index_t b = 0; b < batch; ++b) labels.push_back((7 * b + 3) % classes);
  tensor<float, 2, device::cpu> d_text(device, shape<2>{classes, tower_type::embed()});
  loss_workspace<device::cpu> workspace;
  sgd::state<device::cpu> optimizer(sgd{}, device, parameters.extents);

  for (std::string request; std::getline(std::cin, request);) {
    if (request == "step") {
      const auto begin = std::chrono::steady_clock::now();
      const auto text = learner.forward();
      const double loss = cross_entropy(device, {features.data(), shape<2>{batch, tower_type::embed()}}, text,
                                        labels, learner.scale(), d_text.view(), workspace)
                              .loss;
      learner.backward(d_text.view());
      optimizer.step(parameters, learner.gradient(), 0.0);  // the same step every time
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
      std::cout << passed.count() << ' ' << loss << std::endl;
    } else if (request.starts_with("gradient ")) {
      const auto values = to_host(device, learner.gradient());
      write_file(request.substr(9), std::as_bytes(std::span(values)));
      std::cout << "done" << std::endl;
    } else {
      struct ::rusage usage {};
      ::getrusage(RUSAGE_SELF, &usage);
      std::cout << 1024 * std::int64_t(usage.ru_maxrss) << std::endl;
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  check(argc == 7 || argc == 8, [] {
    return std::string("usage: answer_step VOCABULARY CLASSES CONTEXT PLACEMENT LENGTH THREADS [PRECISION]");
  });
  const device::cpu device(
      {.threads = std::atoi(argv[6]), .products = precision_named(argc == 8 ? argv[7] : "float32")});
  const auto words = load_tokenizer(argv[1]);
  const tower_type tower(device, tests::formula_archive(tests::text_tensors<text_shape_of>()));
  dispatch([&]<class C, class P>() { answer<C, P>(tower, words, std::atoi(argv[2]), std::atoi(argv[5])); },
           choose(context::all{}, "context", argv[3]), choose(placement::all{}, "placement", argv[4]));
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
