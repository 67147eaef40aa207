// SPDX-License-Identifier: MIT
//
// Numbers of PyTorch's CPU generator (1.13), and the whole replay of CoOp's start: the draws that building a
// CLIP makes, the context, and the order of the first epoch.
#include <coop/data/torch_random.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
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

BOOST_AUTO_TEST_CASE(a_short_normal_fill_is_the_start_of_a_fill_of_sixteen) {
  coop::torch_random one(5);
  coop::torch_random other(5);
  std::vector<float> few(3);
  std::vector<float> sixteen(16);

  one.normal(few);
  other.normal(sixteen);

  BOOST_TEST(few == std::vector<float>(sixteen.begin(), sixteen.begin() + 3),
             boost::test_tools::per_element());
  BOOST_TEST(one.integer(1000) == other.integer(1000));
}

BOOST_AUTO_TEST_CASE(the_start_of_a_coop_run_is_replayed) {
  struct start {
    std::uint64_t draws, seed;
    std::array<float, 4> context;
    std::uint64_t base, sampler;
    std::array<coop::index_t, 8> order;
  };
  constexpr std::uint64_t rn50 = 179635552;
  constexpr std::uint64_t vit_b16 = 212554752;
  const std::array<start, 2> starts{{{rn50,
                                      1,
                                      {-0.00916352f, -0.03526272f, -0.03919967f, -0.00680018f},
                                      7476258669904775494u,
                                      3500076494788475207u,
                                      {1592, 818, 1525, 526, 355, 1088, 98, 1324}},
                                     {vit_b16,
                                      2,
                                      {0.01282745f, 0.01740579f, -0.00666641f, 0.05693600f},
                                      3523280910613294481u,
                                      3726063471816572565u,
                                      {1459, 1025, 744, 1584, 1396, 588, 373, 1033}}}};

  for (const start& s : starts) {
    coop::torch_random random(s.seed);
    random.skip(s.draws);
    std::vector<float> context(16 * 512);
    random.normal(context, 0.0f, 0.02f);

    for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(std::abs(context[i] - s.context[i]) < 3e-8f);
    BOOST_TEST(random.seed_draw() == s.base);
    const std::uint64_t sampler = random.seed_draw();
    BOOST_TEST(sampler == s.sampler);
    const std::vector<coop::index_t> order = coop::torch_random(sampler).randperm(1600);
    for (std::size_t i = 0; i < 8; ++i) BOOST_TEST(order[i] == s.order[i]);
  }
}

BOOST_AUTO_TEST_CASE(streams_of_a_seed_differ_and_stay) {
  BOOST_TEST(coop::mixed_seed(1, 0) != coop::mixed_seed(1, 1));
  BOOST_TEST(coop::mixed_seed(1, 0) != coop::mixed_seed(0, 1));
  BOOST_TEST(coop::mixed_seed(7, 3) == coop::mixed_seed(7, 3));
  BOOST_TEST(std::uint32_t(coop::mixed_seed(1, 0)) != std::uint32_t(coop::mixed_seed(2, 0)));
}

BOOST_AUTO_TEST_SUITE_END()
