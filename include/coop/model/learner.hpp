// SPDX-License-Identifier: MIT
//
// The prompt learner: context vectors, and the only way from them to text features and back. It is the one
// mutable object of a training run; towers are const. The prompts of all classes are one tree; when what the
// way back needs would pass a bound of bytes, the classes are walked in chunks and each chunk is computed
// again on the way back, which changes memory and time and not the result. Paper: section 3.2, "Context
// Optimization"; d(loss)/d(context) is all that is ever formed.
#ifndef COOP_MODEL_LEARNER_HPP
#define COOP_MODEL_LEARNER_HPP

#include <coop/clip/text.hpp>
#include <coop/data/torch_random.hpp>
#include <coop/device/precision.hpp>
#include <coop/model/classifier.hpp>
#include <coop/nn/elementwise.hpp>  // scale_row
#include <coop/nn/normalize.hpp>
#include <coop/prompt/assembly.hpp>
#include <coop/prompt/tree.hpp>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace coop {

/// How a learner uses memory.
struct learner_options {
  std::size_t memory_limit = std::size_t(4) << 30;  ///< bytes beyond the tower's; 0: no bound
};

/// What a learner allocates on its device, known before it does.
struct memory_plan {
  std::size_t workspace = 0;  ///< bytes that a step writes down; chunks use them in turns
  std::size_t fixed = 0;      ///< bytes that stay: context and gradient, features, trees and their inputs
  std::vector<std::size_t> classes;  ///< how many classes each chunk holds

  [[nodiscard]] std::size_t bytes() const { return workspace + fixed; }
};

/// Learns M context vectors (or C sets of M) for the names of C classes under a frozen text tower.
/// The tower must outlive the learner.
template <Context C, Placement P, class Tower>
class prompt_learner {
  using D = typename Tower::device_type;
  using T = typename D::scalar;
  using matrix = tensor<T, 2, D>;

 public:
  using context = C;    ///< whether classes share vectors
  using placement = P;  ///< where the name stands

  /// Prompts of `names`, by label, for a tower that must outlive it; tokens of another vocabulary are a shape_error.
  prompt_learner(const Tower& tower, const tokenizer& words, std::vector<std::string> names,
                 const prompt<C, P>& how, learner_options options = {})
      : device_(tower.device()), tower_(&tower), names_(std::move(names)) {
    check<choice_error>(!names_.empty(),
                        [] { return std::string("prompt learner: expected at least one class, got none"); });
    check<shape_error>(words.size() == Tower::vocabulary(), [&] {
      return "prompt learner: vocabulary: expected the text tower's " + std::to_string(Tower::vocabulary()) +
             " tokens, got a tokenizer of " + std::to_string(words.size());
    });
    const auto classes = index_t(names_.size());
    const auto begin = initial_words(words, how.words, how.length);
    length_ = begin.length;
    const index_t rows = C::rows(classes, length_);
    const auto sources = sources_of(words, names_, begin);
    const auto order = order_of(sources);
    memory_ = plan_of(sources, order, rows, options.memory_limit);

    start(begin, how, rows);
    gradient_ = make(rows, Tower::width());
    device_.fill(gradient_.view(), T(0));
    raw_ = make(classes, Tower::embed());
    unit_ = make(classes, Tower::embed());
    draw_ = make(classes, Tower::embed());
    norm_ = tensor<T, 1, D>(device_, shape<1>{classes});
    plant(sources, order, rows);
  }
  /// The learner keeps a pointer to the tower: a temporary would leave it dangling.
  prompt_learner(const Tower&&, const tokenizer&, std::vector<std::string>, const prompt<C, P>&,
                 learner_options = {}) = delete;

  /// What a learner of these names would allocate, without allocating it.
  [[nodiscard]] static memory_plan plan(const tokenizer& words, const std::vector<std::string>& names,
                                        const prompt<C, P>& how, learner_options options = {}) {
    const auto begin = initial_words(words, how.words, how.length);
    const auto sources = sources_of(words, names, begin);
    return plan_of(sources, order_of(sources), C::rows(index_t(names.size()), begin.length),
                   options.memory_limit);
  }

