// SPDX-License-Identifier: MIT
//
// A device for tests that is to the library what a GPU is, on any host: memory of its own that the host cannot touch
// (far_memory.hpp), teams of several workers (far_team.hpp), rows and indices in no order, fresh memory full of NaN.
// What a GPU would only do, it refuses with a word: addresses of the wrong memory, in a verb or in a functor, views that
// reach beyond their buffer, workers that part. Products are plain loops.
#ifndef COOP_TESTS_FAR_DEVICE_HPP
#define COOP_TESTS_FAR_DEVICE_HPP

#include <coop/device/concepts.hpp>
#include <coop/error.hpp>

#include "far_memory.hpp"
#include "far_team.hpp"

#include <cxxabi.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <vector>

namespace coop::tests {

/// Computes in T with teams of `Workers`, whose loops run in strips of `Lanes`.
template <class T, index_t Workers = 3, index_t Lanes = 2>
class basic_far {
  using opened = far_memory::opened;
  using matrix = view<T, 2>;
  using const_matrix = view<const T, 2>;

 public:
  using scalar = T;
  static constexpr const char* name = "far";
  template <class U>
  using buffer = far_buffer<U>;

  /// Whether addresses in functors are looked at: padding may hold anything, and only GCC can clear it.
#if defined(__GNUC__) && !defined(__clang__)
  static constexpr bool checks_functors = true;
#else
  static constexpr bool checks_functors = false;
#endif

  /// How often numbers crossed between the host and the device, or buffers were asked for: what a recorded step may not
  /// do.
  [[nodiscard]] static std::size_t dealings() { return crossings() + memory().taken(); }

  template <class U>
  [[nodiscard]] buffer<U> allocate(std::size_t n) const {
    return buffer<U>(n);
  }
  template <class U, int Rank>
  void upload(view<const U, Rank> from, view<U, Rank> to) const {
    const opened open(memory());
    ++crossings();
    here("upload: from", from);
    there("upload: to", to);
    copy_rows("upload", from, to);
  }
  template <class U, int Rank>
  void download(view<const U, Rank> from, view<U, Rank> to) const {
    const opened open(memory());
    ++crossings();
    there("download: from", from);
    here("download: to", to);
    copy_rows("download", from, to);
  }
  template <class U, int Rank>
  void copy(view<const U, Rank> from, view<U, Rank> to) const {
    const opened open(memory());
    there("copy: from", from);
    there("copy: to", to);
    copy_rows("copy", from, to);
  }
  template <class U, int Rank>
  void fill(view<U, Rank> to, std::type_identity_t<U> value) const {
    const opened open(memory());
    there("fill: to", to);
    for (index_t i = 0; i < to.rows(); ++i) std::fill_n(to.row(i), inner(to), value);
  }
  void synchronize() const {}

  void gemm(op op_a, op op_b, T alpha, const_matrix a, const_matrix b, T beta, matrix c) const {
    const opened open(memory());
    product("gemm", op_a, op_b, alpha, a, b, beta, c);
  }
  template <class A, class B, class C>
  void gemm_each(index_t count, op op_a, op op_b, const A& a, const B& b, const C& c) const {
    const opened open(memory());
    check_functor("gemm_each", a);
    check_functor("gemm_each", b);
    check_functor("gemm_each", c);
    const order_of every(count, next_launch());
    for (index_t i = 0; i < count; ++i) {
      const index_t item = every[i];
      product("gemm_each", op_a, op_b, T(1), a(item), b(item), T(0), c(item));
    }
  }

  /// A (k, n) matrix, row-major.
  class frozen {
   public:
    frozen() = default;
    [[nodiscard]] index_t inputs() const { return k_; }
    [[nodiscard]] index_t outputs() const { return n_; }
    [[nodiscard]] std::size_t bytes() const { return std::size_t(k_) * std::size_t(n_) * sizeof(T); }

   private:
    friend class basic_far;
    frozen(index_t k, index_t n) : k_(k), n_(n), values_(std::size_t(k) * std::size_t(n)) {}
    index_t k_ = 0;
    index_t n_ = 0;
    buffer<T> values_;
  };
  [[nodiscard]] frozen freeze(const_matrix w, op orientation, rounding = rounding::none) const {
    frozen f = frozen_of(w, orientation);
    const opened open(memory());
    there("freeze", w);
    return packed(w, orientation, std::move(f));
  }
  [[nodiscard]] frozen freeze_from_host(const_matrix w, op orientation, rounding = rounding::none,
                                        storage = storage::fast) const {
    frozen f = frozen_of(w, orientation);
    const opened open(memory());
    here("freeze_from_host", w);
    return packed(w, orientation, std::move(f));
  }

