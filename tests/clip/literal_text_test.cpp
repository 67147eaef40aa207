// SPDX-License-Identifier: MIT
//
// The published way through the text tower: what is behind an end mark does not matter, and at the size of
// ViT-B/16 it gives what the tree gives. COOP_CLASSES sets the number of classes of the slow comparison, of
// which the literal tower takes some tenths of a second each; COOP_CLIP_VOCAB sets its vocabulary, and without
// it every pair of bytes is a token.
#include <coop/clip/literal_text.hpp>
#include <coop/device/cpu.hpp>
#include <coop/model/learner.hpp>

#include "../support/literal_learner.hpp"
#include "../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(literal_text_tower)

using namespace coop;
using tests::as_matrix;
using tests::numbers;
using tests::relative_difference;

namespace {

using exact = device::basic_cpu<double>;
using tiny_tower = text_tower<text_shape<8, 2, 2, 6, 9, 20>, exact>;

/// Two prompts of nine positions: their end marks, features, and gradients.
struct two_prompts {
  exact device;
  tiny_tower tower{device, tests::seeded_archive{}};
  std::vector<double> embeddings = numbers<double>(2 * 9 * 8, 1);
  std::vector<index_t> end{5, 8};
  std::vector<double> dfeatures = numbers<double>(2 * 6, 2);
  literal_text<tiny_tower> literal{tower, 2};

  std::vector<double> forward() {
    std::vector<double> features(12);
    literal.forward(as_matrix(std::as_const(embeddings), 18, 8), end, as_matrix(features, 2, 6));
    return features;
  }
  std::vector<double> backward() {
    forward();
    std::vector<double> slopes(embeddings.size());
    literal.backward(as_matrix(std::as_const(dfeatures), 2, 6), as_matrix(slopes, 18, 8));
    return slopes;
  }
};

/// Names of common things, many of which share a beginning.
std::vector<std::string> things(std::size_t count) {
  const char* first[] = {"red",   "sea",  "wild",     "house", "water",  "snow",  "black",
                         "sand",  "tree", "mountain", "fire",  "grass",  "ice",   "stone",
                         "night", "sun",  "white",    "wood",  "meadow", "garden"};
  const char* second[] = {"cat", "bird", "snake (harmless)", "lily", "spider"};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    names.push_back(std::string(first[i / 5 % 20]) + "_" + second[i % 5] +
                    (i < 100 ? "" : std::to_string(i / 100)));
  }
  return names;
}

/// As many merges as CLIP has: every byte with every byte.
tokenizer pairs_of_bytes() {
  std::vector<std::string> symbols;
  for (const char* ending : {"", "</w>"}) {
    for (const auto& s : detail::byte_symbols())
      symbols.push_back(unicode::encode({&s.character, 1}) + ending);
  }
  std::vector<symbol_pair> merges;
  for (std::size_t right = 512; right-- > 0;) {
    for (std::size_t left = 0; left < 256 && merges.size() < 48894; ++left)
      merges.push_back({symbols[left], symbols[right]});
  }
  return tokenizer(merges);
}

struct seconds {
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  [[nodiscard]] double passed() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_stands_behind_an_end_mark_does_not_matter, two_prompts) {
  const auto before = forward();
  for (std::size_t i = 6 * 8; i < 9 * 8; ++i) embeddings[i] += 10;

  const auto after = forward();

  BOOST_TEST(before == after);
}

BOOST_FIXTURE_TEST_CASE(prompts_do_not_see_each_other, two_prompts) {
  const auto before = forward();
  for (std::size_t i = 0; i < 9 * 8; ++i) embeddings[i] += 1;

  const auto after = forward();

  BOOST_TEST(before[0] != after[0]);
  BOOST_TEST(std::vector<double>(before.begin() + 6, before.end()) ==
             std::vector<double>(after.begin() + 6, after.end()));
}

BOOST_FIXTURE_TEST_CASE(gradient_equals_central_differences, two_prompts) {
  const auto analytic = backward();

  const auto numeric =
      tests::central_differences(embeddings, [&] { return tests::dot(dfeatures, forward()); });

  BOOST_TEST(relative_difference(analytic, numeric) < tests::tolerance::slope);
}

BOOST_FIXTURE_TEST_CASE(no_gradient_reaches_positions_behind_the_end_mark, two_prompts) {
  const auto slopes = backward();

  BOOST_TEST(std::all_of(slopes.begin() + 6 * 8, slopes.begin() + 9 * 8, [](double d) { return d == 0; }));
  BOOST_TEST(std::any_of(slopes.begin(), slopes.begin() + 6 * 8, [](double d) { return d != 0; }));
}

BOOST_AUTO_TEST_CASE(tree_equals_it_at_the_size_of_vit_b16_for_every_pair_of_policies,
                     *boost::unit_test::label("slow")) {
  using text = text_shape<512, 8, 12, 512>;
  const char* vocabulary = std::getenv("COOP_CLIP_VOCAB");
  const char* wanted = std::getenv("COOP_CLASSES");
  const tokenizer words = vocabulary ? load_tokenizer(vocabulary) : pairs_of_bytes();
  const device::cpu device(0);
  const text_tower<text, device::cpu> tower(device, tests::seeded_archive{});
  std::printf("ViT-B/16 text tower, %d threads, %s vocabulary\n%-16s%-8s%8s%8s%14s%14s%10s%10s%8s\n",
              device.threads(), vocabulary ? "CLIP's" : "a made-up", "context", "name", "classes", "nodes",
              "features", "gradient", "tree/s", "literal/s", "ratio");
  const auto compare = [&]<class C, class P>(std::size_t classes) {
    prompt_learner learner(tower, words, things(classes), prompt<C, P>{.length = 16});
    const auto dunit = numbers<float>(classes * 512, 3, 1e-3);
    const view<const float, 2> given{dunit.data(), {learner.classes(), 512}};
    learner.forward();
    learner.backward(given);
    const seconds tree;
    learner.forward();
    learner.backward(given);
    const double tree_took = tree.passed();
    const auto prompts = tests::published_prompts(learner, words, tests::placeholder(16), 77);
    const seconds literal;
    const auto truth = tests::literal_pass(
        tower, prompts, to_host(device, view<const float, 2>(learner.parameters())), dunit);
    const double literal_took = literal.passed();

    const double features = relative_difference(to_host(device, learner.forward()), truth.unit);
    const double gradient = relative_difference(to_host(device, learner.gradient()), truth.gradient);

    std::printf("%-16s%-8s%8zu%8d%14.2e%14.2e%10.2f%10.2f%8.1f\n", C::name, P::name, classes,
                learner.live_nodes(), features, gradient, tree_took, literal_took, literal_took / tree_took);
    std::fflush(stdout);
    BOOST_TEST(features <= tests::tolerance::single, C::name << " " << P::name);
    BOOST_TEST(gradient <= tests::tolerance::single, C::name << " " << P::name);
  };
  for_each_type(context::all{}, [&](auto c) {
    for_each_type(placement::all{}, [&](auto p) {
      using C = typename decltype(c)::type;
      using P = typename decltype(p)::type;
      compare.template operator()<C, P>(wanted ? std::size_t(std::stoul(wanted)) : 12);
    });
  });
}

BOOST_AUTO_TEST_SUITE_END()
