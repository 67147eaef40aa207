// SPDX-License-Identifier: MIT
//
// How many random numbers the published program draws to build a CLIP. It gives every weight a random value
// before it loads the released ones, so whatever is random afterwards, the context vectors first of all,
// depends on this count. Follows CLIP's model.py: the constructors of PyTorch's layers, then
// initialize_parameters.
#ifndef COOP_CLIP_CONSTRUCTION_HPP
#define COOP_CLIP_CONSTRUCTION_HPP

#include <coop/clip/backbone.hpp>
#include <coop/data/torch_random.hpp>

#include <cstdint>

namespace coop {

namespace detail {

using draw_count = std::uint64_t;

/// A normal fill; a uniform one takes an output for each element, so its count is its size.
constexpr draw_count normal(draw_count n) { return torch_random::normal_draws(n); }

/// nn.Linear, weights and biases.
constexpr draw_count linear(draw_count inputs, draw_count outputs) { return (inputs + 1) * outputs; }

/// A residual attention block: the packed projection without its bias, and three linear layers.
constexpr draw_count block(draw_count width) {
  return 3 * width * width + linear(width, width) + linear(width, 4 * width) + linear(4 * width, width);
}

/// The weights of a text block again, in initialize_parameters.
constexpr draw_count block_again(draw_count width) {
  return normal(3 * width * width) + normal(width * width) + 2 * normal(4 * width * width);
}

template <class Shape>
constexpr draw_count draws_of_vit() {
  constexpr draw_count width = Shape::width;
  return 3 * Shape::patch * Shape::patch * width + normal(width) + normal(Shape::tokens * width) +
         normal(width * Shape::embed) + Shape::layers * block(width);
}

template <class Shape>
constexpr draw_count draws_of_resnet() {
  constexpr draw_count half = Shape::width / 2;
  constexpr draw_count channels = Shape::channels;
  draw_count n = 27 * half + 9 * half * half + 9 * half * Shape::width;
  draw_count inputs = Shape::width;
  for (std::size_t stage = 0; stage < 4; ++stage) {
    const draw_count planes = draw_count(Shape::width) << stage;
    for (index_t i = 0; i < Shape::blocks[stage]; ++i) {
      n += inputs * planes + 9 * planes * planes + 4 * planes * planes;
      if (i == 0) n += inputs * 4 * planes;
      inputs = 4 * planes;
    }
  }
  n += normal(Shape::tokens * channels) + 3 * linear(channels, channels) + linear(channels, Shape::embed);
  return n + 3 * normal(channels * channels) + normal(channels * Shape::embed);  // initialize_parameters
}

}  // namespace detail

/// 32-bit outputs of the generator between its seeding and the first context vector.
template <Backbone B>
constexpr std::uint64_t construction_draws() {
  using text = typename B::text;
  constexpr std::uint64_t width = text::width;
  constexpr std::uint64_t table = detail::normal(std::uint64_t(text::vocabulary) * width);
  std::uint64_t n = text::layers * (detail::block(width) + detail::block_again(width)) +
                    2 * table +  // by nn.Embedding, and again
                    detail::normal(std::uint64_t(text::context_length) * width) +
                    detail::normal(width * std::uint64_t(text::embed));
  if constexpr (requires { B::image::patch; }) {
    n += detail::draws_of_vit<typename B::image>();
  } else {
    n += detail::draws_of_resnet<typename B::image>();
  }
  return n;
}

// Counted in the published program.
static_assert(construction_draws<backbone::rn50>() == 179'635'552);
static_assert(construction_draws<backbone::rn101>() == 196'215'648);
static_assert(construction_draws<backbone::rn50x4>() == 290'038'520);
static_assert(construction_draws<backbone::vit_b32>() == 214'211'328);
static_assert(construction_draws<backbone::vit_b16>() == 212'554'752);
static_assert(construction_draws<backbone::vit_l14>() == 550'254'336);

}  // namespace coop

#endif
