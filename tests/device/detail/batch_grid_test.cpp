// SPDX-License-Identifier: MIT
#include <coop/device/detail/batch_grid.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(grids_of_products)

using namespace coop;
using namespace coop::detail;

namespace {

constexpr auto alike = [](index_t) { return true; };

/// The places that a grid gives its products, in the order of their numbers if the calls are the outer loop.
std::vector<product_places> places_of(const batch_grid& grid) {
  std::vector<product_places> all;
  for (index_t call = 0; call < grid.calls; ++call) {
    for (index_t i = 0; i < grid.batch; ++i) {
      all.push_back(sum(times(grid.between_calls, call), times(grid.between_products, i)));
    }
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(products_at_one_distance_are_one_call) {
  const auto grid = grid_of(
      6,
      [](index_t i) {
        return product_places{7 * i, 0, -3 * i};
      },
      alike);
  BOOST_TEST(grid.regular);
  BOOST_TEST(grid.calls == 1);
  BOOST_TEST(grid.batch == 6);
  BOOST_TEST((grid.between_products == product_places{7, 0, -3}));
}

BOOST_AUTO_TEST_CASE(heads_of_pictures_are_a_call_a_picture_or_a_head_whichever_is_fewer) {
  const auto place = [](index_t heads) {
    return [heads](index_t i) {
      return product_places{(i / heads) * 1000 + (i % heads) * 64, (i / heads) * 500 + (i % heads) * 64,
                            i * 40};
    };
  };
  for (const auto& [pictures, heads] : {std::pair<index_t, index_t>{2, 12}, {32, 12}, {3, 3}}) {
    const auto grid = grid_of(pictures * heads, place(heads), alike);
    BOOST_TEST(grid.regular);
    BOOST_TEST(grid.calls == std::min(pictures, heads));
    auto found = places_of(grid);
    std::vector<product_places> wanted;
    for (index_t i = 0; i < pictures * heads; ++i) wanted.push_back(place(heads)(i));
    std::sort(found.begin(), found.end());
    std::sort(wanted.begin(), wanted.end());
    BOOST_TEST((found == wanted));
  }
}

BOOST_AUTO_TEST_CASE(a_product_is_a_grid_and_none_is_none) {
  const auto nowhere = [](index_t) { return product_places{}; };
  BOOST_TEST(grid_of(1, nowhere, alike).calls == 1);
  BOOST_TEST(grid_of(1, nowhere, alike).batch == 1);
  BOOST_TEST(grid_of(0, nowhere, alike).calls == 0);
}

BOOST_AUTO_TEST_CASE(what_lies_elsewhere_or_has_another_shape_is_multiplied_alone) {
  const auto squares = [](index_t i) { return product_places{i * i, i, i}; };
  BOOST_TEST(!grid_of(5, squares, alike).regular);
  BOOST_TEST(grid_of(5, squares, alike).calls == 5);
  const auto line = [](index_t i) { return product_places{i, i, i}; };
  BOOST_TEST(!grid_of(5, line, [](index_t i) { return i != 3; }).regular);
  // Two distances, but the last row of the grid is not whole.
  const auto ragged = [](index_t i) { return product_places{i / 3 * 100 + i % 3, 0, 0}; };
  BOOST_TEST(!grid_of(8, ragged, alike).regular);
}

BOOST_AUTO_TEST_SUITE_END()