  [[nodiscard]] const D& device() const { return device_; }
  /// What it was made of: tower, names by label, C.
  [[nodiscard]] const Tower& tower() const { return *tower_; }
  [[nodiscard]] const std::vector<std::string>& class_names() const { return names_; }
  [[nodiscard]] index_t classes() const { return index_t(names_.size()); }
  /// M, the number of context vectors of a prompt.
  [[nodiscard]] index_t length() const { return length_; }
  /// Nodes computed in a step, over all chunks, and those computed once for ever.
  [[nodiscard]] index_t live_nodes() const {
    return sum([](const chunk& c) { return c.plan.live(); });
  }
  /// Nodes before any context, computed once.
  [[nodiscard]] index_t constant_nodes() const {
    return sum([](const chunk& c) { return c.plan.constants(); });
  }
  /// Passes that the tree is walked in, to stay within the memory limit.
  [[nodiscard]] index_t chunks() const { return index_t(chunks_.size()); }
  /// What the learner has allocated.
  [[nodiscard]] const memory_plan& memory() const { return memory_; }
  /// Floating-point operations of a step's products and attention; chunks are computed again on the way back.
  [[nodiscard]] double operations() const {
    double sum = 0;
    for (const chunk& c : chunks_) {
      sum += Tower::forward_operations(c.plan) * (chunks_.size() > 1 ? 2 : 1) +
             Tower::backward_operations(c.plan);
    }
    return sum;
  }

  /// The context matrix, (rows, W): class_specific holds class after class.
  [[nodiscard]] view<T, 2> parameters() { return parameters_.view(); }
  [[nodiscard]] view<const T, 2> parameters() const { return parameters_.view(); }
  /// d(loss)/d(context) of the last backward.
  [[nodiscard]] view<const T, 2> gradient() const { return gradient_.view(); }

  /// What similarities are multiplied by in the loss.
  [[nodiscard]] float scale() const { return tower_->scale(); }

  /// The classifier that the current context makes. Names, scale and method are filled in.
  [[nodiscard]] coop::classifier<D> classifier(classifier_facts facts = {}) {
    facts.class_names = names_;
    facts.scale = scale();
    facts.method = std::string("CoOp ") + C::name + " " + P::name + " M=" + std::to_string(length_);
    return coop::classifier<D>(device_, forward(), std::move(facts));
  }

  /// Text features of all classes under the current context, unit rows, (C, E).
  view<const T, 2> forward() {
    auto& space = chunks_.size() == 1 ? keeping_ : passing_;
    for (auto& part : chunks_) walk(part, space);
    device_.for_each_row(classes(), nn::normalize_row<T>{raw_.view(), unit_.view(), norm_.view()});
    return unit_.view();
  }

  /// gradient() from d(loss)/d(unit text features), (C, E), of the last forward.
  void backward(view<const T, 2> dunit) {
    const T scale = T(gradient_scale_of(device_));
    device_.for_each_row(
        classes(), nn::normalize_row_backward<T>{unit_.view(), norm_.view(), dunit, draw_.view(), scale});
    bool accumulate = false;
    for (auto& part : chunks_) {
      if (chunks_.size() > 1) walk(part, keeping_);
      const auto dleaves = leaves_.view().slice(0, part.plan.leaves());
      const auto dinputs = dinputs_.view().slice(0, part.plan.inputs());
      device_.for_each_row(dleaves.rows(), nn::gather_sum_row<T>{part.offset.view(), part.list.view(),
                                                                 draw_.view(), dleaves, false});
      tower_->backward(part.plan, keeping_, dleaves, dinputs);
      part.assembly.backward(dinputs, gradient_.view(), accumulate);
      accumulate = true;
    }
    if (scale != T(1)) {
      device_.for_each_row(gradient_.extent(0), nn::scale_row<T>{gradient_.view(), T(1) / scale});
    }
  }

 private:
  using table = tensor<index_t, 1, D>;

  /// Some classes, as one tree.
  struct chunk {
    prompt_assembly<D> assembly;
    text_plan<D> plan;
    table classes;       // (classes here) which
    table leaf;          // (classes here) leaf of each
    table offset, list;  // the classes of each leaf
  };

  matrix make(index_t rows, index_t columns) const { return matrix(device_, shape<2>{rows, columns}); }
  table to_table(const std::vector<index_t>& values) const {
    return to_device(device_, view<const index_t, 1>{values.data(), shape<1>{index_t(values.size())}});
  }
  template <class F>
  index_t sum(const F& f) const {
    return std::accumulate(chunks_.begin(), chunks_.end(), index_t(0),
                           [&](index_t n, const chunk& c) { return n + f(c); });
  }

