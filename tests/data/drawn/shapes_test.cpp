// SPDX-License-Identifier: MIT
//
// The outlines: every one covers a reasonable part of its frame, and no two are the same.
#include <coop/data/drawn/shapes.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

BOOST_AUTO_TEST_SUITE(drawn_shapes)

namespace {

using coop::drawing::shape;

/// Whether each point of a 40 x 40 grid over [-1, 1] is inside.
std::vector<bool> coverage(shape s) {
  std::vector<bool> covered;
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 40; ++x) {
      covered.push_back(coop::drawing::inside({s}, coop::drawing::fixed(2 * x - 39) / 40,
                                              coop::drawing::fixed(2 * y - 39) / 40));
    }
  }
  return covered;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_shape_covers_a_part_of_its_frame) {
  for (int i = 0; i <= int(shape::lugsail); ++i) {
    const auto covered = coverage(shape(i));
    const auto area = std::count(covered.begin(), covered.end(), true);
    BOOST_TEST(area > 40 * 40 / 20, "shape " << i << " covers " << area << " of 1600 points");
    BOOST_TEST(area < 40 * 40 * 8 / 10, "shape " << i << " covers " << area << " of 1600 points");
  }
}

BOOST_AUTO_TEST_CASE(named_shapes_differ_from_each_other) {
  for (int i = 0; i < coop::drawing::named_shapes; ++i) {
    const auto first = coverage(shape(i));
    for (int j = 0; j < i; ++j) {
      const auto second = coverage(shape(j));
      int apart = 0;
      for (std::size_t k = 0; k < first.size(); ++k) apart += first[k] != second[k] ? 1 : 0;
      BOOST_TEST(apart > 60, "shapes " << i << " and " << j << " differ in " << apart << " points");
    }
  }
}

BOOST_AUTO_TEST_CASE(shapes_stay_inside_the_reach_that_the_rasteriser_asks_about) {
  for (int i = 0; i <= int(shape::lugsail); ++i) {
    for (int k = -30; k <= 30; ++k) {
      const auto along = coop::drawing::fixed(k) / 20;
      for (const double edge : {-1.5, 1.5}) {
        BOOST_TEST(!coop::drawing::inside({shape(i)}, along, edge));
        BOOST_TEST(!coop::drawing::inside({shape(i)}, edge, along));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_blossom_has_as_many_petals_as_asked) {
  using namespace coop::drawing;
  for (const int petals : {3, 5, 8}) {
    const outline o{shape::blossom, petals, 0.3};
    int crossings = 0;
    bool before = inside(o, cosine(0) * fixed(0.7), sine(0) * fixed(0.7));
    for (int i = 1; i <= 720; ++i) {
      const fixed turn = fixed(i) / 720;
      const bool now = inside(o, cosine(turn) * fixed(0.7), sine(turn) * fixed(0.7));
      crossings += now != before ? 1 : 0;
      before = now;
    }
    BOOST_TEST(crossings == 2 * petals);
  }
}

BOOST_AUTO_TEST_SUITE_END()
