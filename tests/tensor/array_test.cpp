// SPDX-License-Identifier: MIT
#include <coop/tensor/array.hpp>

#include <coop/device/cpu.hpp>
#include <coop/tensor/tensor.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

BOOST_AUTO_TEST_SUITE(array)

BOOST_AUTO_TEST_CASE(a_view_of_an_array_sees_and_changes_its_elements) {
  coop::array<float, 2> a{{1, 2, 3}, {4, 5, 6}};

  const coop::view<float, 2> v = coop::as_view(a);
  v(1, 0) = 40;

  BOOST_TEST((v.extents == coop::shape<2>{2, 3}));
  BOOST_TEST(v(0, 2) == 3.0f);
  BOOST_TEST(a(1, 0) == 40.0f);
}

BOOST_AUTO_TEST_CASE(a_const_array_gives_a_view_of_const) {
  const coop::array<int, 1> a{7, 8};

  const coop::view<const int, 1> v = coop::as_view(a);

  BOOST_TEST(v(1) == 8);
}

BOOST_AUTO_TEST_CASE(a_strided_view_becomes_a_dense_array) {
  const std::vector<int> numbers{1, 2, 3, 4, 5, 6, 7, 8, 9};
  const coop::view<const int, 2> middle =
      coop::view<const int, 2>(numbers.data(), {3, 3}).slice_columns(1, 2);

  const coop::array<int, 2> a = coop::to_array(middle);

  BOOST_TEST((coop::detail::extents_of(a) == coop::shape<2>{3, 1}));
  BOOST_TEST(a(0, 0) == 2);
  BOOST_TEST(a(2, 0) == 8);
}

BOOST_AUTO_TEST_CASE(an_array_without_rows_stays_one) {
  const coop::array<float, 3> a = coop::to_array(coop::view<float, 3>(nullptr, {0, 4, 5}));

  BOOST_TEST(a.size() == 0u);
  BOOST_TEST(a.shape()[2] == 5u);
}

BOOST_AUTO_TEST_CASE(a_tensor_of_a_device_comes_to_an_array_and_back) {
  const coop::device::cpu device;
  const coop::array<float, 3> a{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}};

  const auto t = coop::to_device(device, coop::as_view(a));
  const coop::array<float, 3> back = coop::to_array(device, t.view());

  BOOST_TEST((back == a));
}

BOOST_AUTO_TEST_SUITE_END()
