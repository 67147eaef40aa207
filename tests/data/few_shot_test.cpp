// SPDX-License-Identifier: MIT
//
// Expected draws come from CPython's random.sample, called as the published code calls it; those of
// few_shot_draws.txt from make_draws.py, whose rules for lists shaped like the paper's data sets are repeated
// here.
#include <coop/data/few_shot.hpp>

#include "pictures.hpp"

#include <coop/io/sha256.hpp>
#include <coop/io/text.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(few_shot)

namespace {

using coop::index_t;
using indices = std::vector<index_t>;

/// Pictures named "<label>.<number within the class>", in blocks of classes.
std::vector<coop::sample> samples(const std::vector<std::pair<index_t, int>>& blocks) {
  std::vector<coop::sample> list;
  for (const auto& [label, count] : blocks) {
    for (int i = 0; i < count; ++i) list.push_back({std::to_string(label) + "." + std::to_string(i), label});
  }
  return list;
}

std::string names(const std::vector<coop::sample>& list) {
  std::string text;
  for (const coop::sample& s : list) text += (text.empty() ? "" : " ") + s.path;
  return text;
}

/// The lists of a data set by rule: how many pictures, and how their labels come.
struct shape {
  const char* name;
  index_t classes, train, val;
  enum { uneven, even, shuffled, alternating } how;
};

const std::vector<shape> shapes{{"ImageNet", 1000, 1281167, 0, shape::uneven},
                                {"Caltech101", 100, 4128, 1649, shape::uneven},
                                {"OxfordPets", 37, 2944, 736, shape::uneven},
                                {"StanfordCars", 196, 6509, 1635, shape::uneven},
                                {"OxfordFlowers", 102, 4093, 1633, shape::shuffled},
                                {"Food101", 101, 50500, 20200, shape::even},
                                {"FGVCAircraft", 100, 3334, 3333, shape::alternating},
                                {"SUN397", 397, 15880, 3970, shape::even},
                                {"DescribableTextures", 47, 2820, 1128, shape::even},
                                {"EuroSAT", 10, 13500, 5400, shape::uneven},
                                {"UCF101", 101, 7639, 1898, shape::uneven}};

indices labels_of(const shape& s, index_t total) {
  const auto weight = [&](index_t c) {
    return std::int64_t(s.how == shape::even || s.how == shape::alternating ? 100 : 70 + c * 37 % 61);
  };
  std::int64_t weights = 0;
  for (index_t c = 0; c < s.classes; ++c) weights += weight(c);
  indices left;
  for (index_t c = 0; c < s.classes; ++c) left.push_back(index_t(total * weight(c) / weights));
  const index_t rest = total - std::accumulate(left.begin(), left.end(), index_t{0});
  for (index_t c = 0; c < rest; ++c) ++left[std::size_t(c)];

  indices listed;
  listed.reserve(std::size_t(total));
  if (s.how == shape::alternating) {
    while (index_t(listed.size()) < total) {
      for (index_t c = 0; c < s.classes; ++c) {
        if (left[std::size_t(c)]-- > 0) listed.push_back(c);
      }
    }
    return listed;
  }
  for (index_t c = 0; c < s.classes; ++c) {
    const index_t label = s.how == shape::shuffled ? (31 * c + 7) % s.classes : c;
    listed.insert(listed.end(), std::size_t(left[std::size_t(label)]), label);
  }
  return listed;
}

std::string digest_of(const std::vector<std::string>& words) {
  coop::sha256 digest;
  for (std::size_t i = 0; i < words.size(); ++i) digest.update((i == 0 ? "" : " ") + words[i]);
  return digest.hex().substr(0, 16);
}

/// A line of few_shot_draws.txt.
struct published_draw {
  std::string name;
  std::uint64_t seed = 0;
  index_t shots = 0;
  std::string part, digest;
};

std::vector<published_draw> published_draws() {
  std::vector<published_draw> draws;
  for (const std::string& line : coop::read_lines(pictures::path_of("few_shot_draws.txt"))) {
    std::istringstream words(line);
    published_draw draw;
    words >> draw.name >> draw.seed >> draw.shots >> draw.part >> draw.digest;
    BOOST_REQUIRE(!words.fail());
    draws.push_back(draw);
  }
  return draws;
}

}  // namespace

