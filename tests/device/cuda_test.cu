// SPDX-License-Identifier: MIT
//
// A GPU as a device: its verbs against plain loops and against the processor. Cases of the suite on_a_gpu need a GPU and
// are skipped without one; those of without_a_gpu are what a program sees that has none.
#include <coop/device/cuda.hpp>

#include <coop/device/devices.hpp>
#include <coop/device/recording.hpp>
#include <coop/dispatch.hpp>
#include <coop/nn/elementwise.hpp>
#include <coop/tensor/tensor.hpp>

#include "../support/gpu.hpp"
#include "../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <vector>

using namespace coop;
using tests::as_matrix;
using tests::as_vector;
using tests::numbers;
namespace utf = boost::unit_test;

namespace {

const std::vector<index_t> awkward{1, 5, 31, 33, 64, 129};

template <class T, int Rank>
auto on(const device::basic_cuda<T>& gpu, const std::vector<T>& values, shape<Rank> extents) {
  return to_device(gpu, view<const T, Rank>{values.data(), extents});
}

template <class T>
std::vector<double> plain(op oa, op ob, T alpha, view<const T, 2> a, view<const T, 2> b) {
  const bool ta = oa == op::transposed;
  const bool tb = ob == op::transposed;
  std::vector<double> c;
  for (index_t i = 0; i < (ta ? a.columns() : a.rows()); ++i) {
    for (index_t j = 0; j < (tb ? b.rows() : b.columns()); ++j) {
      double sum = 0;
      for (index_t p = 0; p < (ta ? a.rows() : a.columns()); ++p)
        sum += double(ta ? a(p, i) : a(i, p)) * double(tb ? b(j, p) : b(p, j));
      c.push_back(double(alpha) * sum);
    }
  }
  return c;
}

/// How far y = x w + bias + y is from the same in double.
template <class T>
double multiply_error(const device::basic_cuda<T>& gpu, index_t rows, index_t inner, index_t columns,
                      bool from_host, op orientation) {
  const bool turned = orientation == op::transposed;
  const auto x = numbers<T>(std::size_t(rows * inner), 1);
  const auto w = numbers<T>(std::size_t(inner * columns), 2);
  const auto bias = numbers<T>(std::size_t(columns), 3);
  const auto before = numbers<T>(std::size_t(rows * columns), 4);
  const shape<2> of_w{turned ? columns : inner, turned ? inner : columns};
  auto wanted =
      plain<T>(op::as_is, orientation, T(1), as_matrix(x, rows, inner), view<const T, 2>{w.data(), of_w});
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    wanted[i] += double(bias[i % std::size_t(columns)]) + double(before[i]);
  }
  const auto there_x = on(gpu, x, shape<2>{rows, inner});
  const auto there_w = on(gpu, w, of_w);
  const auto there_bias = on(gpu, bias, shape<1>{columns});
  auto y = on(gpu, before, shape<2>{rows, columns});
  const auto frozen =
      from_host ? gpu.freeze_from_host(view<const T, 2>{w.data(), of_w}, orientation, rounding::allowed)
                : gpu.freeze(there_w.view(), orientation, rounding::allowed);
  gpu.multiply(there_x.view(), frozen, there_bias.view(), true, y.view());
  return tests::relative_difference(to_host(gpu, view<const T, 2>(y.view())), wanted);
}

struct count_row {
  view<float, 2> x;
  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    float sum = 0;
    float most = -1;
    for (index_t i = team.first(); i < x.columns(); i += team.stride()) {
      sum += x(row, i);
      most = x(row, i) > most ? x(row, i) : most;
    }
    sum = team.sum(sum);
    most = team.max(most);
    team.sync();
    if (team.first() == 0) {
      x(row, 0) = sum;
      x(row, 1) = most;
    }
  }
};

