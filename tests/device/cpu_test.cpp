// SPDX-License-Identifier: MIT
//
// The processor as a device: products in float and double against plain loops, for any number of threads, and
// the verbs of memory on views that are not dense.
#include <coop/device/cpu.hpp>

#include "../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

BOOST_AUTO_TEST_SUITE(cpu)

using namespace coop;
using tests::as_matrix;
using tests::as_vector;
using tests::numbers;

namespace {

const std::vector<index_t> awkward{1, 5, 6, 7, 13, 14, 15, 31, 32, 33, 257};

template <class T>
std::vector<double> plain(op oa, op ob, T alpha, view<const T, 2> a, view<const T, 2> b) {
  const bool ta = oa == op::transposed;
  const bool tb = ob == op::transposed;
  const index_t rows = ta ? a.columns() : a.rows();
  const index_t inner = ta ? a.rows() : a.columns();
  const index_t columns = tb ? b.rows() : b.columns();
  std::vector<double> c;
  for (index_t i = 0; i < rows; ++i) {
    for (index_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (index_t p = 0; p < inner; ++p)
        sum += double(ta ? a(p, i) : a(i, p)) * double(tb ? b(j, p) : b(p, j));
      c.push_back(double(alpha) * sum);
    }
  }
  return c;
}

template <class T>
std::vector<T> multiplied(const device::basic_cpu<T>& device, index_t rows, index_t inner, index_t columns,
                          bool bias, bool accumulate) {
  const auto x = numbers<T>(std::size_t(rows * inner), 1);
  const auto w = numbers<T>(std::size_t(inner * columns), 2);
  const auto b = numbers<T>(std::size_t(columns), 3);
  auto y = numbers<T>(std::size_t(rows * columns), 4);
  const auto frozen = device.freeze(as_matrix(w, inner, columns), op::as_is);
  device.multiply(as_matrix(x, rows, inner), frozen, bias ? as_vector(b) : view<const T, 1>{}, accumulate,
                  as_matrix(y, rows, columns));
  return y;
}

template <class T>
double multiply_error(index_t rows, index_t inner, index_t columns, bool bias, bool accumulate) {
  const auto x = numbers<T>(std::size_t(rows * inner), 1);
  const auto w = numbers<T>(std::size_t(inner * columns), 2);
  const auto b = numbers<T>(std::size_t(columns), 3);
  const auto before = numbers<T>(std::size_t(rows * columns), 4);
  auto wanted = plain<T>(op::as_is, op::as_is, T(1), as_matrix(x, rows, inner), as_matrix(w, inner, columns));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (bias) wanted[i] += double(b[i % std::size_t(columns)]);
    if (accumulate) wanted[i] += double(before[i]);
  }
  return tests::relative_difference(
      multiplied(device::basic_cpu<T>(2), rows, inner, columns, bias, accumulate), wanted);
}

}  // namespace

BOOST_AUTO_TEST_CASE(products_by_a_frozen_matrix_are_those_in_double_at_awkward_sizes) {
  for (const index_t rows : awkward) {
    for (const index_t columns : awkward) {
      BOOST_TEST(multiply_error<float>(rows, 31, columns, true, true) < tests::tolerance::product,
                 "rows " << rows << ", columns " << columns);
    }
  }
}

BOOST_AUTO_TEST_CASE(bias_and_accumulation_are_independent_in_float_and_double) {
  for (const int mode : {0, 1, 2, 3}) {
    BOOST_TEST(multiply_error<float>(13, 257, 33, (mode & 1) != 0, (mode & 2) != 0) <
               tests::tolerance::product);
    BOOST_TEST(multiply_error<double>(13, 257, 33, (mode & 1) != 0, (mode & 2) != 0) < 1e-14);
  }
}

BOOST_AUTO_TEST_CASE(a_frozen_transpose_multiplies_as_the_transpose) {
  const device::cpu device;
  const auto w = numbers<float>(5 * 3, 1);  // (O, K)
  const auto x = numbers<float>(2 * 3, 2);
  std::vector<float> y(2 * 5);

  const auto frozen = device.freeze(as_matrix(w, 5, 3), op::transposed);
  device.multiply(as_matrix(x, 2, 3), frozen, {}, false, as_matrix(y, 2, 5));

  BOOST_TEST(frozen.inputs() == 3);
  BOOST_TEST(frozen.outputs() == 5);
  const auto wanted = plain<float>(op::as_is, op::transposed, 1.0f, as_matrix(x, 2, 3), as_matrix(w, 5, 3));
  BOOST_TEST(tests::relative_difference(y, wanted) < tests::tolerance::product);
}

