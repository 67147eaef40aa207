// SPDX-License-Identifier: MIT
//
// The paper's main experiment in miniature: a frozen CLIP learns seven classification tasks from 1, 2, 4, 8
// and 16 pictures a class, by learning the words in front of the class name. The pictures are drawn by the
// library and the CLIP is the miniature that ships with it, so nothing is downloaded.
//
// What to change first: --backbone, --seeds, or the prompt in `context_prompt` below (where the name stands,
// who owns the context, how long it is). What it shows it also checks: see the end of main.
#include <coop/coop.hpp>
#include <coop/data/drawn.hpp>
#include <coop/model/protocol.hpp>
#include <coop/train/linear_probe.hpp>

#include "progress.hpp"
#include "results.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace coop;
using context_prompt = unified_end;
using device_type = device::cpu;

namespace {

struct options {
  std::string models = COOP_MODELS_DIR;
  std::string backbone = "mini-rn";
  std::string out = "quickstart-results";
  int seeds = 3;
  int threads = int(std::max(1u, std::thread::hardware_concurrency()));
};

options parse(int argc, char** argv) {
  options opt;
  const std::map<std::string, std::function<void(const std::string&)>> known{
      {"--models", [&](const std::string& v) { opt.models = v; }},
      {"--backbone", [&](const std::string& v) { opt.backbone = v; }},
      {"--out", [&](const std::string& v) { opt.out = v; }},
      {"--seeds", [&](const std::string& v) { opt.seeds = std::max(1, std::atoi(v.c_str())); }},
      {"--threads", [&](const std::string& v) { opt.threads = std::max(1, std::atoi(v.c_str())); }},
  };
  for (int i = 1; i < argc; i += 2) {
    const auto found = known.find(argv[i]);
    check<choice_error>(found != known.end() && i + 1 < argc, [&] {
      return "unknown or incomplete option '" + std::string(argv[i]) +
             "'; known: --backbone mini-rn|mini-vit, --seeds N, --threads T, --models DIR, --out DIR";
    });
    found->second(argv[i + 1]);
  }
  return opt;
}

/// f(0) ... f(n - 1) on some threads, the first error thrown again.
void in_parallel(int threads, std::size_t n, const std::function<void(std::size_t)>& f) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex mutex;
  const auto work = [&] {
    for (std::size_t i; (i = next++) < n;) {
      try {
        f(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = failure ? failure : std::current_exception();
        next = n;
      }
    }
  };
  std::vector<std::thread> team;
  for (int t = 1; t < threads; ++t) team.emplace_back(work);
  work();
  for (auto& thread : team) thread.join();
  if (failure) std::rethrow_exception(failure);
}

/// A task with the features of its pictures: encoded once, because neither towers nor pictures change.
struct prepared_task {
  drawn_task task;
  dataset pictures;
  feature_set train, val, test;

