// SPDX-License-Identifier: MIT
//
// Which CLIP an archive holds, told from its tensors' names and shapes alone: the extents of both towers, the
// backbone of that description, and, where there is none, the reason. The activation cannot be told from
// tensors, so it is not guessed here. Follows build_model in CLIP's model.py; the foreign names are those of
// open_clip and transformers.
#ifndef COOP_CLIP_ARCHITECTURE_HPP
#define COOP_CLIP_ARCHITECTURE_HPP

#include <coop/clip/backbone.hpp>
#include <coop/error.hpp>
#include <coop/io/archive.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop {

/// The two kinds of image tower.
enum class tower_kind { vit, resnet };

/// "vision transformer" or "modified ResNet".
constexpr const char* name(tower_kind kind) {
  return kind == tower_kind::vit ? "vision transformer" : "modified ResNet";
}

/// Extents of an image tower, as numbers.
struct image_architecture {
  tower_kind kind = tower_kind::vit;        ///< vision transformer or ModifiedResNet
  std::int64_t image_size = 0;              ///< pixels of a side
  std::int64_t embed = 0;                   ///< width E of the joint space
  std::int64_t width = 0;                   ///< of the blocks, or of the stem
  std::int64_t patch = 0;                   // 0 in a ResNet
  std::array<std::int64_t, 4> layers = {};  // blocks of the four stages; a transformer's in the first

  friend bool operator==(const image_architecture&, const image_architecture&) = default;
};

/// Extents of a text tower, as numbers.
struct text_architecture {
  std::int64_t width = 0;           ///< W, of a token
  std::int64_t heads = 0;           ///< H, each W / H wide
  std::int64_t layers = 0;          ///< blocks
  std::int64_t embed = 0;           ///< width E of the joint space
  std::int64_t context_length = 0;  ///< L, tokens of a text
  std::int64_t vocabulary = 0;      ///< tokens in the vocabulary

  friend bool operator==(const text_architecture&, const text_architecture&) = default;
};

/// Extents of both towers.
struct architecture {
  image_architecture image;  ///< what makes features of pictures
  text_architecture text;    ///< what makes features of words

  friend bool operator==(const architecture&, const architecture&) = default;
};

namespace detail {

template <index_t S, index_t P, index_t W, index_t N, index_t E>
constexpr image_architecture image_numbers(vit_shape<S, P, W, N, E>) {
  return {tower_kind::vit, S, E, W, P, {N, 0, 0, 0}};
}
template <index_t S, index_t W, index_t E, index_t... N>
constexpr image_architecture image_numbers(resnet_shape<S, W, E, N...>) {
  return {tower_kind::resnet, S, E, W, 0, std::array<std::int64_t, 4>{std::int64_t(N)...}};
}

}  // namespace detail

/// The image tower of a backbone.
template <Backbone B>
constexpr image_architecture image_architecture_of() {
  return detail::image_numbers(typename B::image{});
}

/// Both towers of a backbone.
template <Backbone B>
constexpr architecture architecture_of() {
  using text = typename B::text;
  return {image_architecture_of<B>(),
          {text::width, text::heads, text::layers, text::embed, text::context_length, text::vocabulary}};
}

/// "vision transformer, 224 x 224 pixels, width 768, patch 16, 12 layers, embedding 512".
inline std::string describe(const image_architecture& a) {
  const auto number = [](std::int64_t n) { return std::to_string(n); };
  std::string text = std::string(name(a.kind)) + ", " + number(a.image_size) + " x " + number(a.image_size) +
                     " pixels, width " + number(a.width) + ", ";
  if (a.kind == tower_kind::vit) {
    text += "patch " + number(a.patch) + ", " + number(a.layers[0]) + " layers";
  } else {
    for (std::size_t stage = 0; stage < 4; ++stage) text += (stage ? "+" : "") + number(a.layers[stage]);
    text += " blocks";
  }
  return text + ", embedding " + number(a.embed);
}

