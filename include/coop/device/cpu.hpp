// SPDX-License-Identifier: MIT
//
// The processor as a device: aligned vectors, products, and loops over a team of threads. Products by a
// frozen matrix and all row loops pick their vector instructions at run time; other products are Eigen's.
// Work is cut in the same pieces for any number of threads, so results do not depend on it.
#ifndef COOP_DEVICE_CPU_HPP
#define COOP_DEVICE_CPU_HPP

#include <coop/device/concepts.hpp>
#include <coop/device/detail/eigen.hpp>
#include <coop/device/detail/product.hpp>
#include <coop/device/detail/thread_team.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

namespace coop {

/// Uninitialised memory of the host, 64-byte aligned so that a row starts a cache line.
template <class T>
class host_buffer {
  static_assert(std::is_trivially_copyable_v<T>, "coop: buffers hold plain numbers");

 public:
  host_buffer() = default;
  explicit host_buffer(std::size_t n)
      : data_(static_cast<T*>(::operator new(std::max<std::size_t>(n, 1) * sizeof(T), alignment))) {}
  [[nodiscard]] T* data() { return data_.get(); }
  [[nodiscard]] const T* data() const { return data_.get(); }

 private:
  static constexpr std::align_val_t alignment{64};
  struct release {
    void operator()(T* p) const { ::operator delete(p, alignment); }
  };
  std::unique_ptr<T, release> data_;
};

/// A team of one: every sum is already whole.
struct single_worker {
  static constexpr index_t lanes = 16;  // one AVX-512 register, two of AVX2, four of SSE
  static constexpr index_t first() { return 0; }
  static constexpr index_t stride() { return 1; }
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

}  // namespace detail

namespace device {

/// The processor, computing in T (float for use, double where a test wants the truth). Copies share threads.
template <class T>
class basic_cpu {
 public:
  using scalar = T;
  static constexpr const char* name = "cpu";
  template <class U>
  using buffer = host_buffer<U>;

  /// `threads` workers, the caller among them; 0 means all that the machine has.
  explicit basic_cpu(int threads = 1)
      : team_(std::make_shared<detail::thread_team>(
            threads > 0 ? threads : int(std::max(1u, std::thread::hardware_concurrency())))),
        isa_(detail::best_instruction_set()) {}

  [[nodiscard]] int threads() const { return team_->size(); }

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
    const bool ta = op_a == op::transposed;
    const bool tb = op_b == op::transposed;
    const index_t rows = c.extent(0);
    COOP_ASSERT((ta ? a.extent(1) : a.extent(0)) == rows && (tb ? b.extent(0) : b.extent(1)) == c.extent(1));
    team_->run((rows + gemm_rows - 1) / gemm_rows, [&](index_t task) {
      const index_t begin = task * gemm_rows;
      const index_t end = std::min(rows, begin + gemm_rows);
      auto target = detail::as_eigen(c.slice(begin, end));
      if (beta == T(0)) {
        target.setZero();
      } else if (beta != T(1)) {
        target *= beta;
      }
      const auto left = detail::as_eigen(ta ? a.slice_columns(begin, end) : a.slice(begin, end));
      const auto right = detail::as_eigen(b);
      if (ta && tb) {
        target.noalias() += alpha * (left.transpose() * right.transpose());
      } else if (ta) {
        target.noalias() += alpha * (left.transpose() * right);
      } else if (tb) {
        target.noalias() += alpha * (left * right.transpose());
      } else {
        target.noalias() += alpha * (left * right);
      }
    });
  }

