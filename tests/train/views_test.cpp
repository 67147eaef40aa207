// SPDX-License-Identifier: MIT
//
// A tower that sees pixels as they are, so that rows tell which part of which picture they show.
#include <coop/train/views.hpp>

#include "support/temporary_folder.hpp"

#include <coop/data/few_shot.hpp>
#include <coop/device/devices.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(views)

namespace {

using coop::feature_set;
using coop::image;
using coop::index_t;
using coop::sample;
using coop::view;
using cpu = coop::device::cpu;

constexpr index_t side = 4;

/// Features: four of a picture's numbers.
struct pixel_tower {
  [[nodiscard]] cpu device() const { return cpu{}; }
  [[nodiscard]] index_t size() const { return side; }
  [[nodiscard]] index_t embed() const { return 4; }
  void encode(view<const float, 4> pictures, view<float, 2> features) const {
    for (index_t i = 0; i < pictures.rows(); ++i) {
      for (index_t j = 0; j < 4; ++j) features(i, j) = pictures.row(i)[j * 13];
    }
  }
};
static_assert(coop::ImageTower<pixel_tower>);
static_assert(coop::FeatureSource<coop::fixed_views<cpu>, cpu>);

/// A picture "7" of its own size and pattern; "bad..." cannot be decoded. Counts how often it is asked.
struct pattern_decoder {
  std::shared_ptr<std::atomic<int>> asked = std::make_shared<std::atomic<int>>(0);

