// SPDX-License-Identifier: MIT
//
// What a GPU does with coop, a verb a question:
//
//   coop_benchmark_cuda ceiling | step | encode | whole | files | answer-step | answer-encode | facts [--key value] ...
//
// --device is cuda, cpu or far: the same code on the processor, and on the tests' far device, shows that it works where
// there is no GPU. --json FILE writes what the table says, and the machine's facts. Keys of a verb are told when one is
// unknown. Exit status: 0 measured, 1 an error, 2 a wrong word, 3 no GPU on this machine, 4 built without CUDA.
#include <coop/error.hpp>
#include <coop/io/atomic_file.hpp>

#include "programs.hpp"

#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

using namespace coop;
using benchmarks::options;

namespace {

struct verb {
  std::map<std::string, std::string> keys;
  std::function<json(const options&)> on_processor, on_far, on_gpu;
};

template <class F>
auto without_rows(F* f) {
  return [f](const options& o) {
    f(o);
    return json();
  };
}

const std::map<std::string, verb>& verbs() {
  using namespace benchmarks;
  static const std::map<std::string, std::string> text{
      {"backbone", "ViT-B/16"}, {"vocabulary", ""}, {"context", ""}, {"placement", ""}, {"length", "16"}};
  const auto with = [](std::map<std::string, std::string> keys,
                       const std::map<std::string, std::string>& more) {
    keys.insert(more.begin(), more.end());
    return keys;
  };
  static const std::map<std::string, verb> all{
      {"facts", {{}, facts<benchmarks::on_processor>, facts<benchmarks::on_far>, facts<benchmarks::on_gpu>}},
      {"ceiling",
       {{{"precision", "float32,tf32,bfloat16,float16"},
         {"bytes", "1073741824"},
         {"seconds", "0.3"},
         {"rows", ""}},
        ceilings<benchmarks::on_processor>,
        ceilings<benchmarks::on_far>,
        ceilings<benchmarks::on_gpu>}},
      {"step",
       {with(text, {{"precision", "float32,tf32,bfloat16,float16"},
                    {"classes", "10,100,1000"},
                    {"seconds", "1"},
                    {"limit", "0"},
                    {"ceiling-rows", "16384"}}),
        steps<benchmarks::on_processor>, steps<benchmarks::on_far>, steps<benchmarks::on_gpu>}},
      {"answer-step",
       {with(text, {{"precision", "float32"}, {"classes", "100"}}),
        without_rows(answer_steps<benchmarks::on_processor>), without_rows(answer_steps<benchmarks::on_far>),
        without_rows(answer_steps<benchmarks::on_gpu>)}},
      {"encode",
       {{{"precision", "float32,tf32,bfloat16,float16"},
         {"backbone", "RN50,RN101,ViT-B/32,ViT-B/16"},
         {"pictures", "1,32,256"},
         {"seconds", "1"},
         {"ceiling-rows", "16384"}},
        encodings<benchmarks::on_processor>,
        encodings<benchmarks::on_far>,
        encodings<benchmarks::on_gpu>}},
      {"answer-encode",
       {{{"precision", "float32"}, {"backbone", "ViT-B/16"}, {"ceiling-rows", "16384"}},
        without_rows(answer_encodings<benchmarks::on_processor>),
        without_rows(answer_encodings<benchmarks::on_far>),
        without_rows(answer_encodings<benchmarks::on_gpu>)}},
      {"whole",
       {{{"precision", "bfloat16"},
         {"backbone", "ViT-B/16"},
         {"vocabulary", ""},
         {"task", "imagenet,objects"},
         {"models", "models"},
         {"classes", "1000"},
         {"shots", "16"},
         {"epochs", "50"},
         {"seeds", "1"},
         {"pool", "64"},
         {"test", "600"},
         {"seconds", "1e9"}},
        trainings<benchmarks::on_processor>,
        trainings<benchmarks::on_far>,
        trainings<benchmarks::on_gpu>}},
      {"files",
       {{{"precision", "bfloat16"},
         {"backbone", "ViT-B/16"},
         {"vocabulary", ""},
         {"folder", ""},
         {"classes", "1000"},
         {"shots", "16"},
         {"views", "2"},
         {"epochs", "50"},
         {"batch", "256"}},
        files<benchmarks::on_processor>,
        files<benchmarks::on_far>,
        files<benchmarks::on_gpu>}},
  };
  return all;
}

int run(const std::string& word, const std::vector<std::string>& given) {
  check<choice_error>(verbs().contains(word), [&] {
    std::string known;
    for (const auto& [name, what] : verbs()) known += (known.empty() ? "" : ", ") + name;
    return "verb '" + word + "': expected one of " + known;
  });
  const verb& what = verbs().at(word);
  auto keys = what.keys;
  keys.insert({{"device", "cuda"}, {"gpu", "0"}, {"threads", "0"}, {"json", ""}});
  const options o("usage: coop_benchmark_cuda " + word, keys, given);
  for (const char* needed : {"vocabulary", "folder"}) {
    check<choice_error>(!keys.contains(needed) || o.has(needed),
                        [&] { return word + ": --" + needed + ": expected a path, got none"; });
  }
  const std::string& device = o["device"];
  check<choice_error>(device == "cuda" || device == "cpu" || device == "far",
                      [&] { return "device '" + device + "': expected cuda, cpu or far"; });
  json facts;
  if (device == "cuda") {
    if (const auto none = benchmarks::why_no_gpu(); !none.why.empty()) {
      std::fprintf(stderr, "coop_benchmark_cuda: %s\n", none.why.c_str());
      return none.built ? 3 : 4;
    }
    facts = benchmarks::facts<benchmarks::on_gpu>(o);
  } else {
    facts = device == "far" ? benchmarks::facts<benchmarks::on_far>(o)
                            : benchmarks::facts<benchmarks::on_processor>(o);
  }
  const json rows = (device == "cuda" ? what.on_gpu : device == "far" ? what.on_far : what.on_processor)(o);
  if (word == "facts") std::printf("%s\n", facts.dump(1).c_str());
  if (o.has("json")) {
    const std::string text = json{{"machine", facts}, {"verb", word}, {"rows", rows}}.dump(1) + "\n";
    write_file(o["json"], std::as_bytes(std::span(text)));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  check<choice_error>(argc > 1,
                      [] { return std::string("usage: coop_benchmark_cuda VERB [--key value] ..."); });
  return run(argv[1], {argv + 2, argv + argc});
} catch (const choice_error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
