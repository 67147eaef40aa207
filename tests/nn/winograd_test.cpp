// SPDX-License-Identifier: MIT
//
// Winograd's tiles against patches: the same convolution up to rounding, whatever its extents, and how much rounding.
#include <coop/nn/winograd.hpp>

#include <coop/device/cpu.hpp>
#include <coop/nn/convolution.hpp>

#include "support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

BOOST_AUTO_TEST_SUITE(winograd)

using namespace coop;

namespace {

constexpr nn::window same{.side = 3, .stride = 1, .padding = 1};

struct extents {
  index_t pictures, height, width, channels, outputs;
};

/// The convolution with tiles of `tile`, or with patches where that is 0; y begins as `start` everywhere.
template <class T>
std::vector<T> convolved(const extents& e, index_t tile, nn::finish then, int threads = 1, T start = T(99),
                         bool with_bias = true) {
  const device::basic_cpu<T> device(threads);
  const auto pixels = std::size_t(e.pictures * e.height * e.width);
  const auto x = tests::numbers<T>(pixels * std::size_t(e.channels), 1);
  const auto weight = tests::numbers<float>(std::size_t(e.outputs * e.channels * 9), 2);
  const auto bias = tests::numbers<float>(with_bias ? std::size_t(e.outputs) : 0, 3);
  const nn::convolution layer(device, weight, bias, e.outputs, e.channels, same, tile);
  std::vector<T> y(pixels * std::size_t(e.outputs), start);
  std::vector<T> scratch(layer.scratch());
  layer.forward(view<const T, 4>{x.data(), shape<4>{e.pictures, e.height, e.width, e.channels}},
                view<T, 4>{y.data(), shape<4>{e.pictures, e.height, e.width, e.outputs}}, then,
                view<T, 1>{scratch.data(), shape<1>{index_t(scratch.size())}});
  return y;
}

const std::vector<extents> cases{
    {1, 1, 1, 1, 1},        // all border
    {2, 4, 4, 3, 5},        // whole tiles
    {2, 5, 7, 3, 5},        // a pixel over, three over
    {1, 6, 3, 70, 33},      // two over; channels that fill no strip
    {3, 7, 7, 64, 32},      // the last stage's
    {1, 40, 41, 130, 200},  // several rounds of tiles
};

}  // namespace

BOOST_AUTO_TEST_CASE(tiles_of_two_and_four_are_the_convolution_of_patches) {
  for (const auto& e : cases) {
    const auto expected = convolved<double>(e, 0, nn::finish::plain);
    for (const index_t tile : {2, 4}) {
      BOOST_TEST_CONTEXT(e.height << " x " << e.width << ", tiles of " << tile) {
        BOOST_TEST(tests::relative_difference(convolved<double>(e, tile, nn::finish::plain), expected) <
                   1e-14);
        BOOST_TEST(tests::relative_difference(convolved<float>(e, tile, nn::finish::plain), expected) <
                   tests::tolerance::product);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(finishes_rectify_and_add_to_what_is_there) {
  const extents e{2, 6, 7, 33, 40};
  const auto plain = convolved<double>(e, 0, nn::finish::plain);
  for (const index_t tile : {2, 4}) {
    auto rectified = plain;
    auto added = plain;
    for (auto& value : rectified) value = std::max(value, 0.0);
    for (auto& value : added) value = std::max(value + 0.5, 0.0);

    BOOST_TEST(tests::relative_difference(convolved<double>(e, tile, nn::finish::rectified), rectified) <
               1e-14);
    BOOST_TEST(tests::relative_difference(convolved<double>(e, tile, nn::finish::added_and_rectified, 1, 0.5),
                                          added) < 1e-14);
  }
}

BOOST_AUTO_TEST_CASE(without_a_bias_nothing_is_added) {
  const extents e{1, 5, 5, 4, 6};
  const auto expected = convolved<double>(e, 0, nn::finish::plain, 1, 99.0, false);

  BOOST_TEST(tests::relative_difference(convolved<double>(e, 4, nn::finish::plain, 1, 99.0, false),
                                        expected) < 1e-14);
}

BOOST_AUTO_TEST_CASE(results_do_not_depend_on_the_number_of_threads_or_of_pictures) {
  const extents few{1, 19, 21, 96, 80};
  extents many = few;
  many.pictures = 5;  // the first picture has the same numbers, the rounds of tiles are cut elsewhere
  for (const index_t tile : {2, 4}) {
    const auto one = convolved<float>(many, tile, nn::finish::rectified, 1);
    const auto alone = convolved<float>(few, tile, nn::finish::rectified, 1);

    BOOST_TEST((one == convolved<float>(many, tile, nn::finish::rectified, 3)));
    BOOST_TEST((alone == std::vector<float>(one.begin(), one.begin() + index_t(alone.size()))));
  }
}

BOOST_AUTO_TEST_CASE(rounding_stays_within_six_times_that_of_patches) {
  const extents e{1, 14, 14, 256, 64};
  const auto exact = convolved<double>(e, 0, nn::finish::plain);
  const double patches = tests::relative_difference(convolved<float>(e, 0, nn::finish::plain), exact);
  for (const index_t tile : {2, 4}) {
    const double tiles = tests::relative_difference(convolved<float>(e, tile, nn::finish::plain), exact);
    BOOST_TEST_MESSAGE("tiles of " << tile << ": " << tiles << ", patches " << patches);
    BOOST_TEST(tiles < 6 * patches);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_number_stays_in_its_tile_and_is_not_rectified_away) {
  const device::cpu device(1);
  const auto weight = tests::numbers<float>(32 * 32 * 9, 2);
  const nn::winograd<device::cpu> layer(device, weight, {}, 32, 32, 4);
  std::vector<float> x(12 * 12 * 32, 1.0f);
  x[(6 * 12 + 6) * 32] =
      std::numeric_limits<float>::quiet_NaN();  // a pixel inside the middle one of nine tiles
  std::vector<float> y(x.size());
  std::vector<float> scratch(layer.scratch());

  layer.forward(view<const float, 4>{x.data(), shape<4>{1, 12, 12, 32}},
                view<float, 4>{y.data(), shape<4>{1, 12, 12, 32}}, nn::finish::rectified,
                view<float, 1>{scratch.data(), shape<1>{index_t(scratch.size())}});

  const auto pixel = [&](index_t row, index_t column) { return y[std::size_t((row * 12 + column) * 32)]; };
  BOOST_TEST(std::isnan(pixel(6, 6)));
  BOOST_TEST(std::isfinite(pixel(1, 1)));
  BOOST_TEST(std::isfinite(pixel(11, 11)));
}

BOOST_AUTO_TEST_CASE(the_way_that_was_measured_to_be_faster_is_chosen) {
  BOOST_TEST(nn::winograd_tile(32, 3, {.side = 3, .stride = 2, .padding = 1}) ==
             0);                                     // the stem's step of two
  BOOST_TEST(nn::winograd_tile(64, 16, same) == 0);  // few channels
  BOOST_TEST(nn::winograd_tile(64, 64, same) == 4);
  BOOST_TEST(nn::winograd_tile(256, 256, same) == 4);
  BOOST_TEST(nn::winograd_tile(512, 512, same) == 2);  // 36 MiB of mixed weights
  BOOST_TEST(nn::winograd_tile(64, 64, same, {.tiled_channels = 0}) ==
             0);  // where a device has no use for it
}

BOOST_AUTO_TEST_SUITE_END()
