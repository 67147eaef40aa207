// SPDX-License-Identifier: MIT
//
// Weights by formula: every number of a tensor follows from the tensor's name and the number's place, so a CLIP of any
// published size needs no file, and a second program that knows the formula (tests/parity/formula_weights.py) holds
// the very same bits. Scales keep activations near one: matrices and kernels are uniform with a variance of one over
// their inputs (two over, before a ReLU), norms are near the identity.
//
//   hash = FNV-1a, 64 bits, of the name
//   z    = splitmix64(hash + (i + 1) * 0x9E3779B97F4A7C15)
//   u    = (z >> 40) / 2^23 - 1                       in [-1, 1), exact in float32
//   w[i] = u * scale + offset                         one float32 product, one float32 sum
#ifndef COOP_TESTS_FORMULA_WEIGHTS_HPP
#define COOP_TESTS_FORMULA_WEIGHTS_HPP

#include <coop/clip/backbone.hpp>
#include <coop/error.hpp>
#include <coop/io/archive.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop::tests {

/// FNV-1a.
inline std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ std::uint64_t(static_cast<unsigned char>(c))) * 1099511628211u;
  return hash;
}

/// Number i of the uniform sequence `hash`, in [-1, 1).
inline float uniform(std::uint64_t hash, std::uint64_t i) {
  std::uint64_t z = hash + (i + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return float(std::int64_t(z >> 40) - (1 << 23)) / float(1 << 23);
}

/// w = u * scale + offset.
struct affine {
  float scale;
  float offset;
};

/// The scale and offset of a tensor.
inline affine formula_of(std::string_view name, const std::vector<std::int64_t>& extents) {
  const auto ends = [&](std::string_view tail) { return name.ends_with(tail); };
  if (name == "logit_scale") return {0.0f, 4.6051702f};
  if (ends("running_mean")) return {0.1f, 0.0f};
  if (ends("running_var")) return {0.25f, 1.0f};
  if (ends("embedding") || ends("token_embedding.weight")) return {0.1f, 0.0f};
  if (ends("bn3.weight") && name.find("layer") != std::string_view::npos) return {0.05f, 0.15f};
  if (extents.size() == 1) return ends("weight") ? affine{0.1f, 1.0f} : affine{0.1f, 0.0f};
  const bool from_the_left = name == "visual.proj" || name == "text_projection";
  double inputs = from_the_left ? double(extents[0]) : 1.0;
  for (std::size_t axis = 1; axis < extents.size() && !from_the_left; ++axis) inputs *= double(extents[axis]);
  return {float(std::sqrt((extents.size() == 4 ? 6.0 : 3.0) / inputs)), 0.0f};
}

/// All numbers of a tensor.
inline std::vector<float> formula_values(std::string_view name, const std::vector<std::int64_t>& extents) {
  std::size_t n = 1;
  for (const auto extent : extents) n *= std::size_t(extent);
  const auto [scale, offset] = formula_of(name, extents);
  const std::uint64_t hash = hash_of(name);
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    const float scaled = uniform(hash, i) * scale;
    values[i] = scaled + offset;
  }
  return values;
}

/// Pictures (count, size, size, 3) by the same formula, about as spread as normalised photographs are.
inline std::vector<float> formula_pictures(index_t count, index_t size) {
  const std::size_t n = std::size_t(count) * std::size_t(size) * std::size_t(size) * 3;
  const std::uint64_t hash = hash_of("pictures");
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = uniform(hash, i) * 2.0f;
  return values;
}

/// Name and extents of a tensor.
struct tensor_fact {
  std::string name;
  std::vector<std::int64_t> extents;
};

namespace detail {

struct tensor_list {
  std::vector<tensor_fact> all;

  void add(const std::string& name, std::vector<std::int64_t> extents) {
    all.push_back({name, std::move(extents)});
  }
  void affine_map(const std::string& name, std::int64_t outputs, std::int64_t inputs) {
    add(name + ".weight", {outputs, inputs});
    add(name + ".bias", {outputs});
  }
  void norm(const std::string& name, std::int64_t width) {
    add(name + ".weight", {width});
    add(name + ".bias", {width});
  }
  void batch_norm(const std::string& name, std::int64_t channels) {
    norm(name, channels);
    add(name + ".running_mean", {channels});
    add(name + ".running_var", {channels});
  }
  void blocks(const std::string& prefix, std::int64_t layers, std::int64_t width) {
    for (std::int64_t i = 0; i < layers; ++i) {
      const std::string block = prefix + std::to_string(i) + ".";
      norm(block + "ln_1", width);
      add(block + "attn.in_proj_weight", {3 * width, width});
      add(block + "attn.in_proj_bias", {3 * width});
      affine_map(block + "attn.out_proj", width, width);
      norm(block + "ln_2", width);
      affine_map(block + "mlp.c_fc", 4 * width, width);
      affine_map(block + "mlp.c_proj", width, 4 * width);
    }
  }
};

}  // namespace detail

