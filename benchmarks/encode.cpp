// SPDX-License-Identifier: MIT
//
// Pictures a second of the image towers at full size: RN50, RN101, ViT-B/32 and ViT-B/16, one, eight and thirty-two
// pictures a call, with formula weights. Beside them stand the operations a second and what share they are of the best
// product that the device reached in the same minute (towers.hpp says which operations).
//
//   coop_benchmark_encode [THREADS] [--benchmark_filter=ViT-B/16] [--benchmark_out=FILE] ...
#include "../tests/support/formula_weights.hpp"
#include "measure.hpp"
#include "towers.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <vector>

using namespace coop;

namespace {

void encode(benchmark::State& state, const std::string& backbone, const device::cpu& device) {
  static std::map<std::string, benchmarks::encoder<device::cpu>> towers;
  if (!towers.contains(backbone)) towers.emplace(backbone, benchmarks::formula_encoder(backbone, device));
  const benchmarks::encoder<device::cpu>& tower = towers.at(backbone);
  const auto count = index_t(state.range(0));
  const auto pixels = tests::formula_pictures(count, tower.side);
  std::vector<float> features(std::size_t(count) * std::size_t(tower.embed));
  const view<const float, 4> pictures{pixels.data(), shape<4>{count, tower.side, tower.side, 3}};
  const view<float, 2> out{features.data(), shape<2>{count, tower.embed}};
  tower.encode(pictures, out);  // the workspace comes to be

  const double peak = benchmarks::ceiling(device, 768, 20).wall;
  double passed = 0;
  for (auto turn : state) {
    (void)turn;
    passed += benchmarks::seconds([&] { tower.encode(pictures, out); });
    benchmark::DoNotOptimize(features.data());
  }
  const double encoded = double(count) * double(state.iterations());
  const double rate = encoded * tower.operations / passed;
  state.counters["pictures/s"] = encoded / passed;
  state.counters["GFLOP/s"] = rate / 1e9;
  state.counters["ceiling"] = peak / 1e9;
  state.counters["share"] = rate / peak;
}

}  // namespace

int main(int argc, char** argv) try {
  benchmark::Initialize(&argc, argv);
  check(argc <= 2, [] { return std::string("usage: encode [THREADS] [--benchmark_...]"); });
  const device::cpu device(argc > 1 ? std::atoi(argv[1]) : 0);
  benchmark::AddCustomContext("threads", std::to_string(device.threads()));
  for (const char* backbone : {"RN50", "RN101", "ViT-B/32", "ViT-B/16"}) {
    const auto run = [=](benchmark::State& state) { encode(state, backbone, device); };
    benchmark::RegisterBenchmark(backbone, run)
        ->ArgName("pictures")
        ->Arg(1)
        ->Arg(8)
        ->Arg(32)
        ->MeasureProcessCPUTime()
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
