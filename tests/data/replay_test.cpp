// SPDX-License-Identifier: MIT
//
// The loader by its rules; against PyTorch's own in parity/replay_test.cpp.
#include <coop/data/replay.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(replay)

namespace {

using coop::index_t;

const std::vector<coop::picture_extents> twelve(12, coop::picture_extents{60, 80});

}  // namespace

BOOST_AUTO_TEST_CASE(an_epoch_takes_two_seeds_from_the_stream_and_an_evaluation_one) {
  coop::torch_random stream(1);
  const coop::loader_replay plain((coop::torch_random(1)));
  const coop::loader_replay validated(coop::torch_random(1), {.evaluations = 1});

  const std::uint64_t first = stream.seed_draw();
  const std::uint64_t second = stream.seed_draw();
  const std::uint64_t third = stream.seed_draw();
  const std::uint64_t fourth = stream.seed_draw();

  BOOST_TEST(plain.seeds_of(0).base == first);
  BOOST_TEST(plain.seeds_of(0).sampler == second);
  BOOST_TEST(plain.seeds_of(1).base == third);
  BOOST_TEST(validated.seeds_of(1).base == fourth);
}

BOOST_AUTO_TEST_CASE(an_order_is_the_permutation_of_the_sampler_s_seed) {
  const coop::loader_replay loader((coop::torch_random(7)));

  const std::vector<index_t> order = loader.order(20, 3);

  BOOST_TEST(order == coop::torch_random(loader.seeds_of(3).sampler).randperm(20),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_worker_goes_on_with_its_generator_in_its_next_batch) {
  const coop::train_transform change;
  const coop::loader_replay loader(coop::torch_random(5), {.workers = 2});
  coop::torch_random worker(loader.seeds_of(0).base + 1);

  const auto crops = loader.crops(change, twelve, 3, 0);  // batches 1 and 3 are worker 1's

  BOOST_REQUIRE(crops.size() == 12u);
  for (const std::size_t i : {3u, 4u, 5u, 9u, 10u, 11u})
    BOOST_TEST((crops[i] == change.choose(60, 80, worker)));
}

BOOST_AUTO_TEST_CASE(crops_differ_from_epoch_to_epoch) {
  const coop::loader_replay loader((coop::torch_random(5)));

  BOOST_TEST((loader.crops(coop::train_transform{}, twelve, 4, 0) !=
              loader.crops(coop::train_transform{}, twelve, 4, 1)));
}

BOOST_AUTO_TEST_CASE(a_loader_without_workers_is_refused) {
  BOOST_CHECK_EXCEPTION(coop::loader_replay(coop::torch_random(1), {.workers = 0}), coop::choice_error,
                        [](const coop::choice_error& e) {
                          return std::string(e.what()).find("at least 1 worker") != std::string::npos;
                        });
}

BOOST_AUTO_TEST_SUITE_END()
