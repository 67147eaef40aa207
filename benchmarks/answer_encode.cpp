// SPDX-License-Identifier: MIT
//
// Image features on request, for a program that compares: it starts this one, asks by a line on standard input, encodes
// itself, asks again. So both are timed in the same minutes of the same machine. Weights and pictures are by formula
// (tests/support/formula_weights.hpp), so the other side holds the same bits.
//
//   coop_benchmark_answer_encode BACKBONE THREADS
//
// First comes a line of JSON with the pictures' side, the width of the features and the threads. Then for each line
// that is read: "encode N" answers the seconds that N pictures took, by the wall's clock and by the processor's; "features N
// FILE" writes their features as float32; "ceiling" answers the floating-point operations a second of the best product
// of a try, by both clocks.
#include <coop/io/atomic_file.hpp>
#include <coop/io/json.hpp>

#include "../tests/support/formula_weights.hpp"
#include "measure.hpp"
#include "towers.hpp"

#include <cstdlib>
#include <iostream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

using namespace coop;

namespace {

void answer(const std::string& backbone, const device::cpu& device) {
  const benchmarks::encoder tower = benchmarks::formula_encoder(backbone, device);
  const json head = {{"side", tower.side}, {"embed", tower.embed}, {"threads", device.threads()}};
  std::cout << head.dump() << std::endl;

  std::vector<float> pixels;
  std::vector<float> features;
  const std::size_t each = 3 * std::size_t(tower.side) * std::size_t(tower.side);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb;
    std::string path;
    index_t count = 0;
    words >> verb >> count >> path;
    if (verb == "ceiling") {
      const auto best = benchmarks::ceiling(device, 768, 4);
      std::cout << best.wall << ' ' << best.processor << std::endl;
      continue;
    }
    check(count > 0 && (verb == "encode" || (verb == "features" && !path.empty())), [&] {
      return "answer_encode: request: expected 'encode N', 'features N FILE' or 'ceiling', got '" + line +
             "'";
    });
    if (pixels.size() != std::size_t(count) * each) {
      pixels = tests::formula_pictures(count, tower.side);
      features.resize(std::size_t(count) * std::size_t(tower.embed));
    }
    const auto passed = benchmarks::time_of([&] {
      tower.encode(view<const float, 4>{pixels.data(), shape<4>{count, tower.side, tower.side, 3}},
                   view<float, 2>{features.data(), shape<2>{count, tower.embed}});
    });
    if (verb == "features") write_file(path, std::as_bytes(std::span(features)));
    std::cout << passed.wall << ' ' << passed.processor << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) try {
  check(argc == 3, [] { return std::string("usage: answer_encode BACKBONE THREADS"); });
  const device::cpu device(std::atoi(argv[2]));
  answer(argv[1], device);
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
