// SPDX-License-Identifier: MIT
//
// Rounding to bfloat16, and the products of rounded matrices by every kernel that this machine has, against the
// product of the rounded numbers in double.
#include <coop/device/detail/product_bfloat16.hpp>

#include <coop/device/cpu.hpp>

#include "../../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

BOOST_AUTO_TEST_SUITE(product_bfloat16)

using namespace coop;
using tests::as_matrix;
using tests::as_vector;
using tests::numbers;

namespace {

float rounded(float x) { return std::bit_cast<float>(detail::bfloat16_bits(x) << 16); }

std::vector<instruction_set> sets_here() {
  std::vector<instruction_set> sets;
  for (const auto isa : instruction_sets) {
    if (isa <= best_instruction_set()) sets.push_back(isa);
  }
  return sets;
}

struct product {
  index_t rows, inner, columns;
  bool bias = false, accumulate = false;
  op orientation = op::as_is;

  std::vector<float> x = numbers<float>(std::size_t(rows * inner), 1);
  std::vector<float> w = numbers<float>(std::size_t(inner * columns), 2);
  std::vector<float> b = numbers<float>(std::size_t(columns), 3);
  std::vector<float> before = numbers<float>(std::size_t(rows * columns), 4);

  view<const float, 2> right() const {
    return orientation == op::transposed ? as_matrix(w, columns, inner) : as_matrix(w, inner, columns);
  }
  std::vector<float> by(instruction_set isa, int threads = 1) const {
    const device::cpu device({.threads = threads, .instructions = isa, .products = precision::bfloat16});
    auto y = before;
    device.multiply(as_matrix(x, rows, inner), device.freeze(right(), orientation, rounding::allowed),
                    bias ? as_vector(b) : view<const float, 1>{}, accumulate, as_matrix(y, rows, columns));
    return y;
  }
  double error(const std::vector<float>& y) const {
    std::vector<double> wanted;
    for (index_t i = 0; i < rows; ++i) {
      for (index_t j = 0; j < columns; ++j) {
        double sum = (accumulate ? double(before[std::size_t(i * columns + j)]) : 0.0) +
                     (bias ? double(b[std::size_t(j)]) : 0.0);
        for (index_t p = 0; p < inner; ++p) {
          const float other = orientation == op::transposed ? right()(j, p) : right()(p, j);
          sum += double(rounded(x[std::size_t(i * inner + p)])) * double(rounded(other));
        }
        wanted.push_back(sum);
      }
    }
    return tests::relative_difference(y, wanted);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(rounding_goes_to_the_nearest_and_from_the_middle_to_even) {
  const float ulp = 1.0f / 128;  // of numbers from 1 to 2
  BOOST_TEST(rounded(1.0f + 0.25f * ulp) == 1.0f);
  BOOST_TEST(rounded(1.0f + 0.75f * ulp) == 1.0f + ulp);
  BOOST_TEST(rounded(1.0f + 0.5f * ulp) == 1.0f);
  BOOST_TEST(rounded(1.0f + 1.5f * ulp) == 1.0f + 2 * ulp);
  BOOST_TEST(rounded(-3.0f) == -3.0f);
  BOOST_TEST(rounded(0.0f) == 0.0f);
}

BOOST_AUTO_TEST_CASE(the_largest_float_rounds_to_infinity_and_what_is_no_number_stays_none) {
  BOOST_TEST(std::isinf(rounded(std::numeric_limits<float>::max())));
  BOOST_TEST(rounded(-std::numeric_limits<float>::infinity()) == -std::numeric_limits<float>::infinity());
  BOOST_TEST(std::isnan(rounded(std::numeric_limits<float>::quiet_NaN())));
  BOOST_TEST(std::isnan(rounded(std::bit_cast<float>(0x7f800001u))));  // its mantissa lies below what is kept
}

#if COOP_X86_DISPATCH
BOOST_AUTO_TEST_CASE(the_processors_own_rounding_is_ours_and_writes_whole_pairs_only) {
  if (best_instruction_set() < instruction_set::avx512_bf16) {
    BOOST_TEST_MESSAGE("not run: this processor lacks AVX512-BF16");
    return;
  }
  auto x = numbers<float>(131, 7);
  x[3] = std::numeric_limits<float>::infinity();
  x[4] = std::numeric_limits<float>::quiet_NaN();
  x[5] = std::numeric_limits<float>::max();
  x[6] = 1.0f + 1.0f / 256;
  for (const index_t k : {1, 2, 15, 16, 17, 31, 32, 33, 64, 131}) {
    const index_t pairs = detail::pairs_of(k);
    std::vector<detail::bfloat16_pair> native(std::size_t(pairs) + 1, 777u), plain(native);

    detail::round_natively(x.data(), k, native.data());

    for (index_t p = 0; p < pairs; ++p) {
      const float second = 2 * p + 1 < k ? x[std::size_t(2 * p + 1)] : 0.0f;
      detail::round_pair(x[std::size_t(2 * p)], second, plain[std::size_t(p)]);
    }
    BOOST_TEST((native == plain), k);
  }
}
#endif

BOOST_AUTO_TEST_CASE(products_are_those_of_the_rounded_numbers_in_double_at_awkward_sizes) {
  for (const auto isa : sets_here()) {
    for (const index_t rows : {1, 5, 6, 7, 14, 15, 17, 33, 257}) {
      for (const index_t columns : {1, 15, 16, 17, 33, 97}) {
        for (const index_t inner : {1, 31, 64, 511, 514, 1025, 1056}) {  // matrix tiles take multiples of 32
          const product p{.rows = rows, .inner = inner, .columns = columns, .bias = true, .accumulate = true};
          const double error = p.error(p.by(isa));
          BOOST_TEST_REQUIRE(error < tests::tolerance::product, name(isa)
                                                                    << ", " << rows << " x " << inner << " x "
                                                                    << columns << ": " << error);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(without_bias_and_accumulation_what_was_there_is_overwritten) {
  for (const auto isa : sets_here()) {
    for (const index_t inner : {600, 608}) {
      for (const bool bias : {false, true}) {
        const product p{
            .rows = 45, .inner = inner, .columns = 72, .bias = bias, .orientation = op::transposed};
        BOOST_TEST(p.error(p.by(isa)) < tests::tolerance::product, name(isa)
                                                                       << ", " << inner << ", " << bias);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_does_not_change_a_bit) {
  for (const auto isa : sets_here()) {
    for (const index_t inner : {600, 608}) {
      const product p{.rows = 300, .inner = inner, .columns = 97, .bias = true};
      const auto one = p.by(isa);
      for (const int threads : {2, 3}) BOOST_TEST((p.by(isa, threads) == one), name(isa) << ", " << threads);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_may_not_be_rounded_is_multiplied_in_float32) {
  const device::cpu half({.products = precision::bfloat16});
  const auto w = numbers<float>(40 * 30, 1);
  const auto x = numbers<float>(7 * 40, 2);
  std::vector<float> y(7 * 30), wanted(7 * 30);

  half.multiply(as_matrix(x, 7, 40), half.freeze(as_matrix(w, 40, 30), op::as_is), {}, false,
                as_matrix(y, 7, 30));
  const device::cpu whole;
  whole.multiply(as_matrix(x, 7, 40), whole.freeze(as_matrix(w, 40, 30), op::as_is), {}, false,
                 as_matrix(wanted, 7, 30));

  BOOST_TEST(y == wanted);
}

BOOST_AUTO_TEST_CASE(a_rounded_matrix_takes_half_the_bytes) {
  const device::cpu half({.products = precision::bfloat16});
  const auto w = numbers<float>(64 * 64, 1);

  BOOST_TEST(half.freeze(as_matrix(w, 64, 64), op::as_is, rounding::allowed).bytes() == 64u * 64u * 2u);
  BOOST_TEST(half.freeze(as_matrix(w, 64, 64), op::as_is).bytes() == 64u * 64u * 4u);
}

BOOST_AUTO_TEST_CASE(packing_lays_every_pair_where_the_kernels_look_for_it_and_zeros_beyond) {
  constexpr index_t columns = 16;
  for (const index_t k : {1, 2, 5, 127, 128, 129, 131}) {
    for (const index_t n : {1, 16, 33}) {
      const auto values = numbers<float>(std::size_t(k) * std::size_t(n), 5);
      for (const bool transposed : {false, true}) {
        const auto w = transposed ? as_matrix(values, n, k) : as_matrix(values, k, n);
        const auto at = [&](index_t p, index_t j) {
          return p < k && j < n ? (transposed ? w(j, p) : w(p, j)) : 0.0f;
        };
        const index_t pairs = detail::pairs_of(k);
        const index_t panels = (n + columns - 1) / columns;
        std::vector<detail::bfloat16_pair> packed(detail::panels_size(pairs, n, columns), 777u);

        detail::pack_pairs(w, transposed, columns, panels / 2, panels, packed.data());
        detail::pack_pairs(w, transposed, columns, 0, panels / 2, packed.data());

        bool right = true;
        for (index_t j = 0; j < panels * columns; ++j) {
          for (index_t p = 0; p < pairs; ++p) {
            detail::bfloat16_pair wanted = 0;
            detail::round_pair(at(2 * p, j), at(2 * p + 1, j), wanted);
            right = right && packed[std::size_t((j / columns * pairs + p) * columns + j % columns)] == wanted;
          }
        }
        BOOST_TEST(right, k << " x " << n << (transposed ? ", transposed" : ""));
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
