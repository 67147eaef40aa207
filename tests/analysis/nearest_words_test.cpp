// SPDX-License-Identifier: MIT
#include <coop/analysis/nearest_words.hpp>

#include <coop/device/devices.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(nearest_words)

namespace {

namespace tt = boost::test_tools;
using cpu = coop::device::cpu;
using coop::index_t;
using matrix = coop::view<const float, 2>;

std::vector<float> noise(std::size_t n, std::uint64_t seed, double deviation = 1) {
  std::vector<float> values(n);
  coop::torch_random(seed).normal(values, 0, deviation);
  return values;
}

/// All distances in double, sorted whole.
std::vector<coop::near_token> plainly(matrix vectors, matrix table, index_t row, index_t k) {
  std::vector<coop::near_token> all;
  for (index_t t = 0; t < table.rows(); ++t) {
    double sum = 0;
    for (index_t j = 0; j < table.columns(); ++j)
      sum += std::pow(double(vectors(row, j)) - double(table(t, j)), 2);
    all.push_back({std::int32_t(t), std::sqrt(sum)});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.distance < b.distance; });
  all.resize(std::size_t(k));
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(tokens_come_nearest_first_and_of_equals_the_least_id_first) {
  const std::vector<float> table{3, 4, 0, 1, 0, -1, 0, 1, 10, 0};
  const std::vector<float> vectors{0, 0, 0, 2};

  const auto near =
      coop::nearest_tokens(cpu(), matrix{vectors.data(), {2, 2}}, matrix{table.data(), {5, 2}}, 4);

  using tokens = std::vector<coop::near_token>;
  BOOST_TEST((near[0] == tokens{{1, 1.0}, {2, 1.0}, {3, 1.0}, {0, 5.0}}));
  BOOST_TEST((near[1] == tokens{{1, 1.0}, {3, 1.0}, {2, 3.0}, {0, std::sqrt(13.0)}}));
}

BOOST_AUTO_TEST_CASE(more_vectors_and_tokens_than_a_block_are_all_compared) {
  constexpr index_t width = 24, tokens = 9001, vectors = 70;
  const auto table = noise(std::size_t(tokens * width), 1);
  const auto learnt = noise(std::size_t(vectors * width), 2);
  const matrix t{table.data(), {tokens, width}};
  const matrix v{learnt.data(), {vectors, width}};

  const auto near = coop::nearest_tokens(cpu(2), v, t, 5);
  BOOST_REQUIRE(near.size() == std::size_t(vectors));
  for (index_t i = 0; i < vectors; i += 23) {
    const auto expected = plainly(v, t, i, 5);
    for (std::size_t r = 0; r < 5; ++r) {
      BOOST_TEST(near[std::size_t(i)][r].id == expected[r].id);
      BOOST_TEST(near[std::size_t(i)][r].distance == expected[r].distance, tt::tolerance(1e-14));
    }
  }
}

BOOST_AUTO_TEST_CASE(small_distances_between_long_vectors_are_exact) {
  // The tokens lie some 1e-3 apart at a norm of 1600, where |a|^2 + |b|^2 - 2 a.b in float knows nothing below 1.
  constexpr index_t width = 64, tokens = 300;
  std::vector<float> table(std::size_t(tokens * width), 200.0f);
  for (index_t t = 0; t < tokens; ++t)
    table[std::size_t(t * width + t % width)] += 0.0009765625f * float(1 + (t * 7) % tokens);
  const std::vector<float> vector(std::size_t(width), 200.0f);
  const matrix v{vector.data(), {1, width}};
  const matrix t{table.data(), {tokens, width}};

  const auto near = coop::nearest_tokens(cpu(), v, t, 3);
  BOOST_TEST((near[0] == plainly(v, t, 0, 3)));
  BOOST_TEST(near[0][0].id == 0);
  BOOST_TEST(near[0][0].distance == 0.0009765625);
}

BOOST_AUTO_TEST_CASE(a_vector_that_is_a_token_is_0_away_from_it) {
  const auto table = noise(40 * 8, 3);
  const auto near =
      coop::nearest_tokens(cpu(), matrix{table.data() + 17 * 8, {1, 8}}, matrix{table.data(), {40, 8}}, 1);

  BOOST_TEST((near[0][0] == coop::near_token{17, 0.0}));
}

BOOST_AUTO_TEST_CASE(random_vectors_have_the_norms_of_those_they_stand_for) {
  const auto learnt = noise(5 * 32, 4, 3.0);
  std::vector<float> rows(learnt);
  std::fill(rows.begin() + 64, rows.begin() + 96, 0.0f);  // the third has no norm
  const matrix v{rows.data(), {5, 32}};

  const auto random = coop::random_vectors_like(v, 9);
  for (index_t i = 0; i < 5; ++i) {
    const float* const row = random.data() + i * 32;
    BOOST_TEST(
        std::sqrt(coop::detail::squared_norm(row, 32)) == std::sqrt(coop::detail::squared_norm(v.row(i), 32)),
        tt::tolerance(1e-6));
  }
  BOOST_TEST((random == coop::random_vectors_like(v, 9)));
  BOOST_TEST((random != coop::random_vectors_like(v, 10)));
}

BOOST_AUTO_TEST_CASE(words_keep_the_mark_of_their_end_and_stand_beside_random_distances) {
  const coop::tokenizer words(std::vector<coop::symbol_pair>{{"d", "o"}, {"do", "g</w>"}});
  constexpr index_t width = 16;
  auto table = noise(std::size_t(words.size() * width), 5);
  const auto dog = std::vector<float>(table.begin() + 513 * width, table.begin() + 514 * width);
  std::vector<float> vectors(dog);
  vectors.insert(vectors.end(), table.begin() + 512 * width, table.begin() + 513 * width);
  const matrix t{table.data(), {words.size(), width}};
  const matrix v{vectors.data(), {2, width}};

  const auto near = coop::words_near(cpu(), v, t, words, 3, 7);
  BOOST_REQUIRE(near.size() == 2u);
  BOOST_TEST(near[0].nearest.size() == 3u);
  BOOST_TEST(near[0].nearest[0].word == "dog</w>");
  BOOST_TEST(near[0].nearest[0].distance == 0.0);
  BOOST_TEST(near[1].nearest[0].word == "do");
  const auto random = coop::random_vectors_like(v, 7);
  const auto expected = plainly(matrix{random.data(), {2, width}}, t, 1, 3);
  for (std::size_t r = 0; r < 3; ++r)
    BOOST_TEST(near[1].random[r] == expected[r].distance, tt::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_and_named) {
  const auto values = noise(20, 6);
  const matrix table{values.data(), {5, 4}};
  const auto says = [](const std::string& part) {
    return [part](const coop::error& failure) {
      return std::string(failure.what()).find(part) != std::string::npos;
    };
  };

  BOOST_CHECK_EXCEPTION(coop::nearest_tokens(cpu(), matrix{values.data(), {2, 3}}, table, 1),
                        coop::shape_error, says("expected 4 as the token embeddings have, got 3"));
  BOOST_CHECK_EXCEPTION(coop::nearest_tokens(cpu(), table, table, 6), coop::choice_error,
                        says("expected 1 to 5, got 6"));
  BOOST_CHECK_EXCEPTION(coop::nearest_tokens(cpu(), table, table, 0), coop::choice_error, says("got 0"));
  BOOST_CHECK_EXCEPTION(
      coop::words_near(cpu(), table, table, coop::tokenizer(std::vector<coop::symbol_pair>{{"d", "o"}})),
      coop::shape_error, says("expected the text tower's 5 tokens, got a tokenizer of 515"));
  auto broken = values;
  broken[6] = std::numeric_limits<float>::quiet_NaN();
  BOOST_CHECK_EXCEPTION(coop::nearest_tokens(cpu(), matrix{broken.data(), {2, 4}}, table, 1), coop::error,
                        says("vector 1: some values are infinite or not numbers"));
}

BOOST_AUTO_TEST_SUITE_END()
