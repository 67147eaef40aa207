// SPDX-License-Identifier: MIT
//
// Two files of a training. `context.safetensors` is for people: the learned vectors (tensor `ctx`, (M, W)
// unified or (C, M, W) class-specific), the policies by name, the class names. `state.safetensors` is for
// going on: the parameters again and the optimizer's memory after a number of epochs, in one file, because a
// crash between two files must not pair the context of one epoch with the velocity of another.
#ifndef COOP_MODEL_CHECKPOINT_HPP
#define COOP_MODEL_CHECKPOINT_HPP

#include <coop/io/archive.hpp>
#include <coop/model/classifier.hpp>  // number_fact, fact, expect_format
#include <coop/train/optimizer.hpp>   // optimizer_memory

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace coop {

/// Learned context vectors and what they belong to.
struct context_record {
  std::vector<std::int64_t> extents;          // (M, W) or (C, M, W)
  std::vector<float> values = {};             ///< row-major
  std::string context = {};                   // name of the policy, "unified" or "class-specific"
  std::string placement = {};                 // "front", "middle" or "end"
  std::vector<std::string> class_names = {};  ///< by label
  std::string initialization = {};            // the words, or a description of the noise
  std::string weights_sha256 = {};            // of the file the text tower came from
  std::int64_t epochs = 0;                    // epochs it was trained for
  std::string preprocessing = {};  // of the pictures it was learnt from; empty: the file does not say

  /// Number of context vectors of a class.
  [[nodiscard]] std::int64_t length() const { return extents[extents.size() - 2]; }
  /// Width of the text tower.
  [[nodiscard]] std::int64_t width() const { return extents.back(); }

  friend bool operator==(const context_record&, const context_record&) = default;
};

/// Everything that a run needs to go on as if it had not been interrupted.
struct training_state {
  std::int64_t epochs_done = 0;  ///< of the schedule
  std::string optimizer = {};    // name
  std::string run = {};  // a digest of the run's options and data; only the same run may go on from this
  std::vector<std::int64_t> extents = {};  // of the parameters
  std::vector<float> parameters = {};      ///< row-major
  optimizer_memory memory = {};            ///< of the optimizer
  double loss = 0;                         // mean of the last epoch
  double accuracy = 0;                     // of the last epoch, per cent

  friend bool operator==(const training_state&, const training_state&) = default;
};

namespace detail {

inline void expect_finite(const std::vector<float>& values, const std::string& path,
                          const std::string& tensor) {
  check<io_error>(std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); }), [&] {
    return path + ": tensor '" + tensor + "': some values are infinite or not numbers";
  });
}

}  // namespace detail

/// Writes a context file, all or nothing.
inline void save_context(const std::string& path, const context_record& record) {
  check<shape_error>(record.extents.size() == 2 || record.extents.size() == 3, [&] {
    return path + ": tensor 'ctx': shape: expected (M, W) or (C, M, W), got " + to_text(record.extents);
  });
  detail::expect_finite(record.values, path, "ctx");
  std::map<std::string, std::string> metadata{{"format", "coop context 1"},
                                              {"context", record.context},
                                              {"placement", record.placement},
                                              {"length", std::to_string(record.length())},
                                              {"names", list_text(record.class_names, path)},
                                              {"initialization", record.initialization},
                                              {"weights_sha256", record.weights_sha256},
                                              {"epochs", std::to_string(record.epochs)}};
  if (!record.preprocessing.empty()) metadata.emplace("preprocessing", record.preprocessing);
  write_safetensors(path, {to_array("ctx", record.extents, std::span<const float>(record.values))}, metadata);
}

