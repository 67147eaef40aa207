// SPDX-License-Identifier: MIT
//
// A team of several workers on one thread. Each worker is a fibre with a stack of its own; it runs until it comes to a
// sum, a max or a sync, and goes on when all have come. Who runs first changes, so whoever reads what another worker
// writes without meeting it in between reads it too early sooner or later, always in the same run. Workers that come to
// different points are an error that names the functor, where a GPU would hang.
#ifndef COOP_TESTS_FAR_TEAM_HPP
#define COOP_TESTS_FAR_TEAM_HPP

#include "support/sanitizer.hpp"

#include <coop/error.hpp>
#include <coop/tensor/view.hpp>

#include <ucontext.h>

#include <array>
#include <cstddef>
#include <exception>
#include <string>
#include <vector>

#ifdef COOP_TESTS_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

namespace coop::tests {

/// The fibres of a team, and what they wait for.
template <index_t Workers>
class far_crew {
 public:
  far_crew() {
    for (auto& one : workers_) one.stack.resize(std::size_t(256) << 10);
  }

  /// body(worker) by every worker; `functor` is its name in errors. `backwards` turns round who runs first.
  template <class Body>
  void run(const Body& body, bool backwards, const std::string& functor) {
    body_ = &body;
    call_ = [](const void* f, index_t worker) { (*static_cast<const Body*>(f))(worker); };
    failure_ = nullptr;
    for (index_t w = 0; w < Workers; ++w) prepare(w);
    for (index_t turn = 0;; ++turn) {
      for (index_t i = 0; i < Workers; ++i) {
        const index_t w = (i + turn) % Workers;
        resume(backwards ? Workers - 1 - w : w);
      }
      if (failure_) std::rethrow_exception(failure_);
      for (const auto& one : workers_) {
        if (one.point != workers_[0].point || one.row != workers_[0].row) throw device_error(parted(functor));
      }
      if (workers_[0].point == place::end) return;
      combine();
    }
  }

  [[nodiscard]] double sum(index_t worker, double x) { return meet(worker, place::sum, x); }
  [[nodiscard]] double max(index_t worker, double x) { return meet(worker, place::max, x); }
  void sync(index_t worker) { (void)meet(worker, place::sync, 0); }
  /// Says which row a worker begins.
  void begin(index_t worker, index_t row) { at(worker).row = row; }

 private:
  enum class place { sum, max, sync, end };

  struct fibre {
    ucontext_t context{};
    std::vector<std::byte> stack;
    place point = place::end;
    index_t row = -1;
    double number = 0;
  };
  fibre& at(index_t w) { return workers_[std::size_t(w)]; }

  static std::string word(place p) {
    constexpr const char* words[] = {"sum", "max", "sync", "its end"};
    return words[int(p)];
  }
  [[nodiscard]] std::string parted(const std::string& functor) const {
    std::string text = "device far: " + functor + ": expected all workers at the same point, got";
    for (index_t w = 0; w < Workers; ++w) {
      const auto& one = workers_[std::size_t(w)];
      text += (w ? ", worker " : " worker ") + std::to_string(w) + " at " + word(one.point) +
              (one.point == place::end ? "" : " of row " + std::to_string(one.row));
    }
    return text;
  }

  void prepare(index_t w) {
    auto& one = at(w);
    one.row = -1;
    ::getcontext(&one.context);
    one.context.uc_stack.ss_sp = one.stack.data();
    one.context.uc_stack.ss_size = one.stack.size();
    one.context.uc_link = nullptr;
    current() = this;
    ::makecontext(&one.context, &far_crew::enter, 0);
  }

  static far_crew*& current() {
    static thread_local far_crew* one = nullptr;
    return one;
  }

  static void enter() {
    far_crew* const crew = current();
    const index_t w = crew->running_;
    crew->arrived();
    try {
      crew->call_(crew->body_, w);
    } catch (...) {
      crew->failure_ = std::current_exception();
    }
    crew->at(w).point = place::end;
    crew->at(w).row = -1;
    crew->leave(w, true);
  }

  void resume(index_t w) {
    running_ = w;
#ifdef COOP_TESTS_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(&home_fake_, at(w).stack.data(), at(w).stack.size());
#endif
    ::swapcontext(&home_, &at(w).context);
#ifdef COOP_TESTS_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(home_fake_, nullptr, nullptr);
#endif
  }
  /// On a fibre, which has just been entered.
  void arrived() {
#ifdef COOP_TESTS_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(nullptr, &home_bottom_, &home_size_);
#endif
  }
  void leave(index_t w, [[maybe_unused]] bool for_ever) {
#ifdef COOP_TESTS_ADDRESS_SANITIZER
    void* fake = nullptr;
    __sanitizer_start_switch_fiber(for_ever ? nullptr : &fake, home_bottom_, home_size_);
#endif
    ::swapcontext(&at(w).context, &home_);
#ifdef COOP_TESTS_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(fake, &home_bottom_, &home_size_);
#endif
  }

  double meet(index_t w, place where, double number) {
    at(w).point = where;
    at(w).number = number;
    leave(w, false);
    return together_;
  }

  void combine() {
    together_ = workers_[0].number;
    for (std::size_t w = 1; w < std::size_t(Workers); ++w) {
      const double x = workers_[w].number;
      if (workers_[0].point == place::sum) together_ += x;
      if (workers_[0].point == place::max && x > together_) together_ = x;
    }
  }

  std::array<fibre, std::size_t(Workers)> workers_;
  ucontext_t home_{};
  const void* body_ = nullptr;
  void (*call_)(const void*, index_t) = nullptr;
  std::exception_ptr failure_;
  double together_ = 0;
  index_t running_ = 0;
#ifdef COOP_TESTS_ADDRESS_SANITIZER
  void* home_fake_ = nullptr;
  const void* home_bottom_ = nullptr;
  std::size_t home_size_ = 0;
#endif
};

/// One worker of a team.
template <index_t Workers, index_t Lanes>
struct far_team {
  static constexpr index_t lanes = Lanes;
  far_crew<Workers>* crew;
  index_t worker;

  [[nodiscard]] index_t first() const { return worker; }
  [[nodiscard]] static constexpr index_t stride() { return Workers; }
  template <class T>
  [[nodiscard]] T sum(T x) const {
    return T(crew->sum(worker, double(x)));
  }
  template <class T>
  [[nodiscard]] T max(T x) const {
    return T(crew->max(worker, double(x)));
  }
  void sync() const { crew->sync(worker); }
};

}  // namespace coop::tests

#endif