  /// c(i) = op(a(i)) op(b(i)) for i in [0, count): many small products, such as one a head. a, b and c map an
  /// index to a view; the products are independent and each is one task.
  template <class A, class B, class C>
  void gemm_each(index_t count, op op_a, op op_b, const A& a, const B& b, const C& c) const {
    team_->run(count, [&](index_t i) {
      if constexpr (std::is_same_v<T, float>) {
        if (const auto set = detail::tiles_of(isa_); set.columns && op_a == op::as_is) {
          static thread_local std::vector<float> panels;
          static thread_local std::vector<float> scratch;
          const view<const T, 2> left = a(i);
          const view<T, 2> target = c(i);
          detail::pack_panels(view<const T, 2>(b(i)), op_b == op::transposed, set.columns, panels);
          detail::multiply_block(set, left, panels.data(), target.extent(1), nullptr, false, target, 0,
                                 target.rows(), 0, (target.extent(1) + set.columns - 1) / set.columns,
                                 scratch);
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
    [[nodiscard]] std::size_t bytes() const { return values_.size() * sizeof(T); }

   private:
    friend class basic_cpu;
    index_t k_ = 0;
    index_t n_ = 0;
    std::vector<T> values_;  // panels of the kernels in use, or plain row-major (k, n) without kernels
  };

  /// Packs w, or its transpose, for products from the right.
  [[nodiscard]] frozen freeze(view<const T, 2> w, op orientation) const {
    const bool transposed = orientation == op::transposed;
    frozen f;
    f.k_ = transposed ? w.extent(1) : w.extent(0);
    f.n_ = transposed ? w.extent(0) : w.extent(1);
    if constexpr (std::is_same_v<T, float>) {
      if (const auto set = detail::tiles_of(isa_); set.columns) {
        f.values_ = detail::pack_panels(w, transposed, set.columns);
        return f;
      }
    }
    f.values_.resize(std::size_t(f.k_) * std::size_t(f.n_));
    for (index_t p = 0; p < f.k_; ++p) {
      for (index_t j = 0; j < f.n_; ++j) {
        f.values_[std::size_t(p) * std::size_t(f.n_) + std::size_t(j)] = transposed ? w(j, p) : w(p, j);
      }
    }
    return f;
  }

  /// y = x w, + bias if it has elements, + y if `accumulate`. x (rows, k), w (k, n), y (rows, n), bias (n).
  void multiply(view<const T, 2> x, const frozen& w, view<const T, 1> bias, bool accumulate,
                view<T, 2> y) const {
    COOP_ASSERT(x.extent(1) == w.k_ && y.extent(1) == w.n_ && x.extent(0) == y.extent(0));
    const index_t rows = x.extent(0);
    if (rows == 0) return;
    if constexpr (std::is_same_v<T, float>) {
      if (const auto set = detail::tiles_of(isa_); set.columns) {
        // Blocks of rows that stay in the second-level cache; few rows are spread over the columns instead.
        const index_t most = set.rows * 8;
        const index_t row_tasks = (rows + most - 1) / most;
        const index_t panels = (w.n_ + set.columns - 1) / set.columns;
        const index_t wanted = index_t(threads()) * (threads() > 1 ? 3 : 1);
        const index_t column_tasks = std::clamp((wanted + row_tasks - 1) / row_tasks, 1, panels);
        team_->run(row_tasks * column_tasks, [&](index_t task) {
          static thread_local std::vector<float> scratch;
          const index_t r = task / column_tasks;
          const index_t c = task % column_tasks;
          detail::multiply_block(set, x, w.values_.data(), w.n_, bias.size() ? bias.data : nullptr,
                                 accumulate, y, index_t(std::ptrdiff_t(rows) * r / row_tasks),
                                 index_t(std::ptrdiff_t(rows) * (r + 1) / row_tasks),
                                 panels * c / column_tasks, panels * (c + 1) / column_tasks, scratch);
        });
        return;
      }
    }
    const view<const T, 2> plain{w.values_.data(), shape<2>{w.k_, w.n_}};
    if (bias.size()) {
      for (index_t i = 0; i < rows; ++i) {
        for (index_t j = 0; j < w.n_; ++j) y(i, j) = bias(j) + (accumulate ? y(i, j) : T(0));
      }
    }
    gemm(op::as_is, op::as_is, T(1), x, plain, accumulate || bias.size() ? T(1) : T(0), y);
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
#if COOP_X86_DISPATCH
      if (isa_ == detail::instruction_set::avx512) return detail::rows_avx512(f, begin, end);
      if (isa_ == detail::instruction_set::avx2) return detail::rows_avx2(f, begin, end);
#endif
      detail::rows_portable(f, begin, end);
    });
  }

 private:
  static constexpr index_t gemm_rows = 64;  // rows of c a task: fixed, so that threads do not change the sums

  template <class F>
  struct each {
    const F& f;
    template <class M>
    void operator()(const M&, index_t i) const {
      f(i);
    }
  };

  std::shared_ptr<detail::thread_team> team_;
  detail::instruction_set isa_;
};

/// The processor in single precision: the device of everyday use.
using cpu = basic_cpu<float>;
static_assert(Device<cpu>);

}  // namespace device
}  // namespace coop

#endif
