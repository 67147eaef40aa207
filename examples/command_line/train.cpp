// SPDX-License-Identifier: MIT
//
// coop train: a few pictures of each class, a frozen CLIP, and a context that is learnt between them. Everything that
// can be wrong with the inputs is found before the output directory is made.
#include "commands.hpp"
#include "contexts.hpp"
#include "data.hpp"
#include "digests.hpp"
#include "feature_cache.hpp"
#include "models.hpp"
#include "output.hpp"
#include "processor.hpp"
#include "run_directory.hpp"
#include "stopwatch.hpp"

#include <coop/data/batches.hpp>
#include <coop/data/few_shot.hpp>
#include <coop/data/transform.hpp>
#include <coop/io/any_archive.hpp>
#include <coop/io/atomic_file.hpp>
#include <coop/io/json.hpp>
#include <coop/io/sha256.hpp>
#include <coop/model/checkpoint.hpp>
#include <coop/model/protocol.hpp>
#include <coop/model/replay.hpp>
#include <coop/train/observer.hpp>
#include <coop/train/optimizer.hpp>
#include <coop/version.hpp>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace app {

namespace {

using coop::json;

/// The options that decide what comes out, under the names they have on the command line.
json to_json(const train_options& o) {
  return {{"data", o.data},         {"weights", o.weights},     {"activation", o.activation},
          {"vocab", o.vocabulary},  {"shots", o.shots},         {"seed", o.seed},
          {"context", o.context},   {"placement", o.placement}, {"length", o.length},
          {"init", o.init},         {"epochs", o.epochs},       {"batch", o.batch},
          {"rate", o.rate},         {"augment", o.augment},     {"order", o.order},
          {"schedule", o.schedule}, {"broken", o.broken},       {"conversion", o.conversion},
          {"replay", o.replay},     {"protocol", o.protocol},   {"precision", o.precision},
          {"device", o.device}};
}

/// The options of the run to resume; those that were written out again must be the same.
train_options recalled(train_options o, const run_directory& run) {
  const json mine = to_json(o);
  const json& theirs = run.recorded()["options"];
  const auto of_run = [&](const char* name, auto& value) {
    const auto broken = [&] {
      return run.file("run.json") + ": options: '" + name + "' is missing or of another kind";
    };
    const bool alike = theirs.contains(name) && theirs[name].is_number() == mine[name].is_number() &&
                       theirs[name].is_string() == mine[name].is_string();
    coop::check<coop::io_error>(alike, broken);
    coop::check<coop::choice_error>(!o.given.contains(name) || theirs[name] == mine[name], [&] {
      return run.path() + ": --" + name + ": the run to resume has " + theirs[name].dump() + ", got " +
             mine[name].dump();
    });
    theirs[name].get_to(value);
  };
  of_run("data", o.data);
  of_run("weights", o.weights);
  of_run("activation", o.activation);
  of_run("vocab", o.vocabulary);
  of_run("shots", o.shots);
  of_run("seed", o.seed);
  of_run("context", o.context);
  of_run("placement", o.placement);
  of_run("length", o.length);
  of_run("init", o.init);
  of_run("epochs", o.epochs);
  of_run("batch", o.batch);
  of_run("rate", o.rate);
  of_run("augment", o.augment);
  of_run("order", o.order);
  of_run("schedule", o.schedule);
  of_run("broken", o.broken);
  of_run("conversion", o.conversion);
  of_run("replay", o.replay);
  of_run("protocol", o.protocol);
  of_run("precision", o.precision);
  of_run("device", o.device);
  return o;
}

/// The protocol of --protocol, changed by whatever else was written out; all that it decides goes into the options.
coop::protocol follow_protocol(train_options& o, const std::string& rules) {
  coop::protocol p = coop::protocol_named(o.protocol);
  const std::pair<const char*, std::string> choices[] = {{"augment", o.augment},
                                                         {"epochs", std::to_string(o.epochs)},
                                                         {"batch", std::to_string(o.batch)},
                                                         {"rate", coop::detail::short_text(o.rate)},
                                                         {"schedule", o.schedule},
                                                         {"conversion", o.conversion}};
  for (const auto& [name, word] : choices) {
    if (o.given.contains(name)) p = p.with(name, word);
  }
  const coop::protocol::choices& made = p.made();
  o.augment = made.augment;
  o.epochs = p.epochs(o.shots, rules);
  o.batch = made.batch;
  o.rate = made.rate;
  o.schedule = made.schedule;
  o.conversion = made.conversion;
  if (!o.given.contains("length") && !o.given.contains("init")) {
    o.length = p.axes().lengths.front();
    o.init = p.axes().words;
  }
  return p;
}

/// A line of log.jsonl for every step.
struct step_log {
  coop::append_log& file;

