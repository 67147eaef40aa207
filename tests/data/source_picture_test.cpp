// SPDX-License-Identifier: MIT
//
// What samples of each mode come to as RGB; whole files against Pillow are in decoders_test.cpp and
// transform_test.cpp.
#include <coop/data/source_picture.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(source_picture)

namespace {

using bytes = std::vector<std::uint8_t>;
using coop::picture_mode;

/// RGB of one row of pixels.
bytes rgb(picture_mode mode, const bytes& samples) {
  coop::source_picture picture(mode, 1, coop::index_t(samples.size()) / coop::channels(mode));
  picture.samples = samples;
  if (mode == picture_mode::palette) picture.colours[7] = {1, 2, 3};
  return coop::to_rgb(picture).pixels;
}

}  // namespace

BOOST_AUTO_TEST_CASE(alpha_is_dropped_and_not_composited) {
  BOOST_TEST(
      (rgb(picture_mode::rgb_alpha, {10, 20, 30, 0, 40, 50, 60, 255}) == bytes{10, 20, 30, 40, 50, 60}));
  BOOST_TEST((rgb(picture_mode::grey_alpha, {10, 0, 40, 255}) == bytes{10, 10, 10, 40, 40, 40}));
}

BOOST_AUTO_TEST_CASE(indices_are_looked_up) {
  BOOST_TEST((rgb(picture_mode::palette, {7, 8}) == bytes{1, 2, 3, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(inks_subtract_light_and_round_as_pillow_rounds) {
  BOOST_TEST((rgb(picture_mode::inks, {0, 0, 0, 0, 255, 0, 128, 0, 10, 200, 77, 100}) ==
              bytes{255, 255, 255, 0, 255, 127, 149, 33, 108}));
}

BOOST_AUTO_TEST_CASE(multiplying_by_alpha_rounds_and_dividing_truncates) {
  bytes samples{200, 100, 50, 128, 9, 8, 7, 0, 9, 8, 7, 255};

  coop::detail::multiply_by_alpha<4>(samples.data(), 3);
  BOOST_TEST((samples == bytes{100, 50, 25, 128, 0, 0, 0, 0, 9, 8, 7, 255}));

  coop::detail::divide_by_alpha<4>(samples.data(), 3);
  BOOST_TEST((samples == bytes{199, 99, 49, 128, 0, 0, 0, 0, 9, 8, 7, 255}));
}

BOOST_AUTO_TEST_CASE(colours_above_their_alpha_divide_to_white) {
  bytes samples{30, 20};

  coop::detail::divide_by_alpha<2>(samples.data(), 1);

  BOOST_TEST((samples == bytes{255, 20}));
}

BOOST_AUTO_TEST_CASE(pixels_of_rgb_are_moved_and_not_copied) {
  coop::source_picture picture(picture_mode::rgb, 20, 30);
  const std::uint8_t* before = picture.samples.data();

  const coop::image made = coop::to_rgb(std::move(picture));

  BOOST_TEST(made.pixels.data() == before);
}

BOOST_AUTO_TEST_CASE(orders_are_chosen_by_word) {
  BOOST_TEST((coop::conversion_from_word("clip") == coop::conversion_order::clip));
  BOOST_CHECK_EXCEPTION(coop::conversion_from_word("pil"), coop::choice_error,
                        [](const coop::choice_error& e) {
                          return std::string(e.what()) == "coop: conversion 'pil': expected dassl or clip";
                        });
}

BOOST_AUTO_TEST_SUITE_END()
