// SPDX-License-Identifier: MIT
//
// One run of a sweep after the other: draw the pictures, learn or build a classifier, judge it on the test pictures and
// on whatever other pictures the plan names.
#include "laboratory.hpp"

#include "results.hpp"
#include "stopwatch.hpp"

#include <coop/analysis/nearest_words.hpp>
#include <coop/data/batches.hpp>
#include <coop/data/few_shot.hpp>
#include <coop/model/nearest_mean.hpp>
#include <coop/model/zero_shot.hpp>
#include <coop/prompt/templates.hpp>
#include <coop/train/linear_probe.hpp>
#include <coop/version.hpp>

#include <algorithm>
#include <exception>
#include <set>
#include <span>
#include <utility>

namespace app {

using coop::check;
using coop::choice_error;
using coop::json;

namespace {

using name_list = std::vector<std::string>;
using sample_list = std::vector<coop::sample>;

/// Pictures that a method which learned something else is tried on.
struct tried {
  std::string kind;
  std::string name;
  name_list class_names;
  std::string prompt;
  std::string rules;
  coop::feature_set features;
};

json numbers_of(const coop::report& r) {
  return {{"total", r.total}, {"correct", r.correct}, {"accuracy", r.accuracy}, {"macro_f1", r.macro_f1}};
}

/// Rows of counts.
void add_confusion(json& result, const coop::report& r) {
  const std::size_t classes = r.classes.size();
  if (classes > most_classes_confused) return;
  json rows = json::array();
  for (std::size_t c = 0; c < classes; ++c) {
    const auto begin = r.confusion.begin() + std::ptrdiff_t(c * classes);
    rows.push_back(std::vector<std::int64_t>(begin, begin + std::ptrdiff_t(classes)));
  }
  result["confusion"] = std::move(rows);
}

/// A classifier that knows more classes than are asked about: only those of `label_of` can be its answer.
template <class C>
class restricted {
 public:
  restricted(const C& all, std::vector<index_t> label_of) : all_(all), label_of_(std::move(label_of)) {}

  [[nodiscard]] const auto& device() const { return all_.device(); }
  [[nodiscard]] index_t classes() const { return index_t(label_of_.size()); }
  [[nodiscard]] index_t width() const { return all_.width(); }
  void logits(constant_features features, features_view out) const {
    coop::tensor<float, 2, app::device> whole(all_.device(),
                                              coop::shape<2>{features.rows(), index_t(all_.classes())});
    all_.logits(features, whole.view());
    for (index_t row = 0; row < features.rows(); ++row) {
      for (std::size_t c = 0; c < label_of_.size(); ++c)
        out.row(row)[c] = whole.view().row(row)[label_of_[c]];
    }
  }

 private:
  const C& all_;
  std::vector<index_t> label_of_;
};

/// What each of `asked` is among `known`. Names that are not there, or twice, cannot be answered.
std::vector<index_t> labels_among(const name_list& known, const name_list& asked, const std::string& title) {
  std::vector<index_t> labels;
  for (const std::string& name : asked) {
    const auto found = std::find(known.begin(), known.end(), name);
    check<choice_error>(found != known.end(), [&] {
      return title + ": class '" + name + "': was not learned, and this method knows no class by its name";
    });
    check<choice_error>(std::find(found + 1, known.end(), name) == known.end(), [&] {
      return title + ": class '" + name + "': two of the classes that were learned have that name";
    });
    labels.push_back(index_t(found - known.begin()));
  }
  return labels;
}

/// The classifier on pictures of its own classes, of some of them, or, through `again`, of others.
template <class C, class Again>
json judged(const C& classifier, const name_list& known, const tried& on, const std::string& title,
            const Again& again) {
  json result = {{"kind", on.kind}, {"name", on.name}};
  if (on.class_names == known) {
    result.update(numbers_of(coop::evaluate(classifier, on.features)));
  } else if (const auto other = again(on)) {
    result.update(numbers_of(coop::evaluate(*other, on.features)));
  } else {
    const restricted<C> part(classifier, labels_among(known, on.class_names, title + " on " + on.name));
    result.update(numbers_of(coop::evaluate(part, on.features)));
  }
  return result;
}

/// The published draw of a linear probe; classes that have too few pictures give what the few-shot draw gives.
coop::dataset drawn_for_probe(const coop::dataset& all, const planned_run& run) {
  const index_t of_validation = std::min<index_t>(run.shots, 4);
  const auto labels = coop::detail::labels_of(all.train);
  const auto val_labels = coop::detail::labels_of(all.val);
  const auto classes = index_t(all.class_names.size());
  const bool complete = coop::count_shots(labels, classes, run.shots).complete() &&
                        (all.val.empty() || coop::count_shots(val_labels, classes, of_validation).complete());
  if (!complete) return coop::few_shot(all, {.shots = run.shots, .seed = std::uint64_t(run.seed)});
  coop::numpy_random random{std::uint32_t(run.seed)};
  coop::dataset drawn{all.class_names, {}, {}, all.test};
  for (const index_t i : coop::draw_shots(labels, run.shots, random))
    drawn.train.push_back(all.train[std::size_t(i)]);
  if (all.val.empty()) return drawn;
  for (const index_t i : coop::draw_shots(val_labels, of_validation, random))
    drawn.val.push_back(all.val[std::size_t(i)]);
  return drawn;
}

/// The pictures that a run learns from, and the classes that it learns.
coop::dataset drawn_for(const coop::dataset& all, const planned_run& run, const coop::protocol& how) {
  const bool base = how.made().base_classes;
  if (run.method == "linear-probe") return drawn_for_probe(base ? coop::base_classes(all) : all, run);
  coop::dataset few = coop::few_shot(all, {.shots = run.shots, .seed = std::uint64_t(run.seed)});
  return base ? coop::base_classes(few) : few;
}

bool learns(const planned_run& run) { return run.shots > 0; }

/// Those of `all` whose names are in `wanted`, in their order.
sample_list chosen(const sample_list& all, const std::set<std::string>& wanted) {
  sample_list some;
  for (const coop::sample& s : all) {
    if (wanted.contains(s.path)) some.push_back(s);
  }
  return some;
}

void add_names(std::set<std::string>& to, const sample_list& from) {
  for (const coop::sample& s : from) to.insert(s.path);
}

}  // namespace

picture_features::picture_features(const sample_list& pictures, coop::feature_set features)
    : features_(std::move(features)) {
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const bool fresh = row_.emplace(pictures[i].path, index_t(i)).second;
    check<choice_error>(fresh, [&] { return pictures[i].path + ": the same picture twice in one split"; });
  }
}

