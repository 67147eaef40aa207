// SPDX-License-Identifier: MIT
//
// The machine's own limits, for the other programs' figures to be read against: multiply-adds that never leave the
// registers, bytes copied and read, and the products of a text tower (width 512) by coop, Eigen and, where they were
// found, OpenBLAS and oneDNN, on one thread and on all. Compiled for this processor, so that Eigen is at its best.
//
//   ceiling [--benchmark_filter=...] [--benchmark_out=FILE --benchmark_out_format=json]
#include <coop/coop.hpp>

#include <benchmark/benchmark.h>

#if COOP_BENCHMARK_OPENBLAS
#include <cblas.h>
#endif
#if COOP_BENCHMARK_ONEDNN
#include <omp.h>
#include <dnnl.hpp>
#endif

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <thread>
#include <vector>

#ifndef NDEBUG
#error "coop: benchmarks are built with NDEBUG"
#endif

using namespace coop;

namespace {

/// Operands of y (rows, n) = x (rows, k) w (k, n), and what a product of them costs.
struct product_of {
  index_t rows, k, n;
  std::vector<float> x, w, y;

  explicit product_of(const benchmark::State& state)
      : rows(index_t(state.range(0))),
        k(index_t(state.range(1))),
        n(index_t(state.range(2))),
        x(std::size_t(rows) * std::size_t(k), 0.5f),
        w(std::size_t(k) * std::size_t(n), 0.25f),
        y(std::size_t(rows) * std::size_t(n)) {}

  [[nodiscard]] view<const float, 2> left() const { return {x.data(), shape<2>{rows, k}}; }
  [[nodiscard]] view<const float, 2> right() const { return {w.data(), shape<2>{k, n}}; }
  [[nodiscard]] view<float, 2> target() { return {y.data(), shape<2>{rows, n}}; }
  void count(benchmark::State& state) const {
    state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * double(rows) * double(k) * double(n),
                                                   benchmark::Counter::kIsIterationInvariantRate);
  }
};

void by_coop_in(precision products, benchmark::State& state) {
  product_of p(state);
  const device::cpu device({.threads = int(state.range(3)), .products = products});
  const auto frozen = device.freeze(p.right(), op::as_is, rounding::allowed);
  for (auto _ : state) device.multiply(p.left(), frozen, {}, false, p.target());
  p.count(state);
}
void by_coop(benchmark::State& state) { by_coop_in(precision::float32, state); }
void by_coop_bfloat16(benchmark::State& state) { by_coop_in(precision::bfloat16, state); }

void by_eigen(benchmark::State& state) {
  product_of p(state);
  const device::cpu device(int(state.range(3)));
  constexpr index_t at_once = 64;
  for (auto _ : state) {
    device.for_each((p.rows + at_once - 1) / at_once, [&](index_t task) {
      const index_t begin = task * at_once;
      const index_t end = std::min(p.rows, begin + at_once);
      detail::as_eigen(p.target().slice(begin, end)).noalias() =
          detail::as_eigen(p.left().slice(begin, end)) * detail::as_eigen(p.right());
    });
  }
  p.count(state);
}

#if COOP_BENCHMARK_OPENBLAS
void by_openblas(benchmark::State& state) {
  product_of p(state);
  openblas_set_num_threads(int(state.range(3)));
  for (auto _ : state) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, p.rows, p.n, p.k, 1.0f, p.x.data(), p.k,
                p.w.data(), p.n, 0.0f, p.y.data(), p.n);
  }
  p.count(state);
}
#endif

#if COOP_BENCHMARK_ONEDNN
void by_onednn(benchmark::State& state) {
  product_of p(state);
  omp_set_num_threads(int(state.range(3)));
  using dims = dnnl::memory::dims;
  constexpr auto f32 = dnnl::memory::data_type::f32;
  constexpr auto plain = dnnl::memory::format_tag::ab;
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const dnnl::memory::desc x(dims{p.rows, p.k}, f32, plain);
  const dnnl::memory::desc w(dims{p.k, p.n}, f32,
                             dnnl::memory::format_tag::any);  // packed as oneDNN likes it
  const dnnl::memory::desc y(dims{p.rows, p.n}, f32, plain);
  const dnnl::matmul::primitive_desc described(dnnl::matmul::desc(x, w, y), engine);
  const dnnl::matmul product(described);
  dnnl::memory left(x, engine, p.x.data());
  dnnl::memory given({dims{p.k, p.n}, f32, plain}, engine, p.w.data());
  dnnl::memory right(described.weights_desc(), engine);
  dnnl::memory target(y, engine, p.y.data());
  dnnl::reorder(given, right).execute(stream, given, right);
  stream.wait();
  for (auto _ : state) {
    product.execute(stream, {{DNNL_ARG_SRC, left}, {DNNL_ARG_WEIGHTS, right}, {DNNL_ARG_DST, target}});
    stream.wait();
  }
  p.count(state);
}
#endif

