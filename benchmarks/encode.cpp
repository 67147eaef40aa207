// SPDX-License-Identifier: MIT
//
// Pictures a second of the image towers at full size: RN50, RN101, ViT-B/32 and ViT-B/16, one, eight and thirty-two
// pictures a call, with formula weights. Beside them stand the operations a second and what share they are of the best
// product that the device reached in the same minute. Operations are those of the definition (a 3x3 convolution is nine
// products a pixel), whatever way they are computed; a way that needs fewer shows as a larger share.
//
//   coop_benchmark_encode [THREADS] [--benchmark_filter=ViT-B/16] [--benchmark_out=FILE] ...
#include <coop/coop.hpp>

#include "../tests/support/formula_weights.hpp"
#include "measure.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#ifndef NDEBUG
#error "coop: benchmarks are built with NDEBUG"
#endif

using namespace coop;

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

template <Backbone B>
void encode(benchmark::State& state, const device::cpu& device) {
  using tower_type = typename B::template image_tower<device::cpu>;
  static const tower_type tower(device, tests::formula_archive(tests::image_tensors(typename B::image{})));
  const auto count = index_t(state.range(0));
  const auto pixels = tests::formula_pictures(count, tower.size());
  std::vector<float> features(std::size_t(count) * std::size_t(tower.embed()));
  const view<const float, 4> pictures{pixels.data(), shape<4>{count, tower.size(), tower.size(), 3}};
  const view<float, 2> out{features.data(), shape<2>{count, tower.embed()}};
  tower.encode(pictures, out);  // the workspace comes to be

  const double peak = benchmarks::ceiling(device, 768, 20).wall;
  double passed = 0;
  for (auto turn : state) {
    (void)turn;
    passed += benchmarks::seconds([&] { tower.encode(pictures, out); });
    benchmark::DoNotOptimize(features.data());
  }
  const double encoded = double(count) * double(state.iterations());
  const double rate = encoded * operations(typename B::image{}) / passed;
  state.counters["pictures/s"] = encoded / passed;
  state.counters["GFLOP/s"] = rate / 1e9;
  state.counters["ceiling"] = peak / 1e9;
  state.counters["share"] = rate / peak;
}

template <Backbone B>
void add(const device::cpu& device) {
  benchmark::RegisterBenchmark(B::name, [device](benchmark::State& state) { encode<B>(state, device); })
      ->ArgName("pictures")
      ->Arg(1)
      ->Arg(8)
      ->Arg(32)
      ->MeasureProcessCPUTime()
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) try {
  benchmark::Initialize(&argc, argv);
  check(argc <= 2, [] { return std::string("usage: encode [THREADS] [--benchmark_...]"); });
  const device::cpu device(argc > 1 ? std::atoi(argv[1]) : 0);
  benchmark::AddCustomContext("threads", std::to_string(device.threads()));
  add<backbone::rn50>(device);
  add<backbone::rn101>(device);
  add<backbone::vit_b32>(device);
  add<backbone::vit_b16>(device);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
