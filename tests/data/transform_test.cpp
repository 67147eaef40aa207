// SPDX-License-Identifier: MIT
//
// Golden pixels are Pillow's (make_pictures.py); rows, offsets and draws with numbers in the text are those
// of the published system, taken from Pillow and torchvision.
#include <coop/data/transform.hpp>

#include "pictures.hpp"

#include <coop/data/decoders.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(transform)

namespace {

using coop::image;
using coop::index_t;

image row_of(const std::vector<int>& values) {
  image row(1, index_t(values.size()));
  for (std::size_t x = 0; x < values.size(); ++x) {
    std::fill_n(row.at(0, index_t(x)), 3, static_cast<std::uint8_t>(values[x]));
  }
  return row;
}

image column_of(const std::vector<int>& values) {
  image column(index_t(values.size()), 1);
  column.pixels = row_of(values).pixels;
  return column;
}

std::vector<int> greens(const image& picture) {
  std::vector<int> values;
  for (std::size_t i = 1; i < picture.pixels.size(); i += 3) values.push_back(picture.pixels[i]);
  return values;
}

coop::source_picture source(const std::string& name) {
  return coop::picture_decoder{}.source(pictures::file_of(name));
}

coop::image_view blank(index_t height, index_t width) {
  static const std::vector<std::uint8_t> black(3 * 2000 * 2000);
  return {black.data(), height, width};
}

}  // namespace

