// SPDX-License-Identifier: MIT
#include <coop/device/pass_sizes.hpp>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(pass_sizes)

namespace {

struct says_nothing {};
struct wants_many {
  [[nodiscard]] coop::pass_sizes passes() const { return {.pictures = 64}; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_device_that_says_nothing_has_the_processors_sizes) {
  const coop::pass_sizes sizes = coop::passes_of(says_nothing());

  BOOST_TEST(sizes.pictures == 8);
  BOOST_TEST(sizes.early_pictures == 2);
  BOOST_TEST(sizes.patch_bytes == 1 << 20);
  BOOST_TEST(sizes.tile_bytes == 2 << 20);
  BOOST_TEST(sizes.tiled_channels == 32);
}

BOOST_AUTO_TEST_CASE(what_a_device_states_is_taken) {
  BOOST_TEST(coop::passes_of(wants_many()).pictures == 64);
  BOOST_TEST(coop::passes_of(wants_many()).early_pictures == 2);
}

BOOST_AUTO_TEST_SUITE_END()
