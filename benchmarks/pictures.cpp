// SPDX-License-Identifier: MIT
//
// From a JPEG file to a tower's input on one core: decoding, resizing with cropping and normalising, both, and the
// training augmentation, of photographs of three sizes.
#include <coop/data/decoders.hpp>
#include <coop/data/transform.hpp>

#include "photo.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#ifndef NDEBUG
#error "coop: benchmarks are built with NDEBUG"
#endif

namespace {

using namespace coop;

/// A photograph, as a file and as pixels; made once.
struct material {
  image pixels;
  std::vector<std::byte> file;
};
const material& photo_of(benchmark::State& state) {
  static std::map<index_t, material> made;
  const auto width = index_t(state.range(0));
  const auto height = index_t(state.range(1));
  if (!made.contains(width)) {
    const auto file = benchmarks::jpeg_of(benchmarks::photo(height, width), benchmarks::photo_quality);
    made[width] = {picture_decoder{}.decode(file, "photo"), file};
  }
  return made[width];
}

void finish(benchmark::State& state, const material& photo) {
  state.SetItemsProcessed(state.iterations());
  state.counters["file_bytes"] = double(photo.file.size());
}

void decode(benchmark::State& state) {
  const material& photo = photo_of(state);
  for (auto _ : state) benchmark::DoNotOptimize(picture_decoder{}.decode(photo.file, "photo"));
  finish(state, photo);
}

void prepare(benchmark::State& state) {
  const material& photo = photo_of(state);
  std::vector<float> out(3 * 224 * 224);
  for (auto _ : state) {
    clip_normalization(test_transform{}(photo.pixels), out.data());
    benchmark::ClobberMemory();
  }
  finish(state, photo);
}

void decode_and_prepare(benchmark::State& state) {
  const material& photo = photo_of(state);
  std::vector<float> out(3 * 224 * 224);
  for (auto _ : state) {
    clip_normalization(test_transform{}(picture_decoder{}.decode(photo.file, "photo")), out.data());
    benchmark::ClobberMemory();
  }
  finish(state, photo);
}

void augment(benchmark::State& state) {
  const material& photo = photo_of(state);
  std::vector<float> out(3 * 224 * 224);
  torch_random random(1);
  for (auto _ : state) {
    clip_normalization(train_transform{}(photo.pixels, random), out.data());
    benchmark::ClobberMemory();
  }
  finish(state, photo);
}

void sizes(benchmark::internal::Benchmark* of) {
  for (const auto& size : benchmarks::photo_sizes) of->Args({size.width, size.height});
  of->Unit(benchmark::kMicrosecond);
}

BENCHMARK(decode)->Apply(sizes);
BENCHMARK(prepare)->Apply(sizes);
BENCHMARK(decode_and_prepare)->Apply(sizes);
BENCHMARK(augment)->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
