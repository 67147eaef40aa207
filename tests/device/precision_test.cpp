// SPDX-License-Identifier: MIT
#include <coop/device/precision.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(precision_of_products)

using namespace coop;

BOOST_AUTO_TEST_CASE(words_and_precisions_name_each_other) {
  for (const auto p : {precision::float32, precision::tf32, precision::bfloat16, precision::float16})
    BOOST_TEST((precision_named(name(p)) == p));
}

BOOST_AUTO_TEST_CASE(an_unknown_word_is_answered_with_the_known_ones) {
  BOOST_CHECK_EXCEPTION(precision_named("int4"), choice_error, [](const choice_error& e) {
    return std::string(e.what()).find("'int4'; known: float32, tf32, bfloat16, float16") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(a_device_refuses_what_it_lacks_and_says_what_it_has) {
  const auto ask = [](precision p) {
    return offered_precision(p, "abacus", {precision::float32, precision::bfloat16});
  };
  BOOST_TEST((ask(precision::bfloat16) == precision::bfloat16));
  BOOST_CHECK_EXCEPTION(ask(precision::tf32), choice_error, [](const choice_error& e) {
    return std::string(e.what()) ==
           "coop: device abacus: precision of products: expected one of float32, bfloat16, got tf32";
  });
}

BOOST_AUTO_TEST_SUITE_END()
