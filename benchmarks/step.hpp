// SPDX-License-Identifier: MIT
//
// One training step of a prompt learner on cached features, on any device: what several programs time, and how it is
// told. Weights, context and features are by formula (tests/support/formula_weights.hpp), so that a program that knows
// the formula makes the same step.
#ifndef COOP_BENCHMARKS_STEP_HPP
#define COOP_BENCHMARKS_STEP_HPP

#include <coop/clip/text.hpp>
#include <coop/device/recording.hpp>
#include <coop/io/atomic_file.hpp>
#include <coop/io/json.hpp>
#include <coop/model/learner.hpp>
#include <coop/train/loss.hpp>
#include <coop/train/optimizer.hpp>

#include "../tests/support/formula_weights.hpp"
#include "class_names.hpp"
#include "measure.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace coop::benchmarks {

/// Pictures of a batch.
inline constexpr index_t step_batch = 32;

/// Pictures' features of unit length, by formula, (batch, E).
inline std::vector<float> unit_features(index_t width) {
  const std::uint64_t hash = tests::hash_of("features");
  std::vector<float> values(std::size_t(step_batch) * std::size_t(width));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = tests::uniform(hash, i);
  for (index_t row = 0; row < step_batch; ++row) {
    float* f = values.data() + std::ptrdiff_t(row) * width;
    double square = 0;
    for (index_t i = 0; i < width; ++i) square += double(f[i]) * double(f[i]);
    for (index_t i = 0; i < width; ++i) f[i] = float(double(f[i]) / std::sqrt(square));
  }
  return values;
}

/// A learner with the formula's context, and all that a step of it needs. The rate is zero: it is the same step every
/// time. A step that is asked for returns before it is done where the device works by itself.
template <Context C, Placement P, class Tower>
class training_step {
  using D = typename Tower::device_type;
  using T = typename D::scalar;

 public:
  training_step(const Tower& tower, const tokenizer& words, const std::vector<std::string>& names,
                index_t length, learner_options options = {})
      : device_(tower.device()),
        learner_(tower, words, names, prompt<C, P>{.length = length}, options),
        optimizer_(sgd{}, device_, learner_.parameters().extents),
        d_text_(device_, shape<2>{learner_.classes(), Tower::embed()}),
        kept_(record(device_, std::function<void()>([this] { between_labels_and_loss(); }))) {
    const auto parameters = learner_.parameters();
    std::vector<T> context(parameters.size());
    const std::uint64_t hash = tests::hash_of("context");
    for (std::size_t i = 0; i < context.size(); ++i) context[i] = T(tests::uniform(hash, i) * 0.04f);
    device_.upload(view<const T, 2>{context.data(), parameters.extents}, parameters);
    const auto unit = unit_features(Tower::embed());
    const std::vector<T> values(unit.begin(), unit.end());
    features_ = to_device(device_, view<const T, 2>{values.data(), shape<2>{step_batch, Tower::embed()}});
    for (index_t b = 0; b < step_batch; ++b) labels_.push_back((7 * b + 3) % learner_.classes());
  }
  training_step(const training_step&) = delete;  // what is recorded points here
  training_step& operator=(const training_step&) = delete;

  [[nodiscard]] auto& learner() { return learner_; }

  /// A step as fit() makes it: the loss is read before the way back. Returns it.
  double whole() {
    const auto text = learner_.forward();
    const double loss = cross_entropy(device_, std::as_const(features_).view(), text, labels_,
                                      T(learner_.scale()), d_text_.view(), workspace_)
                            .loss;
    learner_.backward(d_text_.view());
    optimizer_.step(learner_.parameters(), learner_.gradient(), 0.0);
    return loss;
  }

  /// A step whose part between labels and loss the device keeps and starts as one, where it can.
  double recorded() {
    take_labels<D>(device_, labels_, learner_.classes(), workspace_);
    kept_();
    return end_cross_entropy<D>(device_, step_batch, workspace_).loss;
  }

 private:
  void between_labels_and_loss() {
    begin_cross_entropy(device_, std::as_const(features_).view(), learner_.forward(), T(learner_.scale()),
                        d_text_.view(), workspace_);
    learner_.backward(d_text_.view());
    optimizer_.step(learner_.parameters(), learner_.gradient(), 0.0);
  }

  D device_;
  prompt_learner<C, P, Tower> learner_;
  typename sgd::template state<D> optimizer_;
  tensor<T, 2, D> features_;
  std::vector<index_t> labels_;
  loss_workspace<D> workspace_;
  tensor<T, 2, D> d_text_;
  recording<D, std::function<void()>> kept_;
};

/// How steps are measured.
struct step_measuring {
  repetition how;
  std::size_t memory_limit = std::size_t(4) << 30;
  index_t ceiling_rows = 896;
  bool recorded = false;  // a second time as recorded() makes them
};

