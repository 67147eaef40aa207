// SPDX-License-Identifier: MIT
//
// Training the miniature on drawn tasks, from pictures to accuracy, on every device and in every precision: as good as on
// the processor in float32, within what the choice of the shots makes of it.
#include "golden.hpp"

#include <coop/data/few_shot.hpp>
#include <coop/train/evaluate.hpp>
#include <coop/train/fit.hpp>

#include "support/clip_vocabulary.hpp"
#include "support/drawn_shots.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <vector>

using namespace coop;
using namespace coop::tests;
namespace utf = boost::unit_test;

BOOST_AUTO_TEST_SUITE(drawn_training, *utf::label("slow"))

namespace {

using exact = machine<device::cpu, precision::float32>;

/// Per cent of the test pictures that are right after sixteen shots of each of three seeds.
template <class M>
std::vector<double> accuracies(const std::string& task) {
  using B = backbone::mini_vit;
  const std::string models = (coop::test::folder().parent_path() / "models").string();
  const auto device = M::opened();
  const auto net = load_clip<B>(device, models + "/mini-vit.safetensors");
  const auto words = load_tokenizer(models + "/mini-vocab.txt");
  constexpr int seeds = 3;
  const auto features = drawn_shots<B>(net.image(), task, {.train = 24, .val = 0, .test = 400}, 16, seeds);
  std::vector<double> right;
  for (int seed = 1; seed <= seeds; ++seed) {
    unified_end how{.length = 16};
    how.seed = std::uint64_t(seed);
    prompt_learner learner(net.text(), words, features.test.class_names, how);
    const cached_features source(device, features.shots[std::size_t(seed - 1)],
                                 {.size = 32, .seed = std::uint64_t(seed)});
    const auto past = fit(learner, source, sgd{}, warmup<cosine>{.then = {.epochs = 30}});
    BOOST_TEST_REQUIRE(past.finite());
    right.push_back(evaluate(learner.classifier(), features.test).accuracy);
  }
  return right;
}

/// What the processor reaches in float32; computed once a task.
const std::vector<double>& expected_of(const std::string& task) {
  static std::map<std::string, std::vector<double>> known;
  if (!known.contains(task)) known[task] = accuracies<exact>(task);
  return known.at(task);
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

template <class M>
void as_good_as_the_processor(const std::string& task) {
  const auto& expected = expected_of(task);
  const auto found = accuracies<M>(task);
  const auto [least, most] = std::minmax_element(expected.begin(), expected.end());
  const std::string title = task + ", " + M::opened().description();
  BOOST_TEST_MESSAGE(title << ": mean accuracy: " << mean(found));
  BOOST_TEST_MESSAGE(title << ": the processor's in float32: " << mean(expected) << ", seeds from " << *least
                           << " to " << *most);
  BOOST_TEST_CONTEXT(title) {
    BOOST_TEST(*most > *least);
    BOOST_TEST(std::abs(mean(found) - mean(expected)) <= *most - *least);
    BOOST_TEST(mean(expected) > 50);  // it did learn: of ten and of sixteen classes
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(land_from_the_air_is_learned_as_well_as_on_the_processor, M, machines) {
  if (!available<typename M::device_type>()) return;
  as_good_as_the_processor<M>("aerial");
}
BOOST_AUTO_TEST_CASE_TEMPLATE(badges_are_learned_as_well_as_on_the_processor, M, machines) {
  if (!available<typename M::device_type>()) return;
  as_good_as_the_processor<M>("badges");
}

BOOST_AUTO_TEST_SUITE_END()
