// SPDX-License-Identifier: MIT
//
// Reading context vectors, and whose they are.
#include "contexts.hpp"

#include <coop/io/any_archive.hpp>
#include <coop/io/json.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>

namespace app {

namespace {

/// "model.pth.tar-50" without "-50".
std::string_view without_epoch(std::string_view name) {
  std::size_t end = name.size();
  while (end > 0 && std::isdigit(static_cast<unsigned char>(name[end - 1])) != 0) --end;
  return end < name.size() && end > 0 && name[end - 1] == '-' ? name.substr(0, end - 1) : name;
}

/// The metadata of a file under this key; empty when there is none.
template <class Archive>
std::string said(const Archive& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  return found == file.metadata().end() ? std::string() : found->second;
}

}  // namespace

bool is_context_file_name(const std::string& word) {
  if (without_epoch(word).ends_with(".pth.tar")) return true;
  return word.ends_with(".safetensors") || word.ends_with(".pt") || word.ends_with(".pth");
}

bool holds_context(const std::string& path) {
  if (std::filesystem::is_directory(path)) return false;
  return coop::open_archive(path).contains("ctx");
}

std::string words_of(const coop::context_record& record) {
  const std::string& began = record.initialization;
  return began.starts_with("N(0, ") || is_context_file_name(began) ? std::string() : began;
}

coop::prompt_buffers prompt_buffers_of(const weights& source, const coop::tokenizer& words,
                                       const std::vector<std::string>& names,
                                       const coop::context_words& context) {
  const auto& archive = source.archive();
  const auto& table = archive.entry("token_embedding.weight").extents;
  const std::vector<float> tokens = archive.read("token_embedding.weight", table);
  const coop::shape<2> extents{index_t(table.at(0)), index_t(table.at(1))};
  const auto window = index_t(archive.entry("positional_embedding").extents.at(0));
  return coop::make_prompt_buffers({tokens.data(), extents}, words, names, context, window);
}

saved_context::saved_context(std::string path) : path_(std::move(path)) {
  const auto file = coop::open_archive(path_);
  coop::check<coop::choice_error>(!file.contains("meta_net.linear1.weight"), [&] {
    return path_ + ": a checkpoint of CoCoOp, whose vectors move with every picture: expected one of CoOp";
  });
  extents_ = file.entry("ctx").extents;
  const std::size_t rank = extents_.size();
  coop::check<coop::shape_error>(
      (rank == 2 || rank == 3) && extents_[rank - 2] > 0 && extents_[rank - 2] < 1000, [&] {
        return path_ + ": tensor 'ctx': shape: expected (M, W) or (C, M, W), got " + coop::to_text(extents_);
      });
  values_ = file.read("ctx", extents_);
  coop::detail::expect_finite(values_, path_, "ctx");
  buffers_ = coop::read_prompt_buffers(file);
  epoch_ = said(file, "epoch");
  if (said(file, "format") != "coop context 1") return;
  const coop::context_record record = coop::load_context(path_);
  epoch_ = std::to_string(record.epochs);
  placement_ = record.placement;
  words_ = words_of(record);
  weights_sha256_ = record.weights_sha256;
  preprocessing_ = record.preprocessing;
  class_names_ = record.class_names;
}

const char* saved_context::context() const {
  return class_specific() ? coop::context::class_specific::name : coop::context::unified::name;
}

std::string saved_context::describe() const {
  return std::to_string(length()) + " vectors of width " + std::to_string(extents_.back()) + ", " +
         context() + (epoch_.empty() ? "" : ", epoch " + epoch_);
}

void saved_context::expect_weights(const weights& source, const coop::tokenizer& words) const {
  const auto& table = source.archive().entry("token_embedding.weight").extents;
  coop::check<coop::shape_error>(extents_.back() == table.back(), [&] {
    const auto count = std::int64_t(values_.size()) / std::max<std::int64_t>(extents_.back(), 1);
    return path_ + ": tensor 'ctx': shape: expected " + std::to_string(count) + " vectors of width " +
           std::to_string(table.back()) + ", got " + coop::to_text(extents_);
  });
  if (buffers_.prefix.empty()) return;
  // Any name will do: the start mark is the same before all.
  const auto ours = prompt_buffers_of(source, words, {"x"}, coop::initial_words(words, "", length()));
  coop::expect_same_weights(path_, buffers_, ours);
}

void saved_context::expect(const std::vector<std::string>& names, const weights& source,
                           const coop::tokenizer& words) const {
  expect_weights(source, words);
  if (class_specific() && !class_names_.empty()) {
    const auto differ = std::mismatch(names.begin(), names.end(), class_names_.begin(), class_names_.end());
    const auto name = [](auto at, const auto& of) {
      return at == of.end() ? std::string("none") : "'" + *at + "'";
    };
    coop::check<coop::choice_error>(differ.first == names.end() && differ.second == class_names_.end(), [&] {
      return path_ + ": class-specific vectors of other classes: class " +
             std::to_string(differ.first - names.begin()) + ": expected " + name(differ.first, names) +
             ", got " + name(differ.second, class_names_);
    });
    return;
  }
  if (!class_specific()) return;
  const auto ours = prompt_buffers_of(source, words, names, coop::initial_words(words, "", length()));
  coop::expect_same_classes(path_, buffers_, ours, names);
}

void saved_context::copy_to(learner& learns) const {
  const coop::shape<2> to = learns.extents();
  const auto rows = std::int64_t(to[0]);
  const std::int64_t mine = std::int64_t(values_.size()) / std::max<std::int64_t>(extents_.back(), 1);
  const bool fits = extents_.back() == to[1] && (mine == rows || (extents_.size() == 2 && rows % mine == 0));
  coop::check<coop::shape_error>(fits, [&] {
    return path_ + ": tensor 'ctx': shape: expected " + std::to_string(rows) + " vectors of width " +
           std::to_string(to[1]) + ", got " + coop::to_text(extents_);
  });
  std::vector<float> all;
  while (all.size() < to.size()) all.insert(all.end(), values_.begin(), values_.end());
  learns.set_context(all);
}

}  // namespace app
