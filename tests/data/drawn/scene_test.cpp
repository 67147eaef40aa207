// SPDX-License-Identifier: MIT
//
// The rasteriser: where things stand, what styles do, and that grain is bounded.
#include <coop/data/drawn/scene.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

BOOST_AUTO_TEST_SUITE(drawn_scene)

namespace {

using namespace coop::drawing;

scene red_disc_on_blue() {
  scene s;
  s.ground.front = {0, 0, 1};
  thing disc;
  disc.x = 0.5;
  disc.size = 0.4;
  disc.cover.front = {1, 0, 0};
  s.things.push_back(disc);
  return s;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_thing_stands_where_it_is_put) {
  const coop::image picture = rasterise(red_disc_on_blue());

  BOOST_TEST(picture.at(32, 48)[0] > 200);  // the disc, on the right
  BOOST_TEST(picture.at(32, 48)[2] < 30);
  BOOST_TEST(picture.at(32, 16)[0] < 30);  // the ground, on the left
  BOOST_TEST(picture.at(32, 16)[2] > 200);
}

BOOST_AUTO_TEST_CASE(a_negative_turns_the_colours_over) {
  scene s = red_disc_on_blue();
  const coop::image photo = rasterise(s);
  s.style = style::negative;

  const coop::image negative = rasterise(s);

  for (std::size_t i = 0; i < photo.pixels.size(); ++i) {
    BOOST_TEST(std::abs(int(photo.pixels[i]) + int(negative.pixels[i]) - 255) <= 1);
  }
}

BOOST_AUTO_TEST_CASE(a_grey_picture_has_equal_channels) {
  scene s = red_disc_on_blue();
  s.style = style::grey;

  const coop::image picture = rasterise(s);

  for (coop::index_t x = 0; x < 64; ++x) {
    BOOST_TEST(picture.at(30, x)[0] == picture.at(30, x)[1]);
    BOOST_TEST(picture.at(30, x)[1] == picture.at(30, x)[2]);
  }
}

BOOST_AUTO_TEST_CASE(a_sketch_is_lines_on_paper) {
  scene s = red_disc_on_blue();
  s.style = style::sketch;

  const coop::image picture = rasterise(s);

  BOOST_TEST(picture.at(5, 5)[0] > 200);
  BOOST_TEST(picture.at(32, 48)[0] > 200);  // paper inside the disc too
  BOOST_TEST(*std::min_element(picture.pixels.begin(), picture.pixels.end()) < 80);
}

BOOST_AUTO_TEST_CASE(grain_moves_a_pixel_by_its_amplitude_at_most) {
  scene s;
  s.ground.front = {0.5, 0.5, 0.5};
  s.grain = 0.1;

  const coop::image picture = rasterise(s);

  const auto [low, high] = std::minmax_element(picture.pixels.begin(), picture.pixels.end());
  BOOST_TEST(int(*low) >= 127 - 27);
  BOOST_TEST(int(*high) <= 128 + 27);
  BOOST_TEST(int(*high) - int(*low) > 40);
}

BOOST_AUTO_TEST_SUITE_END()
