// SPDX-License-Identifier: MIT
//
// The published linear probe as a whole, draws and search included, beside the same program with scikit-learn
// (make_probe.py). Both fit from zero until no component of the gradient of the mean is beyond 1e-4, by other line
// searches: that is near the optimum and not at it, so a picture beside a border may fall otherwise, and where a step of
// the search hangs on one validation picture, C may.
#include <coop/data/few_shot.hpp>
#include <coop/device/devices.hpp>
#include <coop/io/text.hpp>
#include <coop/train/linear_probe.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(linear_probe)

namespace {

using coop::feature_set;
using coop::index_t;
using cpu = coop::device::cpu;

constexpr index_t classes = 10;
constexpr index_t width = 64;

/// The numbers of make_probe.py: sums of four 16-bit numbers around zero.
class generator {
 public:
  std::int32_t operator()() {
    std::int32_t total = 0;
    for (int i = 0; i < 4; ++i) {
      state_ = state_ * 1664525u + 1013904223u;
      total += std::int32_t(state_ >> 16);
    }
    return total - 4 * 32768;
  }

 private:
  std::uint32_t state_ = 1;
};

struct splits {
  feature_set train, val, test;
};

splits make_features() {
  generator draw;
  std::vector<std::int32_t> centres;
  for (index_t i = 0; i < classes * width; ++i) centres.push_back(draw());
  const auto make = [&](index_t pictures) {
    feature_set set;
    set.width = width;
    for (index_t c = 0; c < classes; ++c) {
      set.class_names.push_back(std::to_string(c));
      for (index_t i = 0; i < pictures; ++i) {
        for (index_t j = 0; j < width; ++j)
          set.values.push_back(float(6 * centres[std::size_t(c * width + j)] + 15 * draw()) / 1048576.0f);
        set.labels.push_back(c);
      }
    }
    return set;
  };
  auto train = make(40);
  auto val = make(8);
  auto test = make(60);
  return {std::move(train), std::move(val), std::move(test)};
}

/// One run of scikit-learn.
struct published {
  index_t shots = 0;
  std::uint64_t seed = 0;
  double cost = 0;
  double validation = 0;
  double test = 0;
  std::vector<double> search = {};  // validation accuracy at the seven costs, the largest first
};

std::vector<published> read_runs() {
  std::vector<published> runs;
  for (const std::string& line : coop::read_lines("tests/data/probe.txt")) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    published run;
    words >> run.shots >> run.seed >> run.cost >> run.validation >> run.test;
    for (double score; words >> score;) run.search.push_back(score);
    BOOST_REQUIRE(run.search.size() == 7u);
    runs.push_back(run);
  }
  BOOST_REQUIRE(runs.size() == 15u);
  return runs;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_cost_of_the_search_scores_on_the_validation_pictures_as_with_scikit_learn) {
  const auto all = make_features();
  const double costs[] = {1e6, 1e4, 1e2, 1.0, 1e-2, 1e-4, 1e-6};
  int equal = 0;

  for (const auto& run : read_runs()) {
    const auto [train, val] =
        coop::linear_probe_shots(all.train, all.val, {.shots = run.shots, .seed = run.seed});
    for (std::size_t i = 0; i < std::size(costs); ++i) {
      const auto probe = coop::linear_probe(cpu{}, train, {}, {.cost_without_validation = costs[i]});
      const double apart = std::abs(coop::evaluate(probe.classifier, val).accuracy - run.search[i]);
      const double a_picture = 100.0 / double(val.size());
      BOOST_TEST(apart < 1.01 * a_picture);
      equal += apart < 0.01 * a_picture;
    }
  }

  BOOST_TEST_MESSAGE("validation scores equal to scikit-learn's: " << equal << " of 105");
  BOOST_TEST(equal >= 100);
}

BOOST_AUTO_TEST_CASE(the_whole_protocol_gives_scikit_learns_accuracies) {
  const auto all = make_features();
  struct sums {
    double ours = 0;
    double theirs = 0;
  };
  std::map<index_t, sums> by_shots;
  int same_cost = 0;
  double farthest = 0;

  for (const auto& run : read_runs()) {
    const auto [train, val] =
        coop::linear_probe_shots(all.train, all.val, {.shots = run.shots, .seed = run.seed});
    const auto probe = coop::linear_probe(cpu{}, train, val);
    const double accuracy = coop::evaluate(probe.classifier, all.test).accuracy;
    BOOST_TEST_MESSAGE(run.shots << " shots, seed " << run.seed << ": C " << probe.cost << " and " << run.cost
                                 << ", test " << accuracy << " and " << run.test);
    same_cost += std::abs(std::log10(probe.cost / run.cost)) < 1e-3;
    farthest = std::max(farthest, std::abs(accuracy - run.test));
    by_shots[run.shots].ours += accuracy / 3;
    by_shots[run.shots].theirs += run.test / 3;
  }

  for (const auto& [shots, mean] : by_shots) {
    BOOST_TEST_MESSAGE(shots << " shots, mean of three seeds: " << mean.ours << " and " << mean.theirs);
    BOOST_TEST(std::abs(mean.ours - mean.theirs) < 0.5);
  }
  BOOST_TEST(farthest <= 1.01);  // six of the 600 test pictures
  BOOST_TEST(same_cost >= 12);   // of 15
}

BOOST_AUTO_TEST_SUITE_END()
