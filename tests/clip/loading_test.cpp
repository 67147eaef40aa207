// SPDX-License-Identifier: MIT
//
// Layers side by side: all of them, once each, and of failures always the same one. Towers read so are compared with
// PyTorch's by the tests of the towers.
#include <coop/clip/loading.hpp>

#include <coop/clip/text.hpp>
#include <coop/clip/vit.hpp>
#include <coop/device/archetype.hpp>
#include <coop/device/cpu.hpp>
#include <coop/error.hpp>

#include "support/towers.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(loading)

using namespace coop;

BOOST_AUTO_TEST_CASE(every_number_comes_once_for_any_number_of_threads) {
  for (const int threads : {1, 2, 5}) {
    std::vector<int> seen(100);
    side_by_side(device::cpu(threads), 100, [&](index_t i) { ++seen[std::size_t(i)]; });
    BOOST_TEST(seen == std::vector<int>(100, 1), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_device_without_threads_of_the_host_goes_in_order) {
  std::vector<index_t> order;
  side_by_side(device::archetype(), 4, [&](index_t i) { order.push_back(i); });

  BOOST_TEST(order == (std::vector<index_t>{0, 1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_several_failures_the_first_by_number_is_thrown) {
  const device::cpu device(4);
  for (int round = 0; round < 50; ++round) {
    BOOST_CHECK_EXCEPTION(side_by_side(device, 40,
                                       [&](index_t i) {
                                         if (i >= 7) throw io_error("layer " + std::to_string(i));
                                       }),
                          io_error,
                          [](const io_error& e) { return std::string(e.what()) == "coop: layer 7"; });
  }
}

BOOST_AUTO_TEST_CASE(after_a_failure_no_later_call_begins) {
  std::atomic<int> calls{0};

  BOOST_CHECK_THROW(side_by_side(device::cpu(1), 40,
                                 [&](index_t) {
                                   ++calls;
                                   throw io_error("broken");
                                 }),
                    io_error);

  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(towers_read_by_several_threads_name_the_tensor_that_is_missing) {
  using shape = vit_shape<24, 8, 128, 3, 10>;
  tests::formula_archive archive(tests::image_tensors(shape{}));
  archive.remove("visual.transformer.resblocks.1.mlp.c_fc.weight");
  archive.remove("visual.transformer.resblocks.2.ln_1.bias");

  BOOST_CHECK_EXCEPTION((vit_tower<shape, device::cpu, nn::quick_gelu>(device::cpu(3), archive)), io_error,
                        [](const io_error& e) {
                          return std::string(e.what()).find(
                                     "'visual.transformer.resblocks.1.mlp.c_fc.weight'") != std::string::npos;
                        });
}

BOOST_AUTO_TEST_CASE(a_text_tower_does_not_depend_on_the_threads_that_read_it) {
  using shape = text_shape<64, 1, 3, 8, 6, 12>;
  const tests::formula_archive archive(tests::text_tensors<shape>());
  const std::vector<std::vector<std::int32_t>> sequences{{1, 2, 3}, {1, 4}};
  const device::cpu one(1);
  const device::cpu three(3);

  const auto alone = text_tower<shape, device::cpu>(one, archive).encode(sequences);
  const auto together = text_tower<shape, device::cpu>(three, archive).encode(sequences);

  BOOST_TEST((to_host(one, alone.view()) == to_host(three, together.view())));
}

BOOST_AUTO_TEST_SUITE_END()
