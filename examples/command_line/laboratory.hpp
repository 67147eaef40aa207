// SPDX-License-Identifier: MIT
//
// Where the runs of a sweep are made: weights, data sets and features are opened once and serve run after run; features
// lie in the sweep's directory, so that every process of a sweep and every later sitting finds them.
#ifndef COOP_COMMAND_LINE_LABORATORY_HPP
#define COOP_COMMAND_LINE_LABORATORY_HPP

#include "data.hpp"
#include "feature_cache.hpp"
#include "models.hpp"
#include "plan.hpp"

#include <coop/train/evaluate.hpp>

#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace app {

/// Features of some pictures, found by the pictures' names.
class picture_features {
 public:
  /// Picture i of the features, with one or more views, is picture i here. Two pictures of one name are a choice_error.
  picture_features(const std::vector<coop::sample>& pictures, coop::feature_set features);

  [[nodiscard]] const coop::feature_set& all() const { return features_; }
  /// These pictures, with the labels that they have here.
  [[nodiscard]] coop::feature_set of(const std::vector<coop::sample>& pictures,
                                     const std::vector<std::string>& class_names) const;

 private:
  std::unordered_map<std::string, index_t> row_;
  coop::feature_set features_;
};

class laboratory {
 public:
  /// `plan` must outlive it.
  laboratory(const plan& p, const std::string& directory, int threads);

  [[nodiscard]] const weights& source() const { return weights_; }

  /// What a run comes to, in the form that `coop report` reads; nothing as long as another process is encoding
  /// pictures that it needs.
  [[nodiscard]] std::optional<coop::json> perform(const planned_run& run);

 private:
  struct task;
  struct trained;

  [[nodiscard]] std::shared_ptr<const task> task_of(std::size_t data);
  [[nodiscard]] std::shared_ptr<const task> open_task(std::size_t data);
  [[nodiscard]] std::optional<picture_features> features(const std::string& title,
                                                         const std::vector<coop::sample>& pictures,
                                                         const std::vector<std::string>& class_names,
                                                         index_t views);
  [[nodiscard]] coop::classifier_facts facts(const std::vector<std::string>& class_names,
                                             const std::string& method) const;
  [[nodiscard]] coop::classifier<device> by_words(const std::string& method,
                                                  const std::vector<std::string>& class_names,
                                                  const std::string& prompt, const std::string& rules);
  [[nodiscard]] coop::json head_of(const planned_run& run, const task& t, const coop::dataset& drawn) const;
  [[nodiscard]] coop::json nearest_words_of(constant_features vectors);
  [[nodiscard]] std::unique_ptr<learner> learner_of(const planned_run& run,
                                                    const std::vector<std::string>& class_names) const;
  [[nodiscard]] trained train(const planned_run& run, const task& t, const coop::dataset& drawn);
  [[nodiscard]] const text_tower& text();
  [[nodiscard]] const image_tower& image();

  const plan& plan_;
  int threads_;
  feature_cache cache_;
  device device_;
  weights weights_;
  coop::tokenizer words_;
  coop::preprocessing preparation_;
  std::vector<float> table_ = {};  // (V, W), the text tower's words
  std::optional<text_tower> text_ = std::nullopt;
  std::unique_ptr<const image_tower> image_ = nullptr;
  std::map<std::size_t, std::shared_ptr<const task>> tasks_ = {};
  std::map<std::size_t, std::exception_ptr> broken_ = {};
};

}  // namespace app

#endif
