// SPDX-License-Identifier: MIT
//
// Pictures on request, for a program that compares (peers/pictures.py): it starts this one, asks by a line on standard
// input, does the same itself, asks again. So both are timed in the same minutes of the same machine.
//
//   coop_benchmark_answer_pictures FOLDER
//
// First the photographs are written to FOLDER, and a line of JSON says their files. Then for each line that is read:
// "decode FILE TIMES", "prepare FILE TIMES" (from the file to the normalised tensor) and "augment FILE TIMES" (the same
// through a random crop) answer the processor's seconds for one; "values FILE OUT" writes what prepare makes as
// float32, (224, 224, 3).
#include <coop/data/decoders.hpp>
#include <coop/data/transform.hpp>
#include <coop/io/atomic_file.hpp>
#include <coop/io/json.hpp>

#include "photo.hpp"

#include <time.h>

#include <cstdio>
#include <iostream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#ifndef NDEBUG
#error "coop: benchmarks are built with NDEBUG"
#endif

using namespace coop;

namespace {

/// Of this thread on a processor, without the time that other programs took.
double seconds_of_work() {
  ::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

template <class F>
double timed(int times, const F& f) {
  const double begin = seconds_of_work();
  for (int i = 0; i < times; ++i) f();
  return (seconds_of_work() - begin) / times;
}

}  // namespace

int main(int argc, char** argv) try {
  check(argc == 2, [] { return std::string("usage: answer_pictures FOLDER"); });
  json files = json::array();
  for (const auto& [width, height] : benchmarks::photo_sizes) {
    const std::string path =
        std::string(argv[1]) + "/" + std::to_string(width) + "x" + std::to_string(height) + ".jpg";
    write_file(path, benchmarks::jpeg_of(benchmarks::photo(height, width), benchmarks::photo_quality));
    files.push_back(path);
  }
  std::cout << json{{"files", files}}.dump() << std::endl;

  const picture_decoder decoder;
  std::vector<float> out(3 * 224 * 224);
  torch_random random(1);
  const auto prepare = [&](const std::string& path) {
    clip_normalization(test_transform{}(decoder(path)), out.data());
  };
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string request;
    std::string path;
    std::string rest;
    words >> request >> path >> rest;
    if (request == "values") {
      prepare(path);
      write_file(rest, std::as_bytes(std::span(out)));
      std::cout << "done" << std::endl;
      continue;
    }
    const int times = std::stoi(rest);
    const double seconds =
        request == "decode" ? timed(times, [&] { out[0] = float(decoder(path).pixels[0]); })
        : request == "prepare"
            ? timed(times, [&] { prepare(path); })
            : timed(times, [&] { clip_normalization(train_transform{}(decoder(path), random), out.data()); });
    std::cout << seconds << std::endl;
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
