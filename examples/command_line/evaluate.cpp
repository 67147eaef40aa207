// SPDX-License-Identifier: MIT
//
// What classifiers are for: coop evaluate, coop zero-shot, coop predict.
#include "commands.hpp"
#include "contexts.hpp"
#include "data.hpp"
#include "feature_cache.hpp"
#include "models.hpp"
#include "output.hpp"
#include "processor.hpp"

#include <coop/model/zero_shot.hpp>
#include <coop/train/evaluate.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace app {

static_assert(coop::TextEncoder<text_tower>);

namespace {

using class_names = std::vector<std::string>;

/// What each label of the data is to the classifier, matched by class name, so that a data set with other or
/// fewer classes in another order is judged rightly or refused.
std::vector<index_t> labels_by_name(const class_names& known, const data_source& data) {
  std::vector<index_t> label_of;
  for (std::size_t label = 0; label < data.class_names().size(); ++label) {
    const std::string& name = data.class_names()[label];
    if (data.class_names() == known) {  // names may occur twice
      label_of.push_back(index_t(label));
      continue;
    }
    const auto found = std::find(known.begin(), known.end(), name);
    coop::check<coop::choice_error>(found != known.end(), [&] {
      return data.word + ": class '" + name + "' is not among the " + std::to_string(known.size()) +
             " that the classifier knows";
    });
    label_of.push_back(index_t(found - known.begin()));
  }
  return label_of;
}

/// Accuracy, macro F1 and the table of the classes; `pictures` makes the features of what is pictures.
template <class Pictures>
void print_report(const coop::classifier<device>& classifier, data_source& data, const Pictures& pictures) {
  const std::vector<index_t> label_of = labels_by_name(classifier.class_names(), data);
  const bool own = !data.features;
  coop::feature_set features = own ? pictures() : std::move(*data.features);
  if (own) features.origin = {};  // made for this classifier, by --conversion perhaps otherwise on purpose
  coop::expect_origin(features.origin, {classifier.facts().weights_sha256, classifier.facts().preprocessing},
                      data.word, "the classifier");
  for (index_t& label : features.labels) label = label_of[std::size_t(label)];
  features.class_names = classifier.class_names();
  const coop::report report = coop::evaluate(classifier, features);
  print(coop::to_text(report) + coop::per_class_text(report));
}

/// The classifier that context vectors make of the names of a data set. What the file does not say is said on
/// standard error.
coop::classifier<device> classifier_of_context(const device& where,
                                               const std::shared_ptr<const accelerator>& beside,
                                               const evaluate_options& o, const data_source& data) {
  const saved_context context(o.model);
  coop::check<coop::choice_error>(!o.weights.empty() || !context.weights_sha256().empty(), [&] {
    return o.model + ": which weights? expected --weights with those that it was learnt with";
  });
  const bool known = !context.weights_sha256().empty();
  weights source =
      known ? open_weights_of(o.model, {.weights_sha256 = context.weights_sha256()}, o.weights, o.activation)
            : weights(o.weights, o.activation);
  source.compute_on(beside);
  const coop::tokenizer words =
      known ? open_vocabulary_of(o.model, o.vocabulary, source) : open_vocabulary(o.vocabulary, o.weights);
  context.expect(data.class_names(), source, words);
  coop::check<coop::choice_error>(
      context.placement().empty() || o.placement.empty() || o.placement == context.placement(), [&] {
        return o.model + ": placement: expected '" + context.placement() + "' as it was learnt, got '" +
               o.placement + "'";
      });
  const bool assumed = context.placement().empty() && o.placement.empty();
  const std::string placement = assumed                       ? coop::placement::end::name
                                : context.placement().empty() ? o.placement
                                                              : context.placement();
  const auto learns =
      source.learn(where, words, data.class_names(),
                   {.context = coop::choose(coop::context::all{}, "context", context.context()),
                    .placement = coop::choose(coop::placement::all{}, "placement", placement),
                    .length = context.length(),
                    .words = context.words()});
  context.copy_to(*learns);
  remark(o.model + ": " + context.describe() + ", name at: " + placement +
         (assumed ? " (assumed; the file does not say, see --placement)" : "") + ", classes of " + data.word);
  const std::string prepared =
      context.preprocessing().empty() ? source.preparation().to_text() : context.preprocessing();
  return learns->classifier({.preprocessing = prepared, .weights_sha256 = source.sha256()});
}

}  // namespace

