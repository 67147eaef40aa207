// SPDX-License-Identifier: MIT
//
// OpenAI's tensor names over an archive that has others: those of Hugging Face's CLIPModel, where queries, keys and
// values lie apart and projections are transposed, or of open_clip, where the text tower may stand under `text`,
// its projection be a Linear and the scale a vector of one. Nothing is read before it is asked for. Names that are
// none of these pass unchanged, so that architecture.hpp can say what they belong to.
#ifndef COOP_CLIP_NAMES_HPP
#define COOP_CLIP_NAMES_HPP

#include <coop/error.hpp>
#include <coop/io/archive.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop {

/// Whose names an archive has. OpenAI's are open_clip's too, unless the text tower is a module of its own.
enum class naming { openai, open_clip, hugging_face };

/// "OpenAI", "open_clip" or "Hugging Face".
constexpr std::string_view name(naming names) {
  constexpr std::array<std::string_view, 3> all{"OpenAI", "open_clip", "Hugging Face"};
  return all[std::size_t(names)];
}

namespace detail {

/// What a tensor is called in OpenAI's files, and how it comes to be theirs.
struct openai_name {
  std::string text;
  int part = -1;  // 0, 1, 2: queries, keys, values of one tensor
  bool transposed = false;
};

/// The text tower's names that open_clip puts `text.` before.
inline bool is_text_name(std::string_view tensor) {
  constexpr std::array<std::string_view, 5> beginnings{
      "text_projection", "positional_embedding", "token_embedding.", "transformer.resblocks.", "ln_final."};
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view begin) { return tensor.starts_with(begin); });
}

/// A residual block's tensor in Hugging Face's words, after the layer's number; empty if it is none.
inline openai_name block_name(std::string_view tensor) {
  constexpr std::string_view attention = "self_attn.";
  if (tensor.starts_with(attention)) {
    const std::string_view rest = tensor.substr(attention.size());
    constexpr std::string_view parts = "qkv";
    if (rest.size() > 1 && rest.substr(1).starts_with("_proj.") &&
        parts.find(rest[0]) != std::string_view::npos) {
      const std::string_view kind = rest.substr(7);
      if (kind == "weight" || kind == "bias") {
        return {"attn.in_proj_" + std::string(kind), int(parts.find(rest[0]))};
      }
    }
    return rest.starts_with("out_proj.") ? openai_name{"attn." + std::string(rest)} : openai_name{};
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> others{
      {{"layer_norm1.", "ln_1."},
       {"layer_norm2.", "ln_2."},
       {"mlp.fc1.", "mlp.c_fc."},
       {"mlp.fc2.", "mlp.c_proj."}}};
  for (const auto& [theirs, ours] : others) {
    if (tensor.starts_with(theirs)) return {std::string(ours) + std::string(tensor.substr(theirs.size()))};
  }
  return {};
}

/// Hugging Face's name as OpenAI's; unchanged if no CLIPModel has it.
inline openai_name from_hugging_face(std::string_view tensor) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> single{
      {{"text_model.embeddings.token_embedding.weight", "token_embedding.weight"},
       {"text_model.embeddings.position_embedding.weight", "positional_embedding"},
       {"text_model.final_layer_norm.weight", "ln_final.weight"},
       {"text_model.final_layer_norm.bias", "ln_final.bias"},
       {"vision_model.embeddings.class_embedding", "visual.class_embedding"},
       {"vision_model.embeddings.patch_embedding.weight", "visual.conv1.weight"},
       {"vision_model.embeddings.position_embedding.weight", "visual.positional_embedding"},
       {"vision_model.pre_layrnorm.weight", "visual.ln_pre.weight"},  // spelt so in every release
       {"vision_model.pre_layrnorm.bias", "visual.ln_pre.bias"}}};
  for (const auto& [theirs, ours] : single) {
    if (tensor == theirs) return {std::string(ours)};
  }
  constexpr std::string_view post = "vision_model.post_layernorm.";
  if (tensor.starts_with(post)) return {"visual.ln_post." + std::string(tensor.substr(post.size()))};
  if (tensor == "visual_projection.weight") return {"visual.proj", -1, true};
  for (const auto& [theirs, ours] :
       {std::pair<std::string_view, std::string_view>{"text_model.encoder.layers.", "transformer.resblocks."},
        {"vision_model.encoder.layers.", "visual.transformer.resblocks."}}) {
    if (!tensor.starts_with(theirs)) continue;
    const std::string_view rest = tensor.substr(theirs.size());
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos) break;
    openai_name found = block_name(rest.substr(dot + 1));
    if (found.text.empty()) break;
    found.text = std::string(ours) + std::string(rest.substr(0, dot + 1)) + found.text;
    return found;
  }
  return {std::string(tensor)};
}