BOOST_AUTO_TEST_CASE(draws_from_lists_like_those_of_the_paper_equal_python) {
  const std::vector<published_draw> draws = published_draws();
  std::size_t compared = 0;
  for (const shape& s : shapes) {
    const indices train = labels_of(s, s.train);
    const indices val = labels_of(s, s.val);
    BOOST_TEST(index_t(train.size()) == s.train);
    for (const published_draw& draw : draws) {
      if (draw.name != s.name || draw.part != "all") continue;
      coop::python_random random(draw.seed);
      std::vector<std::string> words;
      for (const index_t i : coop::draw_shots(train, draw.shots, random)) words.push_back(std::to_string(i));
      for (const index_t i : coop::draw_shots(val, std::min(draw.shots, index_t{4}), random))
        words.push_back(std::to_string(i));
      BOOST_TEST(digest_of(words) == draw.digest, s.name << " seed " << draw.seed << " shots " << draw.shots);
      ++compared;
    }
  }
  BOOST_TEST(compared == 275u);
}

BOOST_AUTO_TEST_CASE(halves_of_the_classes_of_such_draws_equal_python) {
  const std::vector<published_draw> draws = published_draws();
  std::size_t compared = 0;
  for (const shape& s : shapes) {
    coop::dataset all;
    for (index_t c = 0; c < s.classes; ++c) all.class_names.push_back(std::to_string(c));
    for (const published_draw& draw : draws) {
      if (draw.name != s.name || draw.part == "all") continue;
      if (all.train.empty()) {
        for (const index_t label : labels_of(s, s.train)) {
          std::string index = std::to_string(all.train.size());
          all.train.push_back({std::move(index), label});
        }
      }
      const coop::dataset few = coop::few_shot(all, {.shots = draw.shots, .seed = draw.seed});
      const coop::dataset half = draw.part == "base" ? coop::base_classes(few) : coop::new_classes(few);
      std::vector<std::string> words;
      for (const coop::sample& each : half.train)
        words.push_back(each.path + ":" + std::to_string(each.label));
      BOOST_TEST(digest_of(words) == draw.digest, s.name << " seed " << draw.seed << " " << draw.part);
      BOOST_TEST(index_t(half.class_names.size()) == (s.classes + (draw.part == "base" ? 1 : 0)) / 2);
      ++compared;
    }
  }
  BOOST_TEST(compared == 50u);
}

BOOST_AUTO_TEST_CASE(draws_equal_python_label_by_label_in_order_of_first_appearance) {
  coop::dataset all{{"a", "b"}, samples({{1, 40}, {0, 200}}), samples({{0, 10}}), samples({{0, 3}, {1, 3}})};

  const coop::dataset few = coop::few_shot(all, {.shots = 16, .seed = 1});

  BOOST_TEST(names(few.train) ==
             "1.8 1.36 1.4 1.16 1.7 1.31 1.28 1.30 1.24 1.25 1.6 1.3 1.15 1.0 1.12 1.13 "
             "0.155 0.195 0.196 0.0 0.178 0.114 0.68 0.184 0.58 0.151 0.26 0.81 0.7 0.5 0.6 0.166");
  BOOST_TEST(names(few.val) == "0.8 0.0 0.6 0.5");  // at most four, from the same generator
  BOOST_TEST(few.test.size() == 6u);
}

