// SPDX-License-Identifier: MIT
//
// Operations are those of the definition (a 3x3 convolution is nine products a pixel), whatever way they are computed; a
// way that needs fewer shows as a larger share of the ceiling.
#include "towers.hpp"

#include <coop/coop.hpp>

#include "../tests/support/formula_weights.hpp"

#include <memory>

namespace coop::benchmarks {

namespace {

constexpr double product(double rows, double inputs, double outputs) { return 2 * rows * inputs * outputs; }

/// Floating-point operations a picture of the products in a vision transformer, whose last block thinks for the class
/// token alone.
template <index_t S, index_t P, index_t W, index_t N, index_t E>
constexpr double operations(vit_shape<S, P, W, N, E> shape) {
  constexpr double L = decltype(shape)::tokens;
  const double block = product(L, W, 12 * W) + 2 * product(L, W, L);
  const double last = product(L, W, 2 * W) + product(1, W, 10 * W) + 2 * product(1, W, L);
  return product(L - 1, 3 * P * P, W) + (N - 1) * block + last + product(1, W, E);
}

/// The same of a modified ResNet.
template <index_t S, index_t W, index_t E, index_t... B>
constexpr double operations(resnet_shape<S, W, E, B...> shape) {
  double pixels = double(S / 2) * (S / 2);
  double n =
      product(pixels, 27, W / 2) + product(pixels, 9 * (W / 2), W / 2) + product(pixels, 9 * (W / 2), W);
  pixels /= 4;
  double inputs = W;
  for (std::size_t stage = 0; stage < 4; ++stage) {
    const double planes = double(W << stage);
    for (index_t i = 0; i < shape.blocks[stage]; ++i) {
      n += product(pixels, inputs, planes) + product(pixels, 9 * planes, planes);
      if (i == 0 && stage > 0) pixels /= 4;
      n += product(pixels, planes, 4 * planes) + (i == 0 ? product(pixels, inputs, 4 * planes) : 0.0);
      inputs = 4 * planes;
    }
  }
  constexpr double C = decltype(shape)::channels;
  constexpr double L = decltype(shape)::tokens;
  return n + product(L, C, 2 * C) + product(1, C, C) + 2 * product(1, C, L) + product(1, C, E);
}

}  // namespace

encoder formula_encoder(const std::string& name, const device::cpu& device) {
  return dispatch(
      [&]<class B>() -> encoder {
        using tower_type = typename B::template image_tower<device::cpu>;
        const auto tower = std::make_shared<const tower_type>(
            device, tests::formula_archive(tests::image_tensors(typename B::image{})));
        return {.side = tower->size(),
                .embed = tower->embed(),
                .operations = operations(typename B::image{}),
                .encode = [tower](view<const float, 4> pictures, view<float, 2> features) {
                  tower->encode(pictures, features);
                }};
      },
      choose(backbone::all{}, "backbone", name));
}

}  // namespace coop::benchmarks
