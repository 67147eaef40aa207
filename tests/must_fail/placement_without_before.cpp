// SPDX-License-Identifier: MIT
// expect: coop: a placement needs name and before(n); see coop/prompt/placement.hpp
#include <coop/prompt/tree.hpp>

// A placement says how many of n context vectors stand before the name; this one only has a name.
struct nowhere {
  static constexpr const char* name = "nowhere";
#ifndef COOP_MUST_FAIL
  static constexpr coop::index_t before(coop::index_t) { return 0; }
#endif
};

int main() { return int(coop::prompt<coop::context::unified, nowhere>{}.length) - 16; }
