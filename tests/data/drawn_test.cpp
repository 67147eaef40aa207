// SPDX-License-Identifier: MIT
//
// The drawn worlds: the same pictures on every machine, apart for each use, and captions that a tokenizer can
// read.
#include <coop/data/drawn.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

BOOST_AUTO_TEST_SUITE(drawn)

namespace {

using coop::drawn_split;
using coop::image;
using coop::index_t;

/// FNV-1a, 64 bits.
std::uint64_t digest(const std::vector<std::uint8_t>& bytes, std::uint64_t seed = 0xcbf29ce484222325U) {
  for (const std::uint8_t byte : bytes) seed = (seed ^ byte) * 0x100000001b3U;
  return seed;
}

/// One digest of the pictures 0 and 1 of every class.
std::uint64_t digest_of_task(const coop::drawn_task& task) {
  std::uint64_t all = digest({});
  for (index_t label = 0; label < index_t(task.class_names.size()); ++label) {
    for (index_t i = 0; i < 2; ++i) all = digest(coop::draw(task, drawn_split::train, label, i).pixels, all);
  }
  return all;
}

bool is_flat(const image& picture) {
  return std::all_of(picture.pixels.begin(), picture.pixels.end(),
                     [&](std::uint8_t byte) { return byte == picture.pixels[0]; });
}

}  // namespace

// The digests were written by one compiler at one level of optimisation; the others must reproduce them.
BOOST_AUTO_TEST_CASE(tasks_draw_the_same_pictures_on_every_machine) {
  constexpr std::array<std::uint64_t, 7> expected = {
      0xd50d951e3193c4cdU, 0x9fedf7d35b0d1f1bU, 0x48b203b1d71cd625U, 0xda3c6e1c74b29fbdU,
      0x16d68c219585cb44U, 0xc72841a752bea033U, 0xa4693a3c1cb6797dU};
  const auto tasks = coop::drawn_tasks();

  BOOST_REQUIRE_EQUAL(tasks.size(), expected.size());
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    BOOST_TEST(digest_of_task(tasks[t]) == expected[t],
               tasks[t].name << " draws " << digest_of_task(tasks[t]));
  }
}

BOOST_AUTO_TEST_CASE(shifts_draw_the_same_pictures_on_every_machine) {
  constexpr std::array<std::uint64_t, 4> expected = {0x4a89062cd0753e63U, 0x913fa279e4cc7754U,
                                                     0x123c7e3f9c64ac90U, 0xa7cb98e1d5691d80U};
  const auto shifts = coop::drawn_shifts();

  BOOST_REQUIRE_EQUAL(shifts.size(), expected.size());
  for (std::size_t s = 0; s < shifts.size(); ++s) {
    std::uint64_t all = digest({});
    for (index_t label = 0; label < 24; ++label)
      all = digest(coop::draw_shift(shifts[s], label, 0).pixels, all);
    BOOST_TEST(all == expected[s], shifts[s] << " draws " << all);
  }
}

BOOST_AUTO_TEST_CASE(pretraining_draws_the_same_pairs_on_every_machine) {
  std::uint64_t pictures = digest({}), captions = digest({});

  for (std::uint64_t i = 0; i < 64; ++i) {
    const coop::drawn_pair pair = coop::draw_pretraining(i);
    pictures = digest(pair.picture.pixels, pictures);
    for (const std::string& text : pair.captions) captions = digest({text.begin(), text.end()}, captions);
  }

  BOOST_TEST(pictures == 0x552e3ebd64b48d50U);
  BOOST_TEST(captions == 0x3c2a1e2f6e48fe4eU);
}

BOOST_AUTO_TEST_CASE(every_task_draws_every_class) {
  for (const coop::drawn_task& task : coop::drawn_tasks()) {
    BOOST_TEST(task.class_names.size() >= 10u);
    BOOST_TEST(task.prompt.find("{}") != std::string::npos);
    for (index_t label = 0; label < index_t(task.class_names.size()); ++label) {
      const image picture = coop::draw(task, drawn_split::test, label, 0);
      BOOST_TEST(picture.height == 64);
      BOOST_TEST(picture.width == 64);
      BOOST_TEST(!is_flat(picture),
                 task.name << " draws nothing for " << task.class_names[std::size_t(label)]);
    }
  }
}

BOOST_AUTO_TEST_CASE(class_names_of_a_task_are_distinct) {
  for (const coop::drawn_task& task : coop::drawn_tasks()) {
    const std::set<std::string> names(task.class_names.begin(), task.class_names.end());
    BOOST_TEST(names.size() == task.class_names.size());
  }
}

BOOST_AUTO_TEST_CASE(splits_tasks_and_shifts_share_no_picture) {
  std::set<std::uint64_t> seen;
  std::size_t drawn = 0;
  const auto add = [&](const image& picture) {
    seen.insert(digest(picture.pixels));
    ++drawn;
  };

  for (const coop::drawn_task& task : coop::drawn_tasks()) {
    for (const auto split :
         {drawn_split::train, drawn_split::val, drawn_split::test, drawn_split::development}) {
      for (index_t i = 0; i < 4; ++i) {
        add(coop::draw(task, split, 0, i));
        add(coop::draw(task, split, 1, i));
      }
    }
  }
  for (const std::string& shift : coop::drawn_shifts()) add(coop::draw_shift(shift, 0, 0));
  for (std::uint64_t i = 0; i < 40; ++i) add(coop::draw_pretraining(i).picture);

  BOOST_TEST(seen.size() == drawn);
}

BOOST_AUTO_TEST_CASE(data_sets_hold_the_promised_counts) {
  const coop::drawn_task aerial = coop::drawn_task_named("aerial");

  const coop::dataset set = coop::drawn_dataset(aerial, {.train = 3, .val = 2, .test = 20});

  BOOST_TEST(set.class_names == aerial.class_names);
  BOOST_TEST(set.train.size() == 30u);
  BOOST_TEST(set.val.size() == 20u);
  BOOST_TEST(set.test.size() == 300u);  // never fewer than 30 a class
  BOOST_TEST(set.train[4].label == 1);
  BOOST_TEST((*set.train[4].pixels == coop::draw(aerial, drawn_split::train, 1, 1)));
}

BOOST_AUTO_TEST_CASE(unknown_words_are_answered_with_the_known_ones) {
  const auto message_of = [](auto&& call) {
    try {
      call();
    } catch (const coop::choice_error& wrong) {
      return std::string(wrong.what());
    }
    return std::string();
  };

  BOOST_TEST(message_of([] { coop::drawn_task_named("pets"); }) ==
             "coop: drawn task 'pets' is unknown: expected one of objects, textures, aerial, flowers, "
             "actions, badges, "
             "boats");
  BOOST_TEST(message_of([] { coop::draw_shift("rainy", 0, 0); }) ==
             "coop: shift 'rainy' is unknown: expected one of resampled, sketch, cluttered, recoloured");
  BOOST_TEST(message_of([] { coop::draw(coop::drawn_task_named("actions"), drawn_split::test, 10, 0); }) ==
             "coop: drawn task 'actions' has no class 10: expected 0 to 9");
}

BOOST_AUTO_TEST_SUITE_END()
