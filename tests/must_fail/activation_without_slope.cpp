// SPDX-License-Identifier: MIT
// expect: constraints not satisfied
// expect: A::both(x, y, y)
#include <coop/nn/elementwise.hpp>

// An activation gives its value and its slope; this one only gives its value.
struct relu {
  static constexpr const char* name = "relu";
  template <class T>
  static T value(T x) {
    return x > T(0) ? x : T(0);
  }
#ifndef COOP_MUST_FAIL
  template <class T>
  static void both(T x, T& y, T& dy) {
    y = value(x);
    dy = x > T(0) ? T(1) : T(0);
  }
#endif
};

int main() { return sizeof(coop::nn::activate_row<relu, float>) == 0; }
