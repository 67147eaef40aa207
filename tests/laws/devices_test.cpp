// SPDX-License-Identifier: MIT
//
// What concepts.hpp promises of a device, asked of every device: numbers go there and back, products are products
// whatever the memory held before, loops come to every index once, and the workers of a team see each other's numbers
// where they are told to wait; what crosses while both go on arrives as it was sent.
#include <coop/device/staging.hpp>
#include <coop/tensor/tensor.hpp>

#include "support/devices.hpp"
#include "support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(laws_of_devices)

using namespace coop;
using tests::numbers;
using tests::off;
using tests::on;
using tests::room_on;

namespace {

/// op(a) op(b), (m, k) times (k, n), in double.
std::vector<double> product(const std::vector<float>& a, const std::vector<float>& b, index_t m, index_t k,
                            index_t n, bool turned_a, bool turned_b) {
  std::vector<double> c;
  for (index_t i = 0; i < m; ++i) {
    for (index_t j = 0; j < n; ++j) {
      double sum = 0;
      for (index_t p = 0; p < k; ++p) {
        sum += double(a[std::size_t(turned_a ? p * m + i : i * k + p)]) *
               double(b[std::size_t(turned_b ? j * k + p : p * n + j)]);
      }
      c.push_back(sum);
    }
  }
  return c;
}

shape<2> turned(bool turn, index_t rows, index_t columns) {
  return turn ? shape<2>{columns, rows} : shape<2>{rows, columns};
}

/// Item i of matrices that stand one below the other.
struct item_of {
  view<const float, 2> all;
  index_t rows;
  COOP_HOST_DEVICE view<const float, 2> operator()(index_t i) const {
    return all.slice(i * rows, (i + 1) * rows);
  }
};
struct target_of {
  view<float, 2> all;
  index_t rows;
  COOP_HOST_DEVICE view<float, 2> operator()(index_t i) const { return all.slice(i * rows, (i + 1) * rows); }
};

/// x(i) += 1.
struct count_index {
  view<float, 1> x;
  COOP_HOST_DEVICE void operator()(index_t i) const { x(i) += 1; }
};
/// x(row, :) += row.
struct count_row {
  view<float, 2> x;
  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    for (index_t i = team.first(); i < x.columns(); i += team.stride()) x(row, i) += float(row);
  }
};
/// x <- 2 x + column, of a finished product.
struct twice_and_column {
  view<float, 2> x;
  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row, index_t begin, index_t end) const {
    for (index_t i = begin + team.first(); i < end; i += team.stride()) x(row, i) = 2 * x(row, i) + float(i);
  }
};
/// What the workers agree on: the sum and the greatest of x(row, :), and x(row, :) turned round.
struct meet {
  view<float, 2> x, results, turned;
  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t n = x.columns();
    float sum = 0;
    float most = -1e30f;
    for (index_t i = team.first(); i < n; i += team.stride()) {
      sum += x(row, i);
      most = x(row, i) > most ? x(row, i) : most;
    }
    sum = team.sum(sum);
    most = team.max(most);
    for (index_t i = team.first(); i < n; i += team.stride()) x(row, i) += sum;
    team.sync();
    for (index_t i = team.first(); i < n; i += team.stride()) turned(row, i) = x(row, n - 1 - i);
    if (team.first() == 0) {
      results(row, 0) = sum;
      results(row, 1) = most;
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(numbers_go_there_and_back_whatever_the_stride, D, tests::devices) {
  if (!tests::available<D>()) return;
  const D device = tests::opened<D>();
  const auto values = numbers<float>(5 * 7, 1);
  const auto columns = [&](index_t begin, index_t end) {
    std::vector<float> some;
    for (index_t i = 0; i < 5; ++i) {
      for (index_t j = begin; j < end; ++j) some.push_back(values[std::size_t(i * 7 + j)]);
    }
    return some;
  };
  auto x = on(device, values, shape<2>{5, 7});

  BOOST_TEST(off(device, x) == values);
  BOOST_TEST(off(device, x.view().slice_columns(2, 5)) == columns(2, 5));

  auto y = room_on(device, shape<2>{5, 7});
  device.fill(y.view(), 3.0f);
  device.copy(view<const float, 2>(x.view().slice_columns(4, 6)), y.view().slice_columns(0, 2));
  device.fill(y.view().slice_columns(6, 7), -1.0f);
  BOOST_TEST(off(device, y.view().slice_columns(0, 2)) == columns(4, 6));
  BOOST_TEST(off(device, y.view().slice_columns(2, 6)) == std::vector<float>(20, 3.0f));
  BOOST_TEST(off(device, y.view().slice_columns(6, 7)) == std::vector<float>(5, -1.0f));

  std::vector<float> wide(5 * 9, 8.0f);
  device.download(view<const float, 2>(x.view()), view<float, 2>{wide.data() + 1, shape<2>{5, 7}, 9});
  BOOST_TEST(wide[0] == 8.0f);
  BOOST_TEST(wide[1] == values[0]);
  BOOST_TEST(wide[8] == 8.0f);
  BOOST_TEST(wide[10] == values[7]);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(nothing_is_copied_without_complaint, D, tests::devices) {
  if (!tests::available<D>()) return;
  const D device = tests::opened<D>();
  auto x = room_on(device, shape<2>{0, 4});

  BOOST_TEST(off(device, x).empty());
  BOOST_CHECK_NO_THROW(device.for_each_row(0, count_row{x.view()}));
  BOOST_CHECK_NO_THROW(device.for_each(0, count_index{}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_product_is_a_product_and_reads_no_old_memory, D, tests::devices) {
  if (!tests::available<D>()) return;
  const D device = tests::opened<D>();
  for (const auto& [m, k, n] : {std::tuple{1, 1, 1}, {5, 3, 4}, {33, 65, 31}}) {
    const auto a = numbers<float>(std::size_t(m * k), 1);
    const auto b = numbers<float>(std::size_t(k * n), 2);
    for (const bool ta : {false, true}) {
      for (const bool tb : {false, true}) {
        const auto x = on(device, a, turned(ta, m, k));
        const auto y = on(device, b, turned(tb, k, n));
        auto c = room_on(device, shape<2>{m, n});
        const auto expected = product(a, b, m, k, n, ta, tb);

        device.gemm(ta ? op::transposed : op::as_is, tb ? op::transposed : op::as_is, 1.0f, x.view(),
                    y.view(), 0.0f, c.view());
        BOOST_TEST(tests::relative_difference(off(device, c), expected) < tests::tolerance::product);

        device.fill(c.view(), 2.0f);
        device.gemm(ta ? op::transposed : op::as_is, tb ? op::transposed : op::as_is, 3.0f, x.view(),
                    y.view(), 0.5f, c.view());
        auto more = expected;
        for (double& value : more) value = 3 * value + 1;
        BOOST_TEST(tests::relative_difference(off(device, c), more) < tests::tolerance::product);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(many_products_are_each_their_own, D, tests::devices) {
  if (!tests::available<D>()) return;
  const D device = tests::opened<D>();
  constexpr index_t items = 6, m = 9, k = 5, n = 17;
  const auto a = numbers<float>(items * m * k, 1);
  const auto b = numbers<float>(items * n * k, 2);
  const auto x = on(device, a, shape<2>{items * m, k});
  const auto y = on(device, b, shape<2>{items * n, k});
  auto c = room_on(device, shape<2>{items * m, n});

  device.gemm_each(items, op::as_is, op::transposed, item_of{x.view(), m}, item_of{y.view(), n},
                   target_of{c.view(), m});

  std::vector<double> expected;
  for (index_t i = 0; i < items; ++i) {
    const auto one = product({a.begin() + i * m * k, a.begin() + (i + 1) * m * k},
                             {b.begin() + i * n * k, b.begin() + (i + 1) * n * k}, m, k, n, false, true);
    expected.insert(expected.end(), one.begin(), one.end());
  }
  BOOST_TEST(tests::relative_difference(off(device, c), expected) < tests::tolerance::product);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_frozen_product_has_bias_what_was_there_and_its_finish, D, tests::devices) {
  if (!tests::available<D>()) return;
  const D device = tests::opened<D>();
  constexpr index_t rows = 11, k = 13, n = 37;
  const auto a = numbers<float>(rows * k, 1);
  const auto w = numbers<float>(n * k, 2);
  const auto shift = numbers<float>(n, 3);
  const auto x = on(device, a, shape<2>{rows, k});
  const auto bias = on(device, shift, shape<1>{n});
  const auto there = on(device, w, shape<2>{n, k});
  const auto frozen = device.freeze(there.view(), op::transposed);
  const auto from_host =
      device.freeze_from_host(view<const float, 2>{w.data(), shape<2>{n, k}}, op::transposed);
  BOOST_TEST(frozen.inputs() == k);
  BOOST_TEST(frozen.outputs() == n);
  const auto plain = product(a, w, rows, k, n, false, true);
  auto y = room_on(device, shape<2>{rows, n});

  device.multiply(x.view(), frozen, view<const float, 1>{}, false, y.view());
  BOOST_TEST(tests::relative_difference(off(device, y), plain) < tests::tolerance::product);
  const auto first = off(device, y);
  device.multiply(x.view(), from_host, view<const float, 1>{}, false, y.view());
  BOOST_TEST(off(device, y) == first);

  auto expected = plain;
  for (std::size_t i = 0; i < expected.size(); ++i)
    expected[i] = 2 * (expected[i] + double(shift[i % n]) + 4) + double(i % n);
  device.fill(y.view(), 4.0f);
  device.multiply(x.view(), frozen, bias.view(), true, y.view(), twice_and_column{y.view()});
  BOOST_TEST(tests::relative_difference(off(device, y), expected) < tests::tolerance::product);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(loops_come_to_every_index_once, D, tests::devices) {
  if (!tests::available<D>()) return;
  const D device = tests::opened<D>();
  for (const index_t n : {1, 2, 31, 32, 33, 257, 1000}) {
    auto x = room_on(device, shape<1>{n});
    device.fill(x.view(), 0.0f);
    device.for_each(n, count_index{x.view()});
    BOOST_TEST(off(device, x) == std::vector<float>(std::size_t(n), 1.0f));

    auto y = room_on(device, shape<2>{n, 5});
    device.fill(y.view(), 0.0f);
    device.for_each_row(n, count_row{y.view()});
    std::vector<float> expected;
    for (index_t row = 0; row < n; ++row) expected.insert(expected.end(), 5, float(row));
    BOOST_TEST(off(device, y) == expected);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(workers_agree_and_find_what_others_wrote, D, tests::devices) {
  if (!tests::available<D>()) return;
  const D device = tests::opened<D>();
  for (const index_t n : {1, 5, 31, 32, 33, 257, 1031}) {
    constexpr index_t rows = 6;
    std::vector<float> values;
    for (index_t i = 0; i < rows * n; ++i) values.push_back(float(i * 37 % 101));
    auto x = on(device, values, shape<2>{rows, n});
    auto results = room_on(device, shape<2>{rows, 2});
    auto round = room_on(device, shape<2>{rows, n});

    device.for_each_row(rows, meet{x.view(), results.view(), round.view()});

    std::vector<float> expected_results, expected_round;
    for (index_t row = 0; row < rows; ++row) {
      const auto begin = values.begin() + row * n;
      float sum = 0;
      float most = 0;
      for (auto it = begin; it != begin + n; ++it) {
        sum += *it;
        most = std::max(most, *it);
      }
      expected_results.insert(expected_results.end(), {sum, most});
      for (auto it = begin + n; it != begin;) expected_round.push_back(*--it + sum);
    }
    BOOST_TEST(off(device, results) == expected_results);
    BOOST_TEST(off(device, round) == expected_round);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_sent_arrives_again_and_again, D, tests::devices) {
  if (!tests::available<D>()) return;
  const D device = tests::opened<D>();
  auto crossing = stage_upload<index_t>(device, 10);
  for (const index_t count : {10, 3, 0, 7}) {
    std::iota(crossing.host(), crossing.host() + count, 100 * count);
    crossing.send(count);
    const auto there = crossing.arrived();
    tensor<index_t, 1, D> kept(device, there.extents);
    device.copy(there, kept.view());
    crossing.release();
    crossing.ready();
    std::fill_n(crossing.host(), 10, -1);  // has no say in what arrived

    std::vector<index_t> expected(std::size_t(count), 0);
    std::iota(expected.begin(), expected.end(), 100 * count);
    BOOST_TEST(to_host(device, view<const index_t, 1>(kept.view())) == expected);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_fetched_is_what_was_there_when_it_was_asked_for, D, tests::devices) {
  if (!tests::available<D>()) return;
  const D device = tests::opened<D>();
  auto crossing = stage_download<double>(device, 4);
  tensor<double, 1, D> numbers(device, shape<1>{4});
  for (const double value : {1.5, -2.0}) {
    device.fill(numbers.view(), value);
    crossing.fetch(numbers.view().slice(0, 3));
    device.fill(numbers.view(), 99.0);
    const double* found = crossing.wait();
    for (int i = 0; i < 3; ++i) BOOST_TEST(found[i] == value);
  }
}

BOOST_AUTO_TEST_SUITE_END()
