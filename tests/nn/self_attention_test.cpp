// SPDX-License-Identifier: MIT
//
// Attention over all positions against its formula in double, along both of its ways: few queries and many.
#include <coop/nn/self_attention.hpp>

#include <coop/device/cpu.hpp>

#include "support/towers.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

BOOST_AUTO_TEST_SUITE(self_attention)

using namespace coop;

namespace {

struct attention_case {
  nn::attention_extents extents;
  index_t size;  // channels of a head

  [[nodiscard]] index_t width() const { return extents.heads * size; }
};

template <class T>
std::vector<T> seeded_rows(std::string_view name, index_t rows, index_t columns, double scale) {
  std::vector<T> values(std::size_t(rows) * std::size_t(columns));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = T(tests::uniform(tests::hash_of(name), i) * scale);
  return values;
}

/// softmax(q k' / sqrt(size)) v, head by head.
std::vector<double> by_formula(const attention_case& c, const std::vector<double>& q,
                               const std::vector<double>& k, const std::vector<double>& v) {
  const auto& e = c.extents;
  const auto at = [&](const std::vector<double>& m, index_t row, index_t column) {
    return m[std::size_t(row * c.width() + column)];
  };
  std::vector<double> out(q.size());
  for (index_t asking = 0; asking < e.pictures * e.queries; ++asking) {
    const index_t first = asking / e.queries * e.positions;
    for (index_t head = 0; head < e.heads; ++head) {
      std::vector<double> share(std::size_t(e.positions));
      double total = 0;
      for (index_t j = 0; j < e.positions; ++j) {
        double score = 0;
        for (index_t i = head * c.size; i < (head + 1) * c.size; ++i)
          score += at(q, asking, i) * at(k, first + j, i);
        total += share[std::size_t(j)] = std::exp(score / std::sqrt(double(c.size)));
      }
      for (index_t i = head * c.size; i < (head + 1) * c.size; ++i) {
        double sum = 0;
        for (index_t j = 0; j < e.positions; ++j) sum += share[std::size_t(j)] / total * at(v, first + j, i);
        out[std::size_t(asking * c.width() + i)] = sum;
      }
    }
  }
  return out;
}

/// The layer on q, k and v that stand beside each other as in_proj leaves them.
template <class T>
std::vector<T> attended(const attention_case& c, int threads, double scale) {
  const auto& e = c.extents;
  const index_t W = c.width();
  const device::basic_cpu<T> device(threads);
  const auto q = seeded_rows<T>("q", e.pictures * e.queries, W, scale);
  const auto k = seeded_rows<T>("k", e.pictures * e.positions, W, scale);
  const auto v = seeded_rows<T>("v", e.pictures * e.positions, W, scale);
  std::vector<T> kv(2 * k.size());
  for (index_t row = 0; row < e.pictures * e.positions; ++row) {
    std::copy_n(k.data() + row * W, W, kv.data() + row * 2 * W);
    std::copy_n(v.data() + row * W, W, kv.data() + row * 2 * W + W);
  }
  const view<const T, 2> both{kv.data(), shape<2>{e.pictures * e.positions, 2 * W}};
  std::vector<T> scratch(e.scratch());
  std::vector<T> out(q.size(), T(99));
  nn::self_attention<device::basic_cpu<T>, T>(
      device, e, view<const T, 2>{q.data(), shape<2>{e.pictures * e.queries, W}}, both.slice_columns(0, W),
      both.slice_columns(W, 2 * W), view<T, 1>{scratch.data(), shape<1>{index_t(scratch.size())}},
      view<T, 2>{out.data(), shape<2>{e.pictures * e.queries, W}});
  return out;
}

std::vector<double> expected_of(const attention_case& c, double scale) {
  const auto& e = c.extents;
  return by_formula(c, seeded_rows<double>("q", e.pictures * e.queries, c.width(), scale),
                    seeded_rows<double>("k", e.pictures * e.positions, c.width(), scale),
                    seeded_rows<double>("v", e.pictures * e.positions, c.width(), scale));
}

const std::vector<attention_case> cases{
    {{1, 1, 1, 1}, 2},     // one position sees itself
    {{2, 1, 5, 3}, 4},     // a class token
    {{2, 7, 7, 2}, 8},     // still one by one
    {{2, 8, 8, 2}, 8},     // two products
    {{3, 50, 50, 2}, 64},  // ViT-B/32's tokens
    {{1, 33, 65, 1}, 64},  // widths that fill no register
};

}  // namespace

BOOST_AUTO_TEST_CASE(agrees_with_the_formula_for_few_and_many_queries) {
  for (const auto& c : cases) {
    BOOST_TEST(tests::greatest_difference(attended<double>(c, 1, 1.0), expected_of(c, 1.0)) < 1e-13);
    BOOST_TEST(tests::greatest_difference(attended<float>(c, 2, 1.0), expected_of(c, 1.0)) < 3e-6);
  }
}

BOOST_AUTO_TEST_CASE(large_scores_neither_overflow_nor_lose_the_winner) {
  const attention_case c{{2, 16, 40, 2}, 64};

  const auto found = attended<float>(c, 1, 20.0);

  BOOST_TEST(tests::greatest_difference(found, expected_of(c, 20.0)) < 1e-4);
}

BOOST_AUTO_TEST_CASE(results_do_not_depend_on_the_number_of_threads) {
  const attention_case c{{2, 50, 50, 3}, 64};

  BOOST_TEST((attended<float>(c, 1, 1.0) == attended<float>(c, 3, 1.0)));
}

BOOST_AUTO_TEST_CASE(softmax_rows_sum_to_one_and_keep_the_order) {
  const device::cpu device(1);
  std::vector<float> x{1, 2, 3, -1000, 0, 0, 0, 0};

  device.for_each_row(2, nn::softmax_row<float>{view<float, 2>{x.data(), shape<2>{2, 4}}, 0.5f});

  BOOST_TEST(std::abs(x[0] + x[1] + x[2] + x[3] - 1) < 1e-6f);
  BOOST_TEST((x[2] > x[1] && x[1] > x[0] && x[0] > x[3]));
  BOOST_TEST(std::abs(x[1] / x[0] - std::exp(0.5f)) < 1e-5f);
  for (std::size_t i = 4; i < 8; ++i) BOOST_TEST(x[i] == 0.25f);
}

BOOST_AUTO_TEST_SUITE_END()
