// SPDX-License-Identifier: MIT
//
// The processor as a device: aligned vectors, products, and loops over a team of threads. Products by a
// frozen matrix and all row loops pick their vector instructions at run time; other products are Eigen's.
// An element's sum has one order however work is cut, so results do not depend on the number of threads.
#ifndef COOP_DEVICE_CPU_HPP
#define COOP_DEVICE_CPU_HPP

#include <coop/device/concepts.hpp>
#include <coop/device/detail/blas.hpp>
#include <coop/device/detail/eigen.hpp>
#include <coop/device/detail/product.hpp>
#include <coop/device/detail/product_bfloat16.hpp>
#include <coop/device/detail/product_half.hpp>
#include <coop/device/detail/thread_team.hpp>
#include <coop/device/host_buffer.hpp>
#include <coop/device/precision.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>

namespace coop {

/// A team of one: every sum is already whole.
struct single_worker {
  static constexpr index_t lanes = 16;  // one AVX-512 register, two of AVX2, four of SSE
  static constexpr index_t first() { return 0; }
  static constexpr index_t stride() { return 1; }
  static constexpr void sync() {}
  template <class T>
  static constexpr T sum(T x) {
    return x;
  }
  template <class T>
  static constexpr T max(T x) {
    return x;
  }
};

namespace detail {

template <class F>
inline void rows_portable(const F& f, index_t begin, index_t end) {
  for (index_t row = begin; row < end; ++row) f(single_worker{}, row);
}
#if COOP_X86_DISPATCH
// `flatten` pulls the functor into a function compiled for the wider registers, where the compiler vectorises
// it for them: one source of every layer serves all instruction sets.
template <class F>
__attribute__((flatten, target("avx2,fma"))) inline void rows_avx2(const F& f, index_t begin, index_t end) {
  for (index_t row = begin; row < end; ++row) f(single_worker{}, row);
}
template <class F>
__attribute__((flatten, target("avx512f,avx512bw,avx512vl,avx512dq,fma"))) inline void rows_avx512(
    const F& f, index_t begin, index_t end) {
  for (index_t row = begin; row < end; ++row) f(single_worker{}, row);
}
#endif

/// f(team, row) for row in [begin, end), compiled for an instruction set.
template <class F>
inline void rows_by(instruction_set isa, const F& f, index_t begin, index_t end) {
#if COOP_X86_DISPATCH
  if (isa >= instruction_set::avx512) return rows_avx512(f, begin, end);
  if (isa == instruction_set::avx2) return rows_avx2(f, begin, end);
#endif
  (void)isa;
  rows_portable(f, begin, end);
}

/// A finish as a row functor, over columns [begin, end).
template <class Finish>
struct finish_columns {
  const Finish& finish;
  index_t begin, end;
  template <class M>
  void operator()(const M& team, index_t row) const {
    finish(team, row, begin, end);
  }
};

}  // namespace detail

/// How the processor is used.
struct cpu_options {
  int threads = 1;  ///< the caller among them; 0 means all that the machine has
  instruction_set instructions = best_instruction_set();  ///< forced, or the best there is
  precision products = precision::float32;  ///< by frozen matrices that may be rounded: a tower's layers
  bool blas = false;                        ///< float32 products by the CBLAS of coop::blas
};

namespace device {

/// The processor, computing in T (float for use, double where a test wants the truth). Copies share threads.
template <class T>
class basic_cpu {
 public:
  using scalar = T;
  static constexpr const char* name = "cpu";
  static constexpr bool is_the_host = true;  ///< its memory is the host's
  template <class U>
  using buffer = host_buffer<U>;

  /// `threads` workers, the caller among them; 0 means all that the machine has.
  explicit basic_cpu(int threads = 1) : basic_cpu(cpu_options{.threads = threads}) {}
  /// An instruction set that the processor lacks, a BLAS that the program lacks, or a precision other than float32
  /// and bfloat16, is a choice_error.
  explicit basic_cpu(const cpu_options& options)
      : team_(std::make_shared<detail::thread_team>(
            options.threads > 0 ? options.threads : int(std::max(1u, std::thread::hardware_concurrency())))),
        isa_(instruction_set_named(coop::name(options.instructions))),
        products_(offered_precision(options.products, name, {precision::float32, precision::bfloat16})),
        blas_(options.blas) {
    check<choice_error>(!blas_ || (detail::has_blas && std::is_same_v<T, float>), [] {
      return std::string("device cpu: blas: expected a program built with coop::blas that computes in float");
    });
  }

