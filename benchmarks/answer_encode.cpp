// SPDX-License-Identifier: MIT
//
// Image features on request on the processor, for a program that compares (peers/encode.py); what can be asked for
// stands in towers.hpp.
//
//   coop_benchmark_answer_encode BACKBONE THREADS
#include "towers.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace coop;

int main(int argc, char** argv) try {
  check(argc == 3, [] { return std::string("usage: answer_encode BACKBONE THREADS"); });
  const device::cpu device(std::atoi(argv[2]));
  benchmarks::answer_requests(benchmarks::formula_encoder(argv[1], device), device,
                              {{"threads", device.threads()}});
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
