// SPDX-License-Identifier: MIT
//
// Who prepares pictures, and what is refused. That every device makes the host's bits is in tests/laws.
#include <coop/train/prepared_pictures.hpp>

#include <coop/device/devices.hpp>

#include "support/far_device.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

BOOST_AUTO_TEST_SUITE(prepared_pictures)

using namespace coop;
using coop::detail::staged_pixels;

namespace {

constexpr index_t side = 9;
const preprocessing how{.size = side};

/// A plan and nothing else.
struct planned {
  resize_plan how;
  [[nodiscard]] resize_plan plan(picture_extents) const { return how; }
  template <class Picture>
  image operator()(const Picture&) const {
    throw std::logic_error("a plan that is carried out by the host");
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(what_does_not_fit_the_tower_or_the_picture_is_an_error) {
  using D = tests::far;
  staged_pixels<D>::shared with(D{}, 2, side, how.normalization);
  staged_pixels<D> batch(with);
  const image picture(20, 30);
  const auto says = [](const std::string& words) {
    return [words](const error& e) { return std::string(e.what()).find(words) != std::string::npos; };
  };
  const rectangle whole{0, 0, side, side};
  BOOST_CHECK_EXCEPTION(
      batch.put(0, planned{{{0, 0, 20, 30}, 8, 8, {0, 0, 8, 8}}}, image_view(picture), {"odd"}), shape_error,
      says("odd: after its transform: expected 9 x 9"));
  BOOST_CHECK_EXCEPTION(
      batch.put(0, planned{{{0, 0, 21, 30}, side, side, whole}}, image_view(picture), {"odd"}), shape_error,
      says("expected a part of a picture of 20 x 30, got 21 x 30"));
}

BOOST_AUTO_TEST_CASE(which_road_pictures_take_is_said_by_the_device) {
  static_assert(is_the_host<device::cpu> && !is_the_host<tests::far>);
  static_assert(
      std::is_same_v<coop::detail::prepared_pixels<device::cpu>, coop::detail::host_pixels<device::cpu>>);
  static_assert(std::is_same_v<coop::detail::prepared_pixels<tests::far>, staged_pixels<tests::far>>);
  struct otherwise : test_transform {};  // may act otherwise than its base: not taken for it
  BOOST_TEST(!PlannedTransform<otherwise>);
  BOOST_TEST(PlannedTransform<test_transform>);
  BOOST_TEST(PlannedCrop<train_transform>);
}

BOOST_AUTO_TEST_SUITE_END()
