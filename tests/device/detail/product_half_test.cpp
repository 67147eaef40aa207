// SPDX-License-Identifier: MIT
//
// Matrices of halves: kept in half the bytes exactly where nothing is lost by it, and products that have the bits of
// products by floats.
#include <coop/device/detail/product_half.hpp>

#include <coop/device/cpu.hpp>

#include "../../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

BOOST_AUTO_TEST_SUITE(product_half)

using namespace coop;
using tests::as_matrix;
using tests::as_vector;
using tests::numbers;

namespace {

/// Numbers that lose nothing in binary16: with 10 bits of mantissa, and not as small as its subnormals.
std::vector<float> halves(std::size_t n, unsigned seed) {
  auto values = numbers<float>(n, seed);
  for (float& x : values) {
    x = std::abs(x) < 0x1p-14f ? 0.0f : std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) & 0xffffe000u);
  }
  return values;
}

std::vector<instruction_set> sets_with_kernels() {
  std::vector<instruction_set> sets;
  for (const auto isa : instruction_sets) {
    if (isa != instruction_set::portable && isa <= best_instruction_set()) sets.push_back(isa);
  }
  return sets;
}

/// Bytes a number of a frozen matrix, in whole panels.
std::size_t bytes_a_number(const std::vector<float>& w, index_t k, index_t n,
                           storage how = storage::compact) {
  const device::cpu device;
  return device.freeze_from_host(as_matrix(w, k, n), op::as_is, rounding::none, how).bytes() /
         std::size_t(k * n);
}

}  // namespace

BOOST_AUTO_TEST_CASE(products_have_the_bits_of_products_by_floats) {
  struct extents {
    index_t rows, inner, columns;
  };
  for (const auto isa : sets_with_kernels()) {
    for (const auto [rows, inner, columns] :
         {extents{1, 1, 1}, extents{3, 7, 5}, extents{29, 129, 33}, extents{6, 64, 16}, extents{14, 72, 64},
          extents{300, 600, 97}, extents{197, 1100, 75}}) {
      const auto x = numbers<float>(std::size_t(rows * inner), 1);
      const auto w = halves(std::size_t(inner * columns), 2);
      const auto b = numbers<float>(std::size_t(columns), 3);
      for (const op orientation : {op::as_is, op::transposed}) {
        const auto right =
            orientation == op::transposed ? as_matrix(w, columns, inner) : as_matrix(w, inner, columns);
        for (const bool accumulate : {false, true}) {
          for (const int threads : {1, 3}) {
            const device::cpu device({.threads = threads, .instructions = isa});
            auto from_halves = numbers<float>(std::size_t(rows * columns), 4);
            auto from_floats = from_halves;
            const auto kept = device.freeze_from_host(right, orientation, rounding::none, storage::compact);
            const auto floats = device.freeze(right, orientation);
            BOOST_TEST(2 * kept.bytes() == floats.bytes());

            device.multiply(as_matrix(x, rows, inner), kept, as_vector(b), accumulate,
                            as_matrix(from_halves, rows, columns));
            device.multiply(as_matrix(x, rows, inner), floats, as_vector(b), accumulate,
                            as_matrix(from_floats, rows, columns));

            BOOST_TEST((from_halves == from_floats), name(isa) << ", " << rows << " x " << inner << " x "
                                                               << columns << ", " << threads << " threads");
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(one_number_that_is_no_half_keeps_a_matrix_in_floats_wherever_it_stands) {
  if (sets_with_kernels().empty()) return;
  constexpr index_t k = 70, n = 96;
  const auto exact = halves(k * n, 1);
  BOOST_TEST(bytes_a_number(exact, k, n) == 2u);
  const auto other_nan = std::bit_cast<float>(0x7fc00001u);
  for (const float no_half : {1.0f + 0x1p-11f, 65536.0f, 0x1p-25f, 0x1.8p-24f, 0x1p-140f, other_nan}) {
    for (const std::size_t place : {std::size_t(0), std::size_t(k * n / 2 + 3), std::size_t(k * n - 1)}) {
      auto w = exact;
      w[place] = no_half;
      BOOST_TEST(bytes_a_number(w, k, n) == 4u, no_half << " at " << place);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_a_half_can_say_is_kept_as_one) {
  if (sets_with_kernels().empty()) return;
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float half : {0.0f, -0.0f, 1.0f, -65504.0f, 0x1p-14f, 0x1p-24f, 0x1.ff8p-15f, infinity, nan}) {
    const std::vector<float> w(64 * 64, half);
    BOOST_TEST(bytes_a_number(w, 64, 64) == 2u, half);
  }
}

BOOST_AUTO_TEST_CASE(only_what_is_to_be_compact_is_kept_as_halves) {
  if (sets_with_kernels().empty()) return;
  const auto w = halves(64 * 64, 1);
  BOOST_TEST(bytes_a_number(w, 64, 64, storage::fast) == 4u);
  // The precision that was asked for goes first.
  const device::cpu device({.products = precision::bfloat16});
  const auto frozen =
      device.freeze_from_host(as_matrix(w, 64, 64), op::as_is, rounding::allowed, storage::compact);
  std::vector<float> x(64, 1.0f + 0x1p-10f), y(64), wanted(64);
  device.multiply(as_matrix(x, 1, 64), frozen, {}, false, as_matrix(y, 1, 64));
  device.multiply(as_matrix(x, 1, 64), device.freeze(as_matrix(w, 64, 64), op::as_is, rounding::allowed), {},
                  false, as_matrix(wanted, 1, 64));
  BOOST_TEST(y == wanted);
}

BOOST_AUTO_TEST_CASE(packing_lays_every_half_where_the_kernels_look_for_it_and_zeros_beyond) {
  if (sets_with_kernels().empty()) return;
  for (const index_t columns : {16, 32}) {
    for (const index_t k : {1, 7, 8, 63, 64, 65, 131}) {
      for (const index_t n : {1, 8, 15, 32, 41}) {
        const auto w = halves(std::size_t(k * n), 5);
        for (const bool transposed : {false, true}) {
          std::vector<detail::half_bits> packed(detail::panels_size(k, n, columns), 0x1234);
          const auto matrix = transposed ? as_matrix(w, n, k) : as_matrix(w, k, n);
          BOOST_TEST(detail::pack_halves(matrix, transposed, columns, 0, (n + columns - 1) / columns,
                                         packed.data()));

          std::vector<float> wanted(packed.size()), got(packed.size() + 16);
          detail::pack_panels(matrix, transposed, columns, wanted.data());
          float* aligned = got.data() + (64 - reinterpret_cast<std::uintptr_t>(got.data()) % 64) / 4 % 16;
          detail::widen_panel(packed.data(), std::ptrdiff_t(packed.size()), aligned);
          BOOST_TEST(std::equal(wanted.begin(), wanted.end(), aligned), k << " x " << n);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
