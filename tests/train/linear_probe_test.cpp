// SPDX-License-Identifier: MIT
//
// The probe against a fit of the same objective by PyTorch in double, and its laws.
#include <coop/train/linear_probe.hpp>

#include <coop/device/devices.hpp>

#include "support/far_device.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

BOOST_AUTO_TEST_SUITE(linear_probe)

namespace {

using coop::feature_set;
using coop::index_t;
using coop::shape;
using coop::view;
using exact_cpu = coop::device::basic_cpu<double>;
using cpu = coop::device::cpu;

/// Eight pictures of width five, three classes; PyTorch fitted the same numbers.
feature_set eight_pictures() {
  feature_set set;
  set.width = 5;
  for (index_t i = 0; i < 8; ++i) {
    for (index_t j = 0; j < 5; ++j) {
      set.values.push_back(
          float(double((i * 7 + j * 3) % 11) / 5.0 - 1.0 + (j == 2 ? 0.1 * double(i) : 0.0)));
    }
    set.labels.push_back(i % 3);
  }
  return set;
}

/// Clouds of pictures around `classes` corners, wide features, so that the probe works in the span of the
/// pictures.
feature_set clouds(index_t classes, index_t each, index_t width, unsigned seed, float noise) {
  feature_set set;
  set.width = width;
  unsigned state = seed;
  const auto uniform = [&state] {
    state = state * 1664525u + 1013904223u;
    return float(state >> 8) / float(1u << 24) - 0.5f;
  };
  for (index_t c = 0; c < classes; ++c) {
    set.class_names.push_back("class " + std::to_string(c));
    for (index_t i = 0; i < each; ++i) {
      for (index_t j = 0; j < width; ++j)
        set.values.push_back((j % classes == c ? 0.3f : 0.0f) + noise * uniform());
      set.labels.push_back(c);
    }
  }
  return set;
}

/// Logits of one feature, their mean taken off: a shift of all logits is no difference.
template <class D>
std::vector<double> centred_logits(const coop::linear_classifier<D>& classifier,
                                   std::vector<double> feature) {
  using T = typename D::scalar;
  std::vector<T> x(feature.begin(), feature.end());
  std::vector<T> z(std::size_t(classifier.classes()));
  classifier.logits(view<const T, 2>{x.data(), shape<2>{1, index_t(x.size())}},
                    view<T, 2>{z.data(), shape<2>{1, classifier.classes()}});
  double mean = 0;
  for (const T v : z) mean += double(v) / double(z.size());
  std::vector<double> centred;
  for (const T v : z) centred.push_back(double(v) - mean);
  return centred;
}

}  // namespace

static_assert(coop::Classifier<coop::linear_classifier<cpu>>);

BOOST_AUTO_TEST_CASE(fits_are_those_of_the_regularised_objective) {
  const coop::linear_probe_options at_one{.cost_without_validation = 1.0, .solver = {.tolerance = 1e-10}};
  const coop::linear_probe_options at_hundred{.cost_without_validation = 100.0,
                                              .solver = {.tolerance = 1e-10}};
  const std::vector<double> query{0.3, -0.2, 0.5, 0.1, -0.7};

  const auto one =
      centred_logits(coop::linear_probe(exact_cpu{}, eight_pictures(), {}, at_one).classifier, query);
  const auto hundred =
      centred_logits(coop::linear_probe(exact_cpu{}, eight_pictures(), {}, at_hundred).classifier, query);

  const double expected_one[] = {0.699376369, -0.469462423, -0.229913946};
  const double expected_hundred[] = {1.80181001, -1.48772078, -0.31408923};
  for (std::size_t c = 0; c < 3; ++c) {
    BOOST_TEST(one[c] == expected_one[c], boost::test_tools::tolerance(1e-5));
    BOOST_TEST(hundred[c] == expected_hundred[c], boost::test_tools::tolerance(1e-4));
  }
}

