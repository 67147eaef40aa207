// SPDX-License-Identifier: MIT
//
// Whose the context vectors are: index maps by hand, and the laws of all of them.
#include <coop/prompt/context.hpp>

#include "../support/laws.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(context_of_the_classes)

using namespace coop;

namespace {

struct wasteful {
  static constexpr const char* name = "wasteful";
  static constexpr index_t rows(index_t, index_t n) { return n + 1; }
  static constexpr index_t row(index_t, index_t i, index_t) { return i; }
};
struct overflowing {
  static constexpr const char* name = "overflowing";
  static constexpr index_t rows(index_t, index_t n) { return n; }
  static constexpr index_t row(index_t c, index_t i, index_t n) { return c * n + i; }
};
struct repeating {
  static constexpr const char* name = "repeating";
  static constexpr index_t rows(index_t, index_t) { return 1; }
  static constexpr index_t row(index_t, index_t, index_t) { return 0; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_unified_context_has_as_many_rows_as_vectors) {
  BOOST_TEST(context::unified::rows(100, 16) == 16);
  BOOST_TEST(context::unified::row(57, 3, 16) == 3);
}

BOOST_AUTO_TEST_CASE(a_class_specific_context_holds_class_after_class) {
  BOOST_TEST(context::class_specific::rows(100, 16) == 1600);
  BOOST_TEST(context::class_specific::row(2, 3, 16) == 35);
}

BOOST_AUTO_TEST_CASE(every_context_keeps_the_laws) {
  for_each_type(context::all{},
                [](auto t) { BOOST_TEST(laws::broken_context<typename decltype(t)::type>() == ""); });
}

BOOST_AUTO_TEST_CASE(the_laws_find_a_context_that_breaks_them) {
  BOOST_TEST(laws::broken_context<wasteful>() == "wasteful of 1 classes and 1 vectors: row 1 serves no slot");
  BOOST_TEST(laws::broken_context<overflowing>() ==
             "overflowing of 2 classes and 1 vectors: row: expected 0 to 0, got 1");
  BOOST_TEST(laws::broken_context<repeating>() ==
             "repeating of 1 classes and 2 vectors: row 0 serves two slots of a class");
}

BOOST_AUTO_TEST_SUITE_END()
