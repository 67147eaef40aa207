// SPDX-License-Identifier: MIT
//
// Owned arrays: the way onto a device and back, and what moving leaves.
#include <coop/tensor/tensor.hpp>

#include <coop/device/cpu.hpp>

#include <boost/test/unit_test.hpp>

#include <type_traits>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(tensor_on_a_device)

using namespace coop;

namespace {

using matrix = tensor<float, 2, device::cpu>;
const std::vector<float> six{1, 2, 3, 4, 5, 6};
const view<const float, 2> two_by_three{six.data(), {2, 3}};

}  // namespace

BOOST_AUTO_TEST_CASE(what_goes_to_a_device_comes_back) {
  const device::cpu device;

  const auto there = to_device(device, two_by_three);

  BOOST_TEST(to_host(device, there.view()) == six);
  BOOST_TEST((there.extents() == shape<2>{2, 3}));
}

BOOST_AUTO_TEST_CASE(a_column_slice_comes_back_dense) {
  const device::cpu device;
  const auto there = to_device(device, two_by_three);

  BOOST_TEST(to_host(device, there.view().slice_columns(1, 3)) == (std::vector<float>{2, 3, 5, 6}));
}

BOOST_AUTO_TEST_CASE(a_strided_host_view_arrives_dense) {
  const device::cpu device;

  const auto there = to_device(device, two_by_three.slice_columns(0, 2));

  BOOST_TEST(there.view().dense());
  BOOST_TEST(to_host(device, there.view()) == (std::vector<float>{1, 2, 4, 5}));
}

BOOST_AUTO_TEST_CASE(bytes_count_the_elements) {
  const matrix m(device::cpu{}, shape<2>{3, 5});

  BOOST_TEST(m.bytes() == 60u);
  BOOST_TEST(m.size() == 15u);
  BOOST_TEST(!m.empty());
}

BOOST_AUTO_TEST_CASE(a_default_tensor_is_empty) {
  const matrix m;

  BOOST_TEST(m.empty());
  BOOST_TEST(m.bytes() == 0u);
  BOOST_TEST(m.view().rows() == 0);
}

BOOST_AUTO_TEST_CASE(moving_takes_the_elements_and_leaves_none) {
  const device::cpu device;
  auto from = to_device(device, two_by_three);
  const float* place = from.view().data;

  const matrix to = std::move(from);

  BOOST_TEST(to.view().data == place);
  BOOST_TEST(from.empty());  // NOLINT(bugprone-use-after-move): that is the question
  BOOST_TEST(from.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_tensor_is_never_copied_by_accident) {
  static_assert(!std::is_copy_constructible_v<matrix> && !std::is_copy_assignable_v<matrix>);
  BOOST_TEST(std::is_nothrow_move_constructible_v<matrix>);
}

BOOST_AUTO_TEST_CASE(a_tensor_of_no_rows_is_allowed) {
  const device::cpu device;
  const matrix none(device, shape<2>{0, 4});

  BOOST_TEST(to_host(device, none.view()).empty());
  BOOST_TEST(none.bytes() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
