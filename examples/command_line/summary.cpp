// SPDX-License-Identifier: MIT
//
// Putting runs in order.
#include "summary.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string_view>

namespace app {

namespace {

const coop::seed_values nothing;

/// The place of a word in the order of the tables.
template <std::size_t N>
std::size_t rank(const std::array<std::string_view, N>& order, std::string_view word) {
  return std::size_t(std::find(order.begin(), order.end(), word) - order.begin());
}

/// Paper's order: what is not learnt, unified and class-specific contexts, what needs no text.
auto order_of(const variant& v) {
  static constexpr std::array<std::string_view, 6> shown{"zero-shot", "ensemble-7",   "ensemble-80",
                                                         "coop",      "linear-probe", "nearest-mean"};
  static constexpr std::array<std::string_view, 2> contexts{"unified", "class-specific"};
  static constexpr std::array<std::string_view, 3> placements{"end", "middle", "front"};
  return std::tuple(rank(shown, v.method), rank(contexts, v.context), rank(placements, v.placement), v.length,
                    v.init);
}

}  // namespace

bool variant::is_few_shot() const {
  return learns_context() || method == "linear-probe" || method == "nearest-mean";
}

std::string variant::name() const {
  if (learns_context()) return "CoOp " + context + " " + placement;
  if (method == "zero-shot") return "zero-shot, one prompt";
  if (method == "ensemble-7") return "ensemble of 7 prompts and the own";
  if (method == "ensemble-80") return "ensemble of 80 prompts";
  if (method == "linear-probe") return "linear probe";
  return "nearest mean";
}

std::string variant::full_name() const {
  if (!learns_context()) return name();
  return name() + ", " + beginning{length, init}.name();
}

std::string beginning::name() const {
  return "M = " + std::to_string(length) + (init.empty() ? "" : ", from \"" + init + "\"");
}

coop::seed_values average(const std::vector<coop::seed_values>& of_data) {
  coop::seed_values means;
  if (of_data.empty()) return means;
  for (const auto& [seed, first] : of_data.front()) {
    double sum = 0;
    bool everywhere = true;
    for (const coop::seed_values& values : of_data) {
      const auto found = values.find(seed);
      everywhere = everywhere && found != values.end();
      if (everywhere) sum += found->second;
    }
    if (everywhere) means.emplace(seed, sum / double(of_data.size()));
  }
  return means;
}

summary::summary(const sweep_results& sweep) : accuracies_(accuracies_of(sweep)) {
  std::set<std::string> data;
  std::set<index_t> shots;
  std::set<variant> variants;
  std::map<beginning, int> beginnings;
  for (const auto& [what, seeds] : accuracies_) {
    const variant v{what.method, what.context, what.placement, what.length, what.init};
    data.insert(what.data);
    variants.insert(v);
    if (v.is_few_shot()) shots.insert(what.shots);
    if (v.is_few_shot()) seeds_ = std::max(seeds_, seeds.size());
    if (v.learns_context()) ++beginnings[{v.length, v.init}];
  }
  for (const std::string& name : sweep.data)
    if (data.count(name) != 0) data_.push_back(name);
  shots_.assign(shots.begin(), shots.end());
  variants_.assign(variants.begin(), variants.end());
  std::sort(variants_.begin(), variants_.end(),
            [](const variant& a, const variant& b) { return order_of(a) < order_of(b); });

  const beginning of_paper{16, ""};
  if (beginnings.empty()) beginnings.emplace(of_paper, 0);
  for (const auto& [begun, count] : beginnings) beginnings_.push_back(begun);
  const auto is_before = [&](const beginning& a, const beginning& b) {
    if ((a == of_paper) != (b == of_paper)) return a == of_paper;
    return beginnings.at(a) > beginnings.at(b);
  };
  std::stable_sort(beginnings_.begin(), beginnings_.end(), is_before);

  for (const run_result& run : sweep.runs) {
    for (const other_result& other : run.others) {
      others_[{run.what, other.kind, other.name}].emplace(run.seed, other.accuracy());
      auto& names = other_names_[{run.data.name, other.kind}];
      if (std::find(names.begin(), names.end(), other.name) == names.end()) names.push_back(other.name);
    }
  }
}

bool summary::has(const variant& which) const {
  return std::find(variants_.begin(), variants_.end(), which) != variants_.end();
}

std::vector<variant> summary::coop_of(const beginning& begun) const {
  std::vector<variant> found;
  for (const variant& v : variants_)
    if (v.learns_context() && beginning{v.length, v.init} == begun) found.push_back(v);
  return found;
}

variant summary::paper() const {
  const auto found = main_coop();
  return found.empty() ? variant{"coop", "unified", "end", main_beginning().length, main_beginning().init}
                       : found.front();
}

const coop::seed_values& summary::of(const std::string& data, const variant& which, index_t shots) const {
  const auto found = accuracies_.find(which.on(data, shots));
  return found == accuracies_.end() ? nothing : found->second;
}

std::vector<coop::seed_values> summary::of(const std::vector<std::string>& data, const variant& which,
                                           index_t shots) const {
  std::vector<coop::seed_values> all;
  all.reserve(data.size());
  for (const std::string& each : data) all.push_back(of(each, which, shots));
  return all;
}

coop::seed_values summary::gain(const std::string& data, const variant& which, index_t shots) const {
  const coop::seed_values& base = of(data, {"zero-shot"}, 0);
  coop::seed_values gains;
  if (base.empty()) return gains;
  for (const auto& [seed, value] : of(data, which, shots)) gains.emplace(seed, value - base.begin()->second);
  return gains;
}

const std::vector<std::string>& summary::other_names(const std::string& data, const std::string& kind) const {
  static const std::vector<std::string> none;
  const auto found = other_names_.find({data, kind});
  return found == other_names_.end() ? none : found->second;
}

const coop::seed_values& summary::other(const std::string& data, const variant& which, index_t shots,
                                        const std::string& kind, const std::string& name) const {
  const auto found = others_.find({which.on(data, shots), kind, name});
  return found == others_.end() ? nothing : found->second;
}

}  // namespace app