  void operator()(const coop::batch_record& r) const {
    const coop::json line = {{"epoch", r.epoch + 1},
                             {"batch", r.batch + 1},
                             {"loss", r.loss},
                             {"acc", r.accuracy},
                             {"rate", r.rate}};
    file.write_line(line.dump());
  }
};

/// state.safetensors after every epoch; ends the sitting when it was to be a short one.
struct checkpoints {
  learner& learns;
  run_directory& run;
  coop::append_log& log;
  std::string digest;
  index_t last;  // epoch of this sitting, counted from 1

  bool operator()(const coop::epoch_record& r) const {
    const coop::shape<2> extents = learns.extents();
    log.sync();  // a state without the lines of its epochs would make them neither now nor later
    coop::save_state(run.file("state.safetensors"), {.epochs_done = r.epoch + 1,
                                                     .optimizer = coop::sgd::name,
                                                     .run = digest,
                                                     .extents = {extents[0], extents[1]},
                                                     .parameters = learns.context(),
                                                     .memory = learns.memory(),
                                                     .loss = r.loss,
                                                     .accuracy = r.accuracy});
    run.keep();
    return r.epoch + 1 < last || r.epoch + 1 == r.epochs;
  }
};

/// Where an earlier sitting ended.
struct sitting {
  index_t epochs = 0;  // that it had done
  double loss = 0;     // of the last
  double accuracy = 0;
};

/// Puts parameters and optimizer where an earlier sitting left them. One that was ended in its first epoch left nothing.
sitting go_on(learner& learns, const run_directory& run, const std::string& digest) {
  if (!run.has_state()) {
    cut_log(run.file("log.jsonl"), 0);
    return {};
  }
  const coop::shape<2> to = learns.extents();
  const auto before = coop::load_state(run.file("state.safetensors"), coop::sgd::name, digest);
  coop::check<coop::shape_error>(before.extents == std::vector<std::int64_t>{to[0], to[1]}, [&] {
    return run.file("state.safetensors") + ": tensor 'parameters': shape: expected " + coop::to_text(to) +
           ", got " + coop::to_text(before.extents);
  });
  learns.set_context(before.parameters);
  learns.restore(before.memory);
  cut_log(run.file("log.jsonl"), before.epochs_done);
  return {index_t(before.epochs_done), before.loss, before.accuracy};
}

/// Training pictures that can be read, for a source that reads them again in every epoch.
std::vector<coop::sample> readable(const std::vector<coop::sample>& samples) {
  std::vector<coop::sample> good;
  for (const coop::sample& s : samples) {
    try {
      static_cast<void>(picture_source{}(s.path));
      good.push_back(s);
    } catch (const coop::io_error& problem) {
      remark(std::string("skipped: ") + problem.what());
    }
  }
  if (good.size() < samples.size()) {
    remark("skipped " + std::to_string(samples.size() - good.size()) + " of " +
           std::to_string(samples.size()) + " pictures");
  }
  return good;
}

/// The bytes that were digested are those that are learnt from, for as long as the files have that stamp.
struct looked_at {
  std::string word;
  std::vector<coop::sample> pictures = {};  // none of features, which are in memory
  std::vector<std::string> class_names = {};
  std::string stamp = {};

  explicit looked_at(const data_source& data) : word(data.word) {
    if (data.features) return;
    pictures = data.pictures.train;
    class_names = data.class_names();
    stamp = stamp_of(pictures, class_names);
  }
  void expect_unchanged() const {
    coop::check<coop::io_error>(pictures.empty() || stamp_of(pictures, class_names) == stamp, [&] {
      return word + ": the training pictures have changed while they were read";
    });
  }
};

/// Features say how their pictures were prepared, and so will the classifier.
void take_conversion(train_options& o, const data_source& data) {
  if (!data.features || data.features->origin.preprocessing.empty()) return;
  const auto made = coop::preprocessing::from_text(data.features->origin.preprocessing);
  const std::string word(coop::name(made.conversion));
  const bool decided = o.resume || o.given.contains("conversion");
  coop::check<coop::choice_error>(!decided || o.conversion == word, [&] {
    return o.data + ": conversion: expected " + o.conversion + " as " +
           (o.resume ? "the run to resume has" : "--conversion says") + ", got " + word;
  });
  o.conversion = word;
}

/// The published program shuffles, and takes seed 0 for none.
void expect_replayable(const train_options& o) {
  if (o.order != "shuffled") throw usage_error("train: --replay has an order of its own: not with --order");
  if (o.seed == 0) throw usage_error("train: --replay: expected a --seed of at least 1, got 0");
}

}  // namespace