BOOST_AUTO_TEST_CASE(the_span_of_the_pictures_holds_the_same_optimum) {
  // Repeating every picture until there are more than features turns the reduction off; a cost divided by the
  // number of copies leaves the objective as it was.
  const auto few = clouds(3, 4, 20, 7, 1.0f);
  auto many = few;
  for (int copy = 1; copy < 4; ++copy) {
    many.values.insert(many.values.end(), few.values.begin(), few.values.end());
    many.labels.insert(many.labels.end(), few.labels.begin(), few.labels.end());
  }
  const coop::linear_probe_options of_few{.cost_without_validation = 8.0, .solver = {.tolerance = 1e-9}};
  const coop::linear_probe_options of_many{.cost_without_validation = 2.0, .solver = {.tolerance = 1e-9}};
  std::vector<double> query;
  for (int j = 0; j < 20; ++j) query.push_back(std::cos(double(j)));

  const auto reduced = centred_logits(coop::linear_probe(exact_cpu{}, few, {}, of_few).classifier, query);
  const auto full = centred_logits(coop::linear_probe(exact_cpu{}, many, {}, of_many).classifier, query);

  for (std::size_t c = 0; c < 3; ++c) BOOST_TEST(std::abs(reduced[c] - full[c]) < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_fit_ends_at_the_same_place_whether_it_works_in_the_span_or_not) {
  // A tolerance this wide ends the fit on its way, so both must judge the gradient alike. Every picture twice is
  // the same objective at half the cost, with more pictures than features.
  const auto few = clouds(3, 4, 20, 7, 1.0f);
  auto many = few;
  for (int i = 0; i < 12; ++i) {
    many.values.insert(many.values.end(), few.values.begin() + 20 * i, few.values.begin() + 20 * (i + 1));
    many.labels.push_back(few.labels[std::size_t(i)]);
  }
  BOOST_REQUIRE(few.size() < 20 && many.size() > 20);
  const std::vector<double> query(20, 0.5);

  for (const double tolerance : {0.1, 0.03, 0.01, 0.003}) {
    const coop::linear_probe_options of_few{.cost_without_validation = 4.0,
                                            .solver = {.tolerance = tolerance}};
    const coop::linear_probe_options of_many{.cost_without_validation = 2.0,
                                             .solver = {.tolerance = tolerance}};
    const auto reduced = centred_logits(coop::linear_probe(exact_cpu{}, few, {}, of_few).classifier, query);
    const auto full = centred_logits(coop::linear_probe(exact_cpu{}, many, {}, of_many).classifier, query);
    for (std::size_t c = 0; c < 3; ++c) BOOST_TEST(std::abs(reduced[c] - full[c]) < 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(separable_clouds_are_separated_and_the_best_cost_is_kept) {
  const auto train = clouds(10, 16, 256, 1, 1.0f);
  const auto validation = clouds(10, 4, 256, 2, 1.0f);
  const auto test = clouds(10, 20, 256, 3, 1.0f);

  const auto probe = coop::linear_probe(cpu{}, train, validation);

  BOOST_TEST(probe.validation_accuracy > 95.0);
  BOOST_TEST(coop::evaluate(probe.classifier, test).accuracy > 95.0);
  BOOST_TEST(probe.cost >= 1e-7);
  BOOST_TEST(probe.cost <= 1e7);
}

BOOST_AUTO_TEST_CASE(the_same_pictures_give_the_same_probe) {
  const auto train = clouds(4, 2, 64, 1, 2.0f);
  const auto validation = clouds(4, 2, 64, 2, 2.0f);
  const std::vector<double> query(64, 0.25);

  const auto first = coop::linear_probe(cpu{}, train, validation);
  const auto second = coop::linear_probe(cpu{}, train, validation);

  BOOST_TEST(first.cost == second.cost);
  BOOST_TEST(centred_logits(first.classifier, query) == centred_logits(second.classifier, query),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(repeated_and_empty_pictures_do_no_harm) {
  auto train = clouds(2, 3, 16, 5, 1.0f);
  train.values.insert(train.values.end(), train.values.begin(), train.values.begin() + 16);
  train.labels.push_back(0);
  train.values.insert(train.values.end(), 16, 0.0f);
  train.labels.push_back(1);

  const auto probe = coop::linear_probe(cpu{}, train, {});

  for (const double z : centred_logits(probe.classifier, std::vector<double>(16, 1.0)))
    BOOST_TEST(std::isfinite(z));
}

BOOST_AUTO_TEST_CASE(nothing_to_learn_from_and_other_widths_are_refused) {
  BOOST_CHECK_THROW((void)coop::linear_probe(cpu{}, feature_set{}, feature_set{}), coop::error);
  BOOST_CHECK_THROW((void)coop::linear_probe(cpu{}, clouds(2, 2, 8, 1, 1.0f), clouds(2, 2, 9, 1, 1.0f)),
                    coop::shape_error);
}

BOOST_AUTO_TEST_CASE(a_device_with_memory_of_its_own_fits_the_same_probe) {
  const auto train = clouds(3, 5, 24, 1, 0.8f);
  const auto other = clouds(3, 10, 24, 2, 0.8f);

  const auto there = coop::linear_probe(coop::tests::far{}, train, other, {.steps = 2});
  const auto here = coop::linear_probe(cpu{}, train, other, {.steps = 2});

  BOOST_TEST(there.cost == here.cost, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(there.validation_accuracy == here.validation_accuracy);
  BOOST_TEST(coop::predictions_of(there.classifier, other) == coop::predictions_of(here.classifier, other));
}

BOOST_AUTO_TEST_SUITE_END()
