// SPDX-License-Identifier: MIT
//
// Counts of the published models are asserted where they are computed; here the rule by hand on a tiny one.
#include <coop/clip/construction.hpp>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(construction)

using namespace coop;

namespace {

using tiny_text = text_shape<64, 1, 1, 5, 7, 11>;

struct tiny_vit : backbone::detail::vit_model<vit_shape<8, 4, 64, 2, 5>, tiny_text> {
  static constexpr const char* name = "tiny-vit";
};

constexpr std::uint64_t tiny_block = 3 * 64 * 64 + 65 * 64 + 65 * 256 + 257 * 64;

}  // namespace

BOOST_AUTO_TEST_CASE(a_tiny_model_is_counted_layer_by_layer) {
  const std::uint64_t text = 2 * 11 * 64 + 7 * 64 + 64 * 5  // the table twice; positions, projection
                             + tiny_block + (3 + 1 + 4 + 4) * 64 * 64;
  const std::uint64_t vision = 3 * 4 * 4 * 64 + 64 + 5 * 64 + 64 * 5 + 2 * tiny_block;

  BOOST_TEST(construction_draws<tiny_vit>() == text + vision);
}

BOOST_AUTO_TEST_CASE(a_normal_fill_that_is_no_multiple_of_sixteen_draws_its_end_again) {
  BOOST_TEST(detail::normal(64) == 64u);
  BOOST_TEST(detail::normal(17) == 33u);
}

BOOST_AUTO_TEST_CASE(the_miniatures_are_counted_too) {
  BOOST_TEST(construction_draws<backbone::mini_vit>() > std::uint64_t(parameters<backbone::mini_vit>()));
  BOOST_TEST(construction_draws<backbone::mini_rn>() > std::uint64_t(parameters<backbone::mini_rn>()));
}

BOOST_AUTO_TEST_SUITE_END()