  /// The context before learning: words for every set of vectors, or noise.
  void start(const context_words& begin, const prompt<C, P>& how, index_t rows) {
    const index_t width = Tower::width();
    if (!begin.ids.empty()) {
      std::vector<std::int32_t> ids;
      for (index_t row = 0; row < rows; ++row) ids.push_back(begin.ids[std::size_t(row % length_)]);
      parameters_ = tower_->embed_tokens(ids);
      return;
    }
    torch_random random(how.seed);
    random.skip(how.skipped);
    std::vector<float> noise(std::size_t(rows) * std::size_t(width));
    if (how.half) {
      random.normal_half(noise, 0.0f, how.deviation);
    } else {
      random.normal(noise, 0.0f, how.deviation);
    }
    parameters_ = nn::upload(device_, noise, shape<2>{rows, width});
  }

  using sequences = std::vector<std::vector<std::int32_t>>;
  using extents = typename text_workspace<D>::extents;

  static sequences sources_of(const tokenizer& words, const std::vector<std::string>& names,
                              const context_words& begin) {
    const auto suffixes = class_suffixes(words, names, begin, Tower::context_length());
    sequences sources;
    for (index_t c = 0; c < index_t(names.size()); ++c) {
      sources.push_back(prompt_sources<C, P>(suffixes[std::size_t(c)], c, begin.length, words.start()));
    }
    return sources;
  }