coop::feature_set picture_features::of(const sample_list& pictures, const name_list& class_names) const {
  std::vector<index_t> rows;
  for (const coop::sample& s : pictures) rows.push_back(row_.at(s.path));
  coop::feature_set some = coop::pick(features_, rows);
  some.class_names = class_names;
  for (std::size_t i = 0; i < some.labels.size(); ++i)
    some.labels[i] = pictures[i / std::size_t(some.views)].label;
  return some;
}

/// A data set and what of it was encoded.
struct laboratory::task {
  data_source source;
  std::string digest;
  picture_features train;  // of the pictures that some run of the plan draws
  picture_features views;  // of those that are shown cut and mirrored
  picture_features val;
  picture_features test;
  std::vector<tried> others;
};

/// A learned context.
struct laboratory::trained {
  coop::classifier<device> classifier;
  std::unique_ptr<learner> learned;
  double loss;
};

laboratory::laboratory(const plan& p, const std::string& directory, int threads)
    : plan_(p),
      threads_(threads),
      cache_(directory + "/features"),
      device_(threads),
      weights_(p.weights, p.activation),
      words_(open_vocabulary(p.vocabulary, p.weights)),
      preparation_(weights_.preparation(coop::conversion_from_word(p.protocol.made().conversion))) {}

const text_tower& laboratory::text() {
  if (!text_) {
    text_.emplace(weights_.text(device_));
    expect_vocabulary(words_, *text_, weights_);
  }
  return *text_;
}

const image_tower& laboratory::image() {
  if (!image_) image_ = weights_.image(device_);
  return *image_;
}

std::optional<picture_features> laboratory::features(const std::string& title, const sample_list& pictures,
                                                     const name_list& class_names, index_t views) {
  if (pictures.empty()) return picture_features({}, {});
  auto cached = cache_.find({.title = title,
                             .source = weights_,
                             .activation = plan_.activation,
                             .how = preparation_,
                             .views = views,
                             .threads = threads_},
                            pictures, class_names, [this]() -> const image_tower& { return image(); });
  if (!cached) return std::nullopt;
  return picture_features(pictures, cached->fetched());
}

std::shared_ptr<const laboratory::task> laboratory::task_of(std::size_t at) {
  if (const auto found = tasks_.find(at); found != tasks_.end()) return found->second;
  // What is wrong with a data set is wrong for each of its runs; it is not read again to find that out.
  if (const auto found = broken_.find(at); found != broken_.end()) std::rethrow_exception(found->second);
  try {
    return open_task(at);
  } catch (...) {
    broken_[at] = std::current_exception();
    throw;
  }
}

