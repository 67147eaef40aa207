// SPDX-License-Identifier: MIT
//
// Loans: one a caller, and each lent again.
#include <coop/clip/workspace_pool.hpp>

#include <boost/test/unit_test.hpp>

#include <utility>

BOOST_AUTO_TEST_SUITE(workspace_pool)

BOOST_AUTO_TEST_CASE(loans_that_overlap_are_different_workspaces) {
  const coop::workspace_pool<int> pool;

  const auto first = pool.lend();
  const auto second = pool.lend();

  BOOST_TEST(&*first != &*second);
}

BOOST_AUTO_TEST_CASE(a_workspace_that_came_back_is_lent_again_as_it_was_left) {
  const coop::workspace_pool<int> pool;
  const int* address = nullptr;
  {
    const auto loan = pool.lend();
    *loan = 7;
    address = &*loan;
  }

  const auto again = pool.lend();

  BOOST_TEST(&*again == address);
  BOOST_TEST(*again == 7);
}

BOOST_AUTO_TEST_CASE(a_pool_moves_with_its_idle_workspaces) {
  coop::workspace_pool<int> pool;
  { *pool.lend() = 5; }

  const auto moved = std::move(pool);

  BOOST_TEST(*moved.lend() == 5);
}

BOOST_AUTO_TEST_SUITE_END()
