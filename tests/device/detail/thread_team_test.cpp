// SPDX-License-Identifier: MIT
//
// The team of threads: every task once, whoever calls and whatever a task does.
#include <coop/device/detail/thread_team.hpp>

#include "support/memory.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

BOOST_AUTO_TEST_SUITE(team_of_threads)

using coop::index_t;
using coop::detail::thread_team;

namespace {

std::vector<int> counts(thread_team& team, index_t tasks) {
  std::vector<std::atomic<int>> done(static_cast<std::size_t>(tasks));
  team.run(tasks, [&](index_t task) { ++done[std::size_t(task)]; });
  return {done.begin(), done.end()};
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_task_is_done_once_for_any_number_of_threads) {
  for (const int threads : {1, 2, 3, 5}) {
    thread_team team(threads);
    BOOST_TEST(team.size() == threads);
    for (const index_t tasks : {1, 2, 7, 1000}) {
      BOOST_TEST(counts(team, tasks) == std::vector<int>(std::size_t(tasks), 1));
    }
  }
}

BOOST_AUTO_TEST_CASE(no_tasks_are_no_work) {
  thread_team team(3);

  BOOST_TEST(counts(team, 0).empty());
}

BOOST_AUTO_TEST_CASE(many_short_runs_follow_each_other) {
  thread_team team(4);
  std::atomic<int> done = 0;

  for (int run = 0; run < 5000; ++run) team.run(3, [&](index_t) { ++done; });

  BOOST_TEST(done == 15000);
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_task_comes_out_of_run_and_the_team_goes_on) {
  thread_team team(3);
  std::atomic<int> done = 0;
  const auto fail = [&](index_t task) {
    ++done;
    if (task == 5) throw std::runtime_error("task five");
  };

  BOOST_CHECK_EXCEPTION(team.run(20, fail), std::runtime_error,
                        [](const auto& e) { return std::string(e.what()) == "task five"; });
  BOOST_TEST(done == 20);
  BOOST_TEST(counts(team, 9) == std::vector<int>(9, 1));
}

BOOST_AUTO_TEST_CASE(an_exception_comes_out_of_a_team_of_one) {
  thread_team team(1);

  BOOST_CHECK_THROW(team.run(2, [](index_t) { throw std::logic_error("alone"); }), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_task_may_run_tasks_on_its_own_team) {
  thread_team team(3);
  std::atomic<int> done = 0;

  team.run(6, [&](index_t) { team.run(10, [&](index_t) { ++done; }); });

  BOOST_TEST(done == 60);
}

BOOST_AUTO_TEST_CASE(several_callers_share_a_team) {
  thread_team team(3);
  std::atomic<int> done = 0;

  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&] {
        for (int run = 0; run < 200; ++run) team.run(11, [&](index_t) { ++done; });
      });
    }
  }

  BOOST_TEST(done == 4 * 200 * 11);
}

BOOST_AUTO_TEST_CASE(a_team_that_never_worked_goes_quietly) { BOOST_CHECK_NO_THROW(thread_team{8}); }

BOOST_AUTO_TEST_CASE(a_thread_that_cannot_be_started_is_an_error_and_those_that_were_end,
                     *boost::unit_test::precondition(coop::tests::memory_is_ours)) {
  const coop::tests::memory_limit limit(30 * coop::tests::mebibyte);  // a thread's stack is 8

  BOOST_CHECK_EXCEPTION(thread_team(64), coop::device_error, [](const coop::device_error& e) {
    const std::string message = e.what();
    return message.starts_with("coop: threads: expected 63 to be started, got ") &&
           message.ends_with(": Resource temporarily unavailable");
  });
}

BOOST_AUTO_TEST_SUITE_END()
