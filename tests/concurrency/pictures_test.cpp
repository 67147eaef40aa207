// SPDX-License-Identifier: MIT
//
// Pictures on their way to a tower: every caller brings threads of its own that decode ahead, the tower, the decoder and
// the samples are everybody's, and the device's team is fought for.
#include <coop/clip/vit.hpp>
#include <coop/clip/workspace_pool.hpp>
#include <coop/device/devices.hpp>
#include <coop/io/lock_table.hpp>
#include <coop/train/features.hpp>

#include "support/at_once.hpp"
#include "support/temporary_folder.hpp"
#include "support/towers.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(pictures_of_many_callers)

using namespace coop;
using tests::at_once;
using tests::in_turn;

namespace {

using tiny_vit = vit_shape<24, 8, 64, 2, 10>;
using tower_type = vit_tower<tiny_vit, device::cpu, nn::quick_gelu>;

tower_type tower_on(const device::cpu& device) {
  return {device, tests::formula_archive(tests::image_tensors(tiny_vit{}))};
}

image noise(index_t number) {
  image picture(30, 40);
  for (std::size_t p = 0; p < picture.pixels.size(); ++p)
    picture.pixels[p] = std::uint8_t(p * 31 + p / 90 * 7 + std::size_t(number) * 53);
  return picture;
}

/// "17" is picture 17; "broken" is none.
struct numbered_decoder {
  image operator()(const std::string& path) const {
    if (path == "broken") throw io_error(path + ": not a picture");
    return noise(index_t(std::stoi(path)));
  }
};

std::vector<sample> numbered(index_t count) {
  std::vector<sample> samples;
  for (index_t i = 0; i < count; ++i) samples.push_back({std::to_string(i), i % 3, nullptr});
  return samples;
}

std::vector<float> epochs_of(const augmented_features<tower_type, numbered_decoder>& source) {
  std::vector<float> all;
  for (index_t epoch = 0; epoch < 2; ++epoch) {
    source.for_each(epoch, [&](view<const float, 2> features, std::span<const index_t> labels) {
      const auto host = to_host(device::cpu{}, features);
      all.insert(all.end(), host.begin(), host.end());
      all.insert(all.end(), labels.begin(), labels.end());
      return true;
    });
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(many_encode_the_same_pictures_by_one_tower) {
  const auto tower = tower_on(device::cpu(2));
  const auto samples = numbered(13);
  const auto features = [&](index_t caller) {
    return encode(tower, samples, numbered_decoder{}, preprocessing{.size = 24},
                  {.threads = 1 + int(caller % 3), .batch = 1 + caller})
        .features.values;
  };

  const auto alone = in_turn(features);

  for (const auto& one : alone) BOOST_TEST((one == alone.front()));  // batches and threads change nothing
  BOOST_TEST((at_once(features) == alone));
}

BOOST_AUTO_TEST_CASE(many_walk_through_epochs_of_one_augmented_source) {
  const auto tower = tower_on(device::cpu(2));
  const augmented_features source(tower, numbered(9), numbered_decoder{}, train_transform{.size = 24},
                                  preprocessing{.size = 24}, {.size = 4}, 3);
  const auto walk = [&](index_t) { return epochs_of(source); };

  const auto alone = in_turn(walk);

  BOOST_TEST(!alone.front().empty());
  BOOST_TEST((at_once(walk) == alone));
}

BOOST_AUTO_TEST_CASE(a_broken_picture_ends_its_callers_threads_and_nobody_elses) {
  const auto tower = tower_on(device::cpu(2));
  const auto whole = numbered(11);
  auto broken = whole;
  broken[5].path = "broken";
  const auto encoded = [&](index_t caller) -> std::vector<float> {
    const encode_options options{.threads = 3, .batch = 4};
    try {
      return encode(tower, caller % 2 ? broken : whole, numbered_decoder{}, preprocessing{.size = 24},
                    options)
          .features.values;
    } catch (const io_error& e) {
      return {float(std::string(e.what()).find("broken: not a picture"))};
    }
  };

  const auto alone = in_turn(encoded);

  BOOST_TEST(alone[1].size() == 1u);
  BOOST_TEST(alone[0].size() == 11u * 10u);
  BOOST_TEST((at_once(encoded) == alone));
}

BOOST_AUTO_TEST_CASE(a_workspace_is_lent_to_one_caller_at_a_time) {
  struct workspace {
    std::atomic<int> users{0};
    int numbers = 0;
  };
  const workspace_pool<workspace> pool;
  std::atomic<int> shared = 0;
  const auto borrow = [&](index_t) {
    int met = 0;
    for (int round = 0; round < 500; ++round) {
      const auto loan = pool.lend();
      met += loan->users.fetch_add(1);
      ++loan->numbers;  // not atomic: a second user would be a race
      shared.fetch_add(1);
      loan->users.fetch_sub(1);
    }
    return met;
  };

  const auto met = at_once(borrow);

  BOOST_TEST((met == std::vector<int>(std::size_t(tests::callers), 0)));
  BOOST_TEST(shared == 500 * tests::callers);
}

BOOST_AUTO_TEST_CASE(a_table_of_locks_is_used_by_many_threads_of_its_process) {
  const temporary_folder folder;
  lock_table table(folder / "locks");
  const auto use = [&](index_t caller) {
    const std::string name = "run " + std::to_string(caller);
    int taken = 0;
    for (int round = 0; round < 50; ++round) {
      taken += table.try_lock(name);
      table.unlock(name);
    }
    return taken;
  };

  BOOST_TEST((at_once(use) == std::vector<int>(std::size_t(tests::callers), 50)));
}

BOOST_AUTO_TEST_SUITE_END()
