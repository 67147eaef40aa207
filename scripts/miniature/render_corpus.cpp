// SPDX-License-Identifier: MIT
//
// Writes drawn pictures for the Python side of pre-training, so that there is one renderer.
//   render_corpus pairs FIRST COUNT DIR      DIR/pictures.u8 (COUNT, 64, 64, 3) and DIR/captions.txt, three
//                                            tab-separated captions a line
//   render_corpus captions FIRST COUNT DIR   DIR/captions.txt alone
//   render_corpus informed FIRST COUNT DIR   the same, as well-informed people would write them
//   render_corpus task NAME SPLIT COUNT DIR  COUNT pictures a class, class by class, to DIR/NAME-SPLIT.u8
//   render_corpus shift NAME COUNT DIR       the same for a shifted variant of the objects
//   render_corpus tasks                      the tasks as JSON
#include <coop/data/drawn.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

using coop::image;
using coop::index_t;

constexpr index_t chunk = 4096;  // pictures in memory at a time

/// Calls work(i) for every i below count, on all cores.
void in_parallel(index_t count, const std::function<void(index_t)>& work) {
  std::atomic<index_t> next = 0;
  std::vector<std::thread> threads;
  for (unsigned t = std::max(1U, std::thread::hardware_concurrency()); t > 0; --t) {
    threads.emplace_back([&] {
      for (index_t i = next++; i < count; i = next++) work(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

std::ofstream open_output(const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  coop::check<coop::io_error>(file.good(), [&] { return path + ": cannot be written"; });
  return file;
}

void write_picture(std::ofstream& file, const image& picture) {
  file.write(reinterpret_cast<const char*>(picture.pixels.data()), std::streamsize(picture.pixels.size()));
}

/// Draws `count` pictures by number and writes them in order.
void write_pictures(const std::string& path, index_t count, const std::function<image(index_t)>& draw) {
  std::ofstream file = open_output(path);
  std::vector<image> pictures;
  for (index_t first = 0; first < count; first += chunk) {
    pictures.resize(std::size_t(std::min(chunk, count - first)));
    in_parallel(index_t(pictures.size()), [&](index_t i) { pictures[std::size_t(i)] = draw(first + i); });
    for (const image& picture : pictures) write_picture(file, picture);
  }
}

void write_pairs(std::uint64_t first, index_t count, const std::string& directory) {
  std::ofstream pictures = open_output(directory + "/pictures.u8");
  std::ofstream captions = open_output(directory + "/captions.txt");
  std::vector<coop::drawn_pair> pairs;
  for (index_t done = 0; done < count; done += chunk) {
    pairs.resize(std::size_t(std::min(chunk, count - done)));
    in_parallel(index_t(pairs.size()), [&](index_t i) {
      pairs[std::size_t(i)] = coop::draw_pretraining(first + std::uint64_t(done + i));
    });
    for (const coop::drawn_pair& pair : pairs) {
      write_picture(pictures, pair.picture);
      captions << pair.captions[0] << '\t' << pair.captions[1] << '\t' << pair.captions[2] << '\n';
    }
  }
}

/// The captions alone, for trying another mix of words on the same pictures.
void write_captions(std::uint64_t first, index_t count, const std::string& directory,
                    const coop::drawing::familiarity& known) {
  std::ofstream captions = open_output(directory + "/captions.txt");
  for (index_t i = 0; i < count; ++i) {
    const auto texts = coop::caption_pretraining(first + std::uint64_t(i), known);
    captions << texts[0] << '\t' << texts[1] << '\t' << texts[2] << '\n';
  }
}

coop::drawn_split split_named(const std::string& word) {
  const char* const words[] = {"train", "val", "test", "development"};
  for (int i = 0; i < 4; ++i) {
    if (word == words[i]) return coop::drawn_split(i);
  }
  throw coop::choice_error("split '" + word + "' is unknown: expected one of train, val, test, development");
}

void print_tasks() {
  std::printf("[");
  const char* comma = "";
  for (const coop::drawn_task& task : coop::drawn_tasks()) {
    std::printf("%s{\"name\": \"%s\", \"mirrors\": \"%s\", \"prompt\": \"%s\", \"classes\": [", comma,
                task.name.c_str(), task.mirrors.c_str(), task.prompt.c_str());
    comma = "";
    for (const std::string& name : task.class_names) {
      std::printf("%s\"%s\"", comma, name.c_str());
      comma = ", ";
    }
    std::printf("]}");
    comma = ",\n ";
  }
  std::printf("]\n");
}

int run(const std::vector<std::string>& words) {
  const std::string verb = words.empty() ? "" : words[0];
  if (verb == "pairs" && words.size() == 4) {
    write_pairs(std::stoull(words[1]), std::stoi(words[2]), words[3]);
  } else if (verb == "captions" && words.size() == 4) {
    write_captions(std::stoull(words[1]), std::stoi(words[2]), words[3], {});
  } else if (verb == "informed" && words.size() == 4) {
    write_captions(std::stoull(words[1]), std::stoi(words[2]), words[3], coop::drawing::well_informed());
  } else if (verb == "task" && words.size() == 5) {
    const coop::drawn_task task = coop::drawn_task_named(words[1]);
    const coop::drawn_split split = split_named(words[2]);
    const index_t each = std::stoi(words[3]);
    write_pictures(words[4] + "/" + words[1] + "-" + words[2] + ".u8",
                   each * index_t(task.class_names.size()),
                   [&](index_t i) { return coop::draw(task, split, i / each, i % each); });
  } else if (verb == "shift" && words.size() == 4) {
    const index_t each = std::stoi(words[2]);
    const auto classes = index_t(coop::drawn_task_named("objects").class_names.size());
    write_pictures(words[3] + "/shift-" + words[1] + ".u8", each * classes,
                   [&](index_t i) { return coop::draw_shift(words[1], i / each, i % each); });
  } else if (verb == "tasks") {
    print_tasks();
  } else {
    std::fprintf(stderr,
                 "usage: render_corpus pairs|captions|informed FIRST COUNT DIR | task NAME SPLIT COUNT DIR | "
                 "shift NAME "
                 "COUNT DIR | tasks\n");
    return 2;
  }
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run({words + 1, words + count});
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "render_corpus: %s\n", wrong.what());
    return 1;
  }
}