/// A step's nodes, operations, seconds, share of the ceiling, and bytes beyond the weights, planned and used.
template <Context C, Placement P, class Tower>
json measured_step(const Tower& tower, const tokenizer& words, index_t classes, index_t length,
                   const step_measuring& m) {
  const auto& device = tower.device();
  const auto names = class_names(words, classes);
  auto best = ceiling(device, Tower::width(), 40, m.ceiling_rows);
  const memory_meter meter(device);
  training_step<C, P, Tower> step(tower, words, names, length, {.memory_limit = m.memory_limit});
  const repeated_call whole = repeat(device, m.how, [&] { step.whole(); });
  const std::size_t used = meter.most();
  const auto again = ceiling(device, Tower::width(), 40, m.ceiling_rows);
  best = {std::max(best.wall, again.wall), std::max(best.processor, again.processor)};

  auto& learner = step.learner();
  const double operations = learner.operations();
  json row = {{"device", device.description()},
              {"context", C::name},
              {"placement", P::name},
              {"classes", classes},
              {"length", length},
              {"nodes", learner.live_nodes()},
              {"constant", learner.constant_nodes()},
              {"chunks", learner.chunks()},
              {"operations", operations},
              {"steps", whole.calls},
              {"seconds", whole.median.wall},
              {"processor_seconds", whole.median.processor},
              {"ceiling", best.wall},
              {"share", operations / whole.median.wall / best.wall},
              {"processor_share", operations / whole.median.processor / best.processor},
              {"planned_bytes", learner.memory().bytes()},
              {"used_bytes", used}};
  if (m.recorded) {
    // Kernels are loaded, then kept, then played: three calls before what is timed.
    const repetition how{m.how.seconds, m.how.most, std::max<std::size_t>(3, m.how.warm_up)};
    const repeated_call played = repeat(device, how, [&] { step.recorded(); });
    row["recorded_seconds"] = played.median.wall;
    row["recorded_share"] = operations / played.median.wall / best.wall;
  }
  return row;
}

inline void print_step_heading() {
  std::printf("%-15s %-7s %3s %7s %8s %6s %6s %9s %9s %6s %6s %9s %9s %9s\n", "context", "place", "M",
              "classes", "nodes", "const", "chunks", "seconds", "GFLOP/s", "share", "by cpu", "plan MB",
              "used MB", "recorded");
}

/// A line of measured_step(), or of what went wrong: {"context", "placement", "length", "classes", "error"}.
inline void print_step(const json& r) {
  std::printf("%-15s %-7s %3d %7d ", r["context"].get<std::string>().c_str(),
              r["placement"].get<std::string>().c_str(), r["length"].get<int>(), r["classes"].get<int>());
  if (r.contains("error")) {
    std::printf("%s\n", r["error"].get<std::string>().c_str());
  } else {
    const double flops = r["operations"].get<double>() / r["seconds"].get<double>();
    std::printf("%8d %6d %6d %9.4f %9.0f %4.0f %% %4.0f %% %9.0f %9.0f", r["nodes"].get<int>(),
                r["constant"].get<int>(), r["chunks"].get<int>(), r["seconds"].get<double>(), flops / 1e9,
                100 * r["share"].get<double>(), 100 * r["processor_share"].get<double>(),
                r["planned_bytes"].get<double>() / 1e6, r["used_bytes"].get<double>() / 1e6);
    if (r.contains("recorded_seconds")) std::printf(" %9.5f", r["recorded_seconds"].get<double>());
    std::printf("\n");
  }
  std::fflush(stdout);
}

/// Training steps on request, for a program that compares: it starts this one, asks for a step by a line on standard
/// input, makes one itself, asks again. So both are timed in the same minutes of the same machine.
///
/// First comes a line of JSON: the token ids of every class name, alone and with its full stop, and how many nodes the
/// tree has. Then for each line that is read: "step" answers the seconds and the loss of a training step (text features
/// of all classes, cross entropy with 32 features, the way back, SGD), "steps N" the same of one of N that follow each
/// other, "recorded N" of N that the device keeps as one, all to their end on the device; "gradient FILE" writes the
/// context's gradient of the last step as float32; "memory" answers the bytes that the process has had at most.
template <Context C, Placement P, class Tower>
void answer_steps(const Tower& tower, const tokenizer& words, index_t classes, index_t length) {
  const auto& device = tower.device();
  const auto names = class_names(words, classes);
  const memory_meter meter(device);
  training_step<C, P, Tower> step(tower, words, names, length, {.memory_limit = 0});
  json ids = json::array();
  for (const std::string& name : names) ids.push_back({words.ids(name), words.ids(name + ".")});
  const json head = {{"names", ids},
                     {"nodes", step.learner().live_nodes()},
                     {"constant", step.learner().constant_nodes()},
                     {"operations", step.learner().operations()},
                     {"device", device.description()}};
  std::cout << head.dump() << std::endl;

  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream request(line);
    std::string verb, rest;
    request >> verb >> rest;
    if (verb == "step" || verb == "steps" || verb == "recorded") {
      const int count = verb == "step" ? 1 : std::atoi(rest.c_str());
      check(count > 0, [&] { return "answer_step: '" + line + "': expected a number of steps behind it"; });
      double loss = 0;
      const by_clocks passed = time_on(device, [&] {
        for (int i = 0; i < count; ++i) loss = verb == "recorded" ? step.recorded() : step.whole();
      });
      std::cout << passed.wall / count << ' ' << loss << std::endl;
    } else if (verb == "gradient" && !rest.empty()) {
      const auto values = to_host(device, step.learner().gradient());
      const std::vector<float> numbers(values.begin(), values.end());
      write_file(rest, std::as_bytes(std::span(numbers)));
      std::cout << "done" << std::endl;
    } else {
      check(verb == "memory", [&] {
        return "answer_step: request: expected 'step', 'steps N', 'recorded N', 'gradient FILE' or 'memory', "
               "got '" +
               line + "'";
      });
      std::cout << meter.most() << std::endl;
    }
  }
}

}  // namespace coop::benchmarks

#endif