BOOST_AUTO_TEST_CASE(every_pair_of_orientations_is_the_product_in_double) {
  const device::basic_cpu<double> device(2);
  for (const auto oa : {op::as_is, op::transposed}) {
    for (const auto ob : {op::as_is, op::transposed}) {
      const auto av = numbers<double>(70 * 5, 1);
      const auto bv = numbers<double>(5 * 9, 2);
      const auto a = oa == op::as_is ? as_matrix(av, 70, 5) : as_matrix(av, 5, 70);
      const auto b = ob == op::as_is ? as_matrix(bv, 5, 9) : as_matrix(bv, 9, 5);
      const auto before = numbers<double>(70 * 9, 3);
      auto c = before;

      device.gemm(oa, ob, 0.5, a, b, 2.0, as_matrix(c, 70, 9));

      auto wanted = plain<double>(oa, ob, 0.5, a, b);
      for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] += 2.0 * before[i];
      BOOST_TEST(tests::relative_difference(c, wanted) < 1e-14);
    }
  }
}

BOOST_AUTO_TEST_CASE(with_beta_zero_a_product_overwrites_what_is_no_number) {
  const device::cpu device;
  const std::vector<float> a{1, 2};
  const std::vector<float> b{3, 4};
  std::vector<float> c{std::numeric_limits<float>::quiet_NaN()};

  device.gemm(op::as_is, op::transposed, 1.0f, as_matrix(a, 1, 2), as_matrix(b, 1, 2), 0.0f,
              as_matrix(c, 1, 1));

  BOOST_TEST(c[0] == 11.0f);
}

BOOST_AUTO_TEST_CASE(a_product_may_read_and_write_columns_of_wider_matrices) {
  const device::cpu device;
  const auto x = numbers<float>(9 * 20, 1);
  const auto w = numbers<float>(6 * 7, 2);
  std::vector<float> y(9 * 11, 777.0f);
  const auto left = as_matrix(x, 9, 20).slice_columns(8, 14);

  device.multiply(left, device.freeze(as_matrix(w, 6, 7), op::as_is), {}, false,
                  as_matrix(y, 9, 11).slice_columns(2, 9));

  const auto wanted = plain<float>(op::as_is, op::as_is, 1.0f, left, as_matrix(w, 6, 7));
  std::vector<float> written;
  for (index_t i = 0; i < 9; ++i) {
    for (index_t j = 0; j < 11; ++j) {
      if (j >= 2 && j < 9) {
        written.push_back(y[std::size_t(i * 11 + j)]);
      } else {
        BOOST_TEST(y[std::size_t(i * 11 + j)] == 777.0f);
      }
    }
  }
  BOOST_TEST(tests::relative_difference(written, wanted) < tests::tolerance::product);
}

BOOST_AUTO_TEST_CASE(products_have_the_same_bits_for_any_number_of_threads) {
  for (const auto& [rows, columns] :
       {std::pair{1, 257}, std::pair{15, 33}, std::pair{257, 97}, std::pair{700, 40}}) {
    const auto one = multiplied(device::cpu(1), rows, 600, columns, true, true);
    for (const int threads : {2, 3, 5}) {
      BOOST_TEST((multiplied(device::cpu(threads), rows, 600, columns, true, true) == one),
                 threads << " threads");
    }
  }
}

BOOST_AUTO_TEST_CASE(gemm_has_the_same_bits_for_any_number_of_threads) {
  const auto a = numbers<float>(300 * 70, 1);
  const auto b = numbers<float>(50 * 70, 2);
  const auto run = [&](int threads) {
    std::vector<float> c(300 * 50);
    device::cpu(threads).gemm(op::as_is, op::transposed, 1.0f, as_matrix(a, 300, 70), as_matrix(b, 50, 70),
                              0.0f, as_matrix(c, 300, 50));
    return c;
  };

  const auto one = run(1);

  for (const int threads : {2, 3, 5}) BOOST_TEST((run(threads) == one), threads << " threads");
}

