// SPDX-License-Identifier: MIT
//
// Whose the context vectors are: one set for all classes, or one set each (CoOp's CSC; paper, section 3.2). A
// context is an index map: which row of the context matrix serves class c at slot i of n.
#ifndef COOP_PROMPT_CONTEXT_HPP
#define COOP_PROMPT_CONTEXT_HPP

#include <coop/config.hpp>
#include <coop/type_list.hpp>

#include <concepts>

namespace coop {

/// name, rows(classes, n) and row(c, i, n), which maps (class, slot) onto exactly [0, rows).
template <class C>
concept Context = requires(index_t classes, index_t c, index_t i, index_t n) {
  { C::name } -> std::convertible_to<const char*>;
  { C::rows(classes, n) } -> std::same_as<index_t>;
  { C::row(c, i, n) } -> std::same_as<index_t>;
};

namespace context {

/// All classes share n vectors.
struct unified {
  static constexpr const char* name = "unified";
  /// Vectors in all, and which of them is vector i of class c.
  static constexpr index_t rows(index_t, index_t n) { return n; }
  static constexpr index_t row(index_t, index_t i, index_t) { return i; }
};

/// Every class has n vectors of its own.
struct class_specific {
  static constexpr const char* name = "class-specific";
  /// Vectors in all, and which of them is vector i of class c.
  static constexpr index_t rows(index_t classes, index_t n) { return classes * n; }
  static constexpr index_t row(index_t c, index_t i, index_t n) { return c * n + i; }
};

static_assert(Context<unified> && Context<class_specific>);
/// Every context.
using all = type_list<unified, class_specific>;

}  // namespace context
}  // namespace coop

#endif
