// SPDX-License-Identifier: MIT
//
// Templates, averages and marks, with an encoder whose features can be written down.
#include <coop/model/zero_shot.hpp>

#include <coop/device/devices.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>

BOOST_AUTO_TEST_SUITE(zero_shot)

namespace {

using coop::index_t;
using coop::shape;
using coop::view;
using processor = coop::device::basic_cpu<double>;

struct letters {
  std::vector<std::int32_t> ids;
  index_t eot;
};

/// A token a byte, between marks 1 and 2.
struct letter_tokenizer {
  [[nodiscard]] letters encode(std::string_view text, index_t context_length) const {
    coop::check<coop::choice_error>(index_t(text.size()) + 2 <= context_length,
                                    [&] { return std::string(text) + ": too long"; });
    letters t{{1}, index_t(text.size()) + 1};
    for (const char c : text) t.ids.push_back(static_cast<unsigned char>(c));
    t.ids.push_back(2);
    return t;
  }
};

/// The feature of a text: the sums of its even and odd places, and its length; far from unit length.
struct sum_encoder {
  [[nodiscard]] coop::device::basic_cpu<double> device() const { return coop::device::basic_cpu<double>{}; }
  [[nodiscard]] index_t embed() const { return 3; }
  [[nodiscard]] index_t context_length() const { return 32; }
  [[nodiscard]] coop::tensor<double, 2, processor> encode(
      std::span<const std::vector<std::int32_t>> texts) const {
    coop::tensor<double, 2, processor> features(device(), shape<2>{index_t(texts.size()), 3});
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto f = feature(texts[i]);
      for (index_t j = 0; j < 3; ++j) features.view()(index_t(i), j) = f[std::size_t(j)];
    }
    return features;
  }
  static std::vector<double> feature(const std::vector<std::int32_t>& ids) {
    std::vector<double> f{0, 0, 100.0 * double(ids.size())};
    for (std::size_t k = 0; k < ids.size(); ++k) f[k % 2] += double(ids[k]);
    return f;
  }
};
static_assert(coop::TextEncoder<sum_encoder>);

std::vector<double> unit(std::vector<double> v) {
  double square = 0;
  for (const double x : v) square += x * x;
  for (double& x : v) x /= std::sqrt(square);
  return v;
}

}  // namespace

BOOST_AUTO_TEST_CASE(one_template_gives_the_unit_feature_of_each_filled_sentence) {
  const auto c = coop::zero_shot(sum_encoder{}, letter_tokenizer{}, {"a {}."},
                                 {.scale = 50.0f, .class_names = {"cat", "sea_lion"}});

  BOOST_TEST(c.classes() == 2);
  BOOST_TEST(c.scale() == 50.0f);
  BOOST_TEST(c.facts().method == "zero-shot");
  const auto expected = unit(sum_encoder::feature(letter_tokenizer{}.encode("a sea lion.", 32).ids));
  for (index_t j = 0; j < 3; ++j) BOOST_TEST(std::abs(c.text()(1, j) - expected[std::size_t(j)]) < 1e-14);
}

BOOST_AUTO_TEST_CASE(several_templates_are_averaged_as_units_and_made_unit_again) {
  const std::vector<std::string> templates{"a {}.", "the very long {}!", "{}"};
  const auto c =
      coop::zero_shot(sum_encoder{}, letter_tokenizer{}, templates, {.class_names = {"cat", "dog"}});

  std::vector<double> mean(3, 0.0);
  for (const auto& t : templates) {
    const auto f = unit(sum_encoder::feature(letter_tokenizer{}.encode(coop::fill(t, "dog"), 32).ids));
    for (std::size_t j = 0; j < 3; ++j) mean[j] += f[j] / 3;
  }
  mean = unit(mean);
  for (index_t j = 0; j < 3; ++j) BOOST_TEST(std::abs(c.text()(1, j) - mean[std::size_t(j)]) < 1e-14);
}

BOOST_AUTO_TEST_CASE(the_towers_context_length_bounds_a_sentence) {
  BOOST_CHECK_THROW((void)coop::zero_shot(sum_encoder{}, letter_tokenizer{}, {"a photo of a very nice {}."},
                                          {.class_names = {"Mexican hairless dog"}}),
                    coop::choice_error);
}

BOOST_AUTO_TEST_CASE(no_templates_no_names_and_templates_without_a_place_are_refused) {
  const auto refused = [](const std::vector<std::string>& templates, const std::vector<std::string>& names) {
    BOOST_CHECK_THROW(
        (void)coop::zero_shot(sum_encoder{}, letter_tokenizer{}, templates, {.class_names = names}),
        coop::choice_error);
  };

  refused({}, {"cat"});
  refused({"a {}."}, {});
  refused({"a photo."}, {"cat"});
}

BOOST_AUTO_TEST_SUITE_END()