  template <class Finish = as_multiplied>
  void multiply(const_matrix x, const frozen& w, view<const T, 1> bias, bool accumulate, matrix y,
                const Finish& finish = {}) const {
    const opened open(memory());
    const const_matrix matrix_of_w{w.values_.data(), shape<2>{w.k_, w.n_}};
    if (bias.size()) {
      there("multiply: bias", bias);
      there("multiply: y", y);
      same("multiply: bias", bias.rows(), w.n_);
      for (index_t i = 0; i < y.rows(); ++i) {
        for (index_t j = 0; j < w.n_; ++j) y(i, j) = bias(j) + (accumulate ? y(i, j) : T(0));
      }
    }
    product("multiply", op::as_is, op::as_is, T(1), x, matrix_of_w, accumulate || bias.size() ? T(1) : T(0),
            y);
    if constexpr (!std::is_same_v<Finish, as_multiplied>) {
      check_functor("multiply", finish);
      const index_t pieces = (w.n_ + piece - 1) / piece;
      rows(x.rows() * pieces, name_of<Finish>(), [&](const auto& team, index_t i) {
        const index_t begin = i % pieces * piece;
        finish(team, i / pieces, begin, std::min(w.n_, begin + piece));
      });
    }
  }

  template <class X, class W, class Y>
  void multiply_each(index_t count, const X& x, const W& w, const Y& y) const {
    for (index_t i = 0; i < count; ++i) multiply(x(i), w(i), {}, false, y(i));
  }

  template <class F>
  void for_each(index_t n, const F& f) const {
    const opened open(memory());
    check_functor("for_each", f);
    const order_of every(n, next_launch());
    for (index_t i = 0; i < n; ++i) f(every[i]);
  }
  template <class F>
  void for_each_row(index_t count, const F& f) const {
    const opened open(memory());
    check_functor("for_each_row", f);
    rows(count, name_of<F>(), f);
  }

 private:
  static constexpr index_t piece = 7;  // columns that a product's finish gets at a time

  static far_memory& memory() { return far_memory::the(); }
  static std::atomic<std::size_t>& crossings() {
    static std::atomic<std::size_t> all{0};
    return all;
  }
  static std::uint32_t next_launch() {
    static std::atomic<std::uint32_t> launches{0};
    return launches++;
  }

  /// 0 ... n - 1 in another order for each launch.
  class order_of {
   public:
    order_of(index_t n, std::uint32_t launch) : n_(std::uint64_t(n)), begin_(launch) {
      for (step_ = 40503 + 2 * (launch % 512); n > 0 && std::gcd(step_, n_) != 1;) ++step_;
    }
    index_t operator[](index_t i) const { return index_t((begin_ + std::uint64_t(i) * step_) % n_); }

   private:
    std::uint64_t n_;
    std::uint64_t begin_;
    std::uint64_t step_ = 1;
  };

  /// f(team, row) for all rows: half of them with the workers in one order, half in the other.
  template <class F>
  static void rows(index_t count, const std::string& functor, const F& f) {
    static thread_local far_crew<Workers> crew;
    const std::uint32_t launch = next_launch();
    const order_of every(count, launch);
    const index_t middle = (count + index_t(launch % 2)) / 2;
    const auto some = [&](index_t begin, index_t end, bool backwards) {
      if (begin == end) return;
      const auto worker = [&](index_t w) {
        for (index_t i = begin; i < end; ++i) {
          crew.begin(w, every[i]);
          f(far_team<Workers, Lanes>{&crew, w}, every[i]);
        }
      };
      crew.run(worker, backwards, functor);
    };
    some(0, middle, false);
    some(middle, count, true);
  }

  template <class F>
  static std::string name_of() {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> text(
        abi::__cxa_demangle(typeid(F).name(), nullptr, nullptr, &status), std::free);
    return status == 0 ? text.get() : typeid(F).name();
  }

  template <class View>
  static std::size_t inner(const View& v) {
    return v.rows() ? v.size() / std::size_t(v.rows()) : 0;
  }
  static void same(const std::string& what, index_t found, index_t expected) {
    check<device_error>(found == expected, [&] {
      return "device far: " + what + ": expected an extent of " + std::to_string(expected) + ", got " +
             std::to_string(found);
    });
  }
  /// The elements are in the far memory, in one buffer.
  template <class U, int Rank>
  static void there(const char* what, view<U, Rank> v) {
    if (v.size() == 0) return;
    check<device_error>(memory().contains(v.data), [&] {
      return "device far: " + std::string(what) +
             ": expected an address of the device's memory, got the host's";
    });
    const auto bytes = std::ptrdiff_t(sizeof(U)) * (v.stride * (v.rows() - 1) + std::ptrdiff_t(inner(v)));
    check<device_error>(memory().behind(v.data) >= bytes, [&] {
      return "device far: " + std::string(what) + ": expected a buffer of at least " + std::to_string(bytes) +
             " bytes, got " + std::to_string(memory().behind(v.data)) + " behind the address";
    });
  }
  template <class U, int Rank>
  static void here(const char* what, view<U, Rank> v) {
    check<device_error>(v.size() == 0 || !memory().contains(v.data), [&] {
      return "device far: " + std::string(what) +
             ": expected an address of the host's memory, got the device's";
    });
  }
  template <class U, int Rank>
  static void copy_rows(const char* what, view<const U, Rank> from, view<U, Rank> to) {
    check<device_error>(from.extents == to.extents, [&] {
      return "device far: " + std::string(what) + ": expected equal extents, got others";
    });
    for (index_t i = 0; i < from.rows() && inner(from); ++i)
      std::memcpy(to.row(i), from.row(i), inner(from) * sizeof(U));
  }