BOOST_AUTO_TEST_CASE(many_small_products_are_each_the_product_in_double) {
  for (const auto oa : {op::as_is, op::transposed}) {
    for (const auto ob : {op::as_is, op::transposed}) {
      const auto av = numbers<float>(5 * 15 * 9, 1);
      const auto bv = numbers<float>(5 * 9 * 33, 2);
      const auto a = [&](index_t i) {
        const float* p = av.data() + std::ptrdiff_t(i) * 15 * 9;
        return oa == op::as_is ? view<const float, 2>{p, {15, 9}} : view<const float, 2>{p, {9, 15}};
      };
      const auto b = [&](index_t i) {
        const float* p = bv.data() + std::ptrdiff_t(i) * 9 * 33;
        return ob == op::as_is ? view<const float, 2>{p, {9, 33}} : view<const float, 2>{p, {33, 9}};
      };
      for (const int threads : {1, 3}) {
        std::vector<float> c(5 * 15 * 33, std::numeric_limits<float>::quiet_NaN());

        device::cpu(threads).gemm_each(5, oa, ob, a, b, [&](index_t i) {
          return view<float, 2>{c.data() + std::ptrdiff_t(i) * 15 * 33, {15, 33}};
        });

        std::vector<double> wanted;
        for (index_t i = 0; i < 5; ++i) {
          const auto one = plain<float>(oa, ob, 1.0f, a(i), b(i));
          wanted.insert(wanted.end(), one.begin(), one.end());
        }
        BOOST_TEST(tests::relative_difference(c, wanted) < tests::tolerance::product);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(no_rows_are_no_product) {
  const device::cpu device;
  const auto w = numbers<float>(12, 1);
  std::vector<float> nothing;

  device.multiply(as_matrix(std::as_const(nothing), 0, 3), device.freeze(as_matrix(w, 3, 4), op::as_is), {},
                  false, as_matrix(nothing, 0, 4));
  device.gemm(op::as_is, op::as_is, 1.0f, as_matrix(std::as_const(nothing), 0, 3), as_matrix(w, 3, 4), 0.0f,
              as_matrix(nothing, 0, 4));

  BOOST_TEST(nothing.empty());
}

BOOST_AUTO_TEST_CASE(both_loops_visit_every_index_once) {
  for (const int threads : {1, 3}) {
    const device::cpu device(threads);
    for (const index_t n : {0, 1, 5, 1000}) {
      std::vector<std::atomic<int>> rows(std::size_t(n) + 1);
      device.for_each(n, [&](index_t i) { ++rows[std::size_t(i)]; });
      device.for_each_row(n, [&](const auto& team, index_t i) { rows[std::size_t(i)] += team.first() + 1; });
      for (index_t i = 0; i < n; ++i) BOOST_REQUIRE(rows[std::size_t(i)] == 2);
      BOOST_TEST(rows.back() == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(fill_and_copy_keep_to_their_columns) {
  const device::cpu device;
  std::vector<int> to(3 * 4, 9);
  const std::vector<int> from{1, 2, 3, 4, 5, 6};

  device.fill(as_matrix(to, 3, 4).slice_columns(0, 1), 7);
  device.copy(as_matrix(from, 3, 2), as_matrix(to, 3, 4).slice_columns(1, 3));

  BOOST_TEST(to == (std::vector<int>{7, 1, 2, 9, 7, 3, 4, 9, 7, 5, 6, 9}));
}

BOOST_AUTO_TEST_CASE(rows_begin_on_a_cache_line) {
  const auto buffer = device::cpu{}.allocate<float>(3);

  BOOST_TEST(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0u);
}

BOOST_AUTO_TEST_CASE(a_product_is_finished_once_everywhere_after_its_last_term) {
  struct halve {
    view<float, 2> y;
    void operator()(const single_worker&, index_t row, index_t begin, index_t end) const {
      for (index_t i = begin; i < end; ++i) y(row, i) *= 0.5f;
    }
  };
  const auto x = numbers<float>(101 * 1100, 1);
  const auto w = numbers<float>(1100 * 75, 2);
  for (const auto isa : instruction_sets) {
    if (isa > best_instruction_set()) continue;
    for (const int threads : {1, 3}) {
      const device::cpu device({.threads = threads, .instructions = isa});
      const auto frozen = device.freeze(as_matrix(w, 1100, 75), op::as_is);
      std::vector<float> plain(101 * 75), finished(101 * 75);
      device.multiply(as_matrix(x, 101, 1100), frozen, {}, false, as_matrix(plain, 101, 75));

      device.multiply(as_matrix(x, 101, 1100), frozen, {}, false, as_matrix(finished, 101, 75),
                      halve{as_matrix(finished, 101, 75)});

      for (float& value : plain) value *= 0.5f;
      BOOST_TEST((finished == plain), name(isa) << ", " << threads << " threads");
    }
  }
}

BOOST_AUTO_TEST_CASE(many_products_by_frozen_matrices_are_the_products_one_by_one) {
  constexpr index_t most = 13;
  const auto x = numbers<float>(most * 5 * 40, 1);
  const auto w = numbers<float>(most * 40 * 33, 2);
  for (const auto isa : {instruction_set::portable, best_instruction_set()}) {
    for (const int threads : {1, 3}) {
      const device::cpu device({.threads = threads, .instructions = isa});
      const auto left = [&](index_t i) { return as_matrix(x, most * 5, 40).slice(i * 5, (i + 1) * 5); };
      std::vector<device::cpu::frozen> right;
      for (index_t i = 0; i < most; ++i) {
        right.push_back(device.freeze(as_matrix(w, most * 40, 33).slice(i * 40, (i + 1) * 40), op::as_is));
      }
      for (const index_t count : {0, 2, 13}) {
        std::vector<float> together(most * 5 * 33, 7.0f), apart(together);
        const auto rows_of = [](std::vector<float>& y) {
          return [&y](index_t i) { return as_matrix(y, most * 5, 33).slice(i * 5, (i + 1) * 5); };
        };

        device.multiply_each(
            count, left, [&](index_t i) -> const auto& { return right[std::size_t(i)]; }, rows_of(together));

        for (index_t i = 0; i < count; ++i) {
          device.multiply(left(i), right[std::size_t(i)], {}, false, rows_of(apart)(i));
        }
        BOOST_TEST((together == apart), name(isa) << ", " << threads << " threads, " << count);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(products_have_the_same_bits_by_every_set_of_vectors) {
  std::vector<float> first;
  for (const auto isa : instruction_sets) {
    if (isa == instruction_set::portable || isa > best_instruction_set()) continue;
    const device::cpu device({.instructions = isa});
    const auto x = numbers<float>(29 * 1100, 1);
    const auto w = numbers<float>(1100 * 75, 2);
    const auto b = numbers<float>(75, 3);
    std::vector<float> y(29 * 75);
    device.multiply(as_matrix(x, 29, 1100), device.freeze(as_matrix(w, 1100, 75), op::as_is), as_vector(b),
                    false, as_matrix(y, 29, 75));
    if (first.empty()) first = y;
    BOOST_TEST((y == first), name(isa));
  }
}

BOOST_AUTO_TEST_CASE(a_device_says_what_it_uses) {
  const device::cpu device({.threads = 2, .instructions = instruction_set::portable});

  BOOST_TEST(device.description() == "cpu, 2 threads, portable, float32 products");
  BOOST_TEST((device.instructions() == instruction_set::portable));
  BOOST_TEST((device::cpu(1).instructions() == best_instruction_set()));
  BOOST_TEST((device::cpu({.products = precision::bfloat16}).products() == precision::bfloat16));
}

BOOST_AUTO_TEST_CASE(zero_threads_mean_all_of_the_machine) {
  BOOST_TEST(device::cpu(0).threads() == int(std::max(1u, std::thread::hardware_concurrency())));
  BOOST_TEST(device::cpu(3).threads() == 3);
}

BOOST_AUTO_TEST_CASE(copies_of_a_device_share_their_threads) {
  const device::cpu device(2);
  const device::cpu copy = device;

  BOOST_TEST(copy.threads() == 2);
  static_assert(std::is_nothrow_move_constructible_v<device::cpu>);
}

BOOST_AUTO_TEST_CASE(a_matrix_frozen_from_the_host_by_several_threads_is_the_one_frozen_by_one) {
  const auto w = numbers<float>(700 * 300, 1);
  const auto x = numbers<float>(5 * 300, 2);
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 3}) {
    const device::cpu device(threads);
    results.emplace_back(5 * 700);
    const auto frozen = device.freeze_from_host(as_matrix(w, 700, 300), op::transposed);
    device.multiply(as_matrix(x, 5, 300), frozen, {}, false, as_matrix(results.back(), 5, 700));
  }

  BOOST_TEST((results[1] == results[0]));
  BOOST_TEST((results[2] == results[0]));
  const auto wanted =
      plain<float>(op::as_is, op::transposed, 1.0f, as_matrix(x, 5, 300), as_matrix(w, 700, 300));
  BOOST_TEST(tests::relative_difference(results[0], wanted) < tests::tolerance::product);
}

BOOST_AUTO_TEST_CASE(work_on_the_host_may_ask_for_the_device) {
  const device::cpu device(2);
  std::vector<float> sums(9);

  device.on_host(9, [&](index_t i) {
    const std::vector<float> ones(20, 1.0f);
    const std::vector<float> w(20, float(i));
    device.multiply(as_matrix(ones, 1, 20), device.freeze(as_matrix(w, 20, 1), op::as_is), {}, false,
                    view<float, 2>{&sums[std::size_t(i)], shape<2>{1, 1}});
  });

  for (std::size_t i = 0; i < 9; ++i) BOOST_TEST(sums[i] == 20.0f * float(i));
}

BOOST_AUTO_TEST_SUITE_END()