/// The tensors of a vision transformer.
template <index_t S, index_t P, index_t W, index_t N, index_t E>
std::vector<tensor_fact> image_tensors(vit_shape<S, P, W, N, E>) {
  using shape = vit_shape<S, P, W, N, E>;
  detail::tensor_list list;
  list.add("visual.class_embedding", {W});
  list.add("visual.positional_embedding", {shape::tokens, W});
  list.add("visual.proj", {W, E});
  list.add("visual.conv1.weight", {W, 3, P, P});
  list.norm("visual.ln_pre", W);
  list.blocks("visual.transformer.resblocks.", N, W);
  list.norm("visual.ln_post", W);
  return list.all;
}

/// The tensors of a modified ResNet, num_batches_tracked left out as some conversions do.
template <index_t S, index_t W, index_t E, index_t... B>
std::vector<tensor_fact> image_tensors(resnet_shape<S, W, E, B...>) {
  using shape = resnet_shape<S, W, E, B...>;
  detail::tensor_list list;
  const auto convolution = [&](const std::string& conv, const std::string& norm, index_t o, index_t k,
                               index_t side) {
    list.add("visual." + conv + ".weight", {o, k, side, side});
    list.batch_norm("visual." + norm, o);
  };
  convolution("conv1", "bn1", W / 2, 3, 3);
  convolution("conv2", "bn2", W / 2, W / 2, 3);
  convolution("conv3", "bn3", W, W / 2, 3);
  index_t inputs = W;
  for (int stage = 0; stage < 4; ++stage) {
    const index_t planes = W << stage;
    for (index_t i = 0; i < shape::blocks[std::size_t(stage)]; ++i) {
      const std::string name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i) + ".";
      convolution(name + "conv1", name + "bn1", planes, inputs, 1);
      convolution(name + "conv2", name + "bn2", planes, planes, 3);
      convolution(name + "conv3", name + "bn3", 4 * planes, planes, 1);
      if (i == 0) convolution(name + "downsample.0", name + "downsample.1", 4 * planes, inputs, 1);
      inputs = 4 * planes;
    }
  }
  list.add("visual.attnpool.positional_embedding", {shape::tokens, shape::channels});
  for (const std::string map : {"k_proj", "q_proj", "v_proj"}) {
    list.affine_map("visual.attnpool." + map, shape::channels, shape::channels);
  }
  list.affine_map("visual.attnpool.c_proj", E, shape::channels);
  return list.all;
}

/// The tensors of a text tower, and the logit scale.
template <class Text>
std::vector<tensor_fact> text_tensors() {
  detail::tensor_list list;
  list.add("positional_embedding", {Text::context_length, Text::width});
  list.add("text_projection", {Text::width, Text::embed});
  list.add("logit_scale", {});
  list.add("token_embedding.weight", {Text::vocabulary, Text::width});
  list.norm("ln_final", Text::width);
  list.blocks("transformer.resblocks.", Text::layers, Text::width);
  return list.all;
}

/// All tensors of a model.
template <Backbone B>
std::vector<tensor_fact> tensors_of() {
  auto all = image_tensors(typename B::image{});
  for (auto& fact : text_tensors<typename B::text>()) all.push_back(std::move(fact));
  return all;
}

/// An archive of formula weights without a file.
class formula_archive {
 public:
  explicit formula_archive(const std::vector<tensor_fact>& tensors, std::string path = "formula")
      : path_(std::move(path)) {
    for (const auto& fact : tensors) entries_.push_back({fact.name, element_type::f32, fact.extents});
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::vector<archive_entry>& entries() const { return entries_; }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }
  [[nodiscard]] bool contains(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] const archive_entry& entry(std::string_view name) const {
    const auto* found = find(name);
    check<io_error>(found != nullptr, [&] { return path_ + ": no tensor '" + std::string(name) + "'"; });
    return *found;
  }
  [[nodiscard]] std::vector<float> read(std::string_view name,
                                        const std::vector<std::int64_t>& extents) const {
    const auto& e = entry(name);
    check<shape_error>(e.extents == extents, [&] {
      return path_ + ": tensor '" + std::string(name) + "': shape: expected " + to_text(extents) + ", got " +
             to_text(e.extents);
    });
    return formula_values(name, extents);
  }
  [[nodiscard]] std::vector<float> read(std::string_view name) const {
    return formula_values(name, entry(name).extents);
  }

  /// Edits for tests of what goes wrong.
  void rename(std::string_view from, const std::string& to) { find(from)->name = to; }
  void reshape(std::string_view name, std::vector<std::int64_t> extents) {
    find(name)->extents = std::move(extents);
  }
  void remove(std::string_view name) {
    std::erase_if(entries_, [&](const archive_entry& e) { return e.name == name; });
  }
  void add(const std::string& name, std::vector<std::int64_t> extents) {
    entries_.push_back({name, element_type::f32, std::move(extents)});
  }

 private:
  [[nodiscard]] const archive_entry* find(std::string_view name) const {
    for (const auto& e : entries_) {
      if (e.name == name) return &e;
    }
    return nullptr;
  }
  [[nodiscard]] archive_entry* find(std::string_view name) {
    return const_cast<archive_entry*>(std::as_const(*this).find(name));
  }

  std::string path_;
  std::vector<archive_entry> entries_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace coop::tests

#endif