  /// The features of some of the training or validation pictures.
  [[nodiscard]] static feature_set pick(const feature_set& from, const std::vector<sample>& all,
                                        const std::vector<sample>& some) {
    std::map<const image*, std::size_t> row;
    for (std::size_t i = 0; i < all.size(); ++i) row[all[i].pixels.get()] = i;
    feature_set picked;
    picked.width = from.width;
    picked.class_names = from.class_names;
    for (const auto& s : some) {
      const float* f = from.values.data() + row.at(s.pixels.get()) * std::size_t(from.width);
      picked.values.insert(picked.values.end(), f, f + from.width);
      picked.labels.push_back(s.label);
    }
    return picked;
  }
};

/// As published, but for pictures that are encoded once instead of cropped anew in every epoch.
const protocol& few_shot_protocol() {
  static const protocol followed = protocol_named("coop-fewshot").with("augment", "none");
  return followed;
}

/// Epochs by shots; always few for the paper's largest data set.
index_t epochs_for(const drawn_task& task, int shots) {
  return few_shot_protocol().epochs(shots, task.mirrors);
}

template <Backbone B>
int run(const options& opt) {
  const device_type device(1);  // one thread each: the trainings themselves run beside each other
  const std::string file = opt.models + "/" + B::name + ".safetensors";
  const auto net = load_clip<B>(device, file);
  const auto words = load_tokenizer(opt.models + "/mini-vocab.txt");
  std::filesystem::create_directories(opt.out);
  std::printf("coop %s: a frozen CLIP (%s) learns from a handful of pictures a class\n", version, B::name);
  std::printf("protocol %s\n\n", few_shot_protocol().identity().c_str());

  // Pictures become features.
  const auto tasks = drawn_tasks();
  std::vector<prepared_task> prepared(tasks.size());
  overall_progress drawing(double(tasks.size()));
  in_parallel(opt.threads, tasks.size(), [&](std::size_t t) {
    auto& p = prepared[t];
    p.task = tasks[t];
    p.pictures = drawn_dataset(tasks[t]);
    const auto features = [&](const std::vector<sample>& pictures) {
      auto set = encode(net.image(), pictures, no_decoder{}, net.preprocessing(), {.threads = 1}).features;
      set.class_names = p.pictures.class_names;
      return set;
    };
    p.train = features(p.pictures.train);
    p.val = features(p.pictures.val);
    p.test = features(p.pictures.test);
    drawing.advance(1, "draw and encode " + tasks[t].name);
  });

  // Zero-shot: the classifier comes from words alone.
  results found;
  std::mutex mutex;
  const auto record = [&](const std::string& task, const char* method, int shots, int seed, double accuracy) {
    const std::lock_guard lock(mutex);
    found.add(task, method, shots, seed, accuracy);
  };
  for (const auto& p : prepared) {
    const classifier_facts facts{.scale = net.scale(), .class_names = p.pictures.class_names};
    record(p.task.name, "single prompt", 0, 0,
           evaluate(zero_shot(net.text(), words, {"a photo of a {}."}, facts), p.test).accuracy);
    record(p.task.name, "hand-written", 0, 0,
           evaluate(zero_shot(net.text(), words, {p.task.prompt}, facts), p.test).accuracy);
  }

  // Few-shot: the context is learned, the towers are not.
  struct job {
    std::size_t task;
    int shots;
    int seed;
    double work;
  };
  std::vector<job> jobs;
  double total = 0;
  for (std::size_t t = 0; t < prepared.size(); ++t) {
    for (const int shots : all_shots) {
      for (int seed = 1; seed <= opt.seeds; ++seed) {
        const auto classes = prepared[t].pictures.class_names.size();
        const double steps = std::max(1.0, std::floor(double(shots) * double(classes) / 32));
        jobs.push_back({t, shots, seed, steps * epochs_for(prepared[t].task, shots) * double(classes + 10)});
        total += jobs.back().work;
      }
    }
  }
  std::sort(jobs.begin(), jobs.end(),
            [](const job& a, const job& b) { return a.work > b.work; });  // longest first
  std::map<int, classifier<device_type>> on_objects;  // the 16-shot classifiers of the objects, by seed
  overall_progress training(total);
  in_parallel(opt.threads, jobs.size(), [&](std::size_t j) {
    const int shots = jobs[j].shots;
    const int seed = jobs[j].seed;
    const auto& p = prepared[jobs[j].task];
    const auto drawn = few_shot(p.pictures, {.shots = shots, .seed = std::uint64_t(seed)});
    const auto train = prepared_task::pick(p.train, p.pictures.train, drawn.train);

    const auto learn = [&](auto how, const char* method) {
      how.seed = std::uint64_t(seed);
      prompt_learner learner(net.text(), words, p.pictures.class_names, how);
      cached_features source(device, train, {.size = 32, .seed = std::uint64_t(seed)});
      const index_t epochs = epochs_for(p.task, shots);
      const auto past = fit(learner, source, sgd{}, warmup<cosine>{.then = {.epochs = epochs}});
      check(past.finite(), [&] { return p.task.name + ": " + to_text(past); });
      auto learned = learner.classifier({.preprocessing = net.preprocessing().to_text()});
      record(p.task.name, method, shots, seed, evaluate(learned, p.test).accuracy);
      return learned;
    };
    auto learned = learn(context_prompt{.length = 16}, "CoOp");
    if (shots == 1) learn(class_specific_end{.length = 16}, "CoOp class-specific");
    const auto probe = linear_probe(device, train, prepared_task::pick(p.val, p.pictures.val, drawn.val));
    record(p.task.name, "linear probe", shots, seed, evaluate(probe.classifier, p.test).accuracy);

    if (shots == 16 && p.task.name == "objects") {
      const std::lock_guard lock(mutex);
      on_objects.emplace(seed, std::move(learned));
    }
    training.advance(jobs[j].work,
                     p.task.name + ", " + std::to_string(shots) + " shots, seed " + std::to_string(seed));
  });

  std::printf("\naccuracy in %%, mean of %d seeds, M = 16, unified context before the name\n\n%s", opt.seeds,
              found.table().c_str());
  std::printf("\nclass-specific context at 1 shot: %.1f on average (unified: %.1f)\n",
              found.mean("average", "CoOp class-specific", 1), found.mean("average", "CoOp", 1));

  // Domain shift: learned on the objects, tried on other renderings of the same classes.
  const auto& objects = *std::find_if(prepared.begin(), prepared.end(),
                                      [](const prepared_task& p) { return p.task.name == "objects"; });
  std::printf("\ndomain shift from the objects, 16 shots:\n%-13s", "");
  std::printf(" %8s", "source");
  for (const auto& shift : drawn_shifts()) std::printf(" %11s", shift.c_str());
  std::vector<feature_set> shifted;
  for (const auto& shift : drawn_shifts()) {
    shifted.push_back(encode(net.image(), drawn_shift_samples(shift), no_decoder{}, net.preprocessing(),
                             {.threads = opt.threads})
                          .features);
    shifted.back().class_names = objects.pictures.class_names;
  }
  const auto hand_written = zero_shot(net.text(), words, {objects.task.prompt},
                                      {.scale = net.scale(), .class_names = objects.pictures.class_names});
  std::printf("\n%-13s %8.1f", "hand-written", found.mean("objects", "hand-written", 0));
  for (std::size_t s = 0; s < shifted.size(); ++s) {
    const double accuracy = evaluate(hand_written, shifted[s]).accuracy;
    found.add("shift " + drawn_shifts()[s], "hand-written", 0, 0, accuracy);
    std::printf(" %11.1f", accuracy);
  }
  std::printf("\n%-13s %8.1f", "CoOp", found.mean("objects", "CoOp", 16));
  for (std::size_t s = 0; s < shifted.size(); ++s) {
    double sum = 0;
    for (const auto& [seed, learned] : on_objects) {
      const double accuracy = evaluate(learned, shifted[s]).accuracy;
      found.add("shift " + drawn_shifts()[s], "CoOp", 16, seed, accuracy);
      sum += accuracy;
    }
    std::printf(" %11.1f", sum / double(on_objects.size()));
  }

  // A classifier is one small file, and needs no text tower.
  const std::string saved = opt.out + "/" + objects.task.name + "-16-shots.safetensors";
  on_objects.at(1).save(saved);
  const auto fresh = load_classifier(device, saved);
  std::printf("\n\n%s, loaded afresh (%ju bytes), says of pictures it has not seen:\n", saved.c_str(),
              std::uintmax_t(std::filesystem::file_size(saved)));
  std::vector<sample> some;
  for (std::size_t i = 0; i < 4; ++i)
    some.push_back(objects.pictures.test[i * objects.pictures.test.size() / 4]);
  const auto features = encode(net.image(), some, no_decoder{}, net.preprocessing(), {.threads = 1}).features;
  const auto guesses =
      fresh.predict({features.values.data(), shape<2>{index_t(some.size()), features.width}}, 3);
  for (std::size_t i = 0; i < some.size(); ++i) {
    std::printf("  a %-10s ->", fresh.class_names()[std::size_t(some[i].label)].c_str());
    for (const auto& guess : guesses[i]) {
      std::printf("  %s %.2f", fresh.class_names()[std::size_t(guess.label)].c_str(),
                  double(guess.probability));
    }
    std::printf("\n");
  }

  write_file(opt.out + "/results.csv", found.csv());
  std::printf("\nnumbers: %s/results.csv\n", opt.out.c_str());
  const std::string curves = opt.out + "/curves.svg";
  const std::string why_not = found.draw_curves(curves);
  std::printf("curves:  %s\n", why_not.empty() ? curves.c_str() : ("not drawn: " + why_not).c_str());

  // What this example shows, checked.
  const double gain = found.mean("average", "CoOp", 16) - found.mean("average", "hand-written", 0);
  check(gain > 0, [&] {
    return "quickstart: expected 16 shots to beat the hand-written prompts, got a gain of " +
           std::to_string(gain);
  });
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  const options opt = parse(argc, argv);
  return dispatch([&]<class B>() { return run<B>(opt); },
                  choose(type_list<backbone::mini_rn, backbone::mini_vit>{}, "backbone", opt.backbone));
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
