// SPDX-License-Identifier: MIT
//
// Threads that wait for work: run(tasks, f) calls f(task) for every task, spread over the team, and
// returns when all are done. Which thread runs which task is left to chance, so tasks must not depend
// on it; a result that is the same for any number of threads comes from tasks that are cut the same way.
#ifndef COOP_DEVICE_DETAIL_THREAD_TEAM_HPP
#define COOP_DEVICE_DETAIL_THREAD_TEAM_HPP

#include <coop/config.hpp>
#include <coop/error.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace coop::detail {

/// One more of the threads that are `wanted`; a system that has none left is a device_error.
template <class F>
void start_thread(std::vector<std::thread>& threads, int wanted, const F& f) {
  try {
    threads.emplace_back(f);
  } catch (const std::system_error& problem) {
    throw device_error("threads: expected " + std::to_string(wanted) + " to be started, got " +
                       std::to_string(threads.size()) + ": " + problem.code().message());
  }
}

/// A fixed set of threads, the caller being one of them. While one caller runs, other callers (and calls
/// from within a task) do their tasks themselves, one after the other: no deadlock, no oversubscription.
class thread_team {
 public:
  explicit thread_team(int threads) {
    try {
      for (int i = 1; i < threads; ++i) start_thread(workers_, threads - 1, [this] { serve(); });
    } catch (...) {
      close();  // a thread that nobody joins would end the program
      throw;
    }
  }
  thread_team(const thread_team&) = delete;
  thread_team& operator=(const thread_team&) = delete;
  ~thread_team() { close(); }

  [[nodiscard]] int size() const { return int(workers_.size()) + 1; }

  /// f(0) ... f(tasks - 1), in any order. The first exception of a task is thrown again here.
  template <class F>
  void run(index_t tasks, const F& f) {
    if (tasks <= 1 || workers_.empty() || busy_.exchange(true, std::memory_order_acquire)) {
      for (index_t task = 0; task < tasks; ++task) f(task);
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      call_ = [](const void* body, index_t task) { (*static_cast<const F*>(body))(task); };
      body_ = &f;
      tasks_ = tasks;
      failure_ = nullptr;
      next_.store(0, std::memory_order_relaxed);
      open_ = true;
      generation_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    work();
    {
      const std::lock_guard lock(mutex_);
      open_ = false;  // a thread that wakes only now must not touch f: it is about to go
    }
    for (int spin = 0; entered_.load(std::memory_order_acquire) != 0; ++spin) {
      if (spin > spins) std::this_thread::yield();
    }
    const std::exception_ptr failure = failure_;
    busy_.store(false, std::memory_order_release);
    if (failure) std::rethrow_exception(failure);
  }

 private:
  static constexpr int spins =
      4000;  // some ten microseconds: a step's loops follow each other closer than that

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      generation_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    for (auto& worker : workers_) worker.join();
  }

  void work() {
    for (index_t task = 0; (task = next_.fetch_add(1, std::memory_order_relaxed)) < tasks_;) {
      try {
        call_(body_, task);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
      }
    }
  }

  void serve() {
    std::uint64_t seen = 0;
    for (;;) {
      for (int spin = 0; spin < spins && generation_.load(std::memory_order_acquire) == seen; ++spin) {
      }
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return generation_.load(std::memory_order_acquire) != seen; });
        seen = generation_.load(std::memory_order_acquire);
        if (closing_) return;
        if (!open_) continue;
        entered_.fetch_add(1, std::memory_order_relaxed);
      }
      work();
      entered_.fetch_sub(1, std::memory_order_release);
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<bool> busy_{false};
  std::atomic<index_t> next_{0};
  std::atomic<int> entered_{0};
  index_t tasks_ = 0;
  void (*call_)(const void*, index_t) = nullptr;
  const void* body_ = nullptr;
  std::exception_ptr failure_;
  bool open_ = false;
  bool closing_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace coop::detail

#endif
