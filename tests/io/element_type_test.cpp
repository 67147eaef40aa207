// SPDX-License-Identifier: MIT
#include <coop/io/element_type.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(element_type)

BOOST_AUTO_TEST_CASE(the_table_stands_in_the_order_of_the_types) {
  for (std::size_t i = 0; i < coop::detail::element_facts.size(); ++i) {
    BOOST_TEST(std::size_t(coop::detail::element_facts[i].type) == i);
  }
  BOOST_TEST(coop::name(coop::element_type::bf16) == "BF16");
  BOOST_TEST(coop::bytes(coop::element_type::f64) == 8u);
}

BOOST_AUTO_TEST_CASE(extents_read_like_tuples) {
  BOOST_TEST(coop::to_text(std::vector<std::int64_t>{}) == "()");
  BOOST_TEST(coop::to_text(std::vector<std::int64_t>{2, 0, 7}) == "(2, 0, 7)");
}

BOOST_AUTO_TEST_CASE(sizes_that_overflow_are_no_sizes) {
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  const auto fits = [](const std::vector<std::int64_t>& extents, std::size_t limit) {
    std::size_t count = 0;
    return coop::detail::count_bytes(extents, coop::element_type::f32, limit, count);
  };

  BOOST_TEST(!fits({huge, huge, huge}, std::numeric_limits<std::size_t>::max()));
  BOOST_TEST(!fits({3}, 11));
  BOOST_TEST(!fits({-1, -3}, 1000));
  BOOST_TEST(fits({3}, 12));
  BOOST_TEST(!fits({huge, huge, 0}, 0));  // strides and sums of such extents would overflow
  BOOST_TEST(!fits({0, 2, coop::most_elements}, 0));
  BOOST_TEST(fits({0, coop::most_elements}, 0));
}

BOOST_AUTO_TEST_CASE(bytes_at_odd_addresses_are_read) {
  std::vector<std::byte> bytes(1 + 2 * sizeof(double));
  const double values[] = {0.5, -3.0};
  std::memcpy(bytes.data() + 1, values, sizeof values);

  const std::vector<float> floats =
      coop::detail::as_floats(std::span(bytes).subspan(1), coop::element_type::f64, "here");

  BOOST_TEST(floats == (std::vector<float>{0.5f, -3.0f}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(floats_are_not_integers_and_integers_not_floats) {
  const std::vector<std::byte> bytes(8);
  BOOST_CHECK_EXCEPTION(coop::detail::as_floats(bytes, coop::element_type::i64, "here"), coop::io_error,
                        [](const coop::io_error& e) {
                          return std::string(e.what()) ==
                                 "coop: here: element type: expected F16, BF16, F32 or F64, got I64";
                        });
  BOOST_CHECK_THROW(coop::detail::as_integers(bytes, coop::element_type::f32, "here"), coop::io_error);
}

BOOST_AUTO_TEST_SUITE_END()