std::shared_ptr<const laboratory::task> laboratory::open_task(std::size_t at) {
  const planned_data& planned = plan_.data[at];
  data_source source = open_data(planned.word, 1);
  static_cast<void>(split_of(source, "test"));
  if (!planned.prompt.empty()) source.prompt = planned.prompt;
  const coop::dataset& all = source.pictures;

  const index_t views = coop::views_of(plan_.protocol.made().augment);
  std::set<std::string> of_train;
  std::set<std::string> of_views;
  std::set<std::string> of_val;
  for (const planned_run& run : plan_.runs) {
    if (run.data != at || !learns(run)) continue;
    const coop::dataset drawn = drawn_for(all, run, plan_.protocol);
    const bool fresh = run.method == "coop" && plan_.protocol.made().augment == "paper";
    if (!fresh) add_names(run.method == "coop" && views > 0 ? of_views : of_train, drawn.train);
    if (run.method == "linear-probe") add_names(of_val, drawn.val);
  }
  const auto encoded = [&](const char* split, const sample_list& pictures, index_t shown = 0) {
    return features(planned.name + "-" + split, pictures, all.class_names, shown);
  };
  const auto whole = cache_.digest(all.test, all.class_names);
  auto train = encoded("train", chosen(all.train, of_train));
  auto cut = train ? encoded("views", chosen(all.train, of_views), views) : std::nullopt;
  auto val = cut ? encoded("val", chosen(all.val, of_val)) : std::nullopt;
  auto test = val ? encoded("test", all.test) : std::nullopt;
  if (!whole || !test) return nullptr;

  std::vector<tried> others;
  for (const other_data& other : planned.others) {
    const data_source data = open_data(other.word, 1);
    const auto made = features(other.name + "-test", split_of(data, "test"), data.class_names(), 0);
    if (!made) return nullptr;
    others.push_back({other.kind, other.name, data.class_names(), data.prompt, data.rules, made->all()});
  }
  if (tasks_.size() > 1) tasks_.erase(tasks_.begin());  // runs come data set after data set
  return tasks_[at] =
             std::make_shared<const task>(task{std::move(source), *whole, std::move(*train), std::move(*cut),
                                               std::move(*val), std::move(*test), std::move(others)});
}

coop::classifier_facts laboratory::facts(const name_list& class_names, const std::string& method) const {
  return {.scale = text_ ? text_->scale() : 1.0f,
          .class_names = class_names,
          .preprocessing = preparation_.to_text(),
          .weights_sha256 = weights_.sha256(),
          .method = method};
}

/// Zero-shot classifiers by a data set's own template, and the ensembles that are usual for it.
coop::classifier<device> laboratory::by_words(const std::string& method, const name_list& class_names,
                                              const std::string& prompt, const std::string& rules) {
  const std::string own = prompt.empty() ? "a photo of a {}." : prompt;
  name_list templates{own};
  if (method == "ensemble-7") {
    templates.assign(coop::selected_templates.begin(), coop::selected_templates.end());
    if (rules != "ImageNet") templates.push_back(own);
  }
  if (method == "ensemble-80") templates = coop::eighty_templates();
  const text_tower& tower = text();
  return coop::zero_shot(tower, words_, templates, facts(class_names, method));
}

std::unique_ptr<learner> laboratory::learner_of(const planned_run& run, const name_list& class_names) const {
  return weights_.learn(device_, words_, class_names,
                        {.context = coop::choose(coop::context::all{}, "context", run.context),
                         .placement = coop::choose(coop::placement::all{}, "placement", run.placement),
                         .length = run.length,
                         .words = run.words,
                         .seed = std::uint64_t(run.seed)});
}

laboratory::trained laboratory::train(const planned_run& run, const task& t, const coop::dataset& drawn) {
  const coop::protocol::choices& how = plan_.protocol.made();
  std::unique_ptr<learner> learned = learner_of(run, drawn.class_names);
  const coop::batch_options batches{.size = how.batch, .seed = std::uint64_t(run.seed)};
  const index_t epochs = plan_.protocol.epochs(run.shots, t.source.rules);
  const auto by_augmentation = [&] {
    if (how.augment == "paper") return image().encode_anew(drawn.train, preparation_, batches, threads_);
    const picture_features& encoded = coop::views_of(how.augment) > 0 ? t.views : t.train;
    return learned->learn_from(read_features(encoded.of(drawn.train, drawn.class_names)), batches);
  };
  const coop::history past =
      learned->fit(*by_augmentation(), rates_of(how.schedule, epochs, how.rate), 0, {});
  check(past.finite(), [&] { return run.id + ": training: " + coop::to_text(past); });
  auto classifier = learned->classifier(
      {.preprocessing = preparation_.to_text(), .weights_sha256 = weights_.sha256(), .method = {}});
  return {std::move(classifier), std::move(learned), past.epochs.back().loss};
}