  /// Classes so that neighbours in the tree come together.
  static std::vector<index_t> order_of(const sequences& sources) {
    std::vector<index_t> order(sources.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](index_t a, index_t b) { return sources[std::size_t(a)] < sources[std::size_t(b)]; });
    return order;
  }

  static nn::causal_tree tree_of(const sequences& sources, const std::vector<index_t>& order,
                                 std::size_t begin, std::size_t count) {
    sequences some;
    for (std::size_t i = begin; i < begin + count; ++i) some.push_back(sources[std::size_t(order[i])]);
    return nn::merge(some, nn::constants::above_first_change).tree;
  }

  /// How the classes are cut into chunks so that everything stays within the bound. Chunks share workspaces as
  /// large as the neediest in every respect, which may be more than any chunk alone needs: then all are cut finer.
  static memory_plan plan_of(const sequences& sources, const std::vector<index_t>& order, index_t rows,
                             std::size_t limit) {
    memory_plan whole = plan_of_chunks(sources, order, rows, {order.size()});
    if (limit == 0 || whole.bytes() <= limit) return whole;
    check<choice_error>(whole.fixed < limit, [&] {
      return "prompt learner: memory limit: context, features and trees of " + std::to_string(order.size()) +
             " classes alone need " + std::to_string(whole.fixed) + " bytes, got " + std::to_string(limit);
    });
    for (std::size_t budget = limit - whole.fixed;; budget -= budget / 16) {
      std::vector<std::size_t> counts;
      for (std::size_t begin = 0; begin < order.size(); begin += counts.back()) {
        counts.push_back(fitting(sources, order, begin, budget, limit));
      }
      memory_plan cut = plan_of_chunks(sources, order, rows, std::move(counts));
      if (cut.bytes() <= limit) return cut;
    }
  }

  static memory_plan plan_of_chunks(const sequences& sources, const std::vector<index_t>& order, index_t rows,
                                    std::vector<std::size_t> counts) {
    memory_plan memory;
    extents most;
    std::size_t begin = 0;
    for (const std::size_t count : counts) {
      const auto tree = tree_of(sources, order, begin, count);
      most.cover(tree);
      memory.fixed += bytes_of(tree, count, rows);
      begin += count;
    }
    memory.workspace = bytes_of(most, counts.size() == 1);
    memory.fixed += bytes_of_all(index_t(order.size()), rows, most);
    memory.classes = std::move(counts);
    return memory;
  }

  /// How many classes from order[begin] on stay within the budget: all, or as many as halving finds.
  static std::size_t fitting(const sequences& sources, const std::vector<index_t>& order, std::size_t begin,
                             std::size_t budget, std::size_t limit) {
    for (std::size_t count = order.size() - begin;; count = (count + 1) / 2) {
      extents most;
      most.cover(tree_of(sources, order, begin, count));
      const std::size_t need = bytes_of(most, count == order.size());
      if (need <= budget) return count;
      check<choice_error>(count > 1, [&] {
        return "prompt learner: memory limit: one class needs " + std::to_string(need) + " bytes, got " +
               std::to_string(limit);
      });
    }
  }

  /// Bytes of the workspaces; chunked walks need the second beside the first.
  static std::size_t bytes_of(const extents& most, bool whole) {
    const auto bytes = [&](bool keep) {
      return text_workspace<D>::bytes(Tower::width(), Tower::text::heads, Tower::text::layers, most, keep);
    };
    return bytes(true) + (whole ? 0 : bytes(false));
  }
  /// Bytes of one chunk's tree.
  static std::size_t bytes_of(const nn::causal_tree& tree, std::size_t classes, index_t rows) {
    return text_plan<D>::bytes(tree, Tower::width(), Tower::text::layers) +
           prompt_assembly<D>::bytes(tree, Tower::width(), rows) +
           (3 * classes + tree.leaves.size() + 1) * sizeof(index_t);
  }
  /// Bytes of what there is once for all classes.
  static std::size_t bytes_of_all(index_t classes, index_t rows, const extents& most) {
    const auto w = std::size_t(Tower::width());
    const auto e = std::size_t(Tower::embed());
    return (2 * std::size_t(rows) * w + std::size_t(classes) * (3 * e + 1) + std::size_t(most.leaves) * e +
            std::size_t(most.inputs) * w) *
           sizeof(T);
  }

  /// Readies each chunk, and the workspaces for the neediest.
  void plant(const sequences& sources, const std::vector<index_t>& order, index_t rows) {
    extents most;
    auto next = order.begin();
    for (const std::size_t count : memory_.classes) {
      const auto end = next + std::ptrdiff_t(count);
      add(sources, std::vector<index_t>(next, end), rows);
      most.cover(chunks_.back().plan);
      next = end;
    }
    const auto space = [&](bool keep) {
      return text_workspace<D>(device_, Tower::width(), Tower::text::heads, Tower::text::layers, most, keep);
    };
    keeping_ = space(true);
    if (chunks_.size() > 1) passing_ = space(false);
    leaves_ = make(most.leaves, Tower::embed());
    dinputs_ = make(most.inputs, Tower::width());
  }

  void add(const std::vector<std::vector<std::int32_t>>& sources, const std::vector<index_t>& classes,
           index_t rows) {
    std::vector<std::vector<std::int32_t>> some;
    for (const index_t c : classes) some.push_back(sources[std::size_t(c)]);
    const auto merged = nn::merge(some, nn::constants::above_first_change);
    prompt_assembly<D> assembly(device_, merged, tower_->tokens(), rows);
    auto plan = tower_->prepare(merged.tree, assembly.constants());
    const auto leaves = merged.tree.leaves.size();
    std::vector<index_t> offset(leaves + 1);
    for (const index_t leaf : merged.leaf_of) ++offset[std::size_t(leaf) + 1];
    for (std::size_t leaf = 0; leaf < leaves; ++leaf) offset[leaf + 1] += offset[leaf];
    std::vector<index_t> list(classes.size());
    std::vector<index_t> next(offset.begin(), offset.end() - 1);
    for (std::size_t i = 0; i < classes.size(); ++i) {
      list[std::size_t(next[std::size_t(merged.leaf_of[i])]++)] = classes[i];
    }
    chunks_.push_back({std::move(assembly), std::move(plan), to_table(classes), to_table(merged.leaf_of),
                       to_table(offset), to_table(list)});
  }

  /// raw_ rows of a chunk's classes.
  void walk(chunk& part, text_workspace<D>& space) {
    const auto leaves = leaves_.view().slice(0, part.plan.leaves());
    tower_->forward(part.plan, space, part.assembly.forward(parameters()), leaves);
    device_.for_each_row(part.classes.extent(0),
                         nn::move_row<T>{part.leaf.view(), part.classes.view(), leaves, raw_.view()});
  }

  D device_;
  const Tower* tower_;
  std::vector<std::string> names_;
  index_t length_ = 0;
  memory_plan memory_;
  matrix parameters_, gradient_;  // (rows, W)
  matrix raw_, unit_, draw_;      // (C, E) features, unit features, d(features)
  tensor<T, 1, D> norm_;          // (C)
  std::vector<chunk> chunks_;
  text_workspace<D> keeping_;  // for the way back
  text_workspace<D> passing_;  // forward only, when there are chunks
  matrix leaves_;              // (leaves, E) features of a chunk's leaves, then their gradients
  matrix dinputs_;             // (inputs, W)
};

/// A tower that is a temporary would not outlive the learner.
template <Context C, Placement P, class Tower, class... Rest>
prompt_learner(const Tower&, const tokenizer&, std::vector<std::string>, const prompt<C, P>&, Rest...)
    -> prompt_learner<C, P, Tower>;

}  // namespace coop

#endif
