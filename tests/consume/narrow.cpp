// SPDX-License-Identifier: MIT
//
// A user who takes two headers of the library and not all of it: words become tokens, and a product is made by two
// threads. It needs what most of the library needs (Eigen, zlib, threads) and compiles in seconds, so the ways of
// getting at coop that are many are tried with it.
#include <coop/device/cpu.hpp>
#include <coop/prompt/tokenizer.hpp>
#include <coop/tensor/tensor.hpp>
#include <coop/version.hpp>

#include <cstdio>
#include <string>
#include <vector>

using namespace coop;

int main(int, char** argv) try {
  const auto words = load_tokenizer(std::string(argv[1]) + "/mini-vocab.txt");
  const token_sequence tokens = words.encode("a photo of a boat.");
  check(tokens.eot == 7, [&] { return "end mark: expected at 7, got " + std::to_string(tokens.eot); });

  const device::cpu cpu(2);
  const std::vector<float> numbers{1, 2, 3, 4};
  const view<const float, 2> a(numbers.data(), {2, 2});
  tensor<float, 2, device::cpu> product(cpu, {2, 2});
  cpu.gemm(op::as_is, op::transposed, 1.0f, a, a, 0.0f, product.view());
  const auto squares = to_host<float, 2>(cpu, product.view());  // (2, 2): a a'
  check(squares == std::vector<float>{5, 11, 11, 25}, [] { return std::string("a product that is none"); });

  std::printf("coop %s: %d tokens, %s\n", version, int(tokens.eot) + 1, cpu.description().c_str());
} catch (const error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
