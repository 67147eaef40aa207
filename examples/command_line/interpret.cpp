// SPDX-License-Identifier: MIT
//
// coop interpret: what words learnt vectors lie near, and how much that says.
#include "commands.hpp"
#include "contexts.hpp"
#include "models.hpp"
#include "output.hpp"

#include <coop/analysis/nearest_words.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

namespace app {

namespace {

/// The weights of the vectors: a run knows theirs, a checkpoint of CoOp's code does not.
weights weights_of(const std::string& model, const saved_context& context, const std::string& word) {
  if (!context.weights_sha256().empty())
    return open_weights_of(model, {.weights_sha256 = context.weights_sha256()}, word, "");
  coop::check<coop::choice_error>(!word.empty(), [&] {
    return context.path() +
           ": which weights? expected --weights with those it was learnt with; the file does not say";
  });
  return weights(word);
}

/// Which sets of vectors to show, by class.
std::vector<index_t> chosen_sets(const saved_context& context, const std::vector<std::string>& names,
                                 const std::vector<std::string>& asked) {
  constexpr index_t few = 3;
  std::vector<index_t> sets;
  if (asked.empty()) {
    sets.resize(std::size_t(std::min(few, context.sets())));
    std::iota(sets.begin(), sets.end(), index_t(0));
    if (context.sets() > few)
      remark(context.path() + ": the first " + std::to_string(few) + " of " + std::to_string(context.sets()) +
             " classes; --class NAME shows others");
  }
  for (const std::string& name : asked) {
    const auto found = std::find(names.begin(), names.end(), name);
    coop::check<coop::choice_error>(found != names.end(), [&] {
      constexpr std::size_t shown = 10;
      std::string known;
      for (std::size_t i = 0; i < std::min(shown, names.size()); ++i)
        known += (i == 0 ? "" : ", ") + names[i];
      return context.path() + ": no class '" + name + "'; known: " + known +
             (names.size() > shown ? ", ..." : "");
    });
    sets.push_back(index_t(found - names.begin()));
  }
  return sets;
}

/// With four decimals, as the published tool prints distances.
std::string distance_text(double distance) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", distance);
  return text;
}

}  // namespace

void interpret(const interpret_options& o) {
  const saved_context context(std::filesystem::is_directory(o.model) ? o.model + "/context.safetensors"
                                                                     : o.model);
  if (!o.classes.empty() && !context.class_specific())
    throw usage_error("interpret: --class belongs to a class-specific context, got a unified one");
  const weights source = weights_of(o.model, context, o.weights);
  const coop::tokenizer words = open_vocabulary_of(o.model, o.vocabulary, source);
  context.expect_weights(source, words);

  std::vector<std::string> names = context.class_names();
  for (index_t c = index_t(names.size()); c < context.sets(); ++c) names.push_back(std::to_string(c));
  const std::vector<index_t> sets =
      context.class_specific() ? chosen_sets(context, names, o.classes) : std::vector<index_t>{0};

  const auto& extents = source.archive().entry("token_embedding.weight").extents;
  const std::vector<float> table = source.archive().read("token_embedding.weight", extents);
  const constant_features tokens{table.data(), {index_t(extents.at(0)), index_t(extents.at(1))}};
  const device where(1);
  std::string text = context.class_specific() ? "class\t" : "";
  text += "vector\trank\tword\tdistance\trandom\n";
  for (const index_t set : sets) {
    const auto near = coop::words_near(where, context.vectors(set), tokens, words, o.top, o.seed);
    for (std::size_t v = 0; v < near.size(); ++v) {
      for (std::size_t rank = 0; rank < near[v].nearest.size(); ++rank) {
        if (context.class_specific()) text += field(names[std::size_t(set)]) + "\t";
        text += std::to_string(v + 1) + "\t" + std::to_string(rank + 1) + "\t" +
                field(near[v].nearest[rank].word) + "\t" + distance_text(near[v].nearest[rank].distance) +
                "\t" + distance_text(near[v].random[rank]) + "\n";
      }
    }
  }
  print(text);
  remark(context.path() + ": " + context.describe() + ", beside the " + std::to_string(tokens.rows()) +
         " tokens of " + source.path());
  remark(
      "A word near a vector does not say what the vector means: 'random' is how far a random vector of the "
      "same "
      "norm lies from its own nearest words, and a distance like that says nothing.");
}

}  // namespace app
