// SPDX-License-Identifier: MIT
//
// The tile kernels of every instruction set that this machine has, at sizes that straddle tiles, panels and
// blocks, against the product in double.
#include <coop/device/detail/product.hpp>

#include <coop/device/host_buffer.hpp>

#include "../../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

BOOST_AUTO_TEST_SUITE(product_by_tiles)

using namespace coop;
using namespace coop::detail;
using tests::as_matrix;
using tests::numbers;

namespace {

std::vector<instruction_set> kernels_here() {
  std::vector<instruction_set> sets;
  for (const auto isa : {instruction_set::avx2, instruction_set::avx512}) {
    if (isa <= best_instruction_set()) sets.push_back(isa);
  }
  return sets;
}

/// One product through the kernels; y lies in rows of `ldy` floats so that a write beside it is seen.
struct product {
  index_t rows, inner, columns;
  bool bias = false;
  bool accumulate = false;
  bool transposed = false;
  static constexpr index_t margin = 3;
  static constexpr float untouched = 777.0f;

  std::vector<float> x = numbers<float>(std::size_t(rows) * std::size_t(inner + margin), 1);
  std::vector<float> w = numbers<float>(std::size_t(inner) * std::size_t(columns), 2);
  std::vector<float> b = numbers<float>(std::size_t(columns) + 64, 3);
  std::vector<float> start = numbers<float>(std::size_t(rows) * std::size_t(columns), 4);

  view<const float, 2> left() const { return as_matrix(x, rows, inner + margin).slice_columns(1, inner + 1); }
  view<const float, 2> right() const {
    return transposed ? as_matrix(w, columns, inner) : as_matrix(w, inner, columns);
  }

  std::vector<float> through(instruction_set isa, index_t row_cuts = 1, index_t panel_cuts = 1) const {
    const auto set = tiles_of(isa);
    host_buffer<float> panels(panels_size(inner, columns, set.columns));
    pack_panels(right(), transposed, set.columns, panels.data());
    const index_t all = (columns + set.columns - 1) / set.columns;
    std::vector<float> y(std::size_t(rows) * std::size_t(columns + margin), untouched);
    const auto target = as_matrix(y, rows, columns + margin).slice_columns(0, columns);
    for (index_t i = 0; accumulate && i < rows; ++i) {
      for (index_t j = 0; j < columns; ++j) target(i, j) = start[std::size_t(i * columns + j)];
    }
    for (index_t r = 0; r < row_cuts; ++r) {
      for (index_t c = 0; c < panel_cuts; ++c) {
        multiply_block<float, float>(set, left(), panels.data(), columns, bias ? b.data() : nullptr,
                                     accumulate, target, rows * r / row_cuts, rows * (r + 1) / row_cuts,
                                     all * c / panel_cuts, all * (c + 1) / panel_cuts);
      }
    }
    return y;
  }

  /// The greatest error, measured by the sum of the terms' sizes; infinity when a float beside y was written.
  double error(const std::vector<float>& y) const {
    double worst = 0;
    for (index_t i = 0; i < rows; ++i) {
      for (index_t j = 0; j < columns; ++j) {
        double sum = accumulate ? double(start[std::size_t(i * columns + j)]) : 0.0;
        if (bias) sum += double(b[std::size_t(j)]);
        double size = 1 + std::abs(sum);
        for (index_t p = 0; p < inner; ++p) {
          const double term = double(left()(i, p)) * double(transposed ? right()(j, p) : right()(p, j));
          sum += term;
          size += std::abs(term);
        }
        worst = std::max(worst, std::abs(double(y[std::size_t(i * (columns + margin) + j)]) - sum) / size);
      }
      for (index_t j = columns; j < columns + margin; ++j) {
        if (y[std::size_t(i * (columns + margin) + j)] != untouched) return HUGE_VAL;
      }
    }
    return worst;
  }
};

const std::vector<index_t> awkward{1, 5, 6, 7, 13, 14, 15, 31, 32, 33, 257};

}  // namespace

BOOST_AUTO_TEST_CASE(every_awkward_number_of_rows_and_columns_is_the_product_in_double) {
  for (const auto isa : kernels_here()) {
    double worst = 0;
    for (const index_t rows : awkward) {
      for (const index_t columns : awkward) {
        const product p{.rows = rows, .inner = 33, .columns = columns};
        worst = std::max(worst, p.error(p.through(isa)));
      }
    }
    BOOST_TEST(worst < tests::tolerance::product, "instruction set " << int(isa) << ": " << worst);
  }
}

