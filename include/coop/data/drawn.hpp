// SPDX-License-Identifier: MIT
//
// The drawn worlds: seven classification tasks on 64 x 64 pictures, four shifted variants of one of them,
// and the captioned pictures that the miniature CLIP is pre-trained on. A picture is a function of (task,
// split, label, index), bit for bit the same on every machine: see drawn/fixed.hpp. The tasks mirror data
// sets of the paper in kind (common objects, textures, land seen from the air, fine-grained names), not in
// pictures.
#ifndef COOP_DATA_DRAWN_HPP
#define COOP_DATA_DRAWN_HPP

#include <coop/config.hpp>
#include <coop/data/dataset.hpp>
#include <coop/data/drawn/captions.hpp>
#include <coop/data/drawn/composition.hpp>
#include <coop/data/drawn/random.hpp>
#include <coop/data/drawn/scene.hpp>
#include <coop/data/drawn/tasks.hpp>
#include <coop/data/image.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop {

/// A classification task on drawn pictures.
struct drawn_task {
  drawing::task which = drawing::task::objects;  ///< what is to be told apart
  std::string name;                              // the word that chooses it
  std::string mirrors;                           // the data set of the paper it resembles in kind
  std::vector<std::string> class_names;          // (C)
  std::string prompt;                            // hand-written, "{}" stands for the class name
};

/// Pictures are drawn apart for each use. Development pictures are for choosing, test pictures for reporting.
enum class drawn_split { train, val, test, development };

/// All tasks, in the order of the tables.
inline std::vector<drawn_task> drawn_tasks() {
  using drawing::task;
  const auto make = [](task which, const char* name, const char* mirrors, const char* prompt) {
    return drawn_task{which, name, mirrors, drawing::class_names(which), prompt};
  };
  return {
      make(task::objects, "objects", "ImageNet", "a photo of a {}."),
      make(task::textures, "textures", "DescribableTextures", "{} texture."),
      make(task::aerial, "aerial", "EuroSAT", "a centered satellite photo of {}."),
      make(task::flowers, "flowers", "OxfordFlowers", "a photo of a {}, a type of flower."),
      make(task::actions, "actions", "UCF101", "a photo of shapes doing {}."),
      make(task::badges, "badges", "StanfordCars", "a photo of a {}, a type of badge."),
      make(task::boats, "boats", "FGVCAircraft", "a photo of a {}, a type of boat."),
  };
}

/// The task of that name; choice_error, which lists the names, when there is none.
inline drawn_task drawn_task_named(std::string_view word) {
  std::string known;
  for (drawn_task& task : drawn_tasks()) {
    if (task.name == word) return task;
    known += (known.empty() ? "" : ", ") + task.name;
  }
  throw choice_error("drawn task '" + std::string(word) + "' is unknown: expected one of " + known);
}

/// Raised when the pictures of the tasks are to be fresh: those of an edition whose test pictures were reported
/// are never reported again.
inline constexpr std::uint64_t drawn_edition = 2;

namespace detail {

/// The seeds of the splits are far apart in the counter; `use` keeps tasks, shifts and pre-training apart.
inline std::uint64_t drawn_seed(std::uint64_t use, std::uint64_t split, index_t label, index_t index) {
  return drawing::combine(drawing::combine(use, split),
                          drawing::combine(std::uint64_t(label), std::uint64_t(index)));
}

inline void check_label(const drawn_task& task, index_t label) {
  const auto classes = index_t(task.class_names.size());
  check<choice_error>(label >= 0 && label < classes, [&] {
    return "drawn task '" + task.name + "' has no class " + std::to_string(label) + ": expected 0 to " +
           std::to_string(classes - 1);
  });
}

}  // namespace detail

/// The picture number `index` of a class, under any seed that names a split, (64, 64, 3).
inline image draw(const drawn_task& task, index_t label, std::uint64_t split_seed, index_t index) {
  detail::check_label(task, label);
  drawing::dice dice(detail::drawn_seed(std::uint64_t(task.which), split_seed, label, index));
  return drawing::rasterise(
      drawing::compose(task.which, dice, std::size_t(label), drawing::conditions_of(task.which)).shown);
}

/// The picture number `index` of a class of a split, (64, 64, 3).
inline image draw(const drawn_task& task, drawn_split split, index_t label, index_t index) {
  return draw(task, label, drawing::combine(drawn_edition, std::uint64_t(split)), index);
}

