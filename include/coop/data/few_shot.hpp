// SPDX-License-Identifier: MIT
//
// k pictures of each class by seed, and the base/new halves of the classes: the same pictures and classes as
// the published code takes (Dassl's generate_fewshot_dataset, CoOp's subsample_classes), generator and order
// included.
#ifndef COOP_DATA_FEW_SHOT_HPP
#define COOP_DATA_FEW_SHOT_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/feature_set.hpp>
#include <coop/data/numpy_random.hpp>
#include <coop/data/python_random.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace coop {

/// How many pictures of each class, and by which seed; 0 shots means all pictures.
struct few_shot_options {
  index_t shots = 16;      ///< pictures a class; 0: all of them
  std::uint64_t seed = 1;  ///< of the draw; 1, 2, 3 are the paper's
};

namespace detail {

/// The places of each label, labels in the order of their first appearance.
inline std::vector<std::vector<index_t>> by_first_appearance(std::span<const index_t> labels) {
  std::vector<std::vector<index_t>> groups;
  std::map<index_t, std::size_t> group_of;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto [at, first] = group_of.emplace(labels[i], groups.size());
    if (first) groups.emplace_back();
    groups[at->second].push_back(static_cast<index_t>(i));
  }
  return groups;
}

}  // namespace detail

/**
 * Indices of k items of each label, label by label. Labels come in the order of their first appearance in the
 * list and not sorted, as the published draws do; a label with fewer than k items gives all of them in their
 * order and uses no random number.
 */
inline std::vector<index_t> draw_shots(std::span<const index_t> labels, index_t k, python_random& random) {
  std::vector<index_t> drawn;
  for (const std::vector<index_t>& group : detail::by_first_appearance(labels)) {
    const auto n = static_cast<index_t>(group.size());
    if (n < k) {
      drawn.insert(drawn.end(), group.begin(), group.end());
    } else {
      for (const index_t i : random.sample(n, k)) drawn.push_back(group[std::size_t(i)]);
    }
  }
  return drawn;
}

/**
 * The draw of the published linear probe (CoOp's lpclip): indices of k items of each label, labels ascending, by
 * NumPy's generator. The probe draws validation items with min(k, 4) afterwards, from the same generator. A label
 * with fewer than k items is an error, as there.
 */
inline std::vector<index_t> draw_shots(std::span<const index_t> labels, index_t k, numpy_random& random) {
  std::map<index_t, std::vector<index_t>> groups;
  for (std::size_t i = 0; i < labels.size(); ++i) groups[labels[i]].push_back(static_cast<index_t>(i));
  std::vector<index_t> drawn;
  for (const auto& [label, group] : groups) {
    const auto n = static_cast<index_t>(group.size());
    check<choice_error>(0 <= k && k <= n, [&, &label = label] {
      return "shots: label " + std::to_string(label) + ": expected from 0 to " + std::to_string(n) +
             ", got " + std::to_string(k);
    });
    for (const index_t i : random.choice(n, k)) drawn.push_back(group[std::size_t(i)]);
  }
  return drawn;
}

namespace detail {

inline std::vector<index_t> labels_of(const std::vector<sample>& samples) {
  std::vector<index_t> labels;
  labels.reserve(samples.size());
  for (const sample& s : samples) labels.push_back(s.label);
  return labels;
}

inline std::vector<sample> draw_samples(const std::vector<sample>& samples, index_t k,
                                        python_random& random) {
  std::vector<sample> drawn;
  for (const index_t i : draw_shots(labels_of(samples), k, random)) drawn.push_back(samples[std::size_t(i)]);
  return drawn;
}

inline void check_shots(index_t shots) {
  check<choice_error>(shots >= 0, [&] { return "shots: expected at least 0, got " + std::to_string(shots); });
}

}  // namespace detail

/// The few-shot subset: k training pictures of each class, then at most 4 validation pictures of each from
/// the same generator; all test pictures.
inline dataset few_shot(const dataset& all, few_shot_options options) {
  detail::check_shots(options.shots);
  if (options.shots == 0) return all;
  python_random random(options.seed);
  dataset few{all.class_names, {}, {}, all.test};
  few.train = detail::draw_samples(all.train, options.shots, random);
  few.val = detail::draw_samples(all.val, std::min(options.shots, index_t{4}), random);
  return few;
}

/// These pictures of a feature set, each with all of its views.
inline feature_set pick(const feature_set& all, std::span<const index_t> pictures) {
  detail::check_views(all, "features");
  feature_set picked{{}, all.width, {}, all.class_names, all.views, all.origin};
  for (const index_t i : pictures) {
    COOP_ASSERT(0 <= i && i < all.pictures());
    for (index_t row = i * all.views; row < (i + 1) * all.views; ++row) {
      const std::span<const float> values = all.row(row);
      picked.values.insert(picked.values.end(), values.begin(), values.end());
      picked.labels.push_back(all.labels[std::size_t(row)]);
    }
  }
  return picked;
}

