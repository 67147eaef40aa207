// SPDX-License-Identifier: MIT
//
// From a file of weights to an image tower that is ready, beside a plain read of that file, and what the tower's first
// picture costs: the parts of what a user waits for before the first answer. Weights are by formula, in float16 as
// released files are.
//
//   coop_benchmark_load FOLDER [options of Google Benchmark]
//
// FOLDER gets the files, half a gigabyte, unless they are there. "peak" is the greatest memory of the process so far.
#include <coop/coop.hpp>
#include <coop/io/sha256.hpp>

#include "../tests/support/formula_weights.hpp"

#include <benchmark/benchmark.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#ifndef NDEBUG
#error "coop: benchmarks are built with NDEBUG"
#endif

namespace {

using namespace coop;

template <Backbone B>
std::string file_of(const std::string& folder, const char* name) {
  const std::string path = folder + "/" + name + ".safetensors";
  if (std::filesystem::exists(path)) return path;
  std::vector<named_array> arrays;
  for (const auto& fact : tests::tensors_of<B>()) {
    arrays.push_back(to_array_f16(fact.name, fact.extents, tests::formula_values(fact.name, fact.extents)));
  }
  write_safetensors(path, arrays, {{"backbone", B::name}, {"activation", "quick_gelu"}});
  return path;
}

void finish(benchmark::State& state, const std::string& path) {
  state.SetBytesProcessed(std::int64_t(state.iterations()) * std::int64_t(std::filesystem::file_size(path)));
  struct ::rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  state.counters["peak"] = benchmark::Counter(1024.0 * double(usage.ru_maxrss), benchmark::Counter::kDefaults,
                                              benchmark::Counter::kIs1024);
}

/// The file through a buffer that is used again: what no program that looks at all of it can undercut.
void plain_read(benchmark::State& state, const std::string& path) {
  std::vector<char> buffer(std::size_t(1) << 20);
  for (auto _ : state) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    while (::read(file, buffer.data(), buffer.size()) > 0) benchmark::ClobberMemory();
    ::close(file);
  }
  finish(state, path);
}

void digest(benchmark::State& state, const std::string& path) {
  for (auto _ : state) benchmark::DoNotOptimize(sha256_file(path));
  finish(state, path);
}

template <Backbone B, class... A>
void open_tower(benchmark::State& state, const std::string& path) {
  const device::cpu device(0);
  for (auto _ : state) {
    const safetensors archive(path);
    const typename B::template image_tower<device::cpu, A...> tower(device, archive);
    benchmark::ClobberMemory();
  }
  finish(state, path);
}

template <Backbone B, class... A>
void one_picture(benchmark::State& state, const std::string& path) {
  const device::cpu device(0);
  const typename B::template image_tower<device::cpu, A...> tower(device, safetensors(path));
  constexpr index_t side = decltype(tower)::size();
  const std::vector<float> pixels(3 * std::size_t(side) * std::size_t(side), 0.25f);
  std::vector<float> features(static_cast<std::size_t>(decltype(tower)::embed()));
  for (auto _ : state) {
    tower.encode({pixels.data(), shape<4>{1, side, side, 3}},
                 {features.data(), shape<2>{1, index_t(features.size())}});
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}

}  // namespace

int main(int argc, char** argv) try {
  check(argc > 1 && argv[1][0] != '-', [] { return std::string("usage: load FOLDER [options]"); });
  const std::string vit = file_of<backbone::vit_b16>(argv[1], "vit-b16");
  const std::string resnet = file_of<backbone::rn50>(argv[1], "rn50");
  const auto add = [](const char* name, auto* function, const std::string& path) {
    benchmark::RegisterBenchmark(name, function, path)
        ->Unit(benchmark::kMillisecond)
        ->MeasureProcessCPUTime()
        ->UseRealTime();
  };
  add("plain_read/ViT-B/16", plain_read, vit);
  add("digest/ViT-B/16", digest, vit);
  add("open/ViT-B/16", open_tower<backbone::vit_b16, nn::quick_gelu>, vit);
  add("one_picture/ViT-B/16", one_picture<backbone::vit_b16, nn::quick_gelu>, vit);
  add("plain_read/RN50", plain_read, resnet);
  add("digest/RN50", digest, resnet);
  add("open/RN50", open_tower<backbone::rn50>, resnet);
  add("one_picture/RN50", one_picture<backbone::rn50>, resnet);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
