// SPDX-License-Identifier: MIT
//
// Protocols: all that must be the same for two numbers to be compared. A published number means nothing beside one
// that was made with other epochs, other pictures of training or other classes, and most disagreements about
// prompt learning are of that kind. So a protocol is a value with a name and a version; whoever changes a part of it
// gets another identity, which says what was changed, and every log and result carries it.
//
// What an experiment varies on purpose (data sets, shots, seeds, policies, context length) is not part of the
// identity; what the published experiments varied is given beside it.
#ifndef COOP_MODEL_PROTOCOL_HPP
#define COOP_MODEL_PROTOCOL_HPP

#include <coop/config.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace coop {

/// What is evaluated beside the test pictures of the data set that was learned.
enum class transfer {
  none,
  shift,        // other pictures of the same classes (ImageNet V2, Sketch, A, R)
  new_classes,  // the classes that were left out of training
  targets       // other data sets
};

/// What an experiment of the paper varies.
struct protocol_axes {
  std::vector<index_t> shots = {16};                ///< pictures a class
  std::vector<index_t> seeds = {1, 2, 3};           ///< of the draws
  std::vector<std::string> contexts = {"unified"};  ///< names of contexts
  std::vector<std::string> placements = {"end"};    ///< names of placements
  std::vector<index_t> lengths = {16};              ///< context vectors M
  std::string words = {};                           // that the context begins as; empty: noise

  friend bool operator==(const protocol_axes&, const protocol_axes&) = default;
};

/// One way to do an experiment. Made by name, changed by `with`.
class protocol {
 public:
  /// Epochs for up to so many shots.
  struct epochs_until {
    index_t shots;   ///< up to this many pictures a class
    index_t epochs;  ///< of the schedule
    friend bool operator==(const epochs_until&, const epochs_until&) = default;
  };
  /// The choices, as published unless changed.
  struct choices {
    std::string augment = "paper";  // random crops and flips, anew in every epoch; or "none"; or "views:K"
    std::vector<epochs_until> epochs = {{1, 50}, {4, 100}, {0, 200}};  // 0 shots: any other number
    index_t epochs_of_imagenet = 50;                                   ///< whatever the shots
    index_t batch = 32;                                                ///< pictures
    double rate = 0.002;                                               ///< at the start
    std::string schedule = "paper";    // an epoch at 1e-5, then a cosine; or "constant"
    std::string conversion = "dassl";  ///< when colours become RGB
    bool base_classes = false;         // the first half of the classes is learned, rounded up
    transfer beside = transfer::none;  ///< what it is compared with on other classes or data
    friend bool operator==(const choices&, const choices&) = default;
  };

  /// A protocol as published; `source` says where.
  protocol(std::string name, int version, std::string source, choices made, protocol_axes axes)
      : name_(std::move(name)),
        version_(version),
        source_(std::move(source)),
        published_(std::move(made)),
        made_(published_),
        axes_(std::move(axes)) {}

  /// What it is called by: name and version.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int version() const { return version_; }
  /// Where it was published.
  [[nodiscard]] const std::string& source() const { return source_; }
  [[nodiscard]] const choices& made() const { return made_; }
  /// What the published experiment varied.
  [[nodiscard]] const protocol_axes& axes() const { return axes_; }

  /// Epochs of a training; `data` is the data set's published key, since the largest one has fewer.
  [[nodiscard]] index_t epochs(index_t shots, std::string_view data) const {
    if (data == "ImageNet") return made_.epochs_of_imagenet;
    for (const epochs_until& e : made_.epochs) {
      if (e.shots == 0 || (shots > 0 && shots <= e.shots)) return e.epochs;
    }
    return made_.epochs.back().epochs;
  }

  /// The text by which results are told apart: "coop-fewshot/1", or "coop-fewshot/1{augment=none,batch=16}".
  [[nodiscard]] std::string identity() const {
    std::string text = name_ + "/" + std::to_string(version_);
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      text += (i == 0 ? "{" : ",") + changes_[i].first + "=" + changes_[i].second;
    }
    return changes_.empty() ? text : text + "}";
  }

  /// The same with one choice changed: augment, epochs (for all shots and data sets), batch, rate, schedule,
  /// conversion. A choice as published is no change; an unknown choice or word is a choice_error.
  [[nodiscard]] protocol with(const std::string& what, const std::string& word) const;

 private:
  std::string name_;
  int version_;
  /// One choice of `to`; how the identity spells it.
  static std::string change(choices& to, const std::string& what, const std::string& word);

  std::string source_;
  choices published_;
  choices made_;
  protocol_axes axes_;
  std::vector<std::pair<std::string, std::string>> changes_;  // from what was published, sorted
};

namespace detail {

template <class T>
T protocol_number(const std::string& what, const std::string& word) {
  T value{};
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), value);
  const bool number = failure == std::errc{} && end == word.data() + word.size();
  check<choice_error>(number && value > T(0) && value <= std::numeric_limits<T>::max(), [&] {  // not infinite
    return "protocol: " + what + ": expected a number above 0, got '" + word + "'";
  });
  return value;
}