/// The nodes of a few trees, by the four matrices of a residual block.
void tower_shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"rows", "k", "n", "threads"})->UseRealTime();
  const int all = int(std::max(1u, std::thread::hardware_concurrency()));
  for (const int threads : {1, all}) {
    for (const int rows : {68, 423, 1517, 4685}) {
      b->Args({rows, 512, 512, threads});
      b->Args({rows, 512, 1536, threads});
      b->Args({rows, 512, 2048, threads});
      b->Args({rows, 2048, 512, threads});
    }
    if (threads == all) break;
  }
}
BENCHMARK(by_coop)->Apply(tower_shapes);
BENCHMARK(by_coop_bfloat16)->Apply(tower_shapes);
BENCHMARK(by_eigen)->Apply(tower_shapes);
#if COOP_BENCHMARK_OPENBLAS
BENCHMARK(by_openblas)->Apply(tower_shapes);
#endif
#if COOP_BENCHMARK_ONEDNN
BENCHMARK(by_onednn)->Apply(tower_shapes);
#endif

#if defined(__AVX512F__)
constexpr int register_bytes = 64;
#define COOP_IN_A_REGISTER "+v"
#elif defined(__AVX__)
constexpr int register_bytes = 32;
#define COOP_IN_A_REGISTER "+x"
#else
constexpr int register_bytes = 16;
#define COOP_IN_A_REGISTER "+x"
#endif

/// Multiply-adds that never leave the registers: ten chains, enough for two units of four or five cycles.
void in_registers(benchmark::State& state) {
  typedef float lanes __attribute__((vector_size(register_bytes)));  // NOLINT: the extension wants typedef
  const int threads = int(state.range(0));
  const device::cpu device(threads);
  constexpr index_t turns = 1000000;
  std::vector<float> sums(std::size_t(threads), 0.0f);
  for (auto _ : state) {
    device.for_each(threads, [&](index_t thread) {
      lanes f = {};
      f += 0.5f + 0.1f * float(thread);
      lanes a = f, b = f, c = f, d = f, e = f, g = f, h = f, i = f, j = f, k = f;
      for (index_t turn = 0; turn < turns; ++turn) {
        // The empty instruction keeps each chain in a register and from being merged with the others.
#define COOP_CHAIN(x) \
  x = x * f + f;      \
  asm("" : COOP_IN_A_REGISTER(x));
        COOP_CHAIN(a)
        COOP_CHAIN(b)
        COOP_CHAIN(c)
        COOP_CHAIN(d)
        COOP_CHAIN(e)
        COOP_CHAIN(g)
        COOP_CHAIN(h)
        COOP_CHAIN(i)
        COOP_CHAIN(j)
        COOP_CHAIN(k)
#undef COOP_CHAIN
      }
      sums[std::size_t(thread)] = (a + b + c + d + e + g + h + i + j + k)[0];
    });
    benchmark::DoNotOptimize(sums.data());
  }
  state.counters["GFLOP/s"] =
      benchmark::Counter(2e-9 * register_bytes / sizeof(float) * 10 * double(turns) * threads,
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(in_registers)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(int(std::thread::hardware_concurrency()))
    ->UseRealTime();

/// Bytes read and written by a copy too large for the caches.
void copied(benchmark::State& state) {
  const device::cpu device(int(state.range(0)));
  constexpr std::size_t size = std::size_t(256) << 20;
  std::vector<std::byte> from(size), to(size);
  constexpr index_t pieces = 64;
  for (auto _ : state) {
    device.for_each(pieces, [&](index_t i) {
      std::memcpy(to.data() + std::size_t(i) * (size / pieces),
                  from.data() + std::size_t(i) * (size / pieces), size / pieces);
    });
  }
  state.counters["GB/s"] =
      benchmark::Counter(2e-9 * double(size), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(copied)->ArgName("threads")->Arg(1)->Arg(int(std::thread::hardware_concurrency()))->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
