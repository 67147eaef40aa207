// SPDX-License-Identifier: MIT
//
// CLIP's modified ResNet: a stem of three convolutions, four stages of bottlenecks whose strides are average
// pools, and an attention pool in which the mean of all pixels asks. Batch norms are folded when read. A
// block's identity shortcut costs nothing: its last convolution adds to the block's input where it lies. The
// first half, of many pixels and few weights, runs over fewer pictures at a time than the second, of few pixels
// and many weights, so that either finds most of what it reads in the caches.
// Follows ModifiedResNet and AttentionPool2d in CLIP's model.py.
#ifndef COOP_CLIP_RESNET_HPP
#define COOP_CLIP_RESNET_HPP

#include <coop/clip/backbone.hpp>
#include <coop/clip/loading.hpp>
#include <coop/clip/weights.hpp>
#include <coop/clip/workspace_pool.hpp>
#include <coop/device/pass_sizes.hpp>
#include <coop/nn/self_attention.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace coop {

namespace detail {

/// One row is one picture: its pixels and, before them, their mean, each plus its position.
template <class T, index_t L, index_t C>
struct pool_tokens_row {
  view<const T, 2> pixels;  // (B (L - 1), C)
  view<const T, 2> positions;
  view<T, 2> tokens;  // (B L, C)
  view<T, 2> asking;  // (B, C) the mean's token once more

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t picture) const {
    T* mean = asking.row(picture);
    nn::row_each(team, C, [=](index_t c) { mean[c] = T(0); });
    for (index_t i = 1; i < L; ++i) {
      const T* pixel = pixels.row(picture * (L - 1) + i - 1);
      const T* place = positions.row(i);
      T* out = tokens.row(picture * L + i);
      nn::row_each(team, C, [=](index_t c) {
        mean[c] += pixel[c];
        out[c] = pixel[c] + place[c];
      });
    }
    const T* place = positions.row(0);
    T* out = tokens.row(picture * L);
    nn::row_each(team, C, [=](index_t c) {
      mean[c] = mean[c] / T(L - 1) + place[c];
      out[c] = mean[c];
    });
  }
};

}  // namespace detail

/// A modified ResNet of extents Shape on device D. Const after loading; many threads may encode at once.
template <class Shape, Device D>
class resnet_tower {
  using T = typename D::scalar;
  using convolution = nn::convolution<D>;
  static constexpr index_t C = Shape::channels;
  static constexpr index_t L = Shape::tokens;

 public:
  using image = Shape;  ///< the extents it was built for
  using device_type = D;