  image operator()(const std::string& path) const {
    ++*asked;
    if (path.starts_with("bad")) throw coop::io_error(path + ": not a picture");
    const auto n = std::size_t(std::stoi(path));
    image picture(index_t(9 + n % 3), index_t(11 + n % 4));
    for (std::size_t p = 0; p < picture.pixels.size(); ++p)
      picture.pixels[p] = std::uint8_t(1 + (p * 29 + n * 53 + p * p * 7) % 255);
    return picture;
  }
};

std::vector<sample> numbered(index_t n) {
  std::vector<sample> samples;
  for (index_t i = 0; i < n; ++i) samples.push_back({std::to_string(i), i % 2, nullptr});
  return samples;
}

const coop::train_transform cut{.size = side};
const coop::preprocessing how{side, coop::normalization{}};

feature_set encoded(const std::vector<sample>& samples, const coop::view_options& options) {
  return coop::encode_views(pixel_tower{}, samples, pattern_decoder{}, cut, how, options).features;
}

/// Rows that say their picture and their view: a direction for each.
feature_set told_apart(index_t pictures, index_t views) {
  feature_set set{{}, 2, {}, {}, views};
  for (index_t row = 0; row < pictures * views; ++row) {
    const double angle = 1.5 * double(row) / double(pictures * views);
    set.values.insert(set.values.end(), {float(3 * std::cos(angle)), float(3 * std::sin(angle))});
    set.labels.push_back(row / views);
  }
  return set;
}

/// (picture, view) that an epoch of told_apart() shows, in its order.
std::vector<std::pair<index_t, index_t>> shown(const coop::fixed_views<cpu>& source, index_t epoch) {
  std::vector<std::pair<index_t, index_t>> all;
  const index_t rows = source.size() * source.views();
  source.for_each(epoch, [&](view<const float, 2> features, std::span<const index_t> labels) {
    for (index_t i = 0; i < features.rows(); ++i) {
      const double angle = std::atan2(double(features(i, 1)), double(features(i, 0)));
      const auto row = index_t(std::lround(angle / 1.5 * double(rows)));
      BOOST_TEST(row / source.views() == labels[std::size_t(i)]);
      all.emplace_back(row / source.views(), row % source.views());
    }
    return true;
  });
  return all;
}

auto says(const std::string& words) {
  return [words](const coop::error& e) { return std::string(e.what()).find(words) != std::string::npos; };
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_rows_and_another_seed_others) {
  const auto samples = numbered(5);

  const auto first = encoded(samples, {.views = 3, .seed = 4});

  BOOST_TEST(first.views == 3);
  BOOST_TEST(first.size() == 15);
  BOOST_TEST(first.pictures() == 5);
  BOOST_TEST(first.labels[3] == 1);
  BOOST_TEST(first.labels[5] == 1);
  BOOST_TEST(encoded(samples, {.views = 3, .seed = 4}).values == first.values);
  BOOST_TEST(encoded(samples, {.views = 3, .seed = 5}).values != first.values);
}

BOOST_AUTO_TEST_CASE(threads_and_batches_change_nothing) {
  const auto samples = numbered(23);
  const auto expected = encoded(samples, {.views = 4, .threads = 1, .batch = 4});

  for (const int threads : {1, 3}) {
    for (const index_t batch : {1, 9, 1000}) {
      const auto got = encoded(samples, {.views = 4, .threads = threads, .batch = batch});
      BOOST_TEST(got.values == expected.values);
      BOOST_TEST(got.labels == expected.labels, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(more_views_leave_the_first_ones_as_they_are_and_differ_from_each_other) {
  const auto samples = numbered(6);
  const auto two = encoded(samples, {.views = 2});
  const auto five = encoded(samples, {.views = 5});

  for (index_t i = 0; i < 6; ++i) {
    std::set<std::vector<float>> different;
    for (index_t v = 0; v < 5; ++v) {
      const auto row = five.row(5 * i + v);
      different.emplace(row.begin(), row.end());
      if (v < 2) BOOST_TEST(std::ranges::equal(row, two.row(2 * i + v)));
    }
    BOOST_TEST(different.size() == 5u);
  }
}

BOOST_AUTO_TEST_CASE(a_picture_is_decoded_once_for_all_of_its_views) {
  const pattern_decoder decoder;

  (void)coop::encode_views(pixel_tower{}, numbered(7), decoder, cut, how, {.views = 6});

  BOOST_TEST(*decoder.asked == 7);
}

BOOST_AUTO_TEST_CASE(with_as_many_views_as_epochs_training_sees_what_fresh_crops_show) {
  const pixel_tower tower;
  const auto samples = numbered(10);
  const coop::batch_options options{.size = 3, .seed = 8};
  const coop::augmented_features fresh(tower, samples, pattern_decoder{}, cut, how, options);
  const coop::fixed_views fixed(cpu{}, encoded(samples, {.views = 4, .seed = 8}), options);
  const auto rows_of = [](const auto& source, index_t epoch) {
    std::vector<float> all;
    source.for_each(epoch, [&](view<const float, 2> rows, std::span<const index_t> labels) {
      for (index_t i = 0; i < rows.rows(); ++i) {
        all.insert(all.end(), rows.row(i), rows.row(i) + rows.columns());
        all.push_back(float(labels[std::size_t(i)]));
      }
      return true;
    });
    return all;
  };

  BOOST_TEST(fixed.size() == fresh.size());
  BOOST_TEST(fixed.batches() == fresh.batches());
  for (index_t epoch = 0; epoch < 4; ++epoch) {
    BOOST_TEST(rows_of(fixed, epoch) == rows_of(fresh, epoch), boost::test_tools::per_element());
  }
  BOOST_TEST(rows_of(fixed, 4) != rows_of(fresh, 4));
}

BOOST_AUTO_TEST_CASE(over_as_many_epochs_as_views_each_view_is_shown_once) {
  constexpr index_t pictures = 6;
  constexpr index_t views = 4;
  const coop::fixed_views source(cpu{}, told_apart(pictures, views), {.size = 3});

  for (index_t round = 0; round < 3; ++round) {
    std::map<std::pair<index_t, index_t>, int> times;
    for (index_t turn = 0; turn < views; ++turn) {
      for (const auto& picture_and_view : shown(source, round * views + turn)) ++times[picture_and_view];
    }
    BOOST_TEST(times.size() == std::size_t(pictures * views));
    for (const auto& [which, count] : times) BOOST_TEST(count == 1);
  }
}

BOOST_AUTO_TEST_CASE(later_rounds_are_in_an_order_of_each_pictures_own_fixed_by_the_seed) {
  const coop::fixed_views source(cpu{}, told_apart(40, 6), {.size = 8, .seed = 3});
  const coop::fixed_views same(cpu{}, told_apart(40, 6), {.size = 8, .seed = 3});
  const coop::fixed_views other(cpu{}, told_apart(40, 6), {.size = 8, .seed = 4});

  std::array<int, 6> chosen{};
  int as_with_another_seed = 0;
  for (index_t i = 0; i < 40; ++i) {
    ++chosen[std::size_t(source.view_of(i, 6))];
    BOOST_TEST(source.view_of(i, 6) == same.view_of(i, 6));
    as_with_another_seed += source.view_of(i, 6) == other.view_of(i, 6);
  }
  BOOST_TEST(*std::ranges::min_element(chosen) >= 1);
  BOOST_TEST(*std::ranges::max_element(chosen) <= 15);
  BOOST_TEST(as_with_another_seed < 20);
  BOOST_TEST((shown(source, 9) == shown(same, 9)));
}

BOOST_AUTO_TEST_CASE(a_set_of_one_view_is_shown_as_cached_features_show_it) {
  const auto set = told_apart(11, 1);
  const coop::batch_options options{.size = 4, .seed = 2};
  const coop::fixed_views fixed(cpu{}, set, options);
  const coop::cached_features cached(cpu{}, set, options);
  const auto labels_of = [](const auto& source, index_t epoch) {
    std::vector<index_t> all;
    source.for_each(epoch, [&](view<const float, 2>, std::span<const index_t> labels) {
      all.insert(all.end(), labels.begin(), labels.end());
      return true;
    });
    return all;
  };

  for (index_t epoch = 0; epoch < 3; ++epoch)
    BOOST_TEST(labels_of(fixed, epoch) == labels_of(cached, epoch), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_visitor_ends_an_epoch) {
  const coop::fixed_views source(cpu{}, told_apart(10, 2), {.size = 2});
  int batches = 0;

  source.for_each(0, [&](view<const float, 2>, std::span<const index_t>) { return ++batches < 2; });

  BOOST_TEST(batches == 2);
}

BOOST_AUTO_TEST_CASE(views_go_through_a_file_and_a_draw_of_shots) {
  const temporary_folder folder;
  auto all = encoded(numbered(12), {.views = 3});
  all.class_names = {"even", "odd"};
  const std::vector<index_t> even{10, 4};

  coop::save_feature_set(all, folder / "views");
  const auto back = coop::load_feature_set(folder / "views");
  const auto picked = coop::pick(back, even);
  const auto few = coop::few_shot(back, {.shots = 2, .seed = 1});

  BOOST_TEST(back.values == all.values);
  BOOST_TEST(picked.pictures() == 2);
  for (index_t v = 0; v < 3; ++v) BOOST_TEST(std::ranges::equal(picked.row(v), all.row(30 + v)));
  BOOST_TEST(few.pictures() == 4);
  BOOST_TEST(coop::fixed_views(cpu{}, few).views() == 3);
}

BOOST_AUTO_TEST_CASE(a_broken_picture_is_an_error_or_left_out_with_all_of_its_views) {
  auto samples = numbered(6);
  samples[2].path = "bad one";

  BOOST_CHECK_EXCEPTION(encoded(samples, {.views = 3}), coop::io_error, says("coop: bad one: not a picture"));
  const auto got = coop::encode_views(pixel_tower{}, samples, pattern_decoder{}, cut, how,
                                      {.views = 3, .broken = coop::broken_picture::skip});

  const auto whole = encoded(numbered(6), {.views = 3});
  BOOST_REQUIRE(got.skipped.size() == 1u);
  BOOST_TEST(got.skipped[0].index == 2u);
  BOOST_TEST(got.features.pictures() == 5);
  BOOST_TEST(std::ranges::equal(got.features.row(6), whole.row(9)));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused) {
  BOOST_CHECK_EXCEPTION(encoded(numbered(2), {.views = 0}), coop::choice_error,
                        says("views: expected at least 1"));
  BOOST_CHECK_THROW(encoded(numbered(2), {.views = 2'000'000'000}), coop::choice_error);
  BOOST_CHECK_EXCEPTION((void)coop::encode_views(pixel_tower{}, numbered(2), pattern_decoder{},
                                                 coop::train_transform{.size = 5}, how),
                        coop::io_error, says("expected 4 x 4 pixels"));
  auto torn = told_apart(3, 2);
  torn.labels[1] = 2;
  BOOST_CHECK_EXCEPTION(coop::fixed_views(cpu{}, torn), coop::shape_error,
                        says("views: row 1: expected label 0"));
  BOOST_CHECK_EXCEPTION(
      coop::fixed_views(cpu{}, told_apart(3, 2), {.replay = coop::loader_replay(coop::torch_random(1))}),
      coop::choice_error, says("replay: expected its own crops"));
  BOOST_TEST(encoded({}, {.views = 3}).size() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