void evaluate(const evaluate_options& o) {
  const device where = device_of(o);
  const auto beside = accelerator_of(o);
  const bool vectors = holds_context(o.model);
  if (!vectors && (!o.vocabulary.empty() || !o.placement.empty()))
    throw usage_error("evaluate: --vocab and --placement belong to a file of context vectors, got " +
                      o.model);
  data_source data = open_data(o.data, o.seed);
  const coop::classifier<device> classifier =
      vectors ? classifier_of_context(where, beside, o, data) : open_classifier(where, o.model);
  print_report(classifier, data, [&] {
    const auto& samples = split_of(data, o.split);
    weights source = open_weights_of(o.model, classifier.facts(), o.weights, o.activation);
    source.compute_on(beside);
    const auto how = preparation_of(classifier.facts(), o.conversion);
    std::unique_ptr<const image_tower> tower;
    return features_by(o.cache, source, o.activation, how, o.broken, o, samples, data.class_names(),
                       [&]() -> const image_tower& { return *(tower = source.image(where)); })
        ->fetched();
  });
}

void zero_shot(const zero_shot_options& o) {
  const device where = device_of(o);
  const auto beside = accelerator_of(o);
  data_source data = open_data(o.data, o.seed);
  if (!data.features) static_cast<void>(split_of(data, o.split));
  weights source(o.weights, o.activation);
  source.compute_on(beside);
  const coop::tokenizer words = open_vocabulary(o.vocabulary, o.weights);
  std::vector<std::string> templates = o.templates;
  if (templates.empty()) templates.push_back(data.prompt.empty() ? "a photo of a {}." : data.prompt);
  const text_tower text = source.text(where);
  expect_vocabulary(words, text, source);
  const auto how = source.preparation(coop::conversion_from_word(o.conversion));
  const auto classifier = coop::zero_shot(text, words, templates,
                                          {.scale = text.scale(),
                                           .class_names = data.class_names(),
                                           .preprocessing = how.to_text(),
                                           .weights_sha256 = source.sha256(),
                                           .method = {}});
  if (!o.out.empty()) classifier.save(o.out);
  for (const std::string& wording : templates) remark("template: " + wording);
  print_report(classifier, data, [&] {
    std::unique_ptr<const image_tower> tower;
    return features_by(o.cache, source, o.activation, how, o.broken, o, split_of(data, o.split),
                       data.class_names(),
                       [&]() -> const image_tower& { return *(tower = source.image(where)); })
        ->fetched();
  });
}

void predict(const predict_options& o) {
  const device where = device_of(o);
  const auto beside = accelerator_of(o);
  const coop::classifier<device> classifier = open_classifier(where, o.model);
  weights source = open_weights_of(o.model, classifier.facts(), o.weights, o.activation);
  source.compute_on(beside);
  std::vector<coop::sample> samples;
  for (const std::string& path : o.images) samples.push_back({path});
  const auto how = preparation_of(classifier.facts(), o.conversion);
  // A large photograph takes as long as a good part of the tower: it is decoded while the tower is opened. What goes
  // wrong with it is said when its turn comes.
  auto first = std::async(std::launch::async, [&]() -> std::shared_ptr<const coop::image> {
    try {
      return how.conversion == coop::conversion_order::dassl
                 ? std::make_shared<const coop::image>(picture_source{}(o.images.front()))
                 : nullptr;
    } catch (const std::exception&) {
      return nullptr;
    }
  });
  const auto tower = source.image(where);
  samples.front().pixels = first.get();
  const coop::feature_set features = features_of(*tower, samples, how, "error", o.threads)->fetched();
  const auto rows = coop::nn::upload(where, features.values, coop::shape<2>{features.size(), features.width});
  const auto guesses = classifier.predict(rows.view(), o.top);
  std::string table;
  for (std::size_t i = 0; i < guesses.size(); ++i) {
    for (std::size_t rank = 0; rank < guesses[i].size(); ++rank) {
      char number[32];
      std::snprintf(number, sizeof number, "%.6f", double(guesses[i][rank].probability));
      table += field(o.images[i]) + "\t" + std::to_string(rank + 1) + "\t" +
               field(classifier.class_names()[std::size_t(guesses[i][rank].label)]) + "\t" + number + "\n";
    }
  }
  print(table);
}

}  // namespace app
