// SPDX-License-Identifier: MIT
//
// Numbers of PyTorch's CPU generator (1.13). More of them are in parity/replay_test.cpp, and what CoOp draws
// with it in model/replay_test.cpp.
#include <coop/data/torch_random.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

BOOST_AUTO_TEST_SUITE(torch_random)

BOOST_AUTO_TEST_CASE(a_sequence_of_draws_equals_torch) {
  coop::torch_random random(1);

  BOOST_TEST(random.seed_draw() == 7692698082559361259u);
  BOOST_TEST(random.uniform(0.08f, 1.0f) == 0.45082372f);
  BOOST_TEST(random.integer(37) == 14u);
  BOOST_TEST(random.integer(37) == 14u);
  BOOST_TEST(random.integer(37) == 6u);
  BOOST_TEST(random.uniform() == 0.39713734f);
}

BOOST_AUTO_TEST_CASE(a_permutation_equals_torch) {
  coop::torch_random random(12345678901234567u);

  const std::vector<coop::index_t> expected{7, 5, 2, 9, 3, 8, 6, 4, 1, 0};
  BOOST_TEST(random.randperm(10) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(permutations_of_none_and_one_draw_nothing) {
  coop::torch_random random(1);

  BOOST_TEST(random.randperm(0).empty());
  BOOST_TEST(random.randperm(1).size() == 1u);
  BOOST_TEST(random.seed_draw() == 7692698082559361259u);
}

BOOST_AUTO_TEST_CASE(manual_seed_starts_again) {
  coop::torch_random random(9);
  random.uniform();

  random.manual_seed(1);

  BOOST_TEST(random.seed_draw() == 7692698082559361259u);
}

BOOST_AUTO_TEST_CASE(a_normal_fill_that_is_no_multiple_of_sixteen_equals_torch) {
  coop::torch_random random(5);
  std::vector<float> values(37);

  random.normal(values, 0.0f, 0.02f);

  BOOST_TEST(std::abs(values[0] - 0.0368465967f) < 3e-8f);
  BOOST_TEST(std::abs(values[7] - -0.0287482757f) < 3e-8f);
  BOOST_TEST(std::abs(values[20] - -0.00259325351f) < 3e-8f);
  BOOST_TEST(std::abs(values[21] - 0.00575899566f) < 3e-8f);
  BOOST_TEST(std::abs(values[31] - -0.0339546576f) < 3e-8f);
  BOOST_TEST(std::abs(values[36] - 0.0248340406f) < 3e-8f);
}

BOOST_AUTO_TEST_CASE(short_normal_fills_equal_torch_and_keep_the_second_of_a_pair) {
  coop::torch_random random(5);
  std::vector<float> three(3);
  std::vector<float> one(1);

  random.normal(three, 0.0, 0.02);
  random.normal(one, 0.0, 0.02);

  BOOST_TEST(three[0] == -0x1.3f0442p-7f);
  BOOST_TEST(three[1] == -0x1.8bb874p-7f);
  BOOST_TEST(three[2] == -0x1.6dc102p-7f);
  BOOST_TEST(one[0] == 0x1.b577fep-7f);
}

BOOST_AUTO_TEST_CASE(manual_seed_forgets_the_second_of_a_pair) {
  coop::torch_random used(1);
  coop::torch_random fresh(5);
  std::vector<float> a(1);
  std::vector<float> b(1);
  used.normal(a);

  used.manual_seed(5);
  used.normal(a);
  fresh.normal(b);

  BOOST_TEST(a == b, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_fill_says_how_many_outputs_it_takes) {
  for (const std::size_t n : {16u, 17u, 31u, 32u, 8192u}) {
    coop::torch_random filled(4);
    coop::torch_random halves(4);
    coop::torch_random skipped(4);
    std::vector<float> values(n);

    filled.normal(values);
    halves.normal_half(values);
    skipped.skip(coop::torch_random::normal_draws(n));

    const std::uint32_t next = skipped.integer(1u << 31);
    BOOST_TEST(filled.integer(1u << 31) == next);
    BOOST_TEST(halves.integer(1u << 31) == next);
  }
}

BOOST_AUTO_TEST_CASE(streams_of_a_seed_differ_and_stay) {
  BOOST_TEST(coop::mixed_seed(1, 0) != coop::mixed_seed(1, 1));
  BOOST_TEST(coop::mixed_seed(1, 0) != coop::mixed_seed(0, 1));
  BOOST_TEST(coop::mixed_seed(7, 3) == coop::mixed_seed(7, 3));
  BOOST_TEST(std::uint32_t(coop::mixed_seed(1, 0)) != std::uint32_t(coop::mixed_seed(2, 0)));
}

BOOST_AUTO_TEST_SUITE_END()