/// Tensors that say nothing the shapes do not: sizes, positions' numbers, masks, counters of batch norms.
inline bool is_superfluous(std::string_view tensor) {
  return tensor == "input_resolution" || tensor == "context_length" || tensor == "vocab_size" ||
         tensor == "attn_mask" || tensor.ends_with("embeddings.position_ids") ||
         tensor.ends_with(".num_batches_tracked");
}

}  // namespace detail

/// Whose names the tensors of an archive have.
template <Archive A>
naming naming_of(const A& archive) {
  naming found = naming::openai;
  for (const archive_entry& e : archive.entries()) {
    const std::string_view tensor = detail::without_parallel(e.name, true);
    if (tensor.starts_with("text_model.") || tensor.starts_with("vision_model.")) return naming::hugging_face;
    if (tensor.starts_with("text.") && detail::is_text_name(tensor.substr(5))) found = naming::open_clip;
  }
  return found;
}

/**
 * An archive under OpenAI's names, an Archive itself. It refers to the archive it is made of, which must outlive it.
 * A tensor that is made of several is of their type, or float32 if they differ.
 */
template <Archive A>
class openai_names {
 public:
  /// Of an archive that must outlive it.
  explicit openai_names(const A& archive) : archive_(&archive), naming_(coop::naming_of(archive)) {
    const auto& theirs = archive.entries();
    const bool parallel = !theirs.empty() && theirs.front().name.starts_with("module.");
    std::map<std::string, recipe> found;
    for (const archive_entry& e : theirs) add(e, detail::without_parallel(e.name, parallel), found);
    for (auto& [name, how] : found) {
      entries_.push_back(made(name, how));
      recipes_.push_back(std::move(how));
    }
  }
  explicit openai_names(const A&&) = delete;

