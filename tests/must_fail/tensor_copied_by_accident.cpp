// SPDX-License-Identifier: MIT
// expect: deleted
#include <coop/device/archetype.hpp>
#include <coop/tensor/tensor.hpp>

#include <utility>

// Copies of arrays are asked for, never made in passing.
using matrix = coop::tensor<float, 2, coop::device::archetype>;

matrix pass(matrix& given) {
#ifdef COOP_MUST_FAIL
  return matrix(given);
#else
  return matrix(std::move(given));
#endif
}

int main() { return 0; }
