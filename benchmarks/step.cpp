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
#include <coop/io/atomic_file.hpp>
#include <coop/io/json.hpp>

#include "options.hpp"
#include "step.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

using namespace coop;
using benchmarks::options;

namespace {

using shape_of_text = backbone::vit_b16::text;
using tower_type = text_tower<shape_of_text, device::cpu>;

/// One measurement, in a process of its own.
template <Context C, Placement P>
json measure(const options& o, const std::string& vocabulary, index_t classes, index_t length) {
  const device::cpu device({.threads = o.number("threads"),
                            .instructions = instruction_set_named(o["instructions"]),
                            .products = precision_named(o["precision"])});
  const auto words = load_tokenizer(vocabulary);
  const tower_type tower(device, tests::formula_archive(tests::text_tensors<shape_of_text>()));
  return benchmarks::measured_step<C, P>(
      tower, words, classes, length,
      {.how = {.seconds = o.real("seconds")}, .memory_limit = o.bytes("limit")});
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
  check<choice_error>(argc > 1, [] { return std::string("usage: step VOCABULARY [--key VALUE] ..."); });
  const options o("usage: step VOCABULARY",
                  {{"classes", "10,37,100,196,397,1000,5000"},
                   {"context", ""},
                   {"placement", ""},
                   {"length", "16,4"},
                   {"threads", "0"},
                   {"seconds", "10"},
                   {"precision", "float32"},
                   {"instructions", "auto"},
                   {"limit", "4294967296"},
                   {"json", ""}},
                  {argv + 2, argv + argc});
  json results = json::array();
  benchmarks::print_step_heading();
  for (const index_t length : o.numbers("length")) {
    for (const index_t classes : o.numbers("classes")) {
      for_each_type(context::all{}, [&](auto c) {
        for_each_type(placement::all{}, [&](auto p) {
          using C = typename decltype(c)::type;
          using P = typename decltype(p)::type;
          if (o.has("context") && o["context"] != C::name) return;
          if (o.has("placement") && o["placement"] != P::name) return;
          json r = elsewhere([&] { return measure<C, P>(o, argv[1], classes, length); });
          r.update({{"context", C::name}, {"placement", P::name}, {"length", length}, {"classes", classes}});
          results.push_back(r);
          benchmarks::print_step(r);
        });
      });
    }
  }
  if (o.has("json")) write_file(o["json"], json_text(results, o["json"], 1) + "\n");
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