  /// What it was made with: workers, instructions, the precision of frozen products.
  [[nodiscard]] int threads() const { return team_->size(); }
  [[nodiscard]] instruction_set instructions() const { return isa_; }
  [[nodiscard]] precision products() const { return products_; }
  /// What is in use, in words: "cpu, 2 threads, avx2, float32 products".
  [[nodiscard]] std::string description() const {
    return std::string(name) + ", " + std::to_string(threads()) +
           (threads() == 1 ? " thread, " : " threads, ") + std::string(coop::name(isa_)) + ", " +
           std::string(coop::name(products_)) + " products" + (blas_ ? " by BLAS" : "");
  }

  template <class U>
  [[nodiscard]] buffer<U> allocate(std::size_t n) const {
    return buffer<U>(n);
  }
  template <class U, int Rank>
  void upload(view<const U, Rank> from, view<U, Rank> to) const {
    copy(from, to);
  }
  template <class U, int Rank>
  void download(view<const U, Rank> from, view<U, Rank> to) const {
    copy(from, to);
  }
  template <class U, int Rank>
  void copy(view<const U, Rank> from, view<U, Rank> to) const {
    COOP_ASSERT(from.extents == to.extents);
    const std::size_t row = from.rows() ? from.size() / std::size_t(from.rows()) : 0;
    for (index_t i = 0; i < from.rows() && row; ++i) std::memcpy(to.row(i), from.row(i), row * sizeof(U));
  }
  template <class U, int Rank>
  void fill(view<U, Rank> to, std::type_identity_t<U> value) const {
    const std::size_t row = to.rows() ? to.size() / std::size_t(to.rows()) : 0;
    for (index_t i = 0; i < to.rows(); ++i) std::fill_n(to.row(i), row, value);
  }
  void synchronize() const {}

  /// c = alpha op(a) op(b) + beta c. With beta = 0, c may hold anything.
  void gemm(op op_a, op op_b, T alpha, view<const T, 2> a, view<const T, 2> b, T beta, view<T, 2> c) const {
    static thread_local growing_buffer<T> scratch_a;
    static thread_local growing_buffer<T> scratch_b;
    const index_t rows = c.extent(0);
    const index_t n = c.extent(1);
    const view<const T, 2> left = op_a == op::transposed ? transposed(a, scratch_a) : a;
    COOP_ASSERT(left.extent(0) == rows && b.extent(op_b == op::transposed ? 0 : 1) == n);
    if constexpr (std::is_same_v<T, float>) {
      if (const auto set = detail::tiles_of(isa_); set.columns && beta == 0) {
        T* panels = scratch_b.at_least(detail::panels_size(left.extent(1), n, set.columns));
        detail::pack_panels(b, op_b == op::transposed, set.columns, panels);
        if (alpha == 1) return by_tiles(set, left, panels, n, {}, false, c, as_multiplied{});
        return by_tiles(set, left, panels, n, {}, false, c, scaled{c, alpha});
      }
    }
    // One order of operands only: every other would be compiled into every user's program beside it.
    const view<const T, 2> right = op_b == op::transposed ? transposed(b, scratch_b) : b;
    team_->run((rows + gemm_rows - 1) / gemm_rows, [&](index_t task) {
      const index_t begin = task * gemm_rows;
      const index_t end = std::min(rows, begin + gemm_rows);
      auto target = detail::as_eigen(c.slice(begin, end));
      if (beta == T(0)) {
        target.setZero();
      } else if (beta != T(1)) {
        target *= beta;
      }
      target.noalias() += alpha * (detail::as_eigen(left.slice(begin, end)) * detail::as_eigen(right));
    });
  }

  /// c(i) = op(a(i)) op(b(i)) for i in [0, count): many small products, such as one a head. a, b and c map an
  /// index to a view; the products are independent and each is one task.
  template <class A, class B, class C>
  void gemm_each(index_t count, op op_a, op op_b, const A& a, const B& b, const C& c) const {
    team_->run(count, [&](index_t i) {
      if constexpr (std::is_same_v<T, float>) {
        if (const auto set = detail::tiles_of(isa_); set.columns && op_a == op::as_is) {
          static thread_local growing_buffer<float> scratch;
          const view<const T, 2> left = a(i);
          const view<T, 2> target = c(i);
          const index_t n = target.extent(1);
          float* panels = scratch.at_least(detail::panels_size(left.extent(1), n, set.columns));
          detail::pack_panels(view<const T, 2>(b(i)), op_b == op::transposed, set.columns, panels);
          detail::multiply_block<float, float>(set, left, panels, n, nullptr, false, target, 0, target.rows(),
                                               0, (n + set.columns - 1) / set.columns);
          return;
        }
      }
      gemm(op_a, op_b, T(1), a(i), b(i), T(0), c(i));
    });
  }

