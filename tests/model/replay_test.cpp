// SPDX-License-Identifier: MIT
//
// How the published program begins, by seed: numbers that PyTorch (1.13) draws after as many as building the
// model takes, for M = 16, W = 512 and 1600 training pictures.
#include <coop/model/replay.hpp>

#include <coop/device/cpu.hpp>
#include <coop/model/learner.hpp>

#include "../support/seeded_archive.hpp"
#include "../support/small_tokenizer.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(replay)

using namespace coop;

namespace {

struct beginning {
  std::uint64_t draws, seed;
  std::array<float, 4> halves, context;
  std::uint64_t base, sampler;
  std::array<index_t, 8> order;
};

constexpr std::uint64_t of_rn50 = construction_draws<backbone::rn50>();
constexpr std::uint64_t of_vit_b16 = construction_draws<backbone::vit_b16>();

const std::array<beginning, 4> beginnings{{{of_rn50,
                                            1,
                                            {-0.02902222f, -0.01093292f, 0.00727081f, 0.03369141f},
                                            {-0.00916352f, -0.03526272f, -0.03919967f, -0.00680018f},
                                            7476258669904775494u,
                                            3500076494788475207u,
                                            {1592, 818, 1525, 526, 355, 1088, 98, 1324}},
                                           {of_rn50,
                                            2,
                                            {-0.01109314f, -0.02761841f, 0.01031494f, 0.02006531f},
                                            {0.04883143f, 0.00602716f, -0.04564096f, -0.01543650f},
                                            6208770373755889974u,
                                            2199749393313765607u,
                                            {1187, 142, 139, 1096, 237, 362, 1264, 153}},
                                           {of_vit_b16,
                                            1,
                                            {-0.01640320f, -0.00714493f, 0.00269508f, 0.02595520f},
                                            {0.00080209f, -0.01398210f, -0.02137422f, 0.01340918f},
                                            8166432626158442605u,
                                            8099177707050163090u,
                                            {827, 533, 944, 1311, 227, 823, 63, 40}},
                                           {of_vit_b16,
                                            2,
                                            {0.03759766f, -0.01264191f, -0.00725174f, -0.01133728f},
                                            {0.01282745f, 0.01740579f, -0.00666641f, 0.05693600f},
                                            3523280910613294481u,
                                            3726063471816572565u,
                                            {1459, 1025, 744, 1584, 1396, 588, 373, 1033}}}};

const tokenizer words = tests::small_tokenizer();
using tiny = text_shape<64, 1, 1, 6, 32, tests::small_vocabulary>;

struct tiny_model : backbone::detail::vit_model<vit_shape<8, 4, 64, 1, 6>, tiny> {
  static constexpr const char* name = "tiny";
};

}  // namespace

BOOST_AUTO_TEST_CASE(contexts_and_batches_begin_as_published) {
  for (const beginning& b : beginnings) {
    BOOST_TEST_CONTEXT(b.draws << " draws, seed " << b.seed) {
      torch_random random(b.seed);
      random.skip(b.draws);
      torch_random same = random;
      std::vector<float> context(16 * 512);
      std::vector<float> halves(16 * 512);
      random.normal(context, 0.0f, 0.02f);
      same.normal_half(halves, 0.0f, 0.02f);
      const loader_replay loader(random);

      for (std::size_t i = 0; i < 4; ++i) {
        BOOST_TEST(std::abs(context[i] - b.context[i]) < 3e-8f);
        BOOST_TEST(std::abs(halves[i] - b.halves[i]) < 6e-9f);  // eight places of an exact number
      }
      BOOST_TEST(loader.seeds_of(0).base == b.base);
      BOOST_TEST(loader.seeds_of(0).sampler == b.sampler);
      BOOST_TEST(same.seed_draw() == b.base);
      const std::vector<index_t> order = loader.order(1600, 0);
      for (std::size_t i = 0; i < 8; ++i) BOOST_TEST(order[i] == b.order[i]);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_replayed_prompt_begins_a_learner_behind_the_building_of_its_model) {
  const text_tower<tiny, device::cpu> tower(device::cpu{}, tests::seeded_archive{});
  for (const bool half : {false, true}) {
    const auto how = replayed<tiny_model>(unified_end{.length = 4}, 3, half);
    const prompt_learner learner(tower, words, {"cat", "dog"}, how);

    torch_random random(3);
    random.skip(construction_draws<tiny_model>());
    std::vector<float> noise(4 * 64);
    if (half) {
      random.normal_half(noise, 0.0f, 0.02f);
    } else {
      random.normal(noise, 0.0f, 0.02f);
    }
    const auto context = learner.parameters();
    BOOST_TEST(std::vector<float>(context.data, context.data + context.size()) == noise,
               boost::test_tools::per_element());
    BOOST_TEST(replayed_loader(learner, how).seeds_of(0).base == random.seed_draw());
  }
}

BOOST_AUTO_TEST_CASE(words_as_initial_context_draw_nothing) {
  const text_tower<tiny, device::cpu> tower(device::cpu{}, tests::seeded_archive{});
  const auto how = replayed<tiny_model>(class_specific_end{.words = "photo of"}, 3);
  const prompt_learner learner(tower, words, {"cat", "dog"}, how);

  torch_random random(3);
  random.skip(construction_draws<tiny_model>());
  BOOST_TEST(replayed_loader(learner, how).seeds_of(0).base == random.seed_draw());
}

BOOST_AUTO_TEST_CASE(seed_zero_is_no_seed_there_and_refused) {
  BOOST_CHECK_THROW(replayed_loader(0, 0, 16), choice_error);
  BOOST_CHECK_EXCEPTION(replayed<tiny_model>(unified_end{}, 0), choice_error, [](const choice_error& e) {
    return std::string(e.what()).find("expected at least 1") != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()