/// What a result says before anything was learned: which run it is, of which pictures, under which protocol.
json laboratory::head_of(const planned_run& run, const task& t, const coop::dataset& drawn) const {
  const planned_data& planned = plan_.data[run.data];
  json head = {{"id", run.id},
               {"decisions", decisions_of(plan_, run, weights_.sha256())},
               {"protocol", plan_.protocol.identity()},
               {"program", "coop"},
               {"version", coop::version},
               {"data",
                {{"word", planned.word},
                 {"name", planned.name},
                 {"digest", t.digest},
                 {"classes", drawn.class_names.size()},
                 {"class_names", drawn.class_names}}},
               {"weights",
                {{"word", plan_.weights}, {"sha256", weights_.sha256()}, {"backbone", weights_.backbone()}}},
               {"method", run.method},
               {"shots", run.shots},
               {"seed", run.seed},
               {"scarce", json::array()},
               {"others", json::array()}};
  const auto classes = index_t(drawn.class_names.size());
  const auto report = coop::count_shots(coop::detail::labels_of(drawn.train), classes, run.shots);
  for (const auto& [label, pictures] : report.scarce)
    head["scarce"].push_back({drawn.class_names[std::size_t(label)], pictures});
  return head;
}

/// The words nearest to context vectors (M, W), and how near words are to random vectors.
json laboratory::nearest_words_of(constant_features vectors) {
  if (table_.empty()) table_ = weights_.archive().read("token_embedding.weight");
  const constant_features table{table_.data(), coop::shape<2>{index_t(words_.size()), vectors.columns()}};
  json words = {{"nearest", json::array()}, {"random", json::array()}};
  for (const coop::vector_words& each : coop::words_near(device_, vectors, table, words_)) {
    words["nearest"].push_back({each.nearest.front().word, each.nearest.front().distance});
    words["random"].push_back(each.random.front());
  }
  return words;
}

std::optional<json> laboratory::perform(const planned_run& run) {
  const auto t = task_of(run.data);
  if (!t) return std::nullopt;
  const stopwatch watch;  // not before: features serve many runs
  const coop::dataset& all = t->source.pictures;
  const bool base = plan_.protocol.made().base_classes;
  const coop::dataset drawn = learns(run) ? drawn_for(all, run, plan_.protocol)
                              : base      ? coop::base_classes(all)
                                          : all;
  json result = head_of(run, *t, drawn);

  std::vector<tried> on = t->others;
  if (base && run.method != "linear-probe" && run.method != "nearest-mean") {
    const coop::dataset rest = coop::new_classes(
        learns(run) ? coop::few_shot(all, {.shots = run.shots, .seed = std::uint64_t(run.seed)}) : all);
    on.push_back({"new", plan_.data[run.data].name, rest.class_names, t->source.prompt, t->source.rules,
                  t->test.of(rest.test, rest.class_names)});
  }
  using maybe = std::optional<coop::classifier<device>>;
  const auto judge = [&](const auto& classifier, const auto& again) {
    const coop::report report = coop::evaluate(classifier, t->test.of(drawn.test, drawn.class_names));
    result.update(numbers_of(report));
    add_confusion(result, report);
    for (const tried& other : on)
      result["others"].push_back(judged(classifier, drawn.class_names, other, run.id, again));
  };
  const auto never = [](const tried&) { return maybe(); };

  if (run.method == "coop") {
    trained made = train(run, *t, drawn);
    const bool unified = run.context == coop::context::unified::name;
    const std::vector<float> values = made.learned->context();
    const constant_features vectors{values.data(), made.learned->extents()};
    result["context"] = run.context;
    result["placement"] = run.placement;
    result["length"] = run.length;
    result["init"] = run.words;
    result["loss"] = made.loss;
    if (unified) result["words"] = nearest_words_of(vectors);
    judge(made.classifier, [&](const tried& other) -> maybe {
      if (!unified) return std::nullopt;  // each vector is a class's own
      const auto fresh = learner_of(run, other.class_names);
      fresh->set_context(values);
      return fresh->classifier(facts(other.class_names, "coop"));
    });
  } else if (run.method == "linear-probe") {
    const auto probe = coop::linear_probe(device_, t->train.of(drawn.train, drawn.class_names),
                                          t->val.of(drawn.val, drawn.class_names));
    result["cost"] = probe.cost;
    judge(probe.classifier, never);
  } else if (run.method == "nearest-mean") {
    judge(coop::nearest_mean(device_, t->train.of(drawn.train, drawn.class_names),
                             facts(drawn.class_names, run.method)),
          never);
  } else {
    judge(by_words(run.method, drawn.class_names, t->source.prompt, t->source.rules),
          [&](const tried& other) -> maybe {
            return by_words(run.method, other.class_names, other.prompt, other.rules);
          });
  }
  result["seconds"] = watch.seconds();
  return result;
}

}  // namespace app
