// SPDX-License-Identifier: MIT
//
// Numbers for other programs: coop encode, coop tokens, coop preprocess.
#include "commands.hpp"
#include "data.hpp"
#include "models.hpp"
#include "output.hpp"
#include "processor.hpp"

#include <coop/data/feature_set.hpp>
#include <coop/data/transform.hpp>
#include <coop/io/npy.hpp>
#include <coop/io/text.hpp>

#include <cstdint>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace app {

namespace {

void write_features(const std::string& path, const std::vector<float>& values, index_t rows, index_t width) {
  coop::write_npy(path, {rows, width}, std::span<const float>(values));
}

void encode_texts(const encode_options& o, const weights& source, const device& where) {
  const std::vector<std::string> lines = coop::read_lines(o.texts);
  coop::check<coop::io_error>(!lines.empty(),
                              [&] { return o.texts + ": expected a text on each line, got none"; });
  const coop::tokenizer words = open_vocabulary(o.vocabulary, o.weights);
  const text_tower text = source.text(where);
  expect_vocabulary(words, text, source);
  std::vector<std::vector<std::int32_t>> sequences;
  for (const std::string& line : lines) sequences.push_back(words.encode(line, text.context_length()).ids);
  const auto features = text.encode(sequences);
  write_features(o.out, coop::to_host(where, features.view()), index_t(lines.size()), text.embed());
}

}  // namespace

void encode(const encode_options& o) {
  const int sources = int(!o.images.empty()) + int(!o.texts.empty()) + int(!o.data.empty());
  if (sources != 1) throw usage_error("encode: expected one of --images, --texts and --data");
  const device where = device_of(o);
  const auto beside = accelerator_of(o);
  weights source(o.weights, o.activation);
  source.compute_on(beside);
  if (!o.texts.empty()) return encode_texts(o, source, where);
  const auto how = source.preparation(coop::conversion_from_word(o.conversion));
  if (!o.images.empty()) {
    const auto samples = listed_pictures(o.images);
    const auto features = features_of(*source.image(where), samples, how, o.broken, o.threads)->fetched();
    return write_features(o.out, features.values, features.size(), features.width);
  }
  // A data set's split, with its labels and names: what features:FILE reads.
  const data_source data = open_data(o.data, o.seed);
  if (data.features) throw usage_error("encode: " + o.data + ": features are encoded already");
  auto features =
      features_of(*source.image(where), split_of(data, o.split), how, o.broken, o.threads, data.class_names())
          ->fetched();
  features.origin = {.weights_sha256 = source.sha256(), .preprocessing = how.to_text()};
  coop::save_feature_set(features, o.out);
}

void tokens(const tokens_options& o) {
  const coop::tokenizer words = open_vocabulary(o.vocabulary, "");
  std::string line;
  while (std::getline(std::cin, line)) {
    if (line.ends_with('\r')) line.pop_back();
    std::string text;
    for (const std::int32_t id : words.ids(line)) text += (text.empty() ? "" : " ") + std::to_string(id);
    print(text + "\n");
  }
  coop::check<coop::io_error>(!std::cin.bad(), [] { return std::string("standard input: cannot read"); });
}

void preprocess(const preprocess_options& o) {
  const coop::test_transform change{o.size};
  const bool late = coop::conversion_from_word(o.conversion) == coop::conversion_order::clip;
  const auto side = std::size_t(o.size);
  std::vector<std::uint8_t> pixels;
  pixels.reserve(o.images.size() * 3 * side * side);
  for (const std::string& path : o.images) {
    const coop::image ready = late ? change(picture_source{}.source(path)) : change(picture_source{}(path));
    pixels.insert(pixels.end(), ready.pixels.begin(), ready.pixels.end());
  }
  const auto count = std::int64_t(o.images.size());
  coop::write_npy(o.out, {count, o.size, o.size, 3}, std::span<const std::uint8_t>(pixels));
}

}  // namespace app