/// The words of the shifted variants of the objects task.
inline std::vector<std::string> drawn_shifts() {
  return {drawing::shift_words.begin(), drawing::shift_words.end()};
}

/// The picture number `index` of a class of the objects under a shift, (64, 64, 3).
inline image draw_shift(std::string_view word, index_t label, index_t index) {
  std::string known;
  for (std::size_t i = 0; i < drawing::shift_words.size(); ++i) {
    if (drawing::shift_words[i] == word) {
      detail::check_label(drawn_task_named("objects"), label);
      drawing::dice dice(detail::drawn_seed(100 + i, drawing::combine(drawn_edition, 2), label, index));
      return drawing::rasterise(drawing::compose(drawing::shift(i), dice, std::size_t(label)).shown);
    }
    known += (known.empty() ? "" : ", ") + std::string(drawing::shift_words[i]);
  }
  throw choice_error("shift '" + std::string(word) + "' is unknown: expected one of " + known);
}

/// Pictures a class: enough for 16 shots from a pool, and 600 a task or more to test on.
struct drawn_counts {
  index_t train = 64;  ///< pictures a class
  index_t val = 4;     ///< pictures a class
  index_t test = 600;  // of all classes together, but never fewer than 30 a class

  /// Pictures a class of the test part.
  [[nodiscard]] index_t test_of_class(index_t classes) const {
    return std::max(index_t(30), (test + classes - 1) / classes);
  }
};

namespace detail {

/// `each` samples of every class, in the order of the labels; `make` draws one of them.
template <class Make>
std::vector<sample> drawn_samples(const std::string& name, index_t classes, index_t each, const Make& make) {
  std::vector<sample> samples;
  for (index_t label = 0; label < classes; ++label) {
    for (index_t i = 0; i < each; ++i) {
      samples.push_back({"drawn:" + name + "/" + std::to_string(label) + "/" + std::to_string(i), label,
                         std::make_shared<const image>(make(label, i))});
    }
  }
  return samples;
}

}  // namespace detail

/// All pictures of a task, drawn: pools for training and validation, and the test pictures.
inline dataset drawn_dataset(const drawn_task& task, const drawn_counts& counts = {}) {
  const auto classes = index_t(task.class_names.size());
  const auto samples = [&](drawn_split split, const char* word, index_t each) {
    return detail::drawn_samples(task.name + "/" + word, classes, each,
                                 [&](index_t label, index_t i) { return draw(task, split, label, i); });
  };
  return {task.class_names, samples(drawn_split::train, "train", counts.train),
          samples(drawn_split::val, "val", counts.val),
          samples(drawn_split::test, "test", counts.test_of_class(classes))};
}

/// The test pictures of a shifted variant of the objects.
inline std::vector<sample> drawn_shift_samples(std::string_view word, const drawn_counts& counts = {}) {
  const auto classes = index_t(drawn_task_named("objects").class_names.size());
  return detail::drawn_samples("objects/" + std::string(word), classes, counts.test_of_class(classes),
                               [&](index_t label, index_t i) { return draw_shift(word, label, i); });
}

/// A picture of the pre-training corpus and what three people wrote under it.
struct drawn_pair {
  /// RGB.
  image picture;
  std::array<std::string, 3> captions;  ///< three wordings of it
};

namespace detail {

/// The scene of a pair, and the dice as they lie after it was composed.
inline std::pair<drawing::composition, drawing::dice> pretraining_scene(std::uint64_t index) {
  drawing::dice dice(drawing::combine(1000, index));
  drawing::composition made = drawing::compose_any(dice);
  return {std::move(made), dice};
}

inline std::array<std::string, 3> three_captions(const drawing::composition& made, drawing::dice dice,
                                                 const drawing::familiarity& known) {
  std::array<std::string, 3> texts;
  for (std::string& text : texts) text = drawing::caption(dice, made.about, known);
  return texts;
}

}  // namespace detail

/// The pair number `index` of the pre-training corpus; no task ever draws the same scene.
inline drawn_pair draw_pretraining(std::uint64_t index) {
  const auto [made, dice] = detail::pretraining_scene(index);
  return {drawing::rasterise(made.shown), detail::three_captions(made, dice, {})};
}

/// The captions of that pair, without drawing it; or what others would write who know the names otherwise.
inline std::array<std::string, 3> caption_pretraining(std::uint64_t index,
                                                      const drawing::familiarity& known = {}) {
  const auto [made, dice] = detail::pretraining_scene(index);
  return detail::three_captions(made, dice, known);
}

}  // namespace coop

#endif