struct number_each {
  float* to;
  COOP_HOST_DEVICE void operator()(index_t i) const { to[i] = float(i % 1000); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(without_a_gpu)

BOOST_AUTO_TEST_CASE(a_program_can_ask_for_a_gpu_and_opening_none_is_a_device_error) {
  if (device::cuda::available()) {
    BOOST_CHECK_NO_THROW(device::cuda(0));
  } else {
    BOOST_CHECK_EXCEPTION(device::cuda(0), device_error, [](const device_error& e) {
      return std::string(e.what()).find("coop: no CUDA device: ") == 0;
    });
  }
  BOOST_CHECK_THROW(device::cuda(1000), device_error);
  BOOST_CHECK_THROW(device::cuda(-1), device_error);
}

BOOST_AUTO_TEST_CASE(a_device_that_was_never_opened_says_so) {
  const device::cuda none;
  const auto says_so = [](const device_error& e) {
    return std::string(e.what()) ==
           "coop: device cuda: expected one that was opened, device::cuda(cuda_options{...})";
  };
  BOOST_CHECK_EXCEPTION(none.synchronize(), device_error, says_so);
  BOOST_CHECK_EXCEPTION((void)none.allocate<float>(1), device_error, says_so);
  BOOST_CHECK_EXCEPTION(none.for_each(1, number_each{nullptr}), device_error, says_so);
  BOOST_CHECK_EXCEPTION((void)none.description(), device_error, says_so);
}

BOOST_AUTO_TEST_CASE(in_double_there_is_no_lower_precision) {
  BOOST_CHECK_EXCEPTION(
      (device::basic_cuda<double>({.products = precision::tf32})), choice_error, [](const choice_error& e) {
        return std::string(e.what()).find("expected one of float32, got tf32") != std::string::npos;
      });
}

BOOST_AUTO_TEST_CASE(where_nvcc_compiles_the_roll_names_both_devices) {
  BOOST_TEST(names(device::all{}) == "cpu, cuda");
  BOOST_TEST(choose(device::all{}, "device", "cuda").index == 1u);
}

BOOST_AUTO_TEST_CASE(the_processor_is_the_one_that_other_compilers_see) {
  BOOST_TEST(COOP_X86_DISPATCH == 1);
  BOOST_TEST((device::cpu(1).instructions() == best_instruction_set()));
}

BOOST_AUTO_TEST_CASE(alignments_are_what_addresses_allow) {
  using detail::alignment_of_address;
  alignas(512) char memory[1024];
  BOOST_TEST(alignment_of_address(memory) == 256u);
  BOOST_TEST(alignment_of_address(memory + 256) == 256u);
  BOOST_TEST(alignment_of_address(memory + 4) == 4u);
  BOOST_TEST(alignment_of_address(memory + 48) == 16u);
  const auto* floats = reinterpret_cast<const float*>(memory);
  BOOST_TEST(detail::in_quads(floats, 8, 12));
  BOOST_TEST(!detail::in_quads(floats + 1, 8, 12));
  BOOST_TEST(!detail::in_quads(floats, 6, 12));
  BOOST_TEST(!detail::in_quads(floats, 8, 13));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(on_a_gpu, *utf::label("gpu") * utf::precondition(tests::on_a_gpu))

BOOST_AUTO_TEST_CASE(numbers_go_there_and_back_whatever_lies_between_their_rows) {
  const device::cuda gpu(0);
  const auto values = numbers<float>(5 * 40, 1);
  const view<const float, 2> strided{values.data(), shape<2>{5, 30}, 40};
  auto there = on(gpu, numbers<float>(5 * 50, 2), shape<2>{5, 50});

  gpu.upload(strided, there.view().slice_columns(10, 40));
  auto copy = on(gpu, numbers<float>(5 * 30, 3), shape<2>{5, 30});
  gpu.copy(view<const float, 2>(there.view().slice_columns(10, 40)), copy.view());
  std::vector<float> back(5 * 33);
  gpu.download(view<const float, 2>(copy.view()), view<float, 2>{back.data(), shape<2>{5, 30}, 33});

  const auto untouched = numbers<float>(5 * 50, 2);
  const auto all = to_host(gpu, view<const float, 2>(there.view()));
  for (index_t i = 0; i < 5; ++i) {
    for (index_t j = 0; j < 30; ++j) BOOST_TEST(back[std::size_t(i * 33 + j)] == strided(i, j));
    for (index_t j = 0; j < 10; ++j)
      BOOST_TEST(all[std::size_t(i * 50 + j)] == untouched[std::size_t(i * 50 + j)]);
  }
}

BOOST_AUTO_TEST_CASE(every_rank_travels_and_so_does_more_than_a_piece_of_staging) {
  const device::cuda gpu(0);
  const auto some = numbers<float>(2 * 3 * 4 * 5, 1);
  BOOST_TEST((to_host(gpu, view<const float, 1>(on(gpu, some, shape<1>{120}).view())) == some));
  BOOST_TEST((to_host(gpu, view<const float, 3>(on(gpu, some, shape<3>{6, 4, 5}).view())) == some));
  BOOST_TEST((to_host(gpu, view<const float, 4>(on(gpu, some, shape<4>{2, 3, 4, 5}).view())) == some));
  const auto many = numbers<double>(3 << 20, 2);  // 24 MiB
  const device::basic_cuda<double> exact(0);
  BOOST_TEST((to_host(exact, view<const double, 1>(on(exact, many, shape<1>{3 << 20}).view())) == many));
}

BOOST_AUTO_TEST_CASE(memory_of_no_numbers_is_memory) {
  const device::cuda gpu(0);
  auto none = gpu.allocate<float>(0);
  BOOST_TEST(none.data() != nullptr);
  const view<float, 2> nothing{none.data(), shape<2>{0, 7}};
  gpu.fill(nothing, 1.0f);
  gpu.copy(view<const float, 2>(nothing), nothing);
  gpu.upload(view<const float, 2>(nothing), nothing);
  gpu.download(view<const float, 2>(nothing), nothing);
  gpu.for_each(0, number_each{none.data()});
  gpu.for_each_row(0, count_row{nothing});
  gpu.gemm(op::as_is, op::transposed, 1.0f, view<const float, 2>(nothing), view<const float, 2>(nothing),
           0.0f, view<float, 2>{none.data(), shape<2>{0, 0}});
  BOOST_CHECK_NO_THROW(gpu.synchronize());
}

BOOST_AUTO_TEST_CASE(fill_writes_its_elements_and_no_others) {
  const device::cuda gpu(0);
  for (const float value : {0.0f, 2.5f}) {
    const auto before = numbers<float>(6 * 9, 1);
    auto there = on(gpu, before, shape<2>{6, 9});
    gpu.fill(there.view().slice_columns(2, 7), value);
    gpu.fill(view<float, 1>{there.view().data, shape<1>{6}, 9}, value);
    auto wanted = before;
    for (index_t i = 0; i < 6; ++i) {
      wanted[std::size_t(i * 9)] = value;
      for (index_t j = 2; j < 7; ++j) wanted[std::size_t(i * 9 + j)] = value;
    }
    BOOST_TEST((to_host(gpu, view<const float, 2>(there.view())) == wanted));
  }
}

BOOST_AUTO_TEST_CASE(products_are_those_in_double_for_every_order_of_operands) {
  const device::cuda gpu(0);
  for (const auto oa : {op::as_is, op::transposed}) {
    for (const auto ob : {op::as_is, op::transposed}) {
      for (const index_t n : awkward) {
        const auto a = numbers<float>(std::size_t(17 * n), 1);
        const auto b = numbers<float>(std::size_t(n * 23), 2);
        const auto c = numbers<float>(17 * 23, 3);
        const shape<2> of_a = oa == op::as_is ? shape<2>{17, n} : shape<2>{n, 17};
        const shape<2> of_b = ob == op::as_is ? shape<2>{n, 23} : shape<2>{23, n};
        auto wanted = plain<float>(oa, ob, 0.5f, {a.data(), of_a}, {b.data(), of_b});
        for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] += 2.0 * double(c[i]);
        const auto there_a = on(gpu, a, of_a);
        const auto there_b = on(gpu, b, of_b);
        auto there_c = on(gpu, c, shape<2>{17, 23});
        gpu.gemm(oa, ob, 0.5f, there_a.view(), there_b.view(), 2.0f, there_c.view());
        BOOST_TEST(tests::relative_difference(to_host(gpu, view<const float, 2>(there_c.view())), wanted) <
                   tests::tolerance::product);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_product_over_nothing_is_zero_or_what_was_there) {
  const device::cuda gpu(0);
  const auto before = numbers<float>(6, 1);
  auto c = on(gpu, before, shape<2>{2, 3});
  const auto none = gpu.allocate<float>(0);
  const view<const float, 2> a{none.data(), shape<2>{2, 0}};
  const view<const float, 2> b{none.data(), shape<2>{0, 3}};
  gpu.gemm(op::as_is, op::as_is, 1.0f, a, b, 2.0f, c.view());
  BOOST_TEST(to_host(gpu, view<const float, 2>(c.view()))[5] == 2 * before[5]);
  gpu.gemm(op::as_is, op::as_is, 1.0f, a, b, 0.0f, c.view());
  BOOST_TEST((to_host(gpu, view<const float, 2>(c.view())) == std::vector<float>(6)));
}

struct head_of {
  view<float, 2> all;  // (pictures * rows, heads * size)
  index_t rows, heads, size;
  view<float, 2> operator()(index_t item) const {
    return all.slice(item / heads * rows, (item / heads + 1) * rows)
        .slice_columns(item % heads * size, (item % heads + 1) * size);
  }
};
struct constant_head_of {
  head_of of;
  view<const float, 2> operator()(index_t item) const { return of(item); }
};

BOOST_AUTO_TEST_CASE(many_products_are_each_of_them) {
  for (const auto& [pictures, heads] : {std::pair<index_t, index_t>{2, 12}, {5, 3}, {1, 1}, {1, 4}}) {
    const device::cuda gpu(0);
    constexpr index_t rows = 9;
    constexpr index_t size = 16;
    const auto values = numbers<float>(std::size_t(pictures * rows * heads * size), 1);
    auto q = on(gpu, values, shape<2>{pictures * rows, heads * size});
    auto scores = on(gpu, numbers<float>(std::size_t(pictures * heads * rows * rows), 2),
                     shape<2>{pictures * heads * rows, rows});
    const constant_head_of operand{{q.view(), rows, heads, size}};
    gpu.gemm_each(pictures * heads, op::as_is, op::transposed, operand, operand,
                  [&](index_t i) { return scores.view().slice(i * rows, (i + 1) * rows); });
    const auto found = to_host(gpu, view<const float, 2>(scores.view()));
    std::vector<double> wanted;
    auto host = values;
    const head_of on_host{as_matrix(host, pictures * rows, heads * size), rows, heads, size};
    for (index_t i = 0; i < pictures * heads; ++i) {
      const auto one = plain<float>(op::as_is, op::transposed, 1.0f, on_host(i), on_host(i));
      wanted.insert(wanted.end(), one.begin(), one.end());
    }
    BOOST_TEST(tests::relative_difference(found, wanted) < tests::tolerance::product);
  }
}

BOOST_AUTO_TEST_CASE(products_by_frozen_matrices_are_as_precise_as_was_asked) {
  for (const auto& [p, allowed] : {std::pair{precision::float32, 2e-6},
                                   {precision::tf32, 2e-3},
                                   {precision::bfloat16, 8e-3},
                                   {precision::float16, 1e-3}}) {
    const device::cuda gpu({.products = p});
    BOOST_TEST((gpu.products() == p));
    for (const index_t inner : awkward) {
      for (const index_t columns : {1, 33, 64}) {
        for (const auto orientation : {op::as_is, op::transposed}) {
          for (const bool from_host : {false, true}) {
            BOOST_TEST(multiply_error(gpu, 19, inner, columns, from_host, orientation) < allowed,
                       name(p) << " " << inner << " " << columns);
          }
        }
      }
    }
  }
  const device::basic_cuda<double> exact(0);
  BOOST_TEST(multiply_error(exact, 19, 33, 31, true, op::as_is) < 1e-14);
}

BOOST_AUTO_TEST_CASE(many_products_by_frozen_matrices_are_each_of_them) {
  for (const auto p : {precision::float32, precision::bfloat16}) {
    const device::cuda gpu({.products = p});
    const auto x = on(gpu, numbers<float>(6 * 9 * 16, 1), shape<2>{6 * 9, 16});
    std::vector<device::cuda::frozen> w;
    for (unsigned i = 0; i < 6; ++i) {
      const auto one = numbers<float>(16 * 24, i + 2);
      w.push_back(gpu.freeze_from_host(as_matrix(one, 16, 24), op::as_is, rounding::allowed));
    }
    tensor<float, 2, device::cuda> together(gpu, shape<2>{6 * 9, 24});
    tensor<float, 2, device::cuda> alone(gpu, shape<2>{6 * 9, 24});
    const auto in = [&](index_t i) { return x.view().slice(i * 9, i * 9 + 9); };
    gpu.multiply_each(
        6, in, [&](index_t i) -> const device::cuda::frozen& { return w[std::size_t(i)]; },
        [&](index_t i) { return together.view().slice(i * 9, i * 9 + 9); });
    for (index_t i = 0; i < 6; ++i) {
      gpu.multiply(in(i), w[std::size_t(i)], {}, false, alone.view().slice(i * 9, i * 9 + 9));
    }
    BOOST_TEST(tests::relative_difference(to_host(gpu, view<const float, 2>(together.view())),
                                          to_host(gpu, view<const float, 2>(alone.view()))) <
               tests::tolerance::product);
  }
}

BOOST_AUTO_TEST_CASE(only_who_allows_it_is_rounded) {
  const device::cuda gpu({.products = precision::bfloat16});
  const auto w = on(gpu, numbers<float>(64 * 64, 1), shape<2>{64, 64});
  const auto rounded = gpu.freeze(w.view(), op::as_is, rounding::allowed);
  const auto whole = gpu.freeze(w.view(), op::as_is);
  BOOST_TEST(rounded.bytes() == std::size_t(64 * 64 * 2));
  BOOST_TEST(whole.bytes() == std::size_t(64 * 64 * 4));
  BOOST_TEST(whole.inputs() == 64);
}

BOOST_AUTO_TEST_CASE(a_product_is_finished_by_what_it_is_given) {
  const device::cuda gpu(0);
  for (const index_t columns : {6, 64}) {
    const auto x = on(gpu, numbers<float>(5 * 32, 1), shape<2>{5, 32});
    const auto w = on(gpu, numbers<float>(std::size_t(32 * columns), 2), shape<2>{32, columns});
    tensor<float, 2, device::cuda> plain_y(gpu, shape<2>{5, columns});
    tensor<float, 2, device::cuda> y(gpu, shape<2>{5, columns});
    tensor<float, 2, device::cuda> slope(gpu, shape<2>{5, columns});
    const auto frozen = gpu.freeze(w.view(), op::as_is);
    gpu.multiply(x.view(), frozen, {}, false, plain_y.view());
    gpu.multiply(x.view(), frozen, {}, false, y.view(),
                 nn::activate_row_with_slope<nn::quick_gelu, float>{y.view(), slope.view()});
    const auto before = to_host(gpu, view<const float, 2>(plain_y.view()));
    std::vector<float> wanted(before.size());
    std::vector<float> wanted_slope(before.size());
    for (std::size_t i = 0; i < before.size(); ++i)
      nn::quick_gelu::both(before[i], wanted[i], wanted_slope[i]);
    BOOST_TEST(tests::relative_difference(to_host(gpu, view<const float, 2>(y.view())), wanted) < 1e-6);
    BOOST_TEST(tests::relative_difference(to_host(gpu, view<const float, 2>(slope.view())), wanted_slope) <
               1e-6);
  }
}

BOOST_AUTO_TEST_CASE(loops_meet_every_index_and_every_row_once) {
  const device::cuda gpu(0);
  constexpr index_t many = 3'000'000;  // more than there are threads
  tensor<float, 1, device::cuda> line(gpu, shape<1>{many});
  gpu.for_each(many, number_each{line.view().data});
  const auto found = to_host(gpu, view<const float, 1>(line.view()));
  bool right = true;
  for (index_t i = 0; i < many; ++i) right = right && found[std::size_t(i)] == float(i % 1000);
  BOOST_TEST(right);

  for (const index_t columns : {2, 31, 128, 1000}) {
    const auto values = numbers<float>(std::size_t(7 * columns), 1);
    auto rows = on(gpu, values, shape<2>{7, columns});
    gpu.for_each_row(7, count_row{rows.view()});
    const auto sums = to_host(gpu, view<const float, 2>(rows.view()));
    for (index_t row = 0; row < 7; ++row) {
      double sum = 0;
      float most = -1;
      for (index_t i = 0; i < columns; ++i) {
        sum += double(values[std::size_t(row * columns + i)]);
        most = std::max(most, values[std::size_t(row * columns + i)]);
      }
      BOOST_TEST(std::abs(double(sums[std::size_t(row * columns)]) - sum) < 1e-4);
      BOOST_TEST(sums[std::size_t(row * columns + 1)] == most);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_recording_does_what_its_function_would) {
  const device::cuda gpu(0);
  auto x = on(gpu, numbers<float>(8 * 8, 1, 0.1), shape<2>{8, 8});
  auto y = on(gpu, numbers<float>(8 * 8, 2), shape<2>{8, 8});
  auto z = on(gpu, numbers<float>(8 * 8, 2), shape<2>{8, 8});
  const auto step = [&](view<float, 2> to) {
    gpu.gemm(op::as_is, op::as_is, 1.0f, view<const float, 2>(x.view()), view<const float, 2>(x.view()), 0.5f,
             to);
    gpu.for_each_row(8, nn::add_row<float>{to, x.view()});
  };
  int calls = 0;
  auto recorded = record(gpu, [&] {
    ++calls;
    step(y.view());
  });
  for (int i = 0; i < 5; ++i) {
    recorded();
    step(z.view());
    BOOST_TEST((to_host(gpu, view<const float, 2>(y.view())) == to_host(gpu, view<const float, 2>(z.view()))),
               i);
  }
  BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_recorded_says_so_and_the_device_goes_on) {
  const device::cuda gpu(0);
  auto x = on(gpu, numbers<float>(8, 1), shape<1>{8});
  float host[8];
  const auto refused = [&](auto f, const char* what) {
    auto recorded = record(gpu, f);
    recorded();
    BOOST_CHECK_EXCEPTION(recorded(), device_error, [&](const device_error& e) {
      return std::string(e.what()).find(what) != std::string::npos;
    });
    gpu.fill(x.view(), 1.0f);
    BOOST_CHECK_NO_THROW(gpu.synchronize());
  };
  refused([&] { (void)gpu.allocate<float>(1); }, "memory is asked for");
  refused(
      [&] {
        gpu.download(view<const float, 1>(x.view()), view<float, 1>{host, shape<1>{8}});
      },
      "the host's numbers are written");
  refused(
      [&] {
        gpu.upload(view<const float, 1>{host, shape<1>{8}}, x.view());
      },
      "the host's numbers are read");
  refused([&] { gpu.synchronize(); }, "the host waits");
}

BOOST_AUTO_TEST_CASE(several_host_threads_may_ask_at_once) {
  const device::cuda gpu({.products = precision::bfloat16});
  std::vector<double> errors(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < errors.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        errors[t] = std::max(errors[t], multiply_error(gpu, 19 + index_t(t), 64, 32, true, op::as_is));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const double error : errors) BOOST_TEST(error < 8e-3);
}

BOOST_AUTO_TEST_CASE(it_says_what_it_uses) {
  const device::cuda gpu({.products = precision::tf32});
  BOOST_TEST(gpu.description().find("cuda, ") == 0u);
  BOOST_TEST(gpu.description().find(", tf32 products") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