void train(train_options o) {
  const stopwatch whole;
  run_directory run(o.out, o.resume      ? earlier_run::resume
                           : o.overwrite ? earlier_run::overwrite
                                         : earlier_run::refuse);
  if (o.resume) o = recalled(std::move(o), run);
  if (o.replay != "none") expect_replayable(o);

  // What is learnt from what
  data_source data = open_data(o.data, o.seed);
  if (!data.features) static_cast<void>(split_of(data, "train"));
  static_cast<void>(coop::list_text(data.class_names(), o.data + ": class names"));  // files keep them
  keep_shots(data, o.shots, o.seed);
  std::string protocol = o.resume ? run.recorded().value("protocol", "") : "";
  if (!o.protocol.empty()) {
    coop::check<coop::choice_error>(!data.features, [&] {
      return o.data + ": a protocol says how pictures become features: expected pictures, got features";
    });
    const bool base = coop::protocol_named(o.protocol).made().base_classes;
    if (base) data.pictures = coop::base_classes(data.pictures);
    if (!o.resume) {
      const coop::protocol followed = follow_protocol(o, data.rules);
      protocol = followed.identity();
      remark(describe(followed));
    }
  }
  take_conversion(o, data);
  weights source(o.weights, o.activation);
  const coop::tokenizer words = open_vocabulary(o.vocabulary, o.weights);
  const std::string vocabulary_sha256 = coop::sha256_file(vocabulary_path(o.vocabulary, o.weights));

  // The learner
  const device where = device_of(o, !o.quiet);
  source.compute_on(accelerator_of(o, !o.quiet));
  std::optional<saved_context> begin;
  prompt_description how{.context = coop::choose(coop::context::all{}, "context", o.context),
                         .placement = coop::choose(coop::placement::all{}, "placement", o.placement),
                         .length = o.length,
                         .words = o.init,
                         .seed = o.seed};
  const bool replayed = o.replay != "none";
  if (replayed) {
    how.skipped = source.construction_draws();
    how.half = o.replay == "reference-fp16";
  }
  if (is_context_file_name(o.init)) {
    begin.emplace(o.init);
    begin->expect(data.class_names(), source, words);
    how.length = begin->length();
    how.words.clear();
  }
  const auto opened = source.learn(where, words, data.class_names(), how);
  learner& learns = *opened;
  if (begin) begin->copy_to(learns);

  // The same as before, when a run goes on
  const looked_at before_reading(data);
  const std::string data_digest = digest_of_training(data);
  if (o.resume) {
    coop::check<coop::choice_error>(run.recorded()["data"].value("digest", "") == data_digest, [&] {
      return run.path() + ": the training data are others than those of the run to resume: " + o.data;
    });
    coop::check<coop::choice_error>(run.recorded()["weights"].value("sha256", "") == source.sha256(), [&] {
      return run.path() + ": the weights are others than those of the run to resume: " + source.path();
    });
    const json vocabulary = run.recorded().value("vocabulary", json::object());
    coop::check<coop::choice_error>(
        vocabulary.is_object() && vocabulary.value("sha256", "") == vocabulary_sha256, [&] {
          return run.path() + ": the vocabulary is another than that of the run to resume: " +
                 vocabulary_path(o.vocabulary, o.weights);
        });
  }

  // The pictures
  const stopwatch encoding;
  const auto preparation = source.preparation(coop::conversion_from_word(o.conversion));
  const bool augmented = o.augment == "paper";
  coop::batch_options batches{.size = o.batch, .seed = o.seed, .order = coop::order_from_word(o.order)};
  if (replayed) {
    batches.replay =
        coop::replayed_loader(o.seed, how.skipped, how.words.empty() ? learns.extents().size() : 0);
  }
  std::unique_ptr<const image_tower> tower;  // outlives its lessons
  std::unique_ptr<const lessons> from;
  std::size_t pictures = 0;
  const auto learn_from = [&](const encoded_pictures& features) {
    pictures = std::size_t(features.pictures());
    return learns.learn_from(features, batches);  // of one view or more
  };
  if (data.features) {
    coop::check<coop::choice_error>(o.augment == "none",
                                    [&] { return o.data + ": features cannot be augmented"; });
    const coop::feature_set& features = *data.features;
    coop::check<coop::shape_error>(features.width == learns.embed(), [&] {
      return o.data + ": width of the features: expected " + std::to_string(learns.embed()) + " as of " +
             source.backbone() + ", got " + std::to_string(features.width);
    });
    coop::expect_origin(features.origin, {source.sha256(), preparation.to_text()}, o.data, source.path());
    from = learn_from(read_features(std::move(*data.features)));
  } else {
    const auto open_tower = [&]() -> const image_tower& {
      if (!tower) tower = source.image(where);
      return *tower;
    };
    const index_t views = coop::views_of(o.augment);
    if ((augmented || views > 0) && o.broken == "skip") data.pictures.train = readable(data.pictures.train);
    if (augmented) {
      from = open_tower().encode_anew(data.pictures.train, preparation, batches, o.threads);
      pictures = data.pictures.train.size();
    } else {
      from = learn_from(*features_by(o.cache, source, o.activation, preparation, o.broken, o,
                                     data.pictures.train, data.class_names(), open_tower, views));
    }
  }
  before_reading.expect_unchanged();
  const double encoding_seconds = encoding.seconds();

  // The run
  json description = {
      {"program", "coop"},
      {"version", coop::version},
      {"protocol", protocol},
      {"options", to_json(o)},
      {"seed", o.seed},
      {"data", {{"digest", data_digest}, {"classes", data.class_names().size()}, {"pictures", pictures}}},
      {"weights",
       {{"path", std::filesystem::absolute(source.path()).string()},
        {"sha256", source.sha256()},
        {"stamp", source.stamp()},
        {"backbone", source.backbone()},
        {"activation", source.activation()}}},
      {"vocabulary", {{"sha256", vocabulary_sha256}}}};
  const std::string digest = coop::sha256_hex(std::as_bytes(
      std::span<const char>(coop::json_text(description["options"], o.out) + data_digest + source.sha256())));
  const sitting before = o.resume ? go_on(learns, run, digest) : sitting{};
  const index_t first_epoch = before.epochs;
  run.begin(description);
  if (o.resume) run.keep();
  coop::append_log log(run.file("log.jsonl"));
  const stopwatch training;
  const checkpoints save{learns, run, log, digest, o.stop_after > 0 ? first_epoch + o.stop_after : o.epochs};
  std::optional<coop::print_progress> bar;
  if (!o.quiet) bar.emplace(stderr);
  const watcher told{.step =
                         [&](const coop::batch_record& r) {
                           step_log{log}(r);
                           if (bar) (*bar)(r);
                           return true;
                         },
                     .epoch = save};
  const coop::history history = learns.fit(*from, rates_of(o.schedule, o.epochs, o.rate), first_epoch, told);
  coop::check(history.finite(), [&] { return "training: " + coop::to_text(history); });
  const double training_seconds = training.seconds();
  if (augmented) before_reading.expect_unchanged();
  if (history.stopped_by == coop::stop_reason::observer) {
    remark("stopped after epoch " + std::to_string(history.stopped_epoch + 1) + " of " +
           std::to_string(o.epochs) + "; coop train --resume --out " + o.out + " goes on");
    return;
  }

  // What is left
  const coop::shape<2> extents = learns.extents();
  const std::int64_t length = learns.length();
  const auto class_specific = o.context == coop::context::class_specific::name;
  coop::context_record record{
      .extents = class_specific ? std::vector<std::int64_t>{extents[0] / length, length, extents[1]}
                                : std::vector<std::int64_t>{length, extents[1]},
      .values = learns.context(),
      .context = o.context,
      .placement = o.placement,
      .class_names = data.class_names(),
      .initialization = o.init.empty() ? "N(0, 0.02), seed " + std::to_string(o.seed) +
                                             (replayed ? ", replay " + o.replay : "")
                                       : o.init,
      .weights_sha256 = source.sha256(),
      .epochs = o.epochs,
      .preprocessing = preparation.to_text()};
  coop::save_context(run.file("context.safetensors"), record);
  learns.classifier({.preprocessing = preparation.to_text(), .weights_sha256 = source.sha256()})
      .save(run.file("classifier.safetensors"));
  description["timings"] = {
      {"features", encoding_seconds}, {"training", training_seconds}, {"total", whole.seconds()}};
  description["timings"]["from_epoch"] = first_epoch + 1;
  description["finished"] = true;
  if (history.epochs.empty()) {  // all epochs were done before
    description["result"] = {{"loss", before.loss}, {"acc", before.accuracy}};
  } else {
    description["result"] = {{"loss", history.epochs.back().loss}, {"acc", history.epochs.back().accuracy}};
  }
  run.describe(description);
  char text[160];
  std::snprintf(text, sizeof text, "%zu classes, %zu pictures, %d epochs, %.1f s\n",
                data.class_names().size(), pictures, int(o.epochs), whole.seconds());
  print(o.out + ": " + text);
}

}  // namespace app