/// "width 512, 8 heads, 12 layers, embedding 512, 77 positions, 49408 tokens".
inline std::string describe(const text_architecture& a) {
  const auto number = [](std::int64_t n) { return std::to_string(n); };
  return "width " + number(a.width) + ", " + number(a.heads) + " heads, " + number(a.layers) +
         " layers, embedding " + number(a.embed) + ", " + number(a.context_length) + " positions, " +
         number(a.vocabulary) + " tokens";
}

/// Both lines, the image tower's first.
inline std::string describe(const architecture& a) {
  return "image: " + describe(a.image) + "\ntext: " + describe(a.text);
}

namespace detail {

/// What a tensor's name says of a model that is not one of CLIP's two families, or of another spelling of its
/// names.
inline const char* foreign_mark(std::string_view name) {
  struct mark {
    std::string_view text;
    const char* meaning;
  };
  static constexpr std::array<mark, 14> marks{{
      {"text_model.", "a name of Hugging Face that no CLIPModel has: expected OpenAI's"},
      {"vision_model.", "a name of Hugging Face that no CLIPModel has: expected OpenAI's"},
      {"module.", "names with a 'module.' before them: expected OpenAI's"},
      {"visual.trunk.", "an image tower of timm, not CLIP's"},
      {"text.transformer.embeddings.", "a text tower of Hugging Face, not CLIP's"},
      {"text.token_embedding", "names with a 'text.' before the text tower's: expected OpenAI's"},
      {"logit_bias", "a SigLIP model, not a CLIP"},
      {"ls_1.gamma", "layer scale, which CLIP's blocks do not have"},
      {"visual.attn_pool.", "an attention pooler of open_clip, not CLIP's"},
      {"attn.ln_q", "normalised queries, which CLIP's attention does not have"},
      {"attn.head_scale", "scaled heads, which CLIP's attention does not have"},
      {"attn.logit_scale", "scaled cosine attention, which CLIP does not have"},
      {"text_projection.bias", "a projection with a bias, which CLIP does not have"},
      {"text.cls_emb", "a class token of text, which CLIP does not have"},
  }};
  for (const auto& m : marks) {
    if (name.find(m.text) != std::string_view::npos) return m.meaning;
  }
  return nullptr;
}

/// Reads extents off an archive, with errors that name file and tensor.
template <Archive A>
class extents_reader {
 public:
  explicit extents_reader(const A& archive) : archive_(&archive) {
    for (const auto& e : archive.entries()) {
      if (const char* meaning = foreign_mark(e.name)) {
        throw io_error(archive.path() + ": tensor '" + e.name + "': " + meaning);
      }
    }
  }

  /// Extent `axis` of a tensor that has `rank` axes.
  [[nodiscard]] std::int64_t extent(std::string_view name, std::size_t rank, std::size_t axis) const {
    const auto& extents = archive_->entry(name).extents;
    check<shape_error>(extents.size() == rank, [&] {
      return archive_->path() + ": tensor '" + std::string(name) + "': axes: expected " +
             std::to_string(rank) + ", got " + std::to_string(extents.size()) + " of " + to_text(extents);
    });
    // All of them, so that there are bytes behind every number that is read off.
    check<shape_error>(std::all_of(extents.begin(), extents.end(), [](auto e) { return e > 0; }), [&] {
      return archive_->path() + ": tensor '" + std::string(name) + "': expected extents above 0, got " +
             to_text(extents);
    });
    return extents[axis];
  }

  /// How many different words stand between `prefix` and the next dot.
  [[nodiscard]] std::int64_t count(std::string_view prefix) const {
    std::set<std::string_view> words;
    for (const auto& e : archive_->entries()) {
      const std::string_view tensor = e.name;
      if (!tensor.starts_with(prefix)) continue;
      const auto rest = tensor.substr(prefix.size());
      words.insert(rest.substr(0, rest.find('.')));
    }
    check<io_error>(!words.empty(), [&] {
      return archive_->path() + ": expected tensors called '" + std::string(prefix) + "...', got none";
    });
    return std::int64_t(words.size());
  }

