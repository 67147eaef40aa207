// SPDX-License-Identifier: MIT
//
// Which words of the vocabulary learnt vectors lie nearest to (paper, section 4.3 and its table of words; the published
// tool interpret_prompt.py), by Euclidean distance in the text tower's table of embeddings. All tokens compete, marks
// and pieces of words too. In a space of hundreds of dimensions everything is near to something, so beside each vector
// stands a random one of the same norm, and how far that is from its own nearest words.
#ifndef COOP_ANALYSIS_NEAREST_WORDS_HPP
#define COOP_ANALYSIS_NEAREST_WORDS_HPP

#include <coop/data/torch_random.hpp>
#include <coop/device/concepts.hpp>
#include <coop/error.hpp>
#include <coop/prompt/tokenizer.hpp>
#include <coop/tensor/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace coop {

/// A token and how far it is.
struct near_token {
  std::int32_t id = 0;  ///< in the vocabulary
  /// Euclidean, in the space of embeddings.
  double distance = 0;

  friend bool operator==(const near_token&, const near_token&) = default;
};

namespace detail {

template <class T>
double squared_norm(const T* row, index_t width) {
  double sum = 0;
  for (index_t i = 0; i < width; ++i) sum += double(row[i]) * double(row[i]);
  return sum;
}

template <class T>
double exact_distance(const T* a, const T* b, index_t width) {
  double sum = 0;
  for (index_t i = 0; i < width; ++i) {
    const double difference = double(a[i]) - double(b[i]);
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

/// Squared norms of rows; a row that is not finite is an error.
template <class T>
std::vector<double> squared_norms(view<const T, 2> rows, const char* what) {
  std::vector<double> norms(std::size_t(rows.rows()));
  for (index_t i = 0; i < rows.rows(); ++i) {
    norms[std::size_t(i)] = squared_norm(rows.row(i), rows.columns());
    check<error>(std::isfinite(norms[std::size_t(i)]), [&] {
      return "nearest words: " + std::string(what) + " " + std::to_string(i) +
             ": some values are infinite or not numbers";
    });
  }
  return norms;
}

}  // namespace detail

/**
 * The `k` tokens nearest to each of `vectors` (M, W) in `table` (V, W), nearest first, of equals the least id. Both
 * are in host memory. Distances are exact to double precision: products on the device only tell which tokens can be
 * among the nearest at all, and the bound on their rounding decides which are measured again.
 */
template <Device D>
std::vector<std::vector<near_token>> nearest_tokens(const D& device,
                                                    view<const typename D::scalar, 2> vectors,
                                                    view<const typename D::scalar, 2> table, index_t k) {
  using T = typename D::scalar;
  const index_t width = table.columns();
  const index_t tokens = table.rows();
  check<shape_error>(vectors.columns() == width, [&] {
    return "nearest words: width of the vectors: expected " + std::to_string(width) +
           " as the token embeddings have, got " + std::to_string(vectors.columns());
  });
  check<choice_error>(k >= 1 && k <= tokens, [&] {
    return "nearest words: how many: expected 1 to " + std::to_string(tokens) + ", got " + std::to_string(k);
  });
  const auto token_norms = detail::squared_norms(table, "token");
  const auto vector_norms = detail::squared_norms(vectors, "vector");

  constexpr index_t rows_at_once = 32;
  constexpr index_t tokens_at_once = 4096;
  const index_t block = std::min(tokens, tokens_at_once);
  tensor<T, 2, D> part(device, shape<2>{block, width});
  std::vector<std::vector<near_token>> found;
  for (index_t begin = 0; begin < vectors.rows(); begin += rows_at_once) {
    const index_t rows = std::min(rows_at_once, vectors.rows() - begin);
    const auto some = to_device(device, vectors.slice(begin, begin + rows));
    tensor<T, 2, D> products(device, shape<2>{rows, block});
    std::vector<T> dots(std::size_t(rows) * std::size_t(tokens));  // (rows, V)
    for (index_t first = 0; first < tokens; first += block) {
      const index_t count = std::min(block, tokens - first);
      const auto here = part.view().slice(0, count);
      const auto out = products.view().slice_columns(0, count);
      device.upload(table.slice(first, first + count), here);
      device.gemm(op::as_is, op::transposed, T(1), some.view(), view<const T, 2>(here), T(0), out);
      device.download(view<const T, 2>(out), view<T, 2>{dots.data() + first, shape<2>{rows, count}, tokens});
    }
    device.synchronize();

    for (index_t i = 0; i < rows; ++i) {
      const T* const dot = dots.data() + std::ptrdiff_t(i) * tokens;
      const double norm = vector_norms[std::size_t(begin + i)];
      // |a - b|^2 = |a|^2 + |b|^2 - 2 a.b, where a.b of W terms, summed in any order, is off by at most
      // W epsilon |a||b|.
      const auto squared = [&](std::size_t t) { return norm + token_norms[t] - 2 * double(dot[t]); };
      const auto slack = [&](std::size_t t) {
        return 2 * double(width) * double(std::numeric_limits<T>::epsilon()) *
                   std::sqrt(norm * token_norms[t]) +
               1e-12 * (norm + token_norms[t]);
      };
      std::vector<double> greatest(token_norms.size());
      for (std::size_t t = 0; t < greatest.size(); ++t) greatest[t] = squared(t) + slack(t);
      std::nth_element(greatest.begin(), greatest.begin() + std::ptrdiff_t(k - 1), greatest.end());
      const double limit = greatest[std::size_t(k - 1)];  // k tokens are certainly not farther
      std::vector<near_token> near;
      for (std::size_t t = 0; t < greatest.size(); ++t) {
        if (squared(t) - slack(t) > limit) continue;
        near.push_back(
            {std::int32_t(t), detail::exact_distance(vectors.row(begin + i), table.row(index_t(t)), width)});
      }
      std::sort(near.begin(), near.end(), [](const near_token& a, const near_token& b) {
        return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
      });
      near.resize(std::size_t(k));
      found.push_back(std::move(near));
    }
  }
  return found;
}

/// Gaussian vectors, each of the norm of its row of `vectors`.
template <class T>
std::vector<T> random_vectors_like(view<const T, 2> vectors, std::uint64_t seed) {
  const index_t width = vectors.columns();
  std::vector<float> noise(vectors.size());
  torch_random(seed).normal(noise);
  std::vector<T> random(noise.begin(), noise.end());
  for (index_t i = 0; i < vectors.rows(); ++i) {
    T* const row = random.data() + std::ptrdiff_t(i) * width;
    const double own = std::sqrt(detail::squared_norm(row, width));
    const double norm = std::sqrt(detail::squared_norm(vectors.row(i), width));
    const double factor = own > 0 ? norm / own : 0;
    for (index_t j = 0; j < width; ++j) row[j] = T(double(row[j]) * factor);
  }
  return random;
}

/// A word of the vocabulary and how far it is.
struct near_word {
  std::string word;  // `potd</w>`: the mark ends a word, a token without it is a piece
  /// Euclidean, in the space of embeddings.
  double distance = 0;
};

/// What lies near one learnt vector.
struct vector_words {
  std::vector<near_word> nearest;  // k words, nearest first
  std::vector<double> random;      // distances of a random vector of the same norm to its own k nearest
};

/**
 * The k words nearest to each of `vectors` (M, W), and the same distances of random vectors: what a report says of a
 * context. `table` (V, W) is the text tower's `token_embedding.weight`, of as many tokens as `words` has. Words are
 * as the published tool prints them, with the mark `</w>`, which the published table drops; but what bytes stand for
 * can be read (tokenizer::readable_token).
 */
template <Device D>
std::vector<vector_words> words_near(const D& device, view<const typename D::scalar, 2> vectors,
                                     view<const typename D::scalar, 2> table, const tokenizer& words,
                                     index_t k = 1, std::uint64_t seed = 1) {
  using T = typename D::scalar;
  check<shape_error>(words.size() == table.rows(), [&] {
    return "nearest words: vocabulary: expected the text tower's " + std::to_string(table.rows()) +
           " tokens, got a tokenizer of " + std::to_string(words.size());
  });
  const auto near = nearest_tokens(device, vectors, table, k);
  const std::vector<T> random = random_vectors_like(vectors, seed);
  const auto near_random = nearest_tokens(device, view<const T, 2>{random.data(), vectors.extents}, table, k);
  std::vector<vector_words> all(near.size());
  for (std::size_t i = 0; i < near.size(); ++i) {
    for (const near_token& t : near[i]) all[i].nearest.push_back({words.readable_token(t.id), t.distance});
    for (const near_token& t : near_random[i]) all[i].random.push_back(t.distance);
  }
  return all;
}

}  // namespace coop

#endif
