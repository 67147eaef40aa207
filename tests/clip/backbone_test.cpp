// SPDX-License-Identifier: MIT
//
// The published models' numbers, checked against the parameter counts of the released files.
#include <coop/clip/backbone.hpp>

#include "support/formula_weights.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

BOOST_AUTO_TEST_SUITE(backbone_numbers)

using namespace coop;

namespace {

template <Backbone B>
void counts(std::int64_t visual, std::int64_t text, std::int64_t total) {
  BOOST_TEST_CONTEXT(B::name) {
    BOOST_TEST(B::image::parameters() == visual);
    BOOST_TEST(B::text::parameters() == text);
    BOOST_TEST(parameters<B>() == total);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(parameter_counts_are_those_of_the_released_models) {
  counts<backbone::rn50>(38'316'896, 63'690'240, 102'007'137);
  counts<backbone::rn101>(56'259'936, 63'428'096, 119'688'033);
  counts<backbone::rn50x4>(87'137'080, 91'163'520, 178'300'601);
  counts<backbone::rn50x16>(167'328'912, 123'650'304, 290'979'217);
  counts<backbone::rn50x64>(420'380'352, 202'877'952, 623'258'305);
  counts<backbone::vit_b32>(87'849'216, 63'428'096, 151'277'313);
  counts<backbone::vit_b16>(86'192'640, 63'428'096, 149'620'737);
  counts<backbone::vit_l14>(303'966'208, 123'650'304, 427'616'513);
  counts<backbone::vit_l14_336>(304'293'888, 123'650'304, 427'944'193);
}

BOOST_AUTO_TEST_CASE(tensor_lists_hold_exactly_the_parameters) {
  for_each_type(backbone::all{}, []<class B>(tag<B>) {
    std::int64_t sum = 0;
    for (const auto& fact : tests::tensors_of<B>()) {
      if (fact.name.find("running_") != std::string::npos) continue;
      std::int64_t n = 1;
      for (const auto extent : fact.extents) n *= extent;
      sum += n;
    }
    BOOST_TEST_CONTEXT(B::name) { BOOST_TEST(sum == parameters<B>()); }
  });
}

BOOST_AUTO_TEST_CASE(heads_are_64_channels_wide_everywhere) {
  for_each_type(backbone::all{}, []<class B>(tag<B>) { BOOST_TEST(B::text::width == 64 * B::text::heads); });
  BOOST_TEST(backbone::rn50::image::heads == 32);
  BOOST_TEST(backbone::vit_l14_336::image::tokens == 577);
  BOOST_TEST(backbone::rn50x64::image::tokens == 197);
}

BOOST_AUTO_TEST_CASE(names_are_distinct) {
  std::set<std::string> names;
  for_each_type(backbone::all{}, [&]<class B>(tag<B>) { names.insert(B::name); });

  BOOST_TEST(int(names.size()) == decltype(backbone::all{})::size);
}

BOOST_AUTO_TEST_CASE(models_with_equal_text_shapes_share_one_text_tower) {
  BOOST_TEST((std::is_same_v<backbone::rn101::text, backbone::vit_b16::text>));
  BOOST_TEST((std::is_same_v<backbone::mini_vit::text, backbone::mini_rn::text>));
}

BOOST_AUTO_TEST_SUITE_END()