  /// A (k, n) matrix to multiply by, in the layout that multiply() streams best.
  class frozen {
   public:
    frozen() = default;
    [[nodiscard]] index_t inputs() const { return k_; }
    [[nodiscard]] index_t outputs() const { return n_; }
    [[nodiscard]] std::size_t bytes() const {
      return size_ * sizeof(T) + pairs_size_ * sizeof(pair) + halves_size_ * sizeof(half);
    }

   private:
    friend class basic_cpu;
    using pair = detail::bfloat16_pair;
    using half = detail::half_bits;
    index_t k_ = 0;
    index_t n_ = 0;
    std::size_t size_ = 0;
    std::size_t pairs_size_ = 0;
    std::size_t halves_size_ = 0;
    host_buffer<T> values_;     // panels of the kernels in use, or plain row-major (k, n) without kernels
    host_buffer<pair> pairs_;   // panels of bfloat16 instead
    host_buffer<half> halves_;  // panels of halves instead
  };

  /// Packs w, or its transpose, for products from the right; in the device's precision where rounding is allowed.
  [[nodiscard]] frozen freeze(view<const T, 2> w, op orientation, rounding may = rounding::none) const {
    const bool transposed = orientation == op::transposed;
    frozen f;
    f.k_ = transposed ? w.extent(1) : w.extent(0);
    f.n_ = transposed ? w.extent(0) : w.extent(1);
    if constexpr (std::is_same_v<T, float>) {
      if (may == rounding::allowed && products_ == precision::bfloat16) {
        const auto native = detail::native_pair_tiles_of(isa_, detail::pairs_of(f.k_));
        const index_t columns = native.columns ? native.columns : detail::widened_tiles_of(isa_).columns;
        f.pairs_size_ = detail::panels_size(detail::pairs_of(f.k_), f.n_, columns);
        f.pairs_ = host_buffer<detail::bfloat16_pair>(f.pairs_size_);
        pack(f.n_, f.k_, columns, [&](index_t j0, index_t j1) {
          detail::pack_pairs(w, transposed, columns, j0, j1, f.pairs_.data());
        });
        return f;
      }
      if (const auto set = detail::tiles_of(isa_); set.columns && !blas_) {
        f.size_ = detail::panels_size(f.k_, f.n_, set.columns);
        f.values_ = host_buffer<T>(f.size_);
        pack(f.n_, f.k_, set.columns, [&](index_t j0, index_t j1) {
          detail::pack_panels(w, transposed, set.columns, j0, j1, f.values_.data());
        });
        return f;
      }
    }
    f.size_ = std::size_t(f.k_) * std::size_t(f.n_);
    f.values_ = host_buffer<T>(f.size_);
    for (index_t p = 0; p < f.k_; ++p) {
      T* row = f.values_.data() + std::ptrdiff_t(p) * f.n_;
      for (index_t j = 0; j < f.n_; ++j) row[j] = transposed ? w(j, p) : w(p, j);
    }
    return f;
  }

  /// freeze() of a matrix in the host's memory, which is the device's own. A compact one whose numbers are all halves
  /// is kept as halves; its products have the same bits.
  [[nodiscard]] frozen freeze_from_host(view<const T, 2> w, op orientation, rounding may = rounding::none,
                                        storage how = storage::fast) const {
    if constexpr (std::is_same_v<T, float>) {
      const auto set = detail::tiles_of(isa_);
      const bool rounded = may == rounding::allowed && products_ != precision::float32;
      if (how == storage::compact && !rounded && set.columns && !blas_) {
        frozen f;
        if (freeze_halves(w, orientation == op::transposed, set.columns, f)) return f;
      }
    }
    return freeze(w, orientation, may);
  }