BOOST_AUTO_TEST_CASE(classes_whose_pictures_alternate_are_drawn_as_if_they_did_not) {
  const indices mixed{4, 2, 4, 2, 2, 4, 4, 2};
  coop::python_random random(3);
  coop::python_random same(3);

  const indices drawn = coop::draw_shots(mixed, 2, random);

  const indices first = same.sample(4, 2);
  const indices second = same.sample(4, 2);
  const indices fours{0, 2, 5, 6};
  const indices twos{1, 3, 4, 7};
  const indices expected{fours[std::size_t(first[0])], fours[std::size_t(first[1])],
                         twos[std::size_t(second[0])], twos[std::size_t(second[1])]};
  BOOST_TEST(drawn == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_linear_probe_draws_by_numpy_with_labels_ascending) {
  indices labels(50, 7);
  labels.insert(labels.end(), 30, 2);
  coop::numpy_random random(1);

  const indices drawn = coop::draw_shots(labels, 4, random);

  const indices expected{67, 71, 60, 69, 29, 14, 5, 33};
  BOOST_TEST(drawn == expected, boost::test_tools::per_element());
  BOOST_CHECK_EXCEPTION(coop::draw_shots(labels, 31, random), coop::choice_error, [](const auto& e) {
    return std::string(e.what()) == "coop: shots: label 2: expected from 0 to 30, got 31";
  });
}

BOOST_AUTO_TEST_CASE(the_linear_probe_draws_validation_pictures_from_the_same_generator) {
  coop::feature_set train{{}, 1, {}, {"a", "b"}};
  coop::feature_set val{{}, 1, {}, {"a", "b"}};
  for (int i = 0; i < 60; ++i) {
    train.values.push_back(float(i));
    train.labels.push_back(i % 2);
    val.values.push_back(float(100 + i));
    val.labels.push_back(i < 30);
  }
  coop::numpy_random random(3);
  const auto values_at = [](const coop::feature_set& all, const indices& drawn) {
    std::vector<float> values;
    for (const index_t i : drawn) values.push_back(all.row(i)[0]);
    return values;
  };

  const auto few = coop::linear_probe_shots(train, val, {.shots = 16, .seed = 3});

  BOOST_TEST(few.train.values == values_at(train, coop::draw_shots(train.labels, 16, random)));
  BOOST_TEST(few.val.values == values_at(val, coop::draw_shots(val.labels, 4, random)));  // at most four
  BOOST_TEST(coop::linear_probe_shots(train, val, {.shots = 2, .seed = 1}).val.size() == 4);
  BOOST_TEST(coop::linear_probe_shots(train, {}, {.shots = 2, .seed = 1}).val.size() == 0);
}

BOOST_AUTO_TEST_CASE(shots_and_seeds_that_the_linear_probe_cannot_draw_are_refused) {
  const coop::feature_set all{{1, 2, 3, 4}, 1, {0, 0, 0, 1}, {"a", "b"}};

  BOOST_CHECK_THROW(coop::linear_probe_shots(all, all, {.shots = 0}), coop::choice_error);
  BOOST_CHECK_THROW(coop::linear_probe_shots(all, all, {.shots = 2}), coop::choice_error);
  BOOST_CHECK_EXCEPTION(coop::linear_probe_shots(all, all, {.shots = 1, .seed = 4294967296u}),
                        coop::choice_error, [](const auto& e) {
                          return std::string(e.what()) ==
                                 "coop: seed: expected at most 32 bits as NumPy takes, got 4294967296";
                        });
}

BOOST_AUTO_TEST_CASE(a_class_with_too_few_gives_all_and_draws_nothing) {
  coop::dataset all{{"a", "b"}, samples({{0, 3}, {1, 40}}), {}, {}};

  const coop::dataset few = coop::few_shot(all, {.shots = 16, .seed = 1});
  const coop::few_shot_report report = coop::count_shots(all, {.shots = 16});

  BOOST_TEST(names(few.train) ==
             "0.0 0.1 0.2 1.8 1.36 1.4 1.16 1.7 1.31 1.28 1.30 1.24 1.25 1.6 1.3 1.15 1.0 1.12 1.13");
  BOOST_TEST(!report.complete());
  BOOST_TEST(coop::to_text(report, all.class_names) == "class 'a' has 3 pictures, 16 were asked for\n");
}

BOOST_AUTO_TEST_CASE(a_class_without_any_picture_is_reported) {
  const coop::dataset all{{"a", "b"}, samples({{1, 2}}), {}, {}};

  const coop::few_shot_report report = coop::count_shots(all, {.shots = 2});

  BOOST_REQUIRE(report.scarce.size() == 1u);
  BOOST_TEST(report.scarce[0].label == 0);
  BOOST_TEST(report.scarce[0].pictures == 0);
}

BOOST_AUTO_TEST_CASE(no_shots_means_all_pictures_and_fewer_than_none_is_refused) {
  const coop::dataset all{{"a"}, samples({{0, 3}}), {}, {}};

  BOOST_TEST(coop::few_shot(all, {.shots = 0}).train.size() == 3u);
  BOOST_CHECK_THROW(coop::few_shot(all, {.shots = -1}), coop::choice_error);
}

BOOST_AUTO_TEST_CASE(rows_of_features_are_drawn_like_pictures) {
  coop::feature_set all{{}, 2, {}, {"a"}};
  for (int i = 0; i < 40; ++i) {
    all.values.insert(all.values.end(), {float(i), float(-i)});
    all.labels.push_back(0);
  }

  const coop::feature_set few = coop::few_shot(all, {.shots = 16, .seed = 1});

  BOOST_TEST(few.size() == 16);
  BOOST_TEST(few.row(0)[0] == 8.0f);
  BOOST_TEST(few.row(15)[1] == -13.0f);
}

BOOST_AUTO_TEST_CASE(a_picture_is_drawn_with_all_of_its_views) {
  coop::feature_set plain{{}, 1, {}, {"a"}};
  coop::feature_set viewed{{}, 1, {}, {"a"}, 3};
  for (int i = 0; i < 40; ++i) {
    plain.values.push_back(float(i));
    plain.labels.push_back(0);
    viewed.values.insert(viewed.values.end(), {float(i), float(i) + 0.25f, float(i) + 0.5f});
    viewed.labels.insert(viewed.labels.end(), 3, 0);
  }

  const coop::feature_set expected = coop::few_shot(plain, {.shots = 4, .seed = 2});
  const coop::feature_set few = coop::few_shot(viewed, {.shots = 4, .seed = 2});

  BOOST_TEST(few.views == 3);
  BOOST_TEST(few.pictures() == 4);
  for (index_t i = 0; i < 4; ++i) {
    BOOST_TEST(few.row(3 * i)[0] == expected.row(i)[0]);
    BOOST_TEST(few.row(3 * i + 2)[0] == expected.row(i)[0] + 0.5f);
  }
}

BOOST_AUTO_TEST_CASE(base_is_the_first_half_of_the_labels_rounded_up_and_new_the_rest) {
  const coop::dataset all{{"a", "b", "c"},
                          samples({{2, 1}, {0, 1}, {1, 1}}),
                          samples({{1, 1}}),
                          samples({{2, 2}, {0, 1}, {1, 1}})};

  const coop::dataset base = coop::base_classes(all);
  const coop::dataset fresh = coop::new_classes(all);

  BOOST_TEST(names(base.train) == "0.0 1.0");
  BOOST_TEST(base.class_names == (std::vector<std::string>{"a", "b"}), boost::test_tools::per_element());
  BOOST_TEST(names(base.val) == "1.0");
  BOOST_TEST(names(fresh.test) == "2.0 2.1");
  BOOST_TEST(fresh.test.at(0).label == 0);
  BOOST_TEST(fresh.val.empty());
}

BOOST_AUTO_TEST_SUITE_END()
