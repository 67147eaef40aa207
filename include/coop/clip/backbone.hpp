// SPDX-License-Identifier: MIT
//
// The published CLIP models, and the miniature's own, as structs of constants: every extent of a tower is
// known to the compiler. Towers are templates of their shape alone, so that RN101, ViT-B/32 and ViT-B/16
// share one text tower. Numbers: Radford et al. 2021, tables 19 and 20, and the tensors of the released
// files.
#ifndef COOP_CLIP_BACKBONE_HPP
#define COOP_CLIP_BACKBONE_HPP

#include <coop/device/concepts.hpp>
#include <coop/nn/elementwise.hpp>
#include <coop/type_list.hpp>

#include <array>
#include <concepts>
#include <cstdint>

namespace coop {

/// Channels of one attention head in every CLIP tower.
inline constexpr index_t head_size = 64;

namespace detail {

constexpr std::int64_t product(std::int64_t a, std::int64_t b) { return a * b; }

/// Numbers of a residual attention block: two norms, attention (3W + W rows), and the MLP of ratio 4, with
/// biases.
constexpr std::int64_t block_parameters(std::int64_t width) {
  return 2 * 2 * width + 4 * product(width, width + 1) + product(4 * width, width + 1) +
         product(width, 4 * width + 1);
}

}  // namespace detail

/// Extents of a text tower.
template <index_t Width, index_t Heads, index_t Layers, index_t Embed, index_t ContextLength = 77,
          index_t Vocabulary = 49408>
struct text_shape {
  static_assert(Width % Heads == 0, "coop: the heads of a text tower share its width evenly");
  static constexpr index_t width = Width;                   ///< W, of a token
  static constexpr index_t heads = Heads;                   ///< H, each W / H wide
  static constexpr index_t layers = Layers;                 ///< blocks
  static constexpr index_t embed = Embed;                   ///< E, of the joint space
  static constexpr index_t context_length = ContextLength;  ///< L, tokens of a text
  static constexpr index_t vocabulary = Vocabulary;         ///< tokens in the vocabulary

  /// Trained numbers of the tower, logit_scale not counted.
  static constexpr std::int64_t parameters() {
    return detail::product(vocabulary + context_length, width) + layers * detail::block_parameters(width) +
           2 * width + detail::product(width, embed);
  }
};

/// Extents of a vision transformer: patches of Patch x Patch pixels and one class token.
template <index_t ImageSize, index_t Patch, index_t Width, index_t Layers, index_t Embed>
struct vit_shape {
  static_assert(ImageSize % Patch == 0, "coop: the patches of a vision transformer tile its picture");
  static_assert(Width % head_size == 0, "coop: a vision transformer's width is a multiple of its head size");
  static constexpr index_t image_size = ImageSize;     ///< pixels of a side
  static constexpr index_t patch = Patch;              ///< pixels of a patch's side
  static constexpr index_t width = Width;              ///< of a token
  static constexpr index_t layers = Layers;            ///< blocks
  static constexpr index_t embed = Embed;              ///< E, of the joint space
  static constexpr index_t heads = Width / head_size;  ///< of 64 numbers each
  static constexpr index_t grid = ImageSize / Patch;   ///< patches a side
  static constexpr index_t tokens = grid * grid + 1;   ///< patches and the class token

  /// Trained numbers of the tower.
  static constexpr std::int64_t parameters() {
    return detail::product(width, 3 * patch * patch) + width + detail::product(tokens, width) +
           2 * 2 * width + layers * detail::block_parameters(width) + detail::product(width, embed);
  }
};

/// Extents of CLIP's modified ResNet: four stages of bottlenecks and an attention pool.
template <index_t ImageSize, index_t Width, index_t Embed, index_t Blocks1, index_t Blocks2, index_t Blocks3,
          index_t Blocks4>
struct resnet_shape {
  static_assert(ImageSize % 32 == 0, "coop: a modified ResNet halves its picture five times");
  static_assert(Width % 2 == 0 && (32 * Width) % head_size == 0, "coop: a modified ResNet's width is even");
  static constexpr index_t image_size = ImageSize;  ///< pixels of a side
  static constexpr index_t width = Width;           ///< channels of the stem
  static constexpr index_t embed = Embed;           ///< E, of the joint space
  static constexpr std::array<index_t, 4> blocks{Blocks1, Blocks2, Blocks3,
                                                 Blocks4};  ///< of each of the four stages
  static constexpr index_t channels = 32 * Width;           // of the last stage
  static constexpr index_t heads = channels / head_size;    ///< of the attention pool
  static constexpr index_t side = ImageSize / 32;           // of the last stage
  static constexpr index_t tokens = side * side + 1;  ///< positions of the attention pool and their mean