  /// y = x w, + bias if it has elements, + y if `accumulate`; then finish(team, row, begin, end) for pieces of
  /// y's rows. x (rows, k), w (k, n), y (rows, n), bias (n).
  template <class Finish = as_multiplied>
  void multiply(view<const T, 2> x, const frozen& w, view<const T, 1> bias, bool accumulate, view<T, 2> y,
                const Finish& finish = {}) const {
    COOP_ASSERT(x.extent(1) == w.k_ && y.extent(1) == w.n_ && x.extent(0) == y.extent(0));
    const index_t rows = x.extent(0);
    if (rows == 0) return;
    if constexpr (std::is_same_v<T, float>) {
      if (w.pairs_size_) {
        if (const auto native = detail::native_pair_tiles_of(isa_, detail::pairs_of(w.k_)); native.columns) {
          return by_tiles(native, rounded<detail::bfloat16_pair>(x), w.pairs_.data(), w.n_, bias, accumulate,
                          y, finish);
        }
        return by_tiles(detail::widened_tiles_of(isa_), rounded<detail::rounded_pair>(x), w.pairs_.data(),
                        w.n_, bias, accumulate, y, finish);
      }
      const auto set = detail::tiles_of(isa_);
      if (w.halves_size_) return by_tiles(set, x, w.halves_.data(), w.n_, bias, accumulate, y, finish);
      if (set.columns && !blas_) {
        return by_tiles(set, x, w.values_.data(), w.n_, bias, accumulate, y, finish);
      }
    }
    const view<const T, 2> plain{w.values_.data(), shape<2>{w.k_, w.n_}};
    if (bias.size()) {
      for (index_t i = 0; i < rows; ++i) {
        for (index_t j = 0; j < w.n_; ++j) y(i, j) = bias(j) + (accumulate ? y(i, j) : T(0));
      }
    }
    const T beta = accumulate || bias.size() ? T(1) : T(0);
    if constexpr (std::is_same_v<T, float>) {
      if (blas_) {
        detail::blas_multiply(x, plain, beta, y);
        return finish_rows(finish, 0, rows, 0, w.n_);
      }
    }
    gemm(op::as_is, op::as_is, T(1), x, plain, beta, y);
    finish_rows(finish, 0, rows, 0, w.n_);
  }

  /// y(i) = x(i) w(i) for i in [0, count): as multiply() does each. x, w and y map an index to a view, a frozen matrix
  /// and a view.
  template <class X, class W, class Y>
  void multiply_each(index_t count, const X& x, const W& w, const Y& y) const {
    const auto one = [&](index_t i) { multiply(x(i), w(i), {}, false, y(i)); };
    if (count >= threads() * products_a_thread) return team_->run(count, one);
    for (index_t i = 0; i < count; ++i) one(i);
  }

  /// f(i) for i in [0, n), in any order and side by side: work of the host's such as reading files. What f asks of the
  /// device is done by the thread that asks.
  template <class F>
  void on_host(index_t n, const F& f) const {
    team_->run(n, f);
  }

  /// f(i) for i in [0, n), in any order.
  template <class F>
  void for_each(index_t n, const F& f) const {
    for_each_row(n, each<F>{f});
  }

  /// f(team, row) for row in [0, rows), in any order; the team is one thread.
  template <class F>
  void for_each_row(index_t rows, const F& f) const {
    const index_t tasks = std::min<index_t>(rows, threads() == 1 ? 1 : index_t(threads()) * 4);
    team_->run(tasks, [&](index_t task) {
      const index_t begin = index_t(std::ptrdiff_t(rows) * task / tasks);
      const index_t end = index_t(std::ptrdiff_t(rows) * (task + 1) / tasks);
      detail::rows_by(isa_, f, begin, end);
    });
  }

 private:
  static constexpr index_t gemm_rows = 64;  // rows of c a task: fixed, so that threads do not change the sums

  /// x' in scratch of the calling thread.
  static view<const T, 2> transposed(view<const T, 2> x, growing_buffer<T>& scratch) {
    const shape<2> size{x.extent(1), x.extent(0)};
    const view<T, 2> y{scratch.at_least(size.size()), size};
    for (index_t i = 0; i < x.extent(0); ++i) {
      const T* row = x.row(i);
      for (index_t j = 0; j < x.extent(1); ++j) y(j, i) = row[j];
    }
    return y;
  }

  /// A finish: c <- factor c.
  struct scaled {
    view<T, 2> c;
    T factor;
    template <class M>
    void operator()(const M&, index_t row, index_t begin, index_t end) const {
      T* values = c.row(row);
      for (index_t i = begin; i < end; ++i) values[i] *= factor;
    }
  };

  template <class F>
  struct each {
    const F& f;
    template <class M>
    void operator()(const M&, index_t i) const {
      f(i);
    }
  };

  /// pack(j0, j1) for ranges that make up all panels of a (k, n) matrix: some ten microseconds of work each.
  template <class Pack>
  void pack(index_t n, index_t k, index_t columns, const Pack& some) const {
    const index_t panels = (n + columns - 1) / columns;
    const index_t at_once = std::max(1, (1 << 15) / columns / std::max(1, k));
    team_->run((panels + at_once - 1) / at_once,
               [&](index_t task) { some(task * at_once, std::min(panels, (task + 1) * at_once)); });
  }

