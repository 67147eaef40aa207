// SPDX-License-Identifier: MIT
//
// Expected draws come from CPython's random.sample, called as the published code calls it.
#include <coop/data/few_shot.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

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

}  // namespace

BOOST_AUTO_TEST_SUITE(few_shot)

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
