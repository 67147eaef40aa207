// SPDX-License-Identifier: MIT
//
// Texts to ids on request, for a program that compares (peers/tokenizer.py): it starts this one, asks by a line on
// standard input, does the same itself, asks again.
//
//   coop_benchmark_answer_tokenizer VOCABULARY
//
// First comes a line of JSON: a thousand class names. Then for each line that is read: "open FILE" takes the lines of a
// file as texts; "time TIMES THREADS" answers the seconds in which all of them became ids; "ids FILE" writes their ids,
// a line each.
#include <coop/io/atomic_file.hpp>
#include <coop/io/json.hpp>
#include <coop/io/text.hpp>
#include <coop/prompt/tokenizer.hpp>

#include "class_names.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#ifndef NDEBUG
#error "coop: benchmarks are built with NDEBUG"
#endif

using namespace coop;

namespace {

/// Ids of every text, on as many threads.
std::vector<std::vector<std::int32_t>> ids_of(const tokenizer& words, const std::vector<std::string>& texts,
                                              int threads) {
  std::vector<std::vector<std::int32_t>> ids(texts.size());
  if (threads == 1) {
    for (std::size_t i = 0; i < texts.size(); ++i) ids[i] = words.ids(texts[i]);
    return ids;
  }
  constexpr std::size_t block = 32;
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t begin = 0; (begin = next.fetch_add(block)) < texts.size();) {
      for (std::size_t i = begin; i < std::min(texts.size(), begin + block); ++i)
        ids[i] = words.ids(texts[i]);
    }
  };
  std::vector<std::thread> team;
  for (int t = 1; t < threads; ++t) team.emplace_back(work);
  work();
  for (auto& thread : team) thread.join();
  return ids;
}

}  // namespace

int main(int argc, char** argv) try {
  check(argc == 2, [] { return std::string("usage: answer_tokenizer VOCABULARY"); });
  const tokenizer words = load_tokenizer(argv[1]);
  std::cout << json{{"names", benchmarks::class_names(words, 1000)}}.dump() << std::endl;

  std::vector<std::string> texts;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream parts(line);
    std::string request;
    std::string what;
    int threads = 1;
    parts >> request >> what >> threads;
    if (request == "open") {
      texts = read_lines(what);
      std::cout << texts.size() << std::endl;
    } else if (request == "ids") {
      std::string lines;
      for (const auto& ids : ids_of(words, texts, 1)) {
        for (const std::int32_t id : ids) lines += std::to_string(id) + " ";
        lines += "\n";
      }
      write_file(what, std::as_bytes(std::span(lines.data(), lines.size())));
      std::cout << "done" << std::endl;
    } else {
      const int times = std::stoi(what);
      const auto begin = std::chrono::steady_clock::now();
      std::size_t sum = 0;
      for (int i = 0; i < times; ++i) sum += ids_of(words, texts, threads).size();
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
      check(sum == texts.size() * std::size_t(times), [] { return std::string("texts were lost"); });
      std::cout << passed.count() / times << std::endl;
    }
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
