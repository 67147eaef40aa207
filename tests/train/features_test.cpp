// SPDX-License-Identifier: MIT
#include <coop/train/features.hpp>

#include <coop/device/devices.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <map>
#include <memory>
#include <stdexcept>

BOOST_AUTO_TEST_SUITE(features)

namespace {

using coop::feature_set;
using coop::image;
using coop::index_t;
using coop::sample;
using coop::shape;
using coop::view;
using cpu = coop::device::cpu;

constexpr index_t side = 4;
const coop::normalization plain{};  // v / 255

/// Features of a picture: its first three numbers, and their sum of all.
struct toy_tower {
  [[nodiscard]] cpu device() const { return cpu{}; }
  [[nodiscard]] index_t size() const { return side; }
  [[nodiscard]] index_t embed() const { return 4; }
  void encode(view<const float, 4> pictures, view<float, 2> features) const {
    for (index_t i = 0; i < pictures.rows(); ++i) {
      const float* p = pictures.row(i);
      float sum = 0;
      for (index_t j = 0; j < side * side * 3; ++j) sum += p[j];
      for (index_t j = 0; j < 3; ++j) features(i, j) = p[j];
      features(i, 3) = sum;
    }
  }
};
static_assert(coop::ImageTower<toy_tower>);
static_assert(coop::FeatureSource<coop::cached_features<cpu>, cpu>);
static_assert(coop::FeatureSource<coop::augmented_features<toy_tower, coop::no_decoder>, cpu>);

/// A grey picture whose brightness is its number.
image grey(index_t number) {
  image picture(side, side);
  std::fill(picture.pixels.begin(), picture.pixels.end(), std::uint8_t(number + 1));
  return picture;
}

/// "17" is the grey picture 17; "bad..." cannot be decoded, "odd..." neither, with a failure of its own kind.
struct number_decoder {
  image operator()(const std::string& path) const {
    if (path.starts_with("bad")) throw coop::io_error(path + ": not a picture");
    if (path.starts_with("odd")) throw std::runtime_error("broken somehow");
    if (path.starts_with("empty")) return {};
    return grey(index_t(std::stoi(path)));
  }
};

/// Light pixels, all of them transparent.
struct mode_decoder {
  image operator()(const std::string& path) const { return coop::to_rgb(source(path)); }
  [[nodiscard]] coop::source_picture source(const std::string&) const {
    coop::source_picture picture(coop::picture_mode::grey_alpha, 2 * side, 2 * side);
    for (std::size_t i = 0; i < picture.samples.size(); i += 2) picture.samples[i] = 200;
    return picture;
  }
};
static_assert(coop::SourceDecoder<mode_decoder>);

std::vector<sample> numbered(index_t n) {
  std::vector<sample> samples;
  for (index_t i = 0; i < n; ++i) samples.push_back({std::to_string(i), i % 5, nullptr});
  return samples;
}

coop::preprocessing four_pixels() { return {side, plain}; }

feature_set wide_set(index_t n, index_t width) {
  feature_set set;
  set.width = width;
  for (index_t i = 0; i < n; ++i) {
    for (index_t j = 0; j < width; ++j) set.values.push_back(std::sin(float(i * width + j)) * float(i + 1));
    set.labels.push_back(i);
  }
  return set;
}

auto says(const std::string& words) {
  return [words](const coop::error& e) { return std::string(e.what()).find(words) != std::string::npos; };
}

}  // namespace

