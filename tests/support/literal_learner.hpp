// SPDX-License-Identifier: MIT
//
// A prompt learner without a tree: the published prompts, every position of them through the literal tower,
// unit features, and the gradient summed position by position. It bounds memory by walking some classes at a
// time.
#ifndef COOP_TESTS_LITERAL_LEARNER_HPP
#define COOP_TESTS_LITERAL_LEARNER_HPP

#include <coop/clip/literal_text.hpp>

#include "published_prompts.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace coop::tests {

/// Unit text features (C, E) and d(loss)/d(context) (rows, W).
template <class T>
struct literal_result {
  std::vector<T> unit;
  std::vector<T> gradient;
};

/// The published prompts of a learner's classes.
template <class Learner>
std::vector<published_prompt> published_prompts(const Learner& learner, const tokenizer& words,
                                                const std::string& prefix, index_t window) {
  using C = typename Learner::context;
  std::vector<published_prompt> prompts;
  for (index_t c = 0; c < learner.classes(); ++c) {
    prompts.push_back(published(words, learner.class_names()[std::size_t(c)], c, learner.length(), prefix,
                                Learner::placement::name, window,
                                [&](index_t k, index_t i) { return C::row(k, i, learner.length()); }));
  }
  return prompts;
}

/// Features under `context` (rows * W), and its gradient for d(loss)/d(unit features) = `dunit` (C * E).
template <class Tower>
auto literal_pass(const Tower& tower, const std::vector<published_prompt>& prompts,
                  const std::vector<typename Tower::device_type::scalar>& context,
                  const std::vector<typename Tower::device_type::scalar>& dunit, std::size_t at_once = 20) {
  using D = typename Tower::device_type;
  using T = typename D::scalar;
  constexpr index_t W = Tower::width();
  constexpr index_t E = Tower::embed();
  constexpr index_t L = Tower::context_length();
  literal_result<T> result;
  result.gradient.assign(context.size(), T(0));
  for (std::size_t begin = 0; begin < prompts.size(); begin += at_once) {
    const auto C = index_t(std::min(at_once, prompts.size() - begin));
    std::vector<T> embeddings(std::size_t(C) * L * W);
    std::vector<index_t> end;
    for (index_t c = 0; c < C; ++c) {
      const auto& prompt = prompts[begin + std::size_t(c)];
      end.push_back(prompt.end);
      for (index_t i = 0; i < L; ++i) {
        const auto source = prompt.sources[std::size_t(i)];
        const T* from =
            source < 0 ? context.data() + std::ptrdiff_t(-1 - source) * W : tower.tokens().row(source);
        std::copy_n(from, W, embeddings.data() + (std::ptrdiff_t(c) * L + i) * W);
      }
    }
    literal_text<Tower> literal(tower, C);
    std::vector<T> raw(std::size_t(C) * E);
    literal.forward(view<const T, 2>{embeddings.data(), {C * L, W}}, end, view<T, 2>{raw.data(), {C, E}});

    std::vector<T> draw(raw.size());
    for (std::size_t c = 0; c < std::size_t(C); ++c) {
      T* x = raw.data() + c * E;
      const T* d = dunit.data() + (begin + c) * E;
      T square = 0;
      for (index_t e = 0; e < E; ++e) square += x[e] * x[e];
      const T norm = std::sqrt(square);
      T along = 0;
      for (index_t e = 0; e < E; ++e) along += d[e] * x[e] / norm;
      for (index_t e = 0; e < E; ++e) {
        result.unit.push_back(x[e] / norm);
        draw[c * E + std::size_t(e)] = (d[e] - x[e] / norm * along) / norm;
      }
    }
    std::vector<T> dembeddings(embeddings.size());
    literal.backward(view<const T, 2>{draw.data(), {C, E}}, view<T, 2>{dembeddings.data(), {C * L, W}});
    for (index_t c = 0; c < C; ++c) {
      for (index_t i = 0; i < L; ++i) {
        const auto source = prompts[begin + std::size_t(c)].sources[std::size_t(i)];
        if (source >= 0) continue;
        T* to = result.gradient.data() + std::ptrdiff_t(-1 - source) * W;
        const T* from = dembeddings.data() + (std::ptrdiff_t(c) * L + i) * W;
        for (index_t j = 0; j < W; ++j) to[j] += from[j];
      }
    }
  }
  return result;
}

}  // namespace coop::tests

#endif
