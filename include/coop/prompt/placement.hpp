// SPDX-License-Identifier: MIT
//
// Where the class name stands among the context vectors: CoOp's CLASS_TOKEN_POSITION (paper, section 3.2). A
// placement is one number: how many of the n vectors stand before the name.
#ifndef COOP_PROMPT_PLACEMENT_HPP
#define COOP_PROMPT_PLACEMENT_HPP

#include <coop/config.hpp>
#include <coop/type_list.hpp>

#include <concepts>

namespace coop {

/// name, and before(n) with 0 <= before(n) <= n for every n >= 0.
template <class P>
concept Placement = requires(index_t n) {
  { P::name } -> std::convertible_to<const char*>;
  { P::before(n) } -> std::same_as<index_t>;
};

namespace placement {

/// SOS, name, context.
struct front {
  static constexpr const char* name = "front";
  /// None of the n vectors stands before the name.
  static constexpr index_t before(index_t) { return 0; }
};

/// SOS, half of the context, name, the other half; of an odd number the smaller half comes first.
struct middle {
  static constexpr const char* name = "middle";
  /// N / 2.
  static constexpr index_t before(index_t n) { return n / 2; }
};

/// SOS, context, name: the paper's main setting.
struct end {
  static constexpr const char* name = "end";
  /// All n.
  static constexpr index_t before(index_t n) { return n; }
};

static_assert(Placement<front> && Placement<middle> && Placement<end>);
/// Every placement.
using all = type_list<end, middle, front>;

}  // namespace placement
}  // namespace coop

#endif
