// SPDX-License-Identifier: MIT
//
// PyTorch's loader with eight workers, its samplers and normal fills, and torchvision's random resized crop,
// draw by draw (make_replay.py): whole epochs of batches and crops, with and without evaluation passes between
// them, over pictures some of which fit no allowed proportion.
#include <coop/clip/construction.hpp>
#include <coop/data/batches.hpp>
#include <coop/data/replay.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(replay)

namespace {

using coop::index_t;

constexpr index_t picture_count = 45;
constexpr index_t batch = 4;

coop::picture_extents extents(index_t i) { return {30 + 53 * i % 200, 40 + 37 * i % 300}; }

std::vector<std::string> lines() {
  std::ifstream file(std::filesystem::path(__FILE__).parent_path().parent_path() / "data" / "replay.txt");
  std::vector<std::string> all;
  for (std::string line; std::getline(file, line);) all.push_back(line);
  return all;
}

struct choice {
  index_t epoch = 0;
  index_t index = 0;
  coop::random_crop crop = {};

  friend bool operator==(const choice&, const choice&) = default;
};

/// All samples of an epoch as the loader yields them.
std::vector<choice> replayed(const coop::loader_replay& loader, index_t epoch) {
  const std::vector<index_t> order = loader.order(picture_count, epoch);
  const index_t count = coop::batch_count(picture_count, batch, coop::last_batch::dropped) * batch;
  std::vector<coop::picture_extents> sizes;
  for (index_t i = 0; i < count; ++i) sizes.push_back(extents(order[std::size_t(i)]));
  const auto crops = loader.crops(coop::train_transform{}, sizes, batch, epoch);
  std::vector<choice> all;
  for (std::size_t i = 0; i < crops.size(); ++i) all.push_back({epoch, order[i], crops[i]});
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(whole_epochs_of_batches_and_crops_equal_torch_and_torchvision) {
  std::vector<choice> expected;
  std::vector<choice> got;
  for (const std::string& line : lines()) {
    std::istringstream in(line);
    if (line.starts_with("run")) {
      std::string word;
      std::uint64_t seed = 0;
      index_t evaluations = 0;
      in >> word >> seed >> evaluations;
      coop::torch_random random(seed);
      random.skip(coop::torch_random::normal_draws(4 * 64));
      const coop::loader_replay loader(random, {.workers = 8, .evaluations = evaluations});
      for (index_t epoch = 0; epoch < 3; ++epoch) {
        const auto samples = replayed(loader, epoch);
        got.insert(got.end(), samples.begin(), samples.end());
      }
    } else if (!line.starts_with("normal") && !line.starts_with("construction")) {
      choice c;
      in >> c.epoch >> c.index >> c.crop.part.top >> c.crop.part.left >> c.crop.part.height >>
          c.crop.part.width >> c.crop.mirrored;
      BOOST_REQUIRE(bool(in));
      expected.push_back(c);
    }
  }
  BOOST_REQUIRE(expected.size() == std::size_t(2 * 3 * 44));
  BOOST_REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) BOOST_TEST((got[i] == expected[i]), "sample " << i);
}

BOOST_AUTO_TEST_CASE(building_a_model_draws_as_many_numbers_as_torch_draws) {
  std::vector<std::string> built;
  for (const std::string& line : lines()) {
    if (line.starts_with("construction")) built.push_back(line);
  }
  const auto seed_after = [](std::uint64_t draws) {
    coop::torch_random random(7);
    random.skip(draws);
    return std::to_string(random.seed_draw());
  };

  const std::vector<std::string> expected{
      "construction mini-vit " + seed_after(coop::construction_draws<coop::backbone::mini_vit>()),
      "construction mini-rn " + seed_after(coop::construction_draws<coop::backbone::mini_rn>())};
  BOOST_TEST(built == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(normal_fills_of_any_length_equal_torch) {
  coop::torch_random random(5);
  std::size_t fills = 0;
  for (const std::string& line : lines()) {
    if (!line.starts_with("normal")) continue;
    std::istringstream in(line);
    std::string word;
    std::uint64_t seed = 0;
    std::size_t count = 0;
    in >> word >> seed >> count;
    std::vector<float> values(count);
    random.normal(values, 0.0, 0.02);
    for (const float value : values) {
      in >> word;
      const double expected = std::strtod(word.c_str(), nullptr);
      const double tolerance = count < 16 ? 0.0 : 3e-8;  // polynomials there, where the fill is long
      BOOST_TEST(std::abs(double(value) - expected) <= tolerance, line.substr(0, 12));
    }
    ++fills;
  }
  BOOST_TEST(fills == 6u);
}

BOOST_AUTO_TEST_SUITE_END()