  /// Reads the `visual.` tensors of an archive (OpenAI's names).
  template <class Archive>
  resnet_tower(const D& device, const Archive& archive) : device_(device) {
    struct job {
      std::string conv, norm;
      index_t outputs, channels;
      nn::window kernel;
      convolution* into;
    };
    std::vector<job> jobs;
    constexpr index_t half = Shape::width / 2;
    stem_.resize(3);
    jobs.push_back({"conv1", "bn1", half, 3, {.side = 3, .stride = 2, .padding = 1}, &stem_[0]});
    jobs.push_back({"conv2", "bn2", half, half, same, &stem_[1]});
    jobs.push_back({"conv3", "bn3", Shape::width, half, same, &stem_[2]});
    index_t inputs = Shape::width;
    for (index_t stage = 0; stage < stages; ++stage) {
      const index_t planes = Shape::width << stage;
      auto& blocks = stages_[std::size_t(stage)];
      blocks.resize(std::size_t(Shape::blocks[std::size_t(stage)]));
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        const std::string name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i) + ".";
        bottleneck& block = blocks[i];
        jobs.push_back({name + "conv1", name + "bn1", planes, inputs, point, &block.conv1});
        jobs.push_back({name + "conv2", name + "bn2", planes, planes, same, &block.conv2});
        jobs.push_back({name + "conv3", name + "bn3", 4 * planes, planes, point, &block.conv3});
        if (i == 0) {
          block.stride = stage == 0 ? 1 : 2;
          jobs.push_back({name + "downsample.0", name + "downsample.1", 4 * planes, inputs, point,
                          &block.shortcut.emplace()});
        }
        inputs = 4 * planes;
      }
    }
    side_by_side(device, index_t(jobs.size()) + 1, [&](index_t i) {
      if (i == 0) return read_pool(archive);  // by far the largest: not when the others have gone
      const job& j = jobs[std::size_t(i - 1)];
      *j.into = read_folded_convolution(device, archive, "visual." + j.conv, "visual." + j.norm, j.outputs,
                                        j.channels, j.kernel);
    });
    for (const auto& layer : stem_) scratch_ = std::max(scratch_, layer.scratch());
    for (const auto& stage : stages_) {
      for (const auto& block : stage) scratch_ = std::max(scratch_, block.conv2.scratch());
    }
  }

  [[nodiscard]] const D& device() const { return device_; }
  /// Pixels along a side of the pictures it takes.
  [[nodiscard]] static constexpr index_t size() { return Shape::image_size; }
  [[nodiscard]] static constexpr index_t embed() { return Shape::embed; }

  /// Features (B, E), not of unit length, of normalised pictures (B, size, size, 3).
  void encode(view<const T, 4> pictures, view<T, 2> features) const {
    COOP_ASSERT(pictures.extent(1) == size() && pictures.extent(2) == size() && pictures.extent(3) == 3);
    COOP_ASSERT(features.rows() == pictures.rows() && features.columns() == Shape::embed);
    const auto space = workspaces_.lend();
    const index_t at_once = passes_of(device_).pictures;
    for (index_t begin = 0; begin < pictures.rows(); begin += at_once) {
      const index_t end = std::min(pictures.rows(), begin + at_once);
      encode_some(pictures.slice(begin, end), *space, features.slice(begin, end));
    }
    device_.synchronize();  // the workspace goes back to the pool
  }

 private:
  static constexpr index_t stages = 4;
  static constexpr nn::window point{};
  static constexpr nn::window same{.side = 3, .stride = 1, .padding = 1};

  struct bottleneck {
    convolution conv1, conv2, conv3;
    std::optional<convolution> shortcut;  // of a stage's first block; of the others it is the input itself
    index_t stride = 1;                   // of the average pools
  };

  /// Memory of one layer's pictures: whoever writes says the shape.
  class pictures_buffer {
   public:
    view<T, 4> shaped(const D& device, index_t b, index_t side, index_t channels) {
      const shape<4> wanted{b, side, side, channels};
      if (memory_.size() < wanted.size()) memory_ = tensor<T, 1, D>(device, shape<1>{index_t(wanted.size())});
      return {memory_.view().data, wanted};
    }

   private:
    tensor<T, 1, D> memory_;
  };

  struct workspace {
    pictures_buffer a, b;       // between a block's convolutions
    pictures_buffer kept;       // what a shortcut reads
    pictures_buffer odd, even;  // what stages leave, turn about
    tensor<T, 1, D> scratch;
    index_t pooled = 0;                   // pictures that the rest has room for
    tensor<T, 2, D> tokens, keys_values;  // (B L, C), (B L, 2C)
    tensor<T, 2, D> asking, query;        // (B, C)

    void cover(const D& device, index_t pictures, std::size_t convolution_scratch) {
      if (pictures <= pooled) return;
      const std::size_t n = std::max(convolution_scratch, of_pool(pictures).scratch());
      scratch = tensor<T, 1, D>(device, shape<1>{index_t(n)});
      tokens = tensor<T, 2, D>(device, shape<2>{pictures * L, C});
      keys_values = tensor<T, 2, D>(device, shape<2>{pictures * L, 2 * C});
      asking = tensor<T, 2, D>(device, shape<2>{pictures, C});
      query = tensor<T, 2, D>(device, shape<2>{pictures, C});
      pooled = pictures;
    }
  };

  template <class Archive>
  void read_pool(const Archive& archive) {
    const std::string pool = "visual.attnpool.";
    positions_ = nn::read_matrix(device_, archive, pool + "positional_embedding", L, C);
    query_ = nn::read_linear(device_, archive, pool + "q_proj.weight", pool + "q_proj.bias", C, C,
                             nn::direction::forward_only);
    key_value_ = read_stacked_linear(device_, archive, {pool + "k_proj", pool + "v_proj"}, C, C);
    projection_ = nn::read_linear(device_, archive, pool + "c_proj.weight", pool + "c_proj.bias",
                                  Shape::embed, C, nn::direction::forward_only);
  }

  static nn::attention_extents of_pool(index_t b) { return {b, 1, L, Shape::heads}; }

  using pool_tokens_row = detail::pool_tokens_row<T, L, C>;

  /// Three convolutions and a pool: a quarter of the pictures' side.
  view<const T, 4> stem(view<const T, 4> pictures, workspace& space) const {
    const index_t B = pictures.rows();
    constexpr index_t side = size() / 2;
    const auto scratch = space.scratch.view();
    const auto first = space.a.shaped(device_, B, side, stem_[0].outputs());
    const auto second = space.b.shaped(device_, B, side, stem_[1].outputs());
    const auto third = space.odd.shaped(device_, B, side, stem_[2].outputs());
    const auto pooled = space.kept.shaped(device_, B, side / 2, stem_[2].outputs());
    stem_[0].forward(pictures, first, nn::finish::rectified, scratch);
    stem_[1].forward(first, second, nn::finish::rectified, scratch);
    stem_[2].forward(second, third, nn::finish::rectified, scratch);
    nn::average_pool<D, T>(device_, third, 2, pooled);
    return pooled;
  }

  /// A stage from x to y: its first block's shortcut writes y, all its blocks add to y.
  void run(const std::vector<bottleneck>& stage, view<const T, 4> x, view<T, 4> y, workspace& space) const {
    const index_t B = x.rows();
    const auto scratch = space.scratch.view();
    for (const auto& block : stage) {
      const view<const T, 4> in = block.shortcut ? x : view<const T, 4>(y);
      const auto a = space.a.shaped(device_, B, in.extent(1), block.conv1.outputs());
      auto b = space.b.shaped(device_, B, in.extent(1), block.conv2.outputs());
      block.conv1.forward(in, a, nn::finish::rectified, scratch);
      block.conv2.forward(a, b, nn::finish::rectified, scratch);
      if (block.stride > 1) {
        const auto shrunk = space.a.shaped(device_, B, y.extent(1), block.conv2.outputs());
        const auto kept = space.kept.shaped(device_, B, y.extent(1), in.extent(3));
        nn::average_pool<D, T>(device_, b, block.stride, shrunk);
        nn::average_pool<D, T>(device_, in, block.stride, kept);
        block.shortcut->forward(kept, y, nn::finish::plain, scratch);
        b = shrunk;
      } else if (block.shortcut) {
        block.shortcut->forward(in, y, nn::finish::plain, scratch);
      }
      block.conv3.forward(b, y, nn::finish::added_and_rectified, scratch);
    }
  }

  void encode_some(view<const T, 4> pictures, workspace& space, view<T, 2> features) const {
    const index_t B = pictures.rows();
    space.cover(device_, B, scratch_);
    constexpr index_t half = size() / 8;  // the side after two stages
    const auto middle = space.even.shaped(device_, B, half, stages_[1].back().conv3.outputs());
    const index_t at_once = passes_of(device_).early_pictures;
    for (index_t begin = 0; begin < B; begin += at_once) {
      const index_t end = std::min(B, begin + at_once);
      const auto x = stem(pictures.slice(begin, end), space);
      const auto y = space.odd.shaped(device_, end - begin, size() / 4, stages_[0].back().conv3.outputs());
      run(stages_[0], x, y, space);
      run(stages_[1], y, middle.slice(begin, end), space);
    }
    const auto third = space.odd.shaped(device_, B, half / 2, stages_[2].back().conv3.outputs());
    run(stages_[2], middle, third, space);
    const auto x = space.even.shaped(device_, B, half / 4, stages_[3].back().conv3.outputs());
    run(stages_[3], third, x, space);

    const auto tokens = space.tokens.view().slice(0, B * L);
    const auto keys_values = space.keys_values.view().slice(0, B * L);
    const auto asking = space.asking.view().slice(0, B);
    const auto query = space.query.view().slice(0, B);
    const auto pixels = reshape(x, shape<2>{B * (L - 1), C});
    device_.for_each_row(B, pool_tokens_row{pixels, positions_.view(), tokens, asking});
    query_.forward(asking, query);
    key_value_.forward(tokens, keys_values);
    nn::self_attention<D, T>(device_, of_pool(B), query, keys_values.slice_columns(0, C),
                             keys_values.slice_columns(C, 2 * C), space.scratch.view(), asking);
    projection_.forward(asking, features);
  }

  D device_;
  std::vector<convolution> stem_;
  std::array<std::vector<bottleneck>, stages> stages_;
  tensor<T, 2, D> positions_;  // (L, C)
  nn::linear<D> query_;
  nn::linear<D> key_value_;
  nn::linear<D> projection_;
  std::size_t scratch_ = 0;  // numbers that the widest patches ask for
  workspace_pool<workspace> workspaces_;
};

}  // namespace coop

#endif