  /// A functor goes to the device as its bytes: no address among them may be the host's. Sound, but for numbers that
  /// happen to be one: a word is taken for an address if the upper half of user space has a page there.
  template <class F>
  static void check_functor(const char* verb, const F& f) {
    static_assert(std::is_trivially_copyable_v<F>, "coop: a functor goes to the device as its bytes");
    static_assert(sizeof(F) <= 4096, "coop: a functor's bytes are a kernel's arguments: 4096 at most");
    if constexpr (!checks_functors) return;
    F bytes = f;
    clear_padding(bytes);
    for (std::size_t at = 0; at + sizeof(void*) <= sizeof(F); at += sizeof(void*)) {
      std::uintptr_t word = 0;
      std::memcpy(&word, reinterpret_cast<const std::byte*>(&bytes) + at, sizeof word);
      const void* p = reinterpret_cast<const void*>(word);
      if (memory().contains(p)) {
        check<device_error>(memory().behind(p) >= 0, [&] {
          return "device far: " + std::string(verb) + " of " + name_of<F>() +
                 ": expected addresses of living buffers, got one of memory that was given back";
        });
      } else if (mapped(word)) {
        throw device_error("device far: " + std::string(verb) + " of " + name_of<F>() +
                           ": expected addresses of the device's memory, got one of the host's");
      }
    }
  }
  template <class F>
  static void clear_padding([[maybe_unused]] F& f) {
#if defined(__GNUC__) && !defined(__clang__)
    __builtin_clear_padding(&f);
#endif
  }
  static bool mapped(std::uintptr_t word) {
    if (word < 0x500000000000u || word >= 0x800000000000u) return false;
    const auto page = std::uintptr_t(::sysconf(_SC_PAGESIZE));
    unsigned char resident = 0;
    return ::mincore(reinterpret_cast<void*>(word / page * page), page, &resident) == 0;
  }

  static void product(const char* what, op op_a, op op_b, T alpha, const_matrix a, const_matrix b, T beta,
                      matrix c) {
    there(what, a);
    there(what, b);
    there(what, c);
    const bool turned_a = op_a == op::transposed;
    const bool turned_b = op_b == op::transposed;
    const index_t inside = a.extent(turned_a ? 0 : 1);
    same(what, a.extent(turned_a ? 1 : 0), c.extent(0));
    same(what, b.extent(turned_b ? 0 : 1), c.extent(1));
    same(what, b.extent(turned_b ? 1 : 0), inside);
    std::vector<double> sums(std::size_t(c.extent(1)));
    for (index_t i = 0; i < c.extent(0); ++i) {
      std::fill(sums.begin(), sums.end(), 0.0);
      for (index_t p = 0; p < inside; ++p) {
        const double factor = turned_a ? a(p, i) : a(i, p);
        for (index_t j = 0; j < c.extent(1); ++j)
          sums[std::size_t(j)] += factor * double(turned_b ? b(j, p) : b(p, j));
      }
      for (index_t j = 0; j < c.extent(1); ++j)
        c(i, j) =
            T(double(alpha) * sums[std::size_t(j)] + (beta == T(0) ? 0.0 : double(beta) * double(c(i, j))));
    }
  }

  static frozen frozen_of(const_matrix w, op orientation) {
    const bool turned = orientation == op::transposed;
    return frozen(w.extent(turned ? 1 : 0), w.extent(turned ? 0 : 1));
  }
  static frozen packed(const_matrix w, op orientation, frozen f) {
    for (index_t p = 0; p < f.k_; ++p) {
      for (index_t j = 0; j < f.n_; ++j)
        f.values_.data()[std::ptrdiff_t(p) * f.n_ + j] = orientation == op::transposed ? w(j, p) : w(p, j);
    }
    return f;
  }
};

/// The far device in single precision.
using far = basic_far<float>;
static_assert(Device<far> && Team<far_team<3, 2>>);

}  // namespace coop::tests

#endif
