// SPDX-License-Identifier: MIT
//
// What a user's compiler says of kernels when it optimises: warnings that come of a transformation that was asked for
// and could not be done. Compiled and not run; the layers of a ResNet, and the two activations.
#include <coop/clip/names.hpp>
#include <coop/clip/resnet.hpp>
#include <coop/device/cpu.hpp>
#include <coop/io/archive.hpp>
#include <coop/nn/elementwise.hpp>

using namespace coop;

void encode(const device::cpu& cpu, const safetensors& file, view<const float, 4> pictures,
            view<float, 2> features) {
  const backbone::mini_rn::image_tower<device::cpu> tower(cpu, openai_names(file));
  tower.encode(pictures, features);
}

void activate(const device::cpu& cpu, view<float, 2> x, view<float, 2> slope) {
  cpu.for_each_row(x.rows(), nn::activate_row<nn::gelu, float>{x});
  cpu.for_each_row(x.rows(), nn::activate_row_with_slope<nn::gelu, float>{x, slope});
  cpu.for_each_row(x.rows(), nn::activate_row_with_slope<nn::quick_gelu, float>{x, slope});
}
