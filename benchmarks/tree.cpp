// SPDX-License-Identifier: MIT
//
// How much the prompt tree saves: one forward and backward pass of the ViT-B/16 text tower to the context of 100
// classes, for every context and placement, beside the literal path that computes all 77 positions of all classes.
// Both use the same layers and the same products, alternate in one run, and are compared before they are timed.
//
//   tree VOCABULARY [THREADS] [ROUNDS]
#include <coop/clip/literal_text.hpp>
#include <coop/coop.hpp>

#include "../tests/support/seeded_archive.hpp"
#include "class_names.hpp"
#include "measure.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <span>

using namespace coop;
using benchmarks::seconds;

namespace {

using tower_type = text_tower<backbone::vit_b16::text, device::cpu>;
constexpr index_t W = tower_type::width();
constexpr index_t E = tower_type::embed();
constexpr index_t L = tower_type::context_length();
constexpr index_t M = 16;

double relative_difference(std::span<const float> a, std::span<const float> b) {
  double difference = 0;
  double size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(double(a[i]) - double(b[i]), 2);
    size += std::pow(double(b[i]), 2);
  }
  return std::sqrt(difference / size);
}

/// The literal path of a prompt learner: concatenates, pads to 77, and scatters the gradient back.
template <Context C, Placement P>
struct literal_learner {
  const tower_type& tower;
  index_t classes;
  std::vector<std::vector<std::int32_t>> sources;
  std::vector<index_t> end;
  literal_text<tower_type> text;
  std::vector<float> embeddings, dembeddings, raw, draw;

  literal_learner(const tower_type& net, const tokenizer& words, const std::vector<std::string>& names)
      : tower(net), classes(index_t(names.size())), text(net, classes) {
    const auto begin = initial_words(words, "", M);
    const auto suffixes = class_suffixes(words, names, begin, L);
    for (index_t c = 0; c < classes; ++c) {
      sources.push_back(prompt_sources<C, P>(suffixes[std::size_t(c)], c, M, words.start()));
      end.push_back(index_t(sources.back().size()) - 1);
      sources.back().resize(std::size_t(L), 0);  // padding is token 0
    }
    embeddings.resize(std::size_t(classes) * L * W);
    dembeddings.resize(embeddings.size());
    raw.resize(std::size_t(classes) * E);
    draw.resize(raw.size());
  }

  void step(view<const float, 2> context, view<const float, 2> weight, std::vector<float>& gradient) {
    for (index_t c = 0; c < classes; ++c) {
      for (index_t i = 0; i < L; ++i) {
        const auto source = sources[std::size_t(c)][std::size_t(i)];
        const float* row = source < 0 ? context.row(context_row(source)) : tower.tokens().row(source);
        std::copy_n(row, W, embeddings.data() + (std::ptrdiff_t(c) * L + i) * W);
      }
    }
    const shape<2> rows{classes * L, W};
    text.forward({embeddings.data(), rows}, end, {raw.data(), shape<2>{classes, E}});
    for (index_t c = 0; c < classes;
         ++c) {  // the way back through the unit length, of loss = sum(weight * unit)
      const float* f = raw.data() + std::ptrdiff_t(c) * E;
      double square = 0;
      double along = 0;
      for (index_t e = 0; e < E; ++e) square += double(f[e]) * f[e];
      const double norm = std::sqrt(square);
      for (index_t e = 0; e < E; ++e) along += double(weight(c, e)) * f[e] / norm;
      for (index_t e = 0; e < E; ++e) {
        draw[std::size_t(c) * E + std::size_t(e)] = float((weight(c, e) - f[e] / norm * along) / norm);
      }
    }
    text.backward({draw.data(), shape<2>{classes, E}}, {dembeddings.data(), rows});
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    for (index_t c = 0; c < classes; ++c) {
      for (index_t i = 0; i <= end[std::size_t(c)]; ++i) {
        const auto source = sources[std::size_t(c)][std::size_t(i)];
        if (source >= 0) continue;
        const float* from = dembeddings.data() + (std::ptrdiff_t(c) * L + i) * W;
        float* to = gradient.data() + std::ptrdiff_t(context_row(source)) * W;
        for (index_t j = 0; j < W; ++j) to[j] += from[j];
      }
    }
  }
};

template <Context C, Placement P>
void compare(const tower_type& tower, const tokenizer& words, int rounds) {
  const auto names = benchmarks::food_names();
  const auto classes = index_t(names.size());
  prompt_learner learner(tower, words, names, prompt<C, P>{.length = M});
  literal_learner<C, P> literal(tower, words, names);
  std::vector<float> weight(std::size_t(classes) * E);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = tests::seeded(9, i);
  const view<const float, 2> w{weight.data(), shape<2>{classes, E}};
  std::vector<float> gradient(learner.gradient().size());

  double tree = 1e9;
  double whole = 1e9;
  for (int round = 0; round < rounds; ++round) {
    whole = std::min(whole, seconds([&] { literal.step(std::as_const(learner).parameters(), w, gradient); }));
    for (int i = 0; i < 4; ++i) {
      tree = std::min(tree, seconds([&] {
                        learner.forward();
                        learner.backward(w);
                      }));
    }
  }
  const double operations = learner.operations();
  const double peak = benchmarks::ceiling(tower.device(), W, 40).wall;
  const auto unit = learner.forward();
  std::vector<float> features(unit.data, unit.data + unit.size());
  std::vector<float> literal_unit(literal.raw);
  for (index_t c = 0; c < classes; ++c) {
    double square = 0;
    for (index_t e = 0; e < E; ++e)
      square += std::pow(double(literal.raw[std::size_t(c) * E + std::size_t(e)]), 2);
    for (index_t e = 0; e < E; ++e)
      literal_unit[std::size_t(c) * E + std::size_t(e)] /= float(std::sqrt(square));
  }
  std::printf("%-15s %-7s %6d %6d %9.1e %9.1e %9.3f %9.3f %7.1f %9.0f %6.0f %%\n", C::name, P::name,
              learner.live_nodes(), learner.constant_nodes(), relative_difference(features, literal_unit),
              relative_difference({learner.gradient().data, learner.gradient().size()}, gradient), whole,
              tree, whole / tree, operations / tree / 1e9, 100 * operations / tree / peak);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) try {
  check(argc > 1, [] { return std::string("usage: tree VOCABULARY [THREADS] [ROUNDS]"); });
  const device::cpu device(argc > 2 ? std::atoi(argv[2]) : 0);
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 2;
  const auto words = load_tokenizer(argv[1]);
  const tower_type tower(device, tests::seeded_archive{});
  std::printf("ViT-B/16 text tower, 100 classes, M = %d, float32, %d threads; best of %d rounds\n", M,
              device.threads(), rounds);
  std::printf("%-15s %-7s %6s %6s %9s %9s %9s %9s %7s %9s %8s\n", "context", "place", "nodes", "const",
              "features", "gradient", "literal s", "tree s", "ratio", "GF/s", "ceiling");
  for_each_type(context::all{}, [&](auto c) {
    for_each_type(placement::all{}, [&](auto p) {
      compare<typename decltype(c)::type, typename decltype(p)::type>(tower, words, rounds);
    });
  });
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