/// The labels of the pictures of a feature set, of which each may have several views.
inline std::vector<index_t> picture_labels(const feature_set& all) {
  detail::check_views(all, "features");
  std::vector<index_t> labels;
  for (index_t i = 0; i < all.pictures(); ++i)
    labels.push_back(all.labels[std::size_t(i) * std::size_t(all.views)]);
  return labels;
}

/// k pictures of each class, with all of their views.
inline feature_set few_shot(const feature_set& all, few_shot_options options) {
  detail::check_shots(options.shots);
  if (options.shots == 0) return all;
  python_random random(options.seed);
  return pick(all, draw_shots(picture_labels(all), options.shots, random));
}

/// What the published linear probe learns from and chooses its strength by.
struct probe_shots {
  feature_set train;  ///< the shots
  feature_set val;    ///< at most four a class
};

/// The draw of the published linear probe (CoOp's lpclip) from whole splits: k pictures of each class, then at most 4
/// validation pictures of each from the same generator, which NumPy seeds with 32 bits. Without validation pictures
/// none are drawn; a class with too few is an error.
inline probe_shots linear_probe_shots(const feature_set& train, const feature_set& val,
                                      few_shot_options options) {
  check<choice_error>(options.shots >= 1,
                      [&] { return "shots: expected at least 1, got " + std::to_string(options.shots); });
  check<choice_error>(options.seed <= std::numeric_limits<std::uint32_t>::max(), [&] {
    return "seed: expected at most 32 bits as NumPy takes, got " + std::to_string(options.seed);
  });
  numpy_random random(static_cast<std::uint32_t>(options.seed));
  feature_set of_train = pick(train, draw_shots(picture_labels(train), options.shots, random));
  feature_set of_val =
      pick(val, draw_shots(picture_labels(val), std::min(options.shots, index_t{4}), random));
  return {std::move(of_train), std::move(of_val)};
}

/// Which classes have fewer pictures than were asked for.
struct few_shot_report {
  /// A class with fewer pictures than shots.
  struct scarce_class {
    index_t label = 0;     ///< which class
    index_t pictures = 0;  ///< that it has
  };
  index_t shots = 0;                 ///< asked for
  std::vector<scarce_class> scarce;  // by label

  /// Whether every class has all its shots.
  [[nodiscard]] bool complete() const { return scarce.empty(); }
};

/// Counts what few_shot has to choose from; `labels` are those of the training pictures.
inline few_shot_report count_shots(std::span<const index_t> labels, index_t classes, index_t shots) {
  std::vector<index_t> pictures(std::size_t(classes), 0);
  for (const index_t label : labels) ++pictures[std::size_t(label)];
  few_shot_report report{shots, {}};
  for (index_t label = 0; label < classes; ++label) {
    const index_t n = pictures[std::size_t(label)];
    if (n < shots) report.scarce.push_back({label, n});
  }
  return report;
}

/// The same for a data set.
inline few_shot_report count_shots(const dataset& all, few_shot_options options) {
  return count_shots(detail::labels_of(all.train), index_t(all.class_names.size()), options.shots);
}

/// "class 'cat' has 3 pictures, 16 were asked for", a line for each; empty when nothing is missing.
inline std::string to_text(const few_shot_report& report, const std::vector<std::string>& class_names) {
  std::string text;
  for (const auto& [label, pictures] : report.scarce) {
    text += "class '" + class_names[std::size_t(label)] + "' has " + std::to_string(pictures) +
            (pictures == 1 ? " picture, " : " pictures, ") + std::to_string(report.shots) +
            " were asked for\n";
  }
  return text;
}

namespace detail {

/// The data set of these labels only (sorted), numbered anew in their order.
inline dataset keep_classes(const dataset& all, std::span<const index_t> labels) {
  dataset kept;
  for (const index_t label : labels) kept.class_names.push_back(all.class_names[std::size_t(label)]);
  const auto filter = [&](const std::vector<sample>& from, std::vector<sample>& to) {
    for (const sample& s : from) {
      const auto at = std::lower_bound(labels.begin(), labels.end(), s.label);
      if (at == labels.end() || *at != s.label) continue;
      to.push_back(s);
      to.back().label = static_cast<index_t>(at - labels.begin());
    }
  };
  filter(all.train, kept.train);
  filter(all.val, kept.val);
  filter(all.test, kept.test);
  return kept;
}

inline std::vector<index_t> training_labels(const dataset& all) {
  const std::vector<index_t> labels = labels_of(all.train);
  const std::set<index_t> distinct(labels.begin(), labels.end());
  return {distinct.begin(), distinct.end()};
}

}  // namespace detail

/// The first half of the training labels, rounded up. Draw shots before, so that base and new share one draw.
inline dataset base_classes(const dataset& all) {
  const std::vector<index_t> labels = detail::training_labels(all);
  return detail::keep_classes(all, std::span(labels).first((labels.size() + 1) / 2));
}

/// The rest of the training labels, numbered from 0.
inline dataset new_classes(const dataset& all) {
  const std::vector<index_t> labels = detail::training_labels(all);
  return detail::keep_classes(all, std::span(labels).subspan((labels.size() + 1) / 2));
}

}  // namespace coop

#endif