  /// Trained numbers of the tower; the statistics of its batch norms are not trained.
  static constexpr std::int64_t parameters() {
    const std::int64_t half = width / 2;
    std::int64_t n = 27 * half + 9 * half * half + 9 * half * width + 2 * (half + half + width);
    std::int64_t inputs = width;
    for (int stage = 0; stage < 4; ++stage) {
      const std::int64_t planes = std::int64_t(width) << stage;
      for (index_t block = 0; block < blocks[std::size_t(stage)]; ++block) {
        n += inputs * planes + 9 * planes * planes + 4 * planes * planes + 2 * (planes + planes + 4 * planes);
        if (block == 0) n += inputs * 4 * planes + 2 * 4 * planes;
        inputs = 4 * planes;
      }
    }
    return n + detail::product(tokens, channels) + 3 * detail::product(channels, channels + 1) +
           detail::product(embed, channels + 1);
  }
};

template <class Shape, Device D, nn::Activation A = nn::quick_gelu>
class vit_tower;
template <class Shape, Device D>
class resnet_tower;

/// What says that a type describes a CLIP model: its name, its extents, and the type of its image tower.
template <class B>
concept Backbone = requires {
  { B::name } -> std::convertible_to<const char*>;
  { B::image_size } -> std::convertible_to<index_t>;
  { B::embed } -> std::convertible_to<index_t>;
  typename B::image;
  typename B::text;
  requires B::image::embed == B::embed&& B::text::embed == B::embed&& B::image::image_size == B::image_size;
};

/// The models by name; a user's own is a struct of the same kind.
namespace backbone {

namespace detail {

/// What the two families add to their extents.
template <class Image, class Text>
struct vit_model {
  using image = Image;
  using text = Text;
  static constexpr index_t image_size = Image::image_size;
  static constexpr index_t embed = Image::embed;
  template <Device D, nn::Activation A = nn::quick_gelu>
  using image_tower = vit_tower<Image, D, A>;
};
template <class Image, class Text>
struct resnet_model {
  using image = Image;
  using text = Text;
  static constexpr index_t image_size = Image::image_size;
  static constexpr index_t embed = Image::embed;
  template <Device D, nn::Activation A = nn::quick_gelu>
  using image_tower = resnet_tower<Image, D>;  // its activation is ReLU in every release
};

}  // namespace detail

/// RN50.
struct rn50 : detail::resnet_model<resnet_shape<224, 64, 1024, 3, 4, 6, 3>, text_shape<512, 8, 12, 1024>> {
  static constexpr const char* name = "RN50";
};
/// RN101.
struct rn101 : detail::resnet_model<resnet_shape<224, 64, 512, 3, 4, 23, 3>, text_shape<512, 8, 12, 512>> {
  static constexpr const char* name = "RN101";
};
/// RN50x4.
struct rn50x4 : detail::resnet_model<resnet_shape<288, 80, 640, 4, 6, 10, 6>, text_shape<640, 10, 12, 640>> {
  static constexpr const char* name = "RN50x4";
};
/// RN50x16.
struct rn50x16 : detail::resnet_model<resnet_shape<384, 96, 768, 6, 8, 18, 8>, text_shape<768, 12, 12, 768>> {
  static constexpr const char* name = "RN50x16";
};
/// RN50x64.
struct rn50x64
    : detail::resnet_model<resnet_shape<448, 128, 1024, 3, 15, 36, 10>, text_shape<1024, 16, 12, 1024>> {
  static constexpr const char* name = "RN50x64";
};
/// ViT-B/32.
struct vit_b32 : detail::vit_model<vit_shape<224, 32, 768, 12, 512>, text_shape<512, 8, 12, 512>> {
  static constexpr const char* name = "ViT-B/32";
};
/// ViT-B/16.
struct vit_b16 : detail::vit_model<vit_shape<224, 16, 768, 12, 512>, text_shape<512, 8, 12, 512>> {
  static constexpr const char* name = "ViT-B/16";
};
/// ViT-L/14.
struct vit_l14 : detail::vit_model<vit_shape<224, 14, 1024, 24, 768>, text_shape<768, 12, 12, 768>> {
  static constexpr const char* name = "ViT-L/14";
};
/// ViT-L/14@336px.
struct vit_l14_336 : detail::vit_model<vit_shape<336, 14, 1024, 24, 768>, text_shape<768, 12, 12, 768>> {
  static constexpr const char* name = "ViT-L/14@336px";
};

/// Tokens of the miniature's vocabulary (models/mini-vocab.txt): 512 bytes, its merges, and the two marks.
inline constexpr index_t mini_vocabulary = 1514;
/// The text tower that both miniatures have.
using mini_text = text_shape<128, 2, 3, 128, 40, mini_vocabulary>;

/// The miniature vision transformer of models/.
struct mini_vit : detail::vit_model<vit_shape<64, 8, 64, 4, 128>, mini_text> {
  static constexpr const char* name = "mini-vit";
};
/// The miniature ModifiedResNet of models/.
struct mini_rn : detail::resnet_model<resnet_shape<64, 16, 128, 1, 1, 1, 1>, mini_text> {
  static constexpr const char* name = "mini-rn";
};

/// Every model that a word can choose.
using all = type_list<rn50, rn101, rn50x4, rn50x16, rn50x64, vit_b32, vit_b16, vit_l14, vit_l14_336, mini_vit,
                      mini_rn>;

static_assert(Backbone<rn50> && Backbone<rn101> && Backbone<rn50x4> && Backbone<rn50x16> &&
              Backbone<rn50x64>);
static_assert(Backbone<vit_b32> && Backbone<vit_b16> && Backbone<vit_l14> && Backbone<vit_l14_336>);
static_assert(Backbone<mini_vit> && Backbone<mini_rn>);

}  // namespace backbone

/// Trained numbers of a whole model: two towers and the logit scale.
template <Backbone B>
constexpr std::int64_t parameters() {
  return B::image::parameters() + B::text::parameters() + 1;
}

static_assert(parameters<backbone::rn50>() == 102'007'137 && parameters<backbone::vit_b16>() == 149'620'737);

}  // namespace coop

#endif