  /// w as panels of halves; false if one of its numbers is none, which the first panels mostly tell.
  [[nodiscard]] bool freeze_halves(view<const float, 2> w, bool transposed, index_t columns,
                                   frozen& f) const {
    f.k_ = transposed ? w.extent(1) : w.extent(0);
    f.n_ = transposed ? w.extent(0) : w.extent(1);
    if (w.size() == 0) return false;
    f.halves_size_ = detail::panels_size(f.k_, f.n_, columns);
    f.halves_ = host_buffer<detail::half_bits>(f.halves_size_);
    std::atomic<bool> exact = true;
    pack(f.n_, f.k_, columns, [&](index_t j0, index_t j1) {
      if (exact && !detail::pack_halves(w, transposed, columns, j0, j1, f.halves_.data())) exact = false;
    });
    return exact;
  }

  /// The rows of x rounded to bfloat16, in scratch of the calling thread.
  template <class A>
  [[nodiscard]] view<const A, 2> rounded(view<const float, 2> x) const {
    static thread_local growing_buffer<A> scratch;
    const shape<2> size{x.extent(0), detail::pairs_of(x.extent(1))};
    const view<A, 2> pairs{scratch.at_least(size.size()), size};
    for_each_row(x.extent(0), detail::round_row<A>{x, pairs});
    return pairs;
  }

  /// multiply() through tile kernels.
  template <class A, class B, class Stored, class Finish>
  void by_tiles(const detail::tile_set<A, B>& set, view<const A, 2> x, const Stored* panels, index_t n,
                view<const float, 1> bias, bool accumulate, view<float, 2> y, const Finish& finish) const {
    // Blocks of tiles whose rows stay in the second-level cache, cut further by columns until every thread has several.
    // Few rows are one block, so that the panels are fetched once.
    const index_t rows = x.extent(0);
    if (rows == 0) return;
    const index_t tiles = (rows + set.rows - 1) / set.rows;
    const index_t most = std::is_same_v<Stored, B> ? tiles_a_block : widened_for / set.rows;
    const index_t row_tasks = tiles <= 2 * most ? 1 : (tiles + most - 1) / most;
    const index_t all = (n + set.columns - 1) / set.columns;
    const index_t wanted = threads() == 1 ? 1 : index_t(threads()) * tasks_a_thread;
    const index_t column_tasks = std::clamp((wanted + row_tasks - 1) / row_tasks, 1, all);
    const auto row_at = [&](index_t tile) { return index_t(std::ptrdiff_t(rows) * tile / tiles); };
    team_->run(row_tasks * column_tasks, [&](index_t task) {
      const index_t r = task / column_tasks;
      const index_t c = task % column_tasks;
      const index_t r0 = row_at(tiles * r / row_tasks);
      const index_t r1 = row_at(tiles * (r + 1) / row_tasks);
      const index_t j0 = all * c / column_tasks;
      const index_t j1 = all * (c + 1) / column_tasks;
      const auto multiply_block = [&](const auto& ready) {
        detail::multiply_block(set, x, panels, n, bias.size() ? bias.data : nullptr, accumulate, y, r0, r1,
                               j0, j1, ready);
      };
      if constexpr (std::is_same_v<Stored, B>) {
        multiply_block(detail::block_as_stored{});
      } else {
        static thread_local growing_buffer<float> block;
        multiply_block(detail::widened_block{
            block.at_least(std::size_t(std::min(set.block, x.extent(1))) * std::size_t(set.columns))});
      }
      finish_rows(finish, r0, r1, j0 * set.columns, std::min(n, j1 * set.columns));
    });
  }

  template <class Finish>
  void finish_rows(const Finish& finish, index_t r0, index_t r1, index_t begin, index_t end) const {
    if constexpr (!std::is_same_v<Finish, as_multiplied>) {
      detail::rows_by(isa_, detail::finish_columns<Finish>{finish, begin, end}, r0, r1);
    }
  }

  static constexpr index_t products_a_thread = 4;  // of many, before each is a thread's own
  static constexpr index_t tiles_a_block = 8;
  // Rows of a block that widens its panels, which takes as long as two to four rows.
  static constexpr index_t widened_for = 144;
  static constexpr index_t tasks_a_thread = 12;  // of a product: the last to end is late by a twelfth at most

  std::shared_ptr<detail::thread_team> team_;
  instruction_set isa_;
  precision products_;
  bool blas_;
};

/// The processor in single precision: the device of everyday use.
using cpu = basic_cpu<float>;
static_assert(Device<cpu>);

}  // namespace device
}  // namespace coop

#endif