/// Reads a context file.
[[nodiscard]] inline context_record load_context(const std::string& path) {
  const safetensors file(path);
  detail::expect_format(file, "coop context 1");
  const auto& entry = file.entry("ctx");
  context_record record{.extents = entry.extents,
                        .values = {},  // when all else is as expected
                        .context = detail::fact(file, "context"),
                        .placement = detail::fact(file, "placement"),
                        .class_names = parse_list(detail::fact(file, "names"), path + ": metadata 'names'"),
                        .initialization = detail::fact(file, "initialization"),
                        .weights_sha256 = detail::fact(file, "weights_sha256"),
                        .epochs = detail::number_fact<std::int64_t>(file, "epochs")};
  if (file.metadata().contains("preprocessing")) record.preprocessing = detail::fact(file, "preprocessing");
  check<shape_error>(record.extents.size() == 2 || record.extents.size() == 3, [&] {
    return path + ": tensor 'ctx': shape: expected (M, W) or (C, M, W), got " + to_text(record.extents);
  });
  check<shape_error>(
      record.extents.size() == 2 || record.extents[0] == std::int64_t(record.class_names.size()), [&] {
        return path + ": tensor 'ctx': classes: expected " + std::to_string(record.class_names.size()) +
               " as there are names, got " + std::to_string(record.extents[0]);
      });
  record.values = file.read("ctx");
  detail::expect_finite(record.values, path, "ctx");
  return record;
}

/// The same; vectors that were learnt with other weights, or from pictures prepared otherwise, are a choice_error.
[[nodiscard]] inline context_record load_context(const std::string& path, const feature_origin& expected) {
  context_record record = load_context(path);
  expect_origin({record.weights_sha256, record.preprocessing}, expected, path, "what was asked for");
  return record;
}

/// Writes a training state, all or nothing.
inline void save_state(const std::string& path, const training_state& state) {
  std::vector<named_array> arrays;
  arrays.push_back(to_array("parameters", state.extents, std::span<const float>(state.parameters)));
  for (const auto& [name, values] : state.memory.arrays) {
    arrays.push_back(
        to_array("optimizer." + name, {std::int64_t(values.size())}, std::span<const float>(values)));
  }
  write_safetensors(path, arrays,
                    {{"format", "coop training state 1"},
                     {"epochs_done", std::to_string(state.epochs_done)},
                     {"optimizer", state.optimizer},
                     {"steps", std::to_string(state.memory.steps)},
                     {"loss", detail::exact_text(state.loss)},
                     {"accuracy", detail::exact_text(state.accuracy)},
                     {"run", state.run}});
}

/// Reads a training state. Another optimizer's state, or another run's, is an error: going on from it would
/// give results that no unbroken run has.
[[nodiscard]] inline training_state load_state(const std::string& path, const std::string& optimizer,
                                               const std::string& run) {
  const safetensors file(path);
  detail::expect_format(file, "coop training state 1");
  training_state state{.epochs_done = detail::number_fact<std::int64_t>(file, "epochs_done"),
                       .optimizer = detail::fact(file, "optimizer"),
                       .run = detail::fact(file, "run"),
                       .extents = file.entry("parameters").extents,
                       .parameters = {}};  // when all else is as expected
  state.memory.steps = detail::number_fact<std::int64_t>(file, "steps");
  state.loss = detail::number_fact<double>(file, "loss");
  state.accuracy = detail::number_fact<double>(file, "accuracy");
  check<io_error>(state.optimizer == optimizer, [&] {
    return path + ": optimizer: expected '" + optimizer + "', got '" + state.optimizer + "'";
  });
  check<io_error>(state.run == run, [&] {
    return path + ": belongs to a run with other options or data: expected '" + run + "', got '" + state.run +
           "'";
  });
  check<io_error>(state.epochs_done >= 0 && state.memory.steps >= 0,
                  [&] { return path + ": epochs_done and steps: expected numbers of at least 0"; });
  state.parameters = file.read("parameters");
  detail::expect_finite(state.parameters, path, "parameters");
  const std::string prefix = "optimizer.";
  for (const auto& entry : file.entries()) {
    if (!entry.name.starts_with(prefix)) continue;
    state.memory.arrays[entry.name.substr(prefix.size())] = file.read(entry.name);
    detail::expect_finite(state.memory.arrays[entry.name.substr(prefix.size())], path, entry.name);
  }
  return state;
}

}  // namespace coop

#endif
