// SPDX-License-Identifier: MIT
#include <coop/data/batches.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(batches)

namespace {

using coop::index_t;
using coop::last_batch;

}  // namespace

BOOST_AUTO_TEST_CASE(an_order_depends_on_seed_and_epoch_alone) {
  const std::vector<index_t> order = coop::shuffled_order(100, 1, 7);

  BOOST_TEST(order == coop::shuffled_order(100, 1, 7), boost::test_tools::per_element());
  BOOST_TEST((order != coop::shuffled_order(100, 1, 8)));
  BOOST_TEST((order != coop::shuffled_order(100, 2, 7)));
}

BOOST_AUTO_TEST_CASE(an_order_holds_every_picture_once) {
  std::vector<index_t> order = coop::epoch_order(coop::order_kind::shuffled, 33, 5, 0);

  BOOST_TEST((order != coop::sequential_order(33)));
  std::sort(order.begin(), order.end());
  BOOST_TEST(order == coop::epoch_order(coop::order_kind::sequential, 33, 5, 0),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(training_drops_a_short_last_batch_unless_it_is_the_only_one) {
  BOOST_TEST(coop::batch_count(10, 32, last_batch::dropped) == 1);
  BOOST_TEST(coop::batch_count(32, 32, last_batch::dropped) == 1);
  BOOST_TEST(coop::batch_count(63, 32, last_batch::dropped) == 1);
  BOOST_TEST(coop::batch_count(1600, 32, last_batch::dropped) == 50);
  BOOST_TEST(coop::batch_count(0, 32, last_batch::dropped) == 0);
  BOOST_TEST((coop::batches(10, 32).at(0) == coop::batch_range{0, 10}));
}

BOOST_AUTO_TEST_CASE(evaluation_keeps_it) {
  const std::vector<coop::batch_range> ranges = coop::batches(70, 32, last_batch::kept);

  BOOST_REQUIRE(ranges.size() == 3u);
  BOOST_TEST((ranges[1] == coop::batch_range{32, 64}));
  BOOST_TEST((ranges[2] == coop::batch_range{64, 70}));
  BOOST_TEST(ranges[2].size() == 6);
}

BOOST_AUTO_TEST_CASE(a_batch_holds_at_least_one_picture) {
  BOOST_CHECK_THROW(coop::batch_count(10, 0, last_batch::kept), coop::choice_error);
}

BOOST_AUTO_TEST_CASE(orders_are_chosen_by_word) {
  BOOST_TEST((coop::order_from_word("sequential") == coop::order_kind::sequential));
  BOOST_CHECK_EXCEPTION(coop::order_from_word("random"), coop::choice_error, [](const coop::choice_error& e) {
    return std::string(e.what()) == "coop: order 'random': expected shuffled or sequential";
  });
}

BOOST_AUTO_TEST_SUITE_END()
