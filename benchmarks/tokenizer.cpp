// SPDX-License-Identifier: MIT
//
// Text to ids on one core: a thousand class names in their sentence, and running text, here the project's own.
//
//   coop_benchmark_tokenizer [options of Google Benchmark]
//
// $COOP_CLIP_VOCAB is CLIP's vocabulary.
#include <coop/io/text.hpp>
#include <coop/prompt/tokenizer.hpp>

#include "class_names.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#ifndef NDEBUG
#error "coop: benchmarks are built with NDEBUG"
#endif

namespace {

using namespace coop;

void tokenise(benchmark::State& state, const tokenizer& words, const std::vector<std::string>& texts) {
  std::size_t tokens = 0;
  std::size_t bytes = 0;
  for (const std::string& text : texts) {
    tokens += words.ids(text).size();
    bytes += text.size();
  }
  for (auto _ : state) {
    for (const std::string& text : texts) benchmark::DoNotOptimize(words.ids(text));
  }
  const auto passes = double(state.iterations());
  const auto rate = [&](std::size_t count) {
    return benchmark::Counter(double(count) * passes, benchmark::Counter::kIsRate);
  };
  state.counters["strings"] = rate(texts.size());
  state.counters["tokens"] = rate(tokens);
  state.counters["bytes"] = rate(bytes);
}

void open_vocabulary(benchmark::State& state, const std::string& path) {
  for (auto _ : state) benchmark::DoNotOptimize(load_tokenizer(path).size());
}

}  // namespace

int main(int argc, char** argv) try {
  const char* path = std::getenv("COOP_CLIP_VOCAB");
  check(path != nullptr, [] { return std::string("tokenizer: set COOP_CLIP_VOCAB to CLIP's vocabulary"); });
  const tokenizer words = load_tokenizer(path);
  std::vector<std::string> sentences;
  for (const std::string& name : benchmarks::class_names(words, 1000))
    sentences.push_back("a photo of a " + name + ".");
  std::vector<std::string> paragraphs;
  for (const char* file : {"README.md", "CONTRIBUTING.md"}) {
    for (const std::string& line : read_lines(std::string(COOP_SOURCE_DIR) + "/" + file)) {
      if (!line.empty()) paragraphs.push_back(line);
    }
  }
  benchmark::RegisterBenchmark("names", tokenise, words, sentences)->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("text", tokenise, words, paragraphs)->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("open", open_vocabulary, std::string(path))->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
