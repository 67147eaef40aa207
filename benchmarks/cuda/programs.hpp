// SPDX-License-Identifier: MIT
//
// What the program coop_benchmark_cuda can do, by the device that it does it on: a GPU, for which it is made; the processor
// and the far device of the tests, on which the same code runs where there is no GPU. Each function reads its options,
// prints a table and returns what it printed.
#ifndef COOP_BENCHMARKS_CUDA_PROGRAMS_HPP
#define COOP_BENCHMARKS_CUDA_PROGRAMS_HPP

#include <coop/io/atomic_file.hpp>
#include <coop/io/json.hpp>

#include "../options.hpp"

#include <span>
#include <string>

namespace coop::benchmarks {

/// Rows as far as they have come go to the file of --json: a run that is cut off keeps them.
inline void keep(const options& o, const json& rows) {
  if (!o.has("json")) return;
  const std::string text = json{{"rows", rows}}.dump(1) + "\n";
  write_file(o["json"], std::as_bytes(std::span(text)));
}

struct on_processor;
struct on_far;
struct on_gpu;

/// Why there is no GPU to measure on; empty where there is one.
struct no_gpu {
  bool built = true;  // with CUDA
  std::string why;
};
no_gpu why_no_gpu();

/// The device's name, clocks and memory.
template <class Where>
json facts(const options& o);
/// Bytes a second, the cost of asking, lone products in every precision.
template <class Where>
json ceilings(const options& o);
/// Training steps: what step.hpp measures.
template <class Where>
json steps(const options& o);
/// Training steps on request.
template <class Where>
void answer_steps(const options& o);
/// Pictures a second: what towers.hpp measures.
template <class Where>
json encodings(const options& o);
/// Image features on request.
template <class Where>
void answer_encodings(const options& o);
/// Whole training runs.
template <class Where>
json trainings(const options& o);
/// From files to a classifier.
template <class Where>
json files(const options& o);

}  // namespace coop::benchmarks

#endif