  /// The archive as it is.
  [[nodiscard]] const A& source() const { return *archive_; }
  /// Whose names it has.
  [[nodiscard]] coop::naming naming() const { return naming_; }
  [[nodiscard]] const std::string& path() const { return archive_->path(); }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return archive_->metadata(); }
  /// All arrays by OpenAI's names, sorted; those that no CLIP needs are left out.
  [[nodiscard]] const std::vector<archive_entry>& entries() const { return entries_; }
  [[nodiscard]] bool contains(std::string_view name) const {
    return detail::find_entry(entries_, name) != nullptr;
  }
  [[nodiscard]] const archive_entry& entry(std::string_view name) const {
    return detail::entry_of(entries_, name, path());
  }

  /// A floating array as float32; another shape than `extents` is a shape_error.
  [[nodiscard]] std::vector<float> read(std::string_view name,
                                        const std::vector<std::int64_t>& extents) const {
    const archive_entry& e = entry(name);
    expect(e, extents);
    return read(name);
  }
  /// The same into memory of the caller's, of as many floats as the shape has.
  void read_into(std::string_view name, const std::vector<std::int64_t>& extents, std::span<float> to) const {
    const archive_entry& e = entry(name);
    expect(e, extents);
    const recipe& how = of(e);
    if (how.transposed) {
      const std::vector<float> values = read(name);
      std::copy(values.begin(), values.end(), to.begin());
      return;
    }
    for (const archive_entry* source : how.sources) {
      std::size_t count = 1;
      for (const auto extent : source->extents) count *= std::size_t(extent);
      detail::read_into(*archive_, source->name, source->extents, to.first(count));
      to = to.subspan(count);
    }
  }
  /// A floating array of whatever shape as float32.
  [[nodiscard]] std::vector<float> read(std::string_view name) const {
    const archive_entry& e = entry(name);
    const recipe& how = of(e);
    std::vector<float> values = read_source(*how.sources.front());
    for (std::size_t i = 1; i < how.sources.size(); ++i) {
      const std::vector<float> more = read_source(*how.sources[i]);
      values.insert(values.end(), more.begin(), more.end());
    }
    return how.transposed ? transposed(values, e.extents) : values;
  }

 private:
  /// One array of the file, or three below each other.
  struct recipe {
    std::vector<const archive_entry*> sources;
    bool transposed = false;
  };

  [[nodiscard]] const recipe& of(const archive_entry& e) const {
    return recipes_[std::size_t(&e - entries_.data())];
  }
  void expect(const archive_entry& e, const std::vector<std::int64_t>& extents) const {
    check<shape_error>(e.extents == extents, [&] {
      return title(e.name, of(e)) + ": shape: expected " + to_text(extents) + ", got " + to_text(e.extents);
    });
  }
  [[nodiscard]] std::string title(std::string_view name, const recipe& how) const {
    std::string text = detail::tensor_title(path(), name);
    const auto* first = how.sources.front();
    if (first != nullptr && first->name != name) text += " (in the file '" + first->name + "')";
    return text;
  }
  [[nodiscard]] std::vector<float> read_source(const archive_entry& e) const {
    return archive_->read(e.name, e.extents);
  }

  void add(const archive_entry& e, std::string_view theirs, std::map<std::string, recipe>& found) const {
    if (detail::is_superfluous(theirs)) return;
    detail::openai_name ours{std::string(theirs)};
    if (naming_ == coop::naming::hugging_face) ours = detail::from_hugging_face(theirs);
    if (naming_ == coop::naming::open_clip && theirs.starts_with("text.") &&
        detail::is_text_name(theirs.substr(5))) {
      ours.text.erase(0, 5);
    }
    if (ours.text == "text_projection.weight") ours = {"text_projection", -1, true};
    recipe& how = found[ours.text];
    const auto place = std::size_t(std::max(ours.part, 0));
    if (how.sources.empty()) how.sources.resize(ours.part < 0 ? 1 : 3, nullptr);
    check<io_error>(place < how.sources.size() && how.sources[place] == nullptr, [&] {
      return detail::tensor_title(path(), e.name) + ": a second tensor for OpenAI's '" + ours.text + "'";
    });
    how.sources[place] = &e;
    how.transposed = ours.transposed;
  }

  /// The entry that a recipe makes.
  [[nodiscard]] archive_entry made(const std::string& name, const recipe& how) const {
    constexpr std::string_view parts = "qkv";
    for (std::size_t i = 0; i < how.sources.size(); ++i) {
      check<io_error>(how.sources[i] != nullptr, [&] {
        return detail::tensor_title(path(), name) + ": expected queries, keys and values, got no '" +
               parts[i] + "_proj'";
      });
    }
    archive_entry e{name, how.sources.front()->type, how.sources.front()->extents};
    for (std::size_t i = 1; i < how.sources.size(); ++i) {
      const archive_entry& more = *how.sources[i];
      const bool fits = !e.extents.empty() && e.extents.size() == more.extents.size() &&
                        std::equal(e.extents.begin() + 1, e.extents.end(), more.extents.begin() + 1);
      check<shape_error>(fits, [&] {
        return detail::tensor_title(path(), more.name) + ": shape: expected that of '" +
               how.sources.front()->name + "', got " + to_text(more.extents);
      });
      e.extents.front() += more.extents.front();
      if (more.type != e.type) e.type = element_type::f32;
    }
    if (how.transposed) {
      check<shape_error>(e.extents.size() == 2, [&] {
        return title(name, how) + ": shape: expected a matrix, got " + to_text(e.extents);
      });
      std::swap(e.extents[0], e.extents[1]);
    }
    if (name == "logit_scale" && e.extents == std::vector<std::int64_t>{1}) e.extents.clear();
    return e;
  }

  /// Values of a matrix of which `extents` are the transpose's.
  static std::vector<float> transposed(const std::vector<float>& values,
                                       const std::vector<std::int64_t>& extents) {
    const auto rows = std::size_t(extents[0]);
    const auto columns = std::size_t(extents[1]);
    std::vector<float> turned(values.size());
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) turned[i * columns + j] = values[j * rows + i];
    }
    return turned;
  }

  const A* archive_;
  coop::naming naming_;
  std::vector<archive_entry> entries_;
  std::vector<recipe> recipes_;  // of the entries
};

static_assert(Archive<openai_names<safetensors>>);

}  // namespace coop

#endif
