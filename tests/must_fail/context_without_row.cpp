// SPDX-License-Identifier: MIT
// expect: coop: a context needs name, rows(classes, n) and row(c, i, n); see coop/prompt/context.hpp
#include <coop/prompt/tree.hpp>

// A context maps every slot of every class to a row; this one only counts its rows.
struct unmapped {
  static constexpr const char* name = "unmapped";
  static constexpr coop::index_t rows(coop::index_t, coop::index_t n) { return n; }
#ifndef COOP_MUST_FAIL
  static constexpr coop::index_t row(coop::index_t, coop::index_t i, coop::index_t) { return i; }
#endif
};

int main() { return int(coop::prompt<unmapped, coop::placement::end>{}.length) - 16; }
