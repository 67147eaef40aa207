// SPDX-License-Identifier: MIT
#include <coop/train/evaluate.hpp>

#include <coop/device/devices.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

BOOST_AUTO_TEST_SUITE(evaluate)

namespace {

using coop::feature_set;
using coop::index_t;
using coop::view;
using cpu = coop::device::cpu;

/// Its logits are the features.
struct mirror {
  index_t width_ = 3;
  [[nodiscard]] cpu device() const { return cpu{}; }
  [[nodiscard]] index_t classes() const { return width_; }
  [[nodiscard]] index_t width() const { return width_; }
  void logits(view<const float, 2> features, view<float, 2> out) const { device().copy(features, out); }
};
static_assert(coop::Classifier<mirror>);

feature_set of_rows(std::vector<float> values, std::vector<index_t> labels, std::vector<std::string> names) {
  feature_set set;
  set.width = 3;
  set.values = std::move(values);
  set.labels = std::move(labels);
  set.class_names = std::move(names);
  return set;
}

}  // namespace

BOOST_AUTO_TEST_CASE(rates_follow_their_definitions) {
  // labels 0 0 0 1 1, predictions 0 0 1 1 2; class 2 never occurs and counts in no mean.
  const std::vector<index_t> predictions{0, 0, 1, 1, 2};
  const std::vector<index_t> labels{0, 0, 0, 1, 1};

  const auto r = coop::summarize(predictions, labels, {"a", "b", "c"});

  const auto close = boost::test_tools::tolerance(1e-12);
  BOOST_TEST(r.total == 5);
  BOOST_TEST(r.correct == 3);
  BOOST_TEST(r.accuracy == 60.0, close);
  BOOST_TEST(r.error == 40.0, close);
  BOOST_TEST(r.macro_f1 == (100.0 * 4 / 5 + 100.0 * 2 / 4) / 2, close);
  BOOST_TEST(r.mean_class_accuracy() == (200.0 / 3 + 50.0) / 2, close);
  BOOST_TEST(r.confusion == (std::vector<std::int64_t>{2, 1, 0, 0, 1, 1, 0, 0, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(r.classes[2].predicted == 1);
}

BOOST_AUTO_TEST_CASE(of_equal_logits_the_first_is_predicted) {
  const auto set = of_rows({1, 1, 0, 0, 2, 2, 3, 3, 3}, {0, 1, 2}, {"a", "b", "c"});

  const auto predictions = coop::predictions_of(mirror{}, set);

  BOOST_TEST(predictions == (std::vector<index_t>{0, 1, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_size_of_batches_changes_nothing) {
  feature_set set;
  set.width = 3;
  for (index_t i = 0; i < 23; ++i) {
    for (index_t j = 0; j < 3; ++j) set.values.push_back(std::sin(float(7 * i + 3 * j)));
    set.labels.push_back(i % 3);
  }

  const auto whole = coop::predictions_of(mirror{}, set);

  for (const index_t batch : {1, 2, 7, 23, 1000}) {
    BOOST_TEST(coop::predictions_of(mirror{}, set, batch) == whole, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(the_printed_block_is_the_published_one) {
  coop::report r;
  r.total = 2465;
  r.correct = 2263;
  r.accuracy = 100.0 * 2263 / 2465;
  r.error = 100.0 - r.accuracy;
  r.macro_f1 = 88.9;

  BOOST_TEST(
      coop::to_text(r) ==
      "=> result\n* total: 2,465\n* correct: 2,263\n* accuracy: 91.8%\n* error: 8.2%\n* macro_f1: 88.9%\n");
}

BOOST_AUTO_TEST_CASE(the_table_of_classes_names_each_and_ends_with_the_mean) {
  const std::vector<index_t> same{0, 1, 1};

  const auto text = coop::per_class_text(coop::summarize(same, same, {"cat", "dog"}));

  BOOST_TEST(text ==
             "=> per-class result\n* class: 0 (cat)\ttotal: 1\tcorrect: 1\tacc: 100.0%\n"
             "* class: 1 (dog)\ttotal: 2\tcorrect: 2\tacc: 100.0%\n* average: 100.0%\n");
}

BOOST_AUTO_TEST_CASE(nothing_to_evaluate_gives_zeros) {
  const auto r = coop::evaluate(mirror{}, of_rows({}, {}, {"a", "b", "c"}));

  BOOST_TEST(r.total == 0);
  BOOST_TEST(r.accuracy == 0.0);
  BOOST_TEST(r.macro_f1 == 0.0);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_in_words) {
  const auto says = [](const std::string& words) {
    return [words](const coop::error& e) { return std::string(e.what()).find(words) != std::string::npos; };
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();

  BOOST_CHECK_EXCEPTION((void)coop::evaluate(mirror{4}, of_rows({1, 2, 3}, {0}, {})), coop::shape_error,
                        says("expected 4 as the classifier was made for, got 3"));
  BOOST_CHECK_EXCEPTION((void)coop::evaluate(mirror{}, of_rows({1, 2, 3}, {0}, {"a", "b"})),
                        coop::shape_error, says("expected 3 as the classifier knows, got 2"));
  BOOST_CHECK_EXCEPTION((void)coop::evaluate(mirror{}, of_rows({1, 2, 3}, {3}, {})), coop::shape_error,
                        says("label of picture 0: expected one of the 3 classes, got 3"));
  BOOST_CHECK_EXCEPTION((void)coop::evaluate(mirror{}, of_rows({1, 2, 3, 1, nan, 3}, {0, 0}, {})),
                        coop::error, says("picture 1"));
}

BOOST_AUTO_TEST_SUITE_END()