BOOST_AUTO_TEST_CASE(inner_extents_that_straddle_a_block_are_summed_once) {
  for (const auto isa : kernels_here()) {
    for (const index_t inner : {1, 31, 257, 511, 512, 513, 1025}) {
      const product p{.rows = 15, .inner = inner, .columns = 33};
      BOOST_TEST(p.error(p.through(isa)) < tests::tolerance::product, "inner extent " << inner);
    }
  }
}

BOOST_AUTO_TEST_CASE(bias_and_accumulation_are_added_once_with_full_and_cut_panels) {
  for (const auto isa : kernels_here()) {
    for (const index_t columns : {31, 32, 33}) {
      for (const index_t inner : {7, 600}) {
        for (const int mode : {1, 2, 3}) {
          const product p{.rows = 13,
                          .inner = inner,
                          .columns = columns,
                          .bias = (mode & 1) != 0,
                          .accumulate = (mode & 2) != 0};
          BOOST_TEST(p.error(p.through(isa)) < tests::tolerance::product,
                     "columns " << columns << ", inner " << inner << ", mode " << mode);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_transposed_matrix_is_packed_as_its_transpose) {
  for (const auto isa : kernels_here()) {
    const product p{.rows = 7, .inner = 13, .columns = 33, .transposed = true};
    BOOST_TEST(p.error(p.through(isa)) < tests::tolerance::product);
  }
}

BOOST_AUTO_TEST_CASE(how_the_work_is_cut_does_not_change_a_bit) {
  for (const auto isa : kernels_here()) {
    const product p{.rows = 257, .inner = 513, .columns = 97, .bias = true, .accumulate = true};
    const auto whole = p.through(isa);

    for (const index_t cuts : {2, 3, 5})
      BOOST_TEST((p.through(isa, cuts, std::min<index_t>(cuts, 4)) == whole));
  }
}

BOOST_AUTO_TEST_CASE(a_row_has_the_same_bits_alone_as_among_others) {
  for (const auto isa : kernels_here()) {
    product one{.rows = 1, .inner = 100, .columns = 40};
    product many{.rows = 29, .inner = 100, .columns = 40};
    for (index_t i = 0; i < 29; ++i) std::copy_n(one.x.data(), one.x.size(), many.x.data() + i * 103);

    const auto alone = one.through(isa);
    const auto among = many.through(isa);

    for (std::size_t i = 0; i < 29; ++i) {
      for (std::size_t j = 0; j < 40; ++j) BOOST_REQUIRE(among[i * 43 + j] == alone[j]);
    }
  }
}

BOOST_AUTO_TEST_CASE(without_kernels_there_are_no_panels) {
  BOOST_TEST(tiles_of(instruction_set::portable).columns == 0);
}

BOOST_AUTO_TEST_CASE(packing_lays_every_number_where_the_kernels_look_for_it_and_zeros_beyond) {
  for (const index_t columns : {16, 32}) {
    for (const index_t k : {1, 3, 4, 63, 64, 65, 131}) {
      for (const index_t n : {1, 4, 15, 16, 33, 70}) {
        const auto values = numbers<float>(std::size_t(k) * std::size_t(n), 5);
        for (const bool transposed : {false, true}) {
          const auto w = transposed ? as_matrix(values, n, k) : as_matrix(values, k, n);
          const index_t panels = (n + columns - 1) / columns;
          std::vector<float> packed(panels_size(k, n, columns), 777.0f);

          pack_panels(w, transposed, columns, panels / 2, panels, packed.data());
          pack_panels(w, transposed, columns, 0, panels / 2, packed.data());

          bool right = true;
          for (index_t j = 0; j < panels * columns; ++j) {
            for (index_t p = 0; p < k; ++p) {
              const float wanted = j < n ? (transposed ? w(j, p) : w(p, j)) : 0.0f;
              right = right && packed[std::size_t((j / columns * k + p) * columns + j % columns)] == wanted;
            }
          }
          BOOST_TEST(right, k << " x " << n << (transposed ? ", transposed" : "") << ", by " << columns);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