BOOST_AUTO_TEST_CASE(bicubic_of_one_row_equals_pillow) {
  const std::vector<std::pair<std::vector<int>, std::vector<int>>> cases{
      {{0, 50, 100, 150, 200, 250}, {27, 125, 223}},
      {{10, 200, 30}, {0, 84, 200, 98, 17}},
      {{0, 255, 0, 255, 0, 255, 0, 255}, {112, 127, 143}},
      {{255, 0, 0, 255}, {255, 178, 12, 0, 12, 178, 255}}};

  for (const auto& [source, expected] : cases) {
    const auto n = index_t(expected.size());
    BOOST_TEST(greens(coop::resize(row_of(source), 1, n)) == expected, boost::test_tools::per_element());
    BOOST_TEST(greens(coop::resize(column_of(source), n, 1)) == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(bicubic_equals_pillow_bit_for_bit_up_down_odd_and_in_one_direction) {
  const image source = pictures::golden("resize_source");
  const std::vector<std::pair<index_t, index_t>> sizes{{32, 32}, {224, 97}, {61, 40},   {45, 83},
                                                       {7, 200}, {1, 1},    {122, 166}, {60, 82}};

  for (const auto& [height, width] : sizes) {
    const image expected = pictures::golden("resize_" + std::to_string(height) + "x" + std::to_string(width));
    BOOST_TEST((coop::resize(source, height, width) == expected), height << " x " << width);
  }
}

BOOST_AUTO_TEST_CASE(a_picture_that_has_the_size_is_copied) {
  const image source = pictures::golden("resize_source");

  BOOST_TEST((coop::resize(source, source.height, source.width) == source));
}

BOOST_AUTO_TEST_CASE(a_window_has_the_pixels_of_the_whole) {
  const image source = pictures::golden("resize_source");

  for (const auto& [height, width] :
       {std::pair{40, 50}, std::pair{61, 50}, std::pair{40, 83}, std::pair{61, 83}}) {
    const image whole = coop::resize(source, height, width);
    const coop::rectangle window{5, 11, 30, 37};
    const image part = coop::resize_window(source, height, width, window);
    BOOST_TEST((part == coop::copy(coop::crop(whole, window.top, window.left, window.height, window.width))),
               height << " x " << width);
  }
}

BOOST_AUTO_TEST_CASE(pixels_outside_a_crop_do_not_reach_it) {
  const image source = pictures::golden("resize_source");

  const image part = coop::resize(coop::crop(source, 10, 20, 33, 41), 24, 24);

  BOOST_TEST((part == pictures::golden("crop_resize_24")));
}

BOOST_AUTO_TEST_CASE(the_longer_side_is_truncated) {
  const auto resized = [](index_t width, index_t height) {
    const image picture = coop::resize_shorter(blank(height, width), 224);
    return std::pair(picture.width, picture.height);
  };

  BOOST_TEST((resized(500, 375) == std::pair(298, 224)));
  BOOST_TEST((resized(333, 500) == std::pair(224, 336)));
  BOOST_TEST((resized(640, 427) == std::pair(335, 224)));
  BOOST_TEST((resized(1023, 767) == std::pair(298, 224)));
}

BOOST_AUTO_TEST_CASE(the_centre_is_rounded_half_to_even) {
  const std::vector<std::pair<index_t, index_t>> cases{{225, 0}, {226, 1}, {227, 2},
                                                       {229, 2}, {231, 4}, {299, 38}};

  for (const auto& [side, offset] : cases) {
    BOOST_TEST(coop::center(side, 300, 224).top == offset);
    BOOST_TEST(coop::center(300, side, 224).left == offset);
  }
}

BOOST_AUTO_TEST_CASE(the_centre_of_a_smaller_picture_has_black_edges_the_odd_one_behind) {
  const image cropped = coop::center_crop(row_of({9, 8}), 5);

  const std::vector<int> expected{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  BOOST_TEST(greens(cropped) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_test_transform_equals_torchvision_on_pillow) {
  const image source = pictures::golden("resize_source");
  image tall(source.width, source.height);
  for (index_t y = 0; y < tall.height; ++y) {
    for (index_t x = 0; x < tall.width; ++x) std::copy_n(source.at(x, y), 3, tall.at(y, x));
  }

  BOOST_TEST((coop::test_transform{32}(source) == pictures::golden("test_transform_32")));
  BOOST_TEST((coop::test_transform{64}(source) == pictures::golden("test_transform_64")));
  BOOST_TEST((coop::test_transform{33}(tall) == pictures::golden("test_transform_tall_33")));
}

BOOST_AUTO_TEST_CASE(the_test_transform_is_the_centre_of_the_resized_picture) {
  const image source = pictures::golden("resize_source");

  for (const index_t size : {1, 2, 31, 61, 100}) {
    BOOST_TEST(
        (coop::test_transform{size}(source) == coop::center_crop(coop::resize_shorter(source, size), size)));
  }
}

BOOST_AUTO_TEST_CASE(a_needle_of_a_picture_costs_no_more_than_its_centre) {
  const std::vector<std::uint8_t> needle(3 * 1'000'000, 77);

  const image cropped = coop::test_transform{224}(coop::image_view(needle.data(), 1, 1'000'000));

  BOOST_TEST(cropped.width == 224);
  BOOST_TEST(greens(cropped) == std::vector<int>(224 * 224, 77), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_empty_picture_is_refused) {
  BOOST_CHECK_THROW(coop::test_transform{8}(image()), coop::shape_error);
  BOOST_CHECK_THROW(coop::resize(image(), 3, 3), coop::shape_error);
  BOOST_CHECK_THROW(coop::resize(row_of({1}), 0, 3), coop::shape_error);
}

BOOST_AUTO_TEST_CASE(flip_exchanges_left_and_right_of_each_pixel_not_of_its_channels) {
  image picture(1, 2);
  picture.pixels = {1, 2, 3, 4, 5, 6};

  const std::vector<std::uint8_t> expected{4, 5, 6, 1, 2, 3};
  BOOST_TEST(coop::flip(picture).pixels == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(converted_at_loading_every_mode_equals_dassl) {
  const auto expected = pictures::golden_stack("conversion_dassl_24");
  BOOST_REQUIRE(expected.size() == pictures::every_mode.size());

  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string& name = pictures::every_mode[i];
    const image picture = coop::to_rgb(source(name));
    BOOST_TEST((coop::test_transform{24}(picture) == expected[i]), name);
  }
}

BOOST_AUTO_TEST_CASE(converted_at_the_end_every_mode_equals_clip) {
  const auto expected = pictures::golden_stack("conversion_clip_24");
  BOOST_REQUIRE(expected.size() == pictures::every_mode.size());

  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string& name = pictures::every_mode[i];
    BOOST_TEST((coop::test_transform{24}(source(name)) == expected[i]), name);
  }
}

BOOST_AUTO_TEST_CASE(converted_at_the_end_larger_pictures_and_crops_equal_clip) {
  const auto larger = pictures::golden_stack("conversion_clip_40");
  const auto cropped = pictures::golden_stack("conversion_clip_crop_20");
  const coop::train_transform train{.size = 20};

  for (std::size_t i = 0; i < pictures::different_modes.size(); ++i) {
    const std::string& name = pictures::different_modes[i];
    BOOST_TEST((coop::test_transform{40}(source(name)) == larger.at(i)), name);
    BOOST_TEST((train.apply(source(name), {{6, 9, 21, 33}, true}) == cropped.at(i)), name);
  }
}

BOOST_AUTO_TEST_CASE(converted_at_the_end_a_picture_of_the_size_keeps_its_colours_under_no_alpha) {
  const auto expected = pictures::golden_stack("conversion_clip_37");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    BOOST_TEST((coop::test_transform{37}(source(pictures::different_modes[i])) == expected[i]));
  }

  coop::source_picture clear(coop::picture_mode::rgb_alpha, 2, 2);
  clear.samples = {9, 8, 7, 0, 9, 8, 7, 0, 9, 8, 7, 0, 9, 8, 7, 0};
  BOOST_TEST(greens(coop::test_transform{2}(clear)) == std::vector<int>(4, 8),
             boost::test_tools::per_element());
  BOOST_TEST(greens(coop::test_transform{1}(clear)) == std::vector<int>(1, 0),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_rgb_and_grey_both_orders_make_the_same) {
  for (const char* name : {"png_rgb", "png_grey", "jpeg_grey"}) {
    for (const index_t size : {5, 37, 60}) {
      const coop::test_transform transform{size};
      BOOST_TEST((transform(source(name)) == transform(coop::to_rgb(source(name)))), name << " " << size);
    }
  }
}

BOOST_AUTO_TEST_CASE(random_crops_equal_torchvision_seed_1) {
  coop::torch_random random(1);
  const coop::train_transform transform;
  const std::vector<coop::random_crop> expected{{{71, 153, 272, 311}, true},
                                                {{0, 32, 373, 389}, false},
                                                {{6, 9, 312, 304}, false},
                                                {{103, 228, 227, 216}, false}};

  for (const coop::random_crop& crop : expected) BOOST_TEST((transform.choose(375, 500, random) == crop));
}

BOOST_AUTO_TEST_CASE(random_crops_equal_torchvision_seed_3_of_a_wide_picture) {
  coop::torch_random random(3);
  const coop::train_transform transform;
  const std::vector<coop::random_crop> expected{
      {{1, 346, 65, 52}, true}, {{14, 307, 68, 80}, false}, {{1, 89, 96, 91}, true}};

  for (const coop::random_crop& crop : expected) BOOST_TEST((transform.choose(100, 400, random) == crop));
}

BOOST_AUTO_TEST_CASE(a_picture_of_no_allowed_proportion_gives_its_middle) {
  coop::torch_random random(1);
  const coop::train_transform whole{.least_scale = 1.0f, .greatest_scale = 1.0f};

  const coop::random_crop wide = whole.choose(30, 300, random);
  const coop::random_crop tall = whole.choose(300, 30, random);

  BOOST_TEST((wide.part == coop::rectangle{0, 130, 30, 40}));
  BOOST_TEST((tall.part == coop::rectangle{130, 0, 40, 30}));
}

BOOST_AUTO_TEST_CASE(the_train_transform_crops_resizes_and_mirrors) {
  const image source = pictures::golden("resize_source");
  const coop::train_transform transform{.size = 20};
  bool mirrored_once = false;

  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    coop::torch_random random(seed);
    coop::torch_random same(seed);
    const image picture = transform(source, random);
    const coop::random_crop c = transform.choose(source.height, source.width, same);
    const image part =
        coop::resize(coop::crop(source, c.part.top, c.part.left, c.part.height, c.part.width), 20, 20);
    BOOST_TEST((picture == (c.mirrored ? coop::flip(part) : part)));
    mirrored_once = mirrored_once || c.mirrored;
  }
  BOOST_TEST(mirrored_once);
}

BOOST_AUTO_TEST_CASE(normalised_values_equal_the_published_ones) {
  image picture(1, 3);
  picture.pixels = {0, 0, 0, 128, 128, 128, 255, 255, 255};
  std::vector<float> out(9);

  coop::clip_normalization(picture, out.data());

  BOOST_TEST(out[0] == -1.79226255f);
  BOOST_TEST(out[3] == 0x1.38ac4p-4f);  // 0.07633615 in eight places
  BOOST_TEST(out[6] == 1.93033612f);
  BOOST_TEST(out[1] == (0.0f - 0.4578275f) / 0.26130258f);
  BOOST_TEST(out[8] == (1.0f - 0.40821073f) / 0.27577711f);
}

BOOST_AUTO_TEST_CASE(normalisation_reads_strided_rows) {
  const std::vector<std::uint8_t> bytes{10, 20, 30, 99, 99, 40, 50, 60};
  const coop::normalization plain{{0, 0, 0}, {1, 1, 1}};
  std::vector<float> out(6);

  plain(coop::image_view(bytes.data(), 2, 1, 5), out.data());

  const std::vector<float> expected{10 / 255.f, 20 / 255.f, 30 / 255.f, 40 / 255.f, 50 / 255.f, 60 / 255.f};
  BOOST_TEST(out == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(preprocessing_comes_back_from_its_text_exactly) {
  const coop::preprocessing clip{.size = 336};
  const coop::preprocessing own{48, {{0.1f, 1e-8f, -3.0f}, {1.0f / 3, 0.2f, 7.0f}}};

  BOOST_TEST((coop::preprocessing::from_text(clip.to_text()) == clip));
  BOOST_TEST((coop::preprocessing::from_text(own.to_text()) == own));
  BOOST_TEST(clip.to_text() ==
             "size 336 mean 0.48145467 0.4578275 0.40821072 deviation 0.26862955 0.2613026 0.2757771 "
             "conversion dassl");
}

BOOST_AUTO_TEST_CASE(preprocessing_keeps_the_order_of_conversion_and_old_texts_mean_dassl) {
  const coop::preprocessing late{.size = 8, .conversion = coop::conversion_order::clip};

  BOOST_TEST((coop::preprocessing::from_text(late.to_text()) == late));
  BOOST_TEST((coop::preprocessing::from_text("size 8 mean 0 0 0 deviation 1 1 1").conversion ==
              coop::conversion_order::dassl));
}

BOOST_AUTO_TEST_CASE(a_damaged_preprocessing_text_is_refused) {
  for (const char* text :
       {"", "size", "size x mean 0 0 0 deviation 1 1 1", "size 224 mean 0 0 0 deviation 1 1",
        "size 224 mean 0 0 0 deviation 1 1 1 1", "size 224 mean 0 0 0 deviation 1 0 1",
        "size -1 mean 0 0 0 deviation 1 1 1", "size 224 mean 0 nan 0 deviation 1 1 1",
        "size 224 mean 0 0 0 deviation 1 1 1 conversion",
        "size 224 mean 0 0 0 deviation 1 1 1 conversion pil",
        "size 224 mean 0 0 0 deviation 1 1 1 conversion clip 1"}) {
    BOOST_CHECK_THROW(coop::preprocessing::from_text(text), coop::io_error);
  }
}

BOOST_AUTO_TEST_CASE(a_mirrored_plan_is_the_plan_mirrored) {
  const image picture = coop::to_rgb(source("jpeg_420"));
  coop::resize_plan plan = coop::test_transform{16}.plan({picture.height, picture.width});
  const image straight = coop::carry_out(plan, picture);

  BOOST_TEST((straight == coop::test_transform{16}(picture)));
  plan.mirrored = true;
  BOOST_TEST((coop::carry_out(plan, picture) == coop::flip(straight)));
}

BOOST_AUTO_TEST_CASE(a_part_that_is_not_in_the_picture_is_an_error) {
  const coop::rectangle window{0, 0, 4, 4};
  for (const coop::rectangle part : {coop::rectangle{0, 0, 6, 5}, {1, 0, 5, 5}, {0, -1, 5, 5}}) {
    BOOST_CHECK_THROW(coop::carry_out({part, 4, 4, window}, blank(5, 5)), coop::shape_error);
  }
  coop::torch_random random(1);  // of nothing a part cannot be chosen
  BOOST_CHECK_THROW((void)coop::train_transform{4}(blank(0, 0), random), coop::shape_error);
}

BOOST_AUTO_TEST_SUITE_END()
