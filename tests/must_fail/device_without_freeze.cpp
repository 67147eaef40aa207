// SPDX-License-Identifier: MIT
// expect: constraints not satisfied
// expect: freeze
#include <coop/device/archetype.hpp>
#include <coop/nn/linear.hpp>

// A device that cannot pack a matrix it will multiply by often.
struct unfreezing : coop::device::archetype {
#ifdef COOP_MUST_FAIL
  void freeze() const;
#endif
};

int main() { return sizeof(coop::nn::linear<unfreezing>*) == 0; }
