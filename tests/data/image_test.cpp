// SPDX-License-Identifier: MIT
#include <coop/data/image.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(image)

BOOST_AUTO_TEST_CASE(pixels_lie_row_by_row_with_three_channels_together) {
  coop::image picture(2, 3);

  picture.at(1, 2)[1] = 9;

  BOOST_TEST(picture.pixels.size() == 18u);
  BOOST_TEST(picture.pixels[16] == 9);
}

BOOST_AUTO_TEST_CASE(a_view_steps_over_the_ends_of_strided_rows) {
  const std::vector<std::uint8_t> buffer{1, 2, 3, 0, 4, 5, 6, 0};

  const coop::image_view view(buffer.data(), 2, 1, 4);

  BOOST_TEST(view.row(1)[2] == 6);
}

BOOST_AUTO_TEST_CASE(a_picture_is_viewed_dense) {
  const coop::image picture(2, 5);

  const coop::image_view view = picture;

  BOOST_TEST(view.stride == 15);
  BOOST_TEST(view.data == picture.pixels.data());
}

BOOST_AUTO_TEST_CASE(any_callable_from_path_to_picture_is_a_decoder) {
  const auto blank = [](const std::string&) { return coop::image(1, 1); };
  const auto count = [](const std::string&) { return 1; };

  BOOST_TEST(coop::Decoder<decltype(blank)>);
  BOOST_TEST(!coop::Decoder<decltype(count)>);
}

BOOST_AUTO_TEST_SUITE_END()
