// SPDX-License-Identifier: MIT
//
// One training step of a prompt learner on cached features, for every context and placement and many numbers of
// classes: nodes, operations, seconds, the share of the product's ceiling that the whole step reaches, and memory
// beyond the weights, planned and used. Shares are told by the wall's clock and by the processor's, which leaves out
// what other programs had. Each measurement is a process of its own, so that its memory is its own.
//
//   step VOCABULARY [--classes 10,37,100,196,397,1000,5000] [--context NAME] [--placement NAME] [--length 16,4]
//        [--threads 0] [--seconds 10] [--precision float32] [--instructions auto] [--limit BYTES] [--json FILE]
#include <coop/coop.hpp>
#include <coop/io/json.hpp>

#include "../tests/support/formula_weights.hpp"
#include "class_names.hpp"
#include "measure.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace coop;

namespace {

using shape_of_text = backbone::vit_b16::text;
using tower_type = text_tower<shape_of_text, device::cpu>;
constexpr index_t batch = 32;

struct options {
  std::string vocabulary;
  std::map<std::string, std::string> words{{"classes", "10,37,100,196,397,1000,5000"},
                                           {"context", ""},
                                           {"placement", ""},
                                           {"length", "16,4"},
                                           {"threads", "0"},
                                           {"seconds", "10"},
                                           {"precision", "float32"},
                                           {"instructions", "auto"},
                                           {"limit", "4294967296"},
                                           {"json", ""}};
  [[nodiscard]] const std::string& operator[](const std::string& key) const { return words.at(key); }
};

options parse(int argc, char** argv) {
  options o;
  const auto usage = [&] {
    std::string text = "usage: step VOCABULARY";
    for (const auto& [key, value] : o.words)
      text += " [--" + key + " " + (value.empty() ? "WORD" : value) + "]";
    return text;
  };
  check<choice_error>(argc > 1 && argc % 2 == 0, usage);
  o.vocabulary = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string key = argv[i];
    check<choice_error>(key.starts_with("--") && o.words.contains(key.substr(2)), usage);
    o.words[key.substr(2)] = argv[i + 1];
  }
  return o;
}

std::vector<index_t> numbers(const std::string& list) {
  std::vector<index_t> values;
  std::istringstream stream(list);
  for (std::string word; std::getline(stream, word, ',');) values.push_back(index_t(std::atoi(word.c_str())));
  return values;
}

/// One measurement, in a process of its own.
template <Context C, Placement P>
json measure(const options& o, index_t classes, index_t length) {
  const device::cpu device({.threads = std::atoi(o["threads"].c_str()),
                            .instructions = instruction_set_named(o["instructions"]),
                            .products = precision_named(o["precision"])});
  const auto words = load_tokenizer(o.vocabulary);
  const tower_type tower(device, tests::formula_archive(tests::text_tensors<shape_of_text>()));
  const auto names = benchmarks::class_names(words, classes);
  auto ceiling = benchmarks::ceiling(device, tower_type::width(), 40);

  benchmarks::forget_peak_memory();
  const std::size_t weights = benchmarks::memory_of_process("VmRSS:");
  prompt_learner learner(tower, words, names, prompt<C, P>{.length = length},
                         learner_options{.memory_limit = std::size_t(std::atoll(o["limit"].c_str()))});
  const std::vector<float> features(std::size_t(batch * tower_type::embed()), 0.0442f);
  std::vector<index_t> labels;
  for (index_t b = 0; b < batch; ++b) labels.push_back((7 * b + 3) % classes);
  tensor<float, 2, device::cpu> d_text(device, shape<2>{classes, tower_type::embed()});
  loss_workspace<device::cpu> workspace;
  sgd::state<device::cpu> optimizer(sgd{}, device, learner.parameters().extents);
  const auto step = [&] {
    const auto text = learner.forward();
    cross_entropy(device, {features.data(), shape<2>{batch, tower_type::embed()}}, text, labels,
                  learner.scale(), d_text.view(), workspace);
    learner.backward(d_text.view());
    optimizer.step(learner.parameters(), learner.gradient(), 0.0);
  };

  const double most = std::atof(o["seconds"].c_str());
  std::vector<double> wall, processor;
  for (double all = 0; wall.size() < 2 || (all < most && wall.size() < 100);) {
    const auto once = benchmarks::time_of(step);
    wall.push_back(once.wall);
    processor.push_back(once.processor);
    all += once.wall;
  }
  wall.erase(wall.begin());  // the first step touches its memory for the first time
  processor.erase(processor.begin());
  const std::size_t used = benchmarks::memory_of_process("VmHWM:") - weights;
  const auto again = benchmarks::ceiling(device, tower_type::width(), 40);
  ceiling = {std::max(ceiling.wall, again.wall), std::max(ceiling.processor, again.processor)};

  const double operations = learner.operations();
  const benchmarks::by_clocks median{benchmarks::median(wall), benchmarks::median(processor)};
  return {{"device", device.description()},
          {"context", C::name},
          {"placement", P::name},
          {"classes", classes},
          {"length", length},
          {"nodes", learner.live_nodes()},
          {"constant", learner.constant_nodes()},
          {"chunks", learner.chunks()},
          {"operations", operations},
          {"steps", wall.size()},
          {"seconds", median.wall},
          {"processor_seconds", median.processor},
          {"ceiling", ceiling.wall},
          {"share", operations / median.wall / ceiling.wall},
          {"processor_share", operations / median.processor / ceiling.processor},
          {"planned_bytes", learner.memory().bytes()},
          {"used_bytes", used}};
}