  /// The side of the grid whose positions, and one more, a table has.
  [[nodiscard]] std::int64_t grid(std::string_view name) const {
    const std::int64_t rows = extent(name, 2, 0);
    const auto side = std::max<std::int64_t>(1, std::llround(std::sqrt(double(rows - 1))));
    check<shape_error>(side * side + 1 == rows, [&] {
      return archive_->path() + ": tensor '" + std::string(name) +
             "': rows: expected a square and one, got " + std::to_string(rows);
    });
    return side;
  }

 private:
  const A* archive_;
};

}  // namespace detail

/// The image tower of an archive with OpenAI's names.
template <Archive A>
image_architecture infer_image_architecture(const A& archive) {
  const detail::extents_reader<A> from(archive);
  image_architecture a;
  if (archive.contains("visual.proj")) {
    a.kind = tower_kind::vit;
    a.width = from.extent("visual.conv1.weight", 4, 0);
    a.patch = from.extent("visual.conv1.weight", 4, 3);
    a.image_size = a.patch * from.grid("visual.positional_embedding");
    a.layers[0] = from.count("visual.transformer.resblocks.");
    a.embed = from.extent("visual.proj", 2, 1);
    return a;
  }
  check<io_error>(archive.contains("visual.layer1.0.conv1.weight"), [&] {
    return archive.path() +
           ": expected a CLIP with tensor 'visual.proj' (vision transformer) or "
           "'visual.layer1.0.conv1.weight' "
           "(modified ResNet), got neither among its " +
           std::to_string(archive.entries().size()) + " tensors";
  });
  a.kind = tower_kind::resnet;
  a.width = from.extent("visual.layer1.0.conv1.weight", 4, 0);
  for (std::size_t stage = 0; stage < 4; ++stage) {
    a.layers[stage] = from.count("visual.layer" + std::to_string(stage + 1) + ".");
  }
  a.image_size = 32 * from.grid("visual.attnpool.positional_embedding");
  a.embed = from.extent("visual.attnpool.c_proj.weight", 2, 0);
  return a;
}

/// The text tower of an archive with OpenAI's names.
template <Archive A>
text_architecture infer_text_architecture(const A& archive) {
  const detail::extents_reader<A> from(archive);
  text_architecture a;
  a.width = from.extent("ln_final.weight", 1, 0);
  a.heads = a.width / head_size;
  a.layers = from.count("transformer.resblocks.");
  a.embed = from.extent("text_projection", 2, 1);
  a.context_length = from.extent("positional_embedding", 2, 0);
  a.vocabulary = from.extent("token_embedding.weight", 2, 0);
  return a;
}

/// Both towers of an archive.
template <Archive A>
architecture infer_architecture(const A& archive) {
  return {infer_image_architecture(archive), infer_text_architecture(archive)};
}

/// One number in which two architectures differ.
struct difference {
  std::string what;       ///< the extent's name
  std::int64_t expected;  ///< of the backbone
  std::int64_t found;     ///< in the file
};

/// Every number in which `found` is not `expected`; of towers of two kinds, the kind alone.
inline std::vector<difference> differences(const image_architecture& expected,
                                           const image_architecture& found) {
  std::vector<difference> all;
  const auto compare = [&](std::string what, std::int64_t e, std::int64_t f) {
    if (e != f) all.push_back({std::move(what), e, f});
  };
  if (expected.kind != found.kind) {
    compare("kind of image tower", std::int64_t(expected.kind), std::int64_t(found.kind));
    return all;
  }
  compare("image size", expected.image_size, found.image_size);
  compare("embedding", expected.embed, found.embed);
  compare("image tower's width", expected.width, found.width);
  compare("patch", expected.patch, found.patch);
  for (std::size_t stage = 0; stage < 4; ++stage) {
    compare(expected.kind == tower_kind::vit ? "image tower's layers"
                                             : "blocks of stage " + std::to_string(stage + 1),
            expected.layers[stage], found.layers[stage]);
  }
  return all;
}