inline void protocol_word(const std::string& what, const std::string& word,
                          const std::vector<std::string>& known) {
  std::string list;
  for (const std::string& each : known) list += (list.empty() ? "" : ", ") + each;
  check<choice_error>(std::find(known.begin(), known.end(), word) != known.end(),
                      [&] { return "protocol: " + what + ": unknown '" + word + "'; known: " + list; });
}

/// The shortest decimal, so that 0.002 is spelt the same from a file, a command line and a program.
inline std::string short_text(double x) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, x).ptr};
}

}  // namespace detail

/// K of "views:K"; 0 of any other word.
inline index_t views_of(std::string_view augment) {
  constexpr std::string_view prefix = "views:";
  if (!augment.starts_with(prefix)) return 0;
  return detail::protocol_number<index_t>("augment", std::string(augment.substr(prefix.size())));
}

inline std::string protocol::change(choices& to, const std::string& what, const std::string& word) {
  if (what == "augment") {
    if (views_of(word) == 0) detail::protocol_word(what, word, {"paper", "none", "views:K"});
    return to.augment = word;
  }
  if (what == "epochs") {
    to.epochs_of_imagenet = detail::protocol_number<index_t>(what, word);
    to.epochs = {{0, to.epochs_of_imagenet}};
    return std::to_string(to.epochs_of_imagenet);
  }
  if (what == "batch") {
    to.batch = detail::protocol_number<index_t>(what, word);
    return std::to_string(to.batch);
  }
  if (what == "rate") {
    to.rate = detail::protocol_number<double>(what, word);
    return detail::short_text(to.rate);
  }
  if (what == "schedule") {
    detail::protocol_word(what, word, {"paper", "constant"});
    return to.schedule = word;
  }
  check<choice_error>(what == "conversion", [&] {
    return "protocol: unknown choice '" + what +
           "'; known: augment, epochs, batch, rate, schedule, conversion";
  });
  detail::protocol_word(what, word, {"dassl", "clip"});
  return to.conversion = word;
}

inline protocol protocol::with(const std::string& what, const std::string& word) const {
  protocol changed = *this;
  const std::string spelt = change(changed.made_, what, word);
  choices alone = published_;
  change(alone, what, word);
  std::erase_if(changed.changes_, [&](const auto& c) { return c.first == what; });
  if (alone == published_) return changed;
  changed.changes_.emplace_back(what, spelt);
  std::sort(changed.changes_.begin(), changed.changes_.end());
  return changed;
}

/// A few lines that say what is done, for a log.
[[nodiscard]] inline std::string describe(const protocol& p) {
  const protocol::choices& c = p.made();
  std::string epochs;
  for (const auto& e : c.epochs) {
    epochs += (epochs.empty() ? "" : ", ") + std::to_string(e.epochs) +
              (e.shots > 0 ? " up to " + std::to_string(e.shots) + (e.shots == 1 ? " shot" : " shots")
                           : std::string(c.epochs.size() > 1 ? " for more" : ""));
  }
  const bool one_rule = c.epochs.size() == 1 && c.epochs[0].epochs == c.epochs_of_imagenet;
  if (!one_rule) epochs += "; ImageNet " + std::to_string(c.epochs_of_imagenet);
  const char* beside = c.beside == transfer::shift         ? "; also tested on shifted pictures"
                       : c.beside == transfer::new_classes ? "; also tested on the classes left out"
                       : c.beside == transfer::targets     ? "; also tested on other data sets"
                                                           : "";
  return "protocol " + p.identity() + " (" + p.source() +
         ")\n  learned: " + (c.base_classes ? "the first half of the classes" : "all classes") + beside +
         "; the last epoch counts\n  epochs: " + epochs + "; batch " + std::to_string(c.batch) +
         "; SGD, rate " + detail::short_text(c.rate) + ", schedule " + c.schedule + "\n  pictures: augment " +
         c.augment + ", conversion " + c.conversion + "\n";
}

/// The published protocols.
[[nodiscard]] inline std::vector<protocol> protocols() {
  const std::string coop = "CoOp, IJCV 2022, ";
  const std::string cocoop = "CoCoOp, CVPR 2022, ";
  const protocol_axes words{.lengths = {4}, .words = "a photo of a"};
  return {
      {"coop-fewshot",
       1,
       coop + "section 4.1",
       {},
       {.shots = {1, 2, 4, 8, 16},
        .contexts = {"unified", "class-specific"},
        .placements = {"end", "middle"},
        .lengths = {16, 4}}},
      {"coop-shift", 1, coop + "section 4.2", {.beside = transfer::shift}, {.lengths = {16, 4}}},
      {"cocoop-base-to-new",
       1,
       cocoop + "section 4.1, its CoOp",
       {.base_classes = true, .beside = transfer::new_classes},
       words},
      {"cocoop-cross-dataset", 1, cocoop + "section 4.2, its CoOp", {.beside = transfer::targets}, words},
  };
}

/// The protocol of that name; choice_error, which lists the names, when there is none.
[[nodiscard]] inline protocol protocol_named(std::string_view name) {
  std::string known;
  for (const protocol& p : protocols()) {
    if (p.name() == name) return p;
    known += (known.empty() ? "" : ", ") + p.name();
  }
  throw choice_error("unknown protocol '" + std::string(name) + "'; known: " + known);
}

}  // namespace coop

#endif