BOOST_AUTO_TEST_CASE(pictures_become_features_in_their_order_whatever_the_threads_and_batches) {
  const auto samples = numbered(53);

  for (const int threads : {1, 2, 5}) {
    for (const index_t batch : {1, 7, 53, 100}) {
      const auto got = coop::encode(toy_tower{}, samples, number_decoder{}, four_pixels(),
                                    {.threads = threads, .batch = batch});

      BOOST_TEST(got.skipped.empty());
      BOOST_TEST(got.features.labels.size() == 53u);
      BOOST_TEST(got.features.width == 4);
      for (index_t i = 0; i < 53; ++i) {
        BOOST_TEST(got.features.labels[std::size_t(i)] == i % 5);
        BOOST_TEST(got.features.values[std::size_t(4 * i)] == float(i + 1) / 255.0f);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(pixels_in_memory_need_no_decoder) {
  std::vector<sample> samples{{"drawn 0", 3, std::make_shared<const image>(grey(41))}};

  const auto got = coop::encode(toy_tower{}, samples, coop::no_decoder{}, four_pixels());

  BOOST_TEST(got.features.values[0] == 42.0f / 255.0f);
  BOOST_TEST(got.features.labels[0] == 3);
}

BOOST_AUTO_TEST_CASE(no_pictures_give_no_features) {
  const auto got = coop::encode(toy_tower{}, std::vector<sample>{}, number_decoder{}, four_pixels());

  BOOST_TEST(got.features.labels.empty());
  BOOST_TEST(got.features.width == 4);
}

BOOST_AUTO_TEST_CASE(the_first_broken_picture_is_an_error_that_names_its_file) {
  auto samples = numbered(40);
  samples[30].path = "bad second";
  samples[17].path = "bad first";

  for (int attempt = 0; attempt < 5; ++attempt) {
    BOOST_CHECK_EXCEPTION(
        (void)coop::encode(toy_tower{}, samples, number_decoder{}, four_pixels(), {.threads = 4, .batch = 8}),
        coop::io_error, says("coop: bad first: not a picture"));
  }
}

BOOST_AUTO_TEST_CASE(failures_of_any_kind_get_the_name_of_the_file) {
  auto samples = numbered(3);
  samples[1].path = "odd.png";
  BOOST_CHECK_EXCEPTION((void)coop::encode(toy_tower{}, samples, number_decoder{}, four_pixels()),
                        coop::io_error, says("coop: odd.png: broken somehow"));
  samples[1].path = "empty.png";
  BOOST_CHECK_EXCEPTION((void)coop::encode(toy_tower{}, samples, number_decoder{}, four_pixels()),
                        coop::io_error, says("coop: empty.png: "));
}

BOOST_AUTO_TEST_CASE(broken_pictures_are_left_out_and_listed_on_request) {
  auto samples = numbered(20);
  samples[0].path = "bad a";
  samples[9].path = "odd b";
  samples[19].path = "bad c";

  const auto got = coop::encode(toy_tower{}, samples, number_decoder{}, four_pixels(),
                                {.threads = 2, .batch = 6, .broken = coop::broken_picture::skip});

  BOOST_TEST(got.features.labels.size() == 17u);
  BOOST_TEST(got.skipped.size() == 3u);
  BOOST_TEST(got.skipped[1].index == 9u);
  BOOST_TEST(got.skipped[1].reason == "odd b: broken somehow");
  BOOST_TEST(got.features.values[0] == 2.0f / 255.0f);  // the second picture is the first that counts
}

BOOST_AUTO_TEST_CASE(pictures_of_another_size_than_the_towers_are_refused) {
  BOOST_CHECK_EXCEPTION(
      (void)coop::encode(toy_tower{}, numbered(1), number_decoder{}, coop::preprocessing{8, plain}),
      coop::shape_error, says("expected 4 as the tower takes, got 8"));
  const auto as_it_is = [](coop::image_view picture) { return coop::copy(coop::crop(picture, 0, 0, 2, 2)); };
  BOOST_CHECK_EXCEPTION((void)coop::encode(toy_tower{}, numbered(1), number_decoder{}, as_it_is, plain),
                        coop::io_error,
                        says("0: after its transform: expected 4 x 4 pixels as the tower takes, got 2 x 2"));
}

BOOST_AUTO_TEST_CASE(a_failing_tower_ends_the_threads_and_is_heard) {
  struct failing : toy_tower {
    void encode(view<const float, 4>, view<float, 2>) const { throw coop::device_error("out of order"); }
  };

  BOOST_CHECK_EXCEPTION((void)coop::encode(failing{}, numbered(100), number_decoder{}, four_pixels(),
                                           {.threads = 3, .batch = 4}),
                        coop::device_error, says("out of order"));
}

BOOST_AUTO_TEST_CASE(cached_features_are_unit_rows_with_their_labels) {
  const auto set = wide_set(10, 6);
  const coop::cached_features<cpu> source(cpu{}, set, {.size = 4, .seed = 3});
  index_t seen = 0;

  BOOST_TEST(source.size() == 10);
  BOOST_TEST(source.batches() == 2);
  source.for_each(0, [&](view<const float, 2> rows, std::span<const index_t> labels) {
    for (index_t i = 0; i < rows.rows(); ++i, ++seen) {
      const float* raw = set.values.data() + 6 * labels[std::size_t(i)];
      double square = 0;
      for (index_t j = 0; j < 6; ++j) square += double(raw[j]) * double(raw[j]);
      for (index_t j = 0; j < 6; ++j) BOOST_TEST(std::abs(rows(i, j) - raw[j] / std::sqrt(square)) < 1e-6);
    }
    return true;
  });
  BOOST_TEST(seen == 8);  // a last short batch is left out when there is a whole one
}

BOOST_AUTO_TEST_CASE(the_order_depends_on_seed_and_epoch_alone) {
  const auto set = wide_set(40, 2);
  const auto order = [&](std::uint64_t seed, index_t epoch) {
    const coop::cached_features<cpu> source(cpu{}, set, {.size = 8, .seed = seed});
    std::vector<index_t> all;
    source.for_each(epoch, [&](view<const float, 2>, std::span<const index_t> labels) {
      all.insert(all.end(), labels.begin(), labels.end());
      return true;
    });
    return all;
  };

  BOOST_TEST((order(1, 5) == order(1, 5)));
  BOOST_TEST((order(1, 5) != order(1, 6)));
  BOOST_TEST((order(1, 5) != order(2, 5)));
  auto sorted = order(1, 5);
  std::sort(sorted.begin(), sorted.end());
  for (index_t i = 0; i < 40; ++i) BOOST_TEST(sorted[std::size_t(i)] == i);
}

BOOST_AUTO_TEST_CASE(a_visitor_ends_an_epoch) {
  const coop::cached_features<cpu> source(cpu{}, wide_set(40, 2), {.size = 8});
  int visits = 0;

  source.for_each(0, [&](view<const float, 2>, std::span<const index_t>) { return ++visits < 2; });

  BOOST_TEST(visits == 2);
}

BOOST_AUTO_TEST_CASE(features_without_direction_are_refused) {
  auto set = wide_set(3, 2);
  set.values[2] = set.values[3] = 0;

  BOOST_CHECK_EXCEPTION(coop::cached_features<cpu>(cpu{}, set), coop::error, says("picture 1"));
}

BOOST_AUTO_TEST_CASE(crops_are_fresh_in_every_epoch_and_the_same_for_any_threads) {
  auto noisy = numbered(12);
  for (index_t i = 0; i < 12; ++i) {
    image picture(16, 16);
    for (std::size_t p = 0; p < picture.pixels.size(); ++p)
      picture.pixels[p] = std::uint8_t(p * 31 + std::size_t(i) * 7);
    noisy[std::size_t(i)].pixels = std::make_shared<const image>(std::move(picture));
  }
  const toy_tower tower;
  const auto epoch_of = [&](index_t epoch, int threads) {
    const coop::augmented_features source(tower, noisy, coop::no_decoder{},
                                          coop::train_transform{.size = side}, plain, {.size = 5, .seed = 9},
                                          threads);
    std::vector<float> all;
    source.for_each(epoch, [&](view<const float, 2> rows, std::span<const index_t> labels) {
      for (index_t i = 0; i < rows.rows(); ++i) {
        all.push_back(float(labels[std::size_t(i)]));
        all.insert(all.end(), rows.row(i), rows.row(i) + 4);
      }
      return true;
    });
    return all;
  };

  BOOST_TEST(epoch_of(0, 1).size() == 50u);
  BOOST_TEST((epoch_of(0, 1) == epoch_of(0, 4)));
  BOOST_TEST((epoch_of(0, 1) != epoch_of(1, 1)));
}

BOOST_AUTO_TEST_CASE(pictures_keep_their_mode_until_they_are_resized_when_the_preprocessing_says_so) {
  const mode_decoder decoder;
  const std::vector<sample> samples{{"clear", 0, nullptr}};
  const auto first_of = [&](coop::conversion_order order) {
    return coop::encode(toy_tower{}, samples, decoder, coop::preprocessing{side, plain, order})
        .features.values[0];
  };

  BOOST_TEST(first_of(coop::conversion_order::dassl) == 200.0f / 255.0f);
  BOOST_TEST(first_of(coop::conversion_order::clip) == 0.0f);
}

BOOST_AUTO_TEST_CASE(augmented_pictures_keep_their_mode_when_the_preprocessing_says_so) {
  const toy_tower tower;
  const std::vector<sample> samples(3, {"clear", 0, nullptr});
  const auto first_of = [&](coop::conversion_order order) {
    const coop::augmented_features source(tower, samples, mode_decoder{}, coop::train_transform{.size = side},
                                          coop::preprocessing{side, coop::clip_normalization, order});
    float first = 0;
    source.for_each(0, [&](view<const float, 2> rows, std::span<const index_t>) {
      first = rows(0, 0);
      return true;
    });
    return first;
  };

  BOOST_TEST(first_of(coop::conversion_order::dassl) > 0.0f);  // light before normalisation
  BOOST_TEST(first_of(coop::conversion_order::clip) < 0.0f);   // dark
}

BOOST_AUTO_TEST_CASE(a_decoder_that_knows_only_rgb_cannot_convert_at_the_end) {
  BOOST_CHECK_EXCEPTION((void)coop::encode(toy_tower{}, numbered(2), number_decoder{},
                                           coop::preprocessing{side, plain, coop::conversion_order::clip}),
                        coop::choice_error, says("conversion 'clip'"));
}

BOOST_AUTO_TEST_CASE(a_replay_decides_the_order_of_features) {
  const auto set = wide_set(10, 4);
  const coop::loader_replay loader((coop::torch_random(3)));
  const coop::cached_features<cpu> source(cpu{}, set, {.size = 5, .replay = loader});
  for (const index_t epoch : {0, 4}) {
    std::vector<index_t> seen;
    source.for_each(epoch, [&](view<const float, 2>, std::span<const index_t> labels) {
      seen.insert(seen.end(), labels.begin(), labels.end());
      return true;
    });
    BOOST_TEST(seen == loader.order(10, epoch), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_replay_decides_the_crops_of_pictures_whatever_the_threads) {
  const toy_tower tower;
  const coop::loader_replay loader((coop::torch_random(3)));
  const coop::train_transform change{.size = side};
  std::vector<sample> samples;
  std::vector<coop::picture_extents> extents;
  for (index_t i = 0; i < 11; ++i) {
    image picture(20 + i, 30 - i);
    for (std::size_t p = 0; p < picture.pixels.size(); ++p)
      picture.pixels[p] = std::uint8_t(p * 31 + std::size_t(i) * 7);
    samples.push_back({std::to_string(i), i, std::make_shared<const image>(std::move(picture))});
  }
  const std::vector<index_t> order = loader.order(11, 1);
  for (std::size_t i = 0; i < 10; ++i) {  // two batches of five; the last picture waits
    const auto& picture = *samples[std::size_t(order[i])].pixels;
    extents.push_back({picture.height, picture.width});
  }
  const auto crops = loader.crops(change, extents, 5, 1);

  for (const int threads : {1, 3}) {
    const coop::augmented_features source(tower, samples, coop::no_decoder{}, change, plain,
                                          {.size = 5, .replay = loader}, threads);
    std::size_t place = 0;
    source.for_each(1, [&](view<const float, 2> rows, std::span<const index_t> labels) {
      for (index_t i = 0; i < rows.rows(); ++i, ++place) {
        const auto which = std::size_t(order[place]);
        const image expected = change.apply(*samples[which].pixels, crops[place]);
        double sum = 0;
        for (const std::uint8_t p : expected.pixels) sum += double(p) / 255;
        BOOST_TEST(labels[std::size_t(i)] == order[place]);
        BOOST_TEST(std::abs(double(rows(i, 0)) * sum -
                            double(expected.pixels[0]) / 255 * double(rows(i, 3))) < 1e-4);
      }
      return true;
    });
    BOOST_TEST(place == 10u);
  }
}

BOOST_AUTO_TEST_CASE(a_replay_needs_a_transform_that_chooses_first) {
  const toy_tower tower;
  const auto acts = [](coop::image_view, coop::torch_random&) { return grey(1); };

  BOOST_CHECK_EXCEPTION(
      coop::augmented_features(tower, numbered(2), number_decoder{}, acts, plain,
                               {.size = 2, .replay = coop::loader_replay(coop::torch_random(1))}),
      coop::choice_error, says("choose and apply"));
}

BOOST_AUTO_TEST_CASE(a_broken_picture_ends_augmented_training_with_its_name) {
  auto samples = numbered(8);
  samples[5].path = "bad one";
  const toy_tower tower;
  const coop::augmented_features source(tower, samples, number_decoder{}, coop::train_transform{.size = side},
                                        plain, {.size = 4});

  BOOST_CHECK_EXCEPTION(
      source.for_each(0, [](view<const float, 2>, std::span<const index_t>) { return true; }), coop::io_error,
      says("bad one: not a picture"));
}

BOOST_AUTO_TEST_SUITE_END()