/// f() of a child process, by a pipe: a document, or an error's text.
template <class F>
json elsewhere(const F& f) {
  int ends[2];
  check(::pipe(ends) == 0, [] { return std::string("step: no pipe"); });
  const pid_t child = ::fork();
  check(child >= 0, [] { return std::string("step: no process"); });
  if (child == 0) {
    ::close(ends[0]);
    json answer;
    try {
      answer = f();
    } catch (const std::exception& e) {
      answer = {{"error", e.what()}};
    }
    const std::string text = answer.dump();
    for (std::size_t done = 0; done < text.size();) {
      const auto n = ::write(ends[1], text.data() + done, text.size() - done);
      if (n <= 0) ::_exit(1);
      done += std::size_t(n);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  char piece[4096];
  for (ssize_t n; (n = ::read(ends[0], piece, sizeof piece)) > 0;) text.append(piece, std::size_t(n));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  check(!text.empty(), [&] { return "step: a measurement ended with status " + std::to_string(status); });
  return json::parse(text);
}

}  // namespace

int main(int argc, char** argv) try {
  const options o = parse(argc, argv);
  json results = json::array();
  std::printf("%-15s %-7s %3s %7s %8s %6s %6s %9s %9s %6s %6s %9s %9s\n", "context", "place", "M", "classes",
              "nodes", "const", "chunks", "seconds", "GFLOP/s", "share", "by cpu", "plan MB", "used MB");
  for (const index_t length : numbers(o["length"])) {
    for (const index_t classes : numbers(o["classes"])) {
      for_each_type(context::all{}, [&](auto c) {
        for_each_type(placement::all{}, [&](auto p) {
          using C = typename decltype(c)::type;
          using P = typename decltype(p)::type;
          if (!o["context"].empty() && o["context"] != C::name) return;
          if (!o["placement"].empty() && o["placement"] != P::name) return;
          const json r = elsewhere([&] { return measure<C, P>(o, classes, length); });
          results.push_back(r);
          if (r.contains("error")) {
            std::printf("%-15s %-7s %3d %7d %s\n", C::name, P::name, length, classes,
                        r["error"].get<std::string>().c_str());
          } else {
            const double flops = r["operations"].get<double>() / r["seconds"].get<double>();
            std::printf("%-15s %-7s %3d %7d %8d %6d %6d %9.4f %9.0f %4.0f %% %4.0f %% %9.0f %9.0f\n", C::name,
                        P::name, length, classes, r["nodes"].get<int>(), r["constant"].get<int>(),
                        r["chunks"].get<int>(), r["seconds"].get<double>(), flops / 1e9,
                        100 * r["share"].get<double>(), 100 * r["processor_share"].get<double>(),
                        r["planned_bytes"].get<double>() / 1e6, r["used_bytes"].get<double>() / 1e6);
          }
          std::fflush(stdout);
        });
      });
    }
  }
  if (!o["json"].empty()) std::ofstream(o["json"]) << results.dump(1) << "\n";
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