/// The same of text towers.
inline std::vector<difference> differences(const text_architecture& expected,
                                           const text_architecture& found) {
  std::vector<difference> all;
  const auto compare = [&](std::string what, std::int64_t e, std::int64_t f) {
    if (e != f) all.push_back({std::move(what), e, f});
  };
  compare("text width", expected.width, found.width);
  compare("text heads", expected.heads, found.heads);
  compare("text layers", expected.layers, found.layers);
  compare("embedding of the text tower", expected.embed, found.embed);
  compare("context length", expected.context_length, found.context_length);
  compare("vocabulary", expected.vocabulary, found.vocabulary);
  return all;
}

/// The same of whole models.
inline std::vector<difference> differences(const architecture& expected, const architecture& found) {
  auto all = differences(expected.image, found.image);
  for (auto& d : differences(expected.text, found.text)) all.push_back(std::move(d));
  return all;
}

/// "patch: expected 16, got 32; context length: expected 77, got 40".
inline std::string to_text(const std::vector<difference>& all) {
  std::string text;
  for (const auto& d : all) {
    const bool kinds = d.what == "kind of image tower";
    const auto value = [&](std::int64_t v) {
      return kinds ? std::string(name(static_cast<tower_kind>(v))) : std::to_string(v);
    };
    text +=
        (text.empty() ? "" : "; ") + d.what + ": expected " + value(d.expected) + ", got " + value(d.found);
  }
  return text;
}

/// The name of the backbone with these extents, if the list has one.
template <class... Backbones>
std::optional<std::string> match(const architecture& a, type_list<Backbones...> known) {
  std::optional<std::string> found;
  for_each_type(known, [&]<class B>(tag<B>) {
    if (!found && architecture_of<B>() == a) found = B::name;
  });
  return found;
}
/// The name of the backbone of a list that has exactly these extents; nothing if none has.
template <class... Backbones>
std::optional<std::string> match(const image_architecture& a, type_list<Backbones...> known) {
  std::optional<std::string> found;
  for_each_type(known, [&]<class B>(tag<B>) {
    if (!found && image_architecture_of<B>() == a) found = B::name;
  });
  return found;
}
/// The same among the published backbones and the miniatures.
inline std::optional<std::string> match(const architecture& a) { return match(a, backbone::all{}); }
inline std::optional<std::string> match(const image_architecture& a) { return match(a, backbone::all{}); }

/// Why an architecture is none of the known ones: the nearest, and the numbers that keep them apart.
template <class... Backbones>
std::string why_no_match(const architecture& a, type_list<Backbones...> known) {
  std::string nearest;
  std::vector<difference> fewest;
  for_each_type(known, [&]<class B>(tag<B>) {
    auto apart = differences(architecture_of<B>(), a);
    const bool same_kind = architecture_of<B>().image.kind == a.image.kind;
    if (same_kind && (nearest.empty() || apart.size() < fewest.size())) {
      nearest = B::name;
      fewest = std::move(apart);
    }
  });
  if (nearest.empty()) return "no known backbone has a " + std::string(name(a.image.kind));
  return "no known backbone; nearest " + nearest + ": " + to_text(fewest);
}
/// The same for the published backbones and the miniatures.
inline std::string why_no_match(const architecture& a) { return why_no_match(a, backbone::all{}); }

/// Throws unless the archive holds backbone B, naming what it holds instead and every number that differs.
template <Backbone B, Archive A>
void check_architecture(const A& archive) {
  const auto found = infer_architecture(archive);
  const auto expected = architecture_of<B>();
  check<shape_error>(found == expected, [&] {
    const auto other = match(found);
    return archive.path() + ": backbone: expected " + B::name + ", got " +
           (other ? *other : "an unknown one") + ": " + to_text(differences(expected, found));
  });
}

/// The same of the image tower alone.
template <Backbone B, Archive A>
void check_image_architecture(const A& archive) {
  const auto found = infer_image_architecture(archive);
  const auto expected = image_architecture_of<B>();
  check<shape_error>(found == expected, [&] {
    const auto other = match(found);
    return archive.path() + ": image tower: expected " + B::name + "'s, got " +
           (other ? *other + "'s" : "an unknown one") + ": " + to_text(differences(expected, found));
  });
}

}  // namespace coop

#endif
