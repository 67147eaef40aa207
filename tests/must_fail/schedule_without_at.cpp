// SPDX-License-Identifier: MIT
// expect: constraints not satisfied
// expect: schedule.at(epoch)
#include <coop/train/schedule.hpp>

// A schedule says the rate of every epoch; this one only says how many there are.
struct timeless {
  coop::index_t epochs_total() const { return 10; }
#ifndef COOP_MUST_FAIL
  double at(coop::index_t) const { return 0.1; }
#endif
};

int main() { return coop::warmup<timeless>{}.epochs - 1; }
