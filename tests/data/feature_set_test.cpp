// SPDX-License-Identifier: MIT
#include <coop/data/feature_set.hpp>

#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(feature_set)

namespace {

/// What loading such a file says, from its path on.
std::string message_of(const std::vector<coop::named_array>& arrays,
                       const std::map<std::string, std::string>& metadata) {
  const temporary_folder folder;
  coop::write_safetensors(folder / "f", arrays, metadata);
  try {
    static_cast<void>(coop::load_feature_set(folder / "f"));
  } catch (const coop::error& problem) {
    return std::string(problem.what()).substr(6 + (folder / "f").size());
  }
  return "loaded";
}

coop::named_array features(std::vector<std::int64_t> extents, const std::vector<float>& values) {
  return coop::to_array("features", std::move(extents), values);
}

coop::named_array labels(const std::vector<std::int64_t>& values) {
  return coop::to_array("labels", {std::int64_t(values.size())}, values);
}

const std::map<std::string, std::string> two_names{{"names", R"(["cat", "dog"])"}};

}  // namespace

BOOST_AUTO_TEST_CASE(a_saved_set_comes_back) {
  const temporary_folder folder;
  const coop::feature_set set{{1, 2, 3, 4, 5, 6}, 3, {1, 0}, {"naïve \"cat\"", "dog"}};

  coop::save_feature_set(set, folder / "f");
  const coop::feature_set back = coop::load_feature_set(folder / "f");

  BOOST_TEST(back.values == set.values, boost::test_tools::per_element());
  BOOST_TEST(back.labels == set.labels, boost::test_tools::per_element());
  BOOST_TEST(back.class_names == set.class_names, boost::test_tools::per_element());
  BOOST_TEST(back.size() == 2);
  BOOST_TEST(back.row(1)[0] == 4.0f);
}

BOOST_AUTO_TEST_CASE(an_origin_comes_back_and_another_than_expected_is_refused) {
  const temporary_folder folder;
  coop::feature_set set{{1, 2}, 1, {1, 0}, {"cat", "dog"}};
  set.origin = {.weights_sha256 = "1234", .preprocessing = "size 64"};
  const std::string file = folder / "f";
  const auto says = [&](const std::string& text) {
    return
        [=](const coop::choice_error& e) { return std::string(e.what()) == "coop: " + file + ": " + text; };
  };
  coop::save_feature_set(set, file);

  BOOST_TEST((coop::load_feature_set(file).origin == set.origin));
  BOOST_TEST((coop::load_feature_set(file, {"1234", "size 64"}).origin == set.origin));
  BOOST_TEST((coop::load_feature_set(file, {"1234", ""}).origin == set.origin));
  BOOST_CHECK_EXCEPTION((void)coop::load_feature_set(file, {"5678", "size 64"}), coop::choice_error,
                        says("SHA-256 of the weights: expected '5678' as of what was asked for, got '1234'"));
  BOOST_CHECK_EXCEPTION((void)coop::load_feature_set(file, {"1234", "size 32"}), coop::choice_error,
                        says("preprocessing: expected 'size 32' as of what was asked for, got 'size 64'"));
}

BOOST_AUTO_TEST_CASE(an_origin_that_nobody_has_said_is_not_compared) {
  const temporary_folder folder;
  coop::save_feature_set({{1, 2}, 1, {1, 0}, {"cat", "dog"}}, folder / "f");

  BOOST_TEST((coop::load_feature_set(folder / "f", {"1234", "size 64"}).origin == coop::feature_origin{}));
}

BOOST_AUTO_TEST_CASE(views_come_back_and_a_file_that_does_not_say_has_one) {
  const temporary_folder folder;
  const coop::feature_set set{{1, 2, 3, 4, 5, 6}, 1, {0, 0, 0, 1, 1, 1}, {"cat", "dog"}, 3};

  coop::save_feature_set(set, folder / "f");
  const coop::feature_set back = coop::load_feature_set(folder / "f");

  BOOST_TEST(back.views == 3);
  BOOST_TEST(back.size() == 6);
  BOOST_TEST(back.pictures() == 2);
  BOOST_TEST(back.values == set.values, boost::test_tools::per_element());
  coop::write_safetensors(folder / "old", {features({2, 1}, {1, 2}), labels({0, 1})}, two_names);
  BOOST_TEST(coop::load_feature_set(folder / "old").views == 1);
}

BOOST_AUTO_TEST_CASE(views_that_cannot_be_are_refused) {
  const auto with_views = [](const std::string& views) {
    return message_of({features({2, 1}, {1, 2}), labels({0, 1})}, {*two_names.begin(), {"views", views}});
  };

  BOOST_TEST(with_views("1") == "loaded");
  BOOST_TEST(with_views("many") == ": metadata 'views': expected a whole number, got 'many'");
  BOOST_TEST(with_views("2x") == ": metadata 'views': expected a whole number, got '2x'");
  BOOST_TEST(with_views("3") == ": views: expected a divisor of the 2 rows, got 3");
  BOOST_TEST(with_views("0") == ": views: expected a divisor of the 2 rows, got 0");
  BOOST_TEST(with_views("2") ==
             ": views: row 1: expected label 0 as the first view of the picture has, got 1");
  BOOST_CHECK_THROW(coop::save_feature_set({{1, 2}, 1, {0, 1}, {"cat", "dog"}, 2}, "nowhere/f"),
                    coop::shape_error);
}

BOOST_AUTO_TEST_CASE(features_in_half_precision_are_read) {
  const std::vector<float> values{0.5f, 2};

  BOOST_TEST(message_of({coop::to_array_f16("features", {1, 2}, values), labels({1})}, two_names) ==
             "loaded");
}

BOOST_AUTO_TEST_CASE(faults_name_file_tensor_and_row) {
  const float nan = std::numeric_limits<float>::quiet_NaN();

  BOOST_TEST(message_of({features({2, 1}, {1, 2}), labels({0})}, two_names) ==
             ": tensor 'labels': shape: expected (2), got (1)");
  BOOST_TEST(message_of({features({2}, {1, 2}), labels({0, 1})}, two_names) ==
             ": tensor 'features': shape: expected (pictures, width), got (2)");
  BOOST_TEST(message_of({features({2, 1}, {1, 2}), labels({0, 2})}, two_names) ==
             ": tensor 'labels': row 1: expected a label from 0 to 1, got 2");
  BOOST_TEST(message_of({features({2, 1}, {1, nan}), labels({0, 1})}, two_names) ==
             ": tensor 'features': row 1: a value that is not finite");
  BOOST_TEST(message_of({features({1, 1}, {1}), labels({0})}, {}) ==
             ": metadata: expected 'names', a JSON list of class names, got none");
  BOOST_TEST(message_of({features({1, 1}, {1}), labels({0})}, {{"names", "[1]"}}) ==
             ": metadata 'names': expected a JSON list of strings");
  BOOST_TEST(message_of({labels({0})}, two_names).starts_with(": no tensor 'features'"));
}

BOOST_AUTO_TEST_SUITE_END()
