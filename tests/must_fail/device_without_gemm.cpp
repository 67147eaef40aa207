// SPDX-License-Identifier: MIT
// expect: constraints not satisfied
// expect: gemm
#include <coop/device/cpu.hpp>
#include <coop/nn/linear.hpp>

// Everything the CPU has, except that in the failing build its product is out of reach.
struct no_product : coop::device::cpu {
#ifdef COOP_MUST_FAIL
 private:
  using coop::device::cpu::gemm;
#endif
};

int main() { return sizeof(coop::nn::linear<no_product>) == 0; }
