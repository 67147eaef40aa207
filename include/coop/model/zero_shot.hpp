// SPDX-License-Identifier: MIT
//
// Zero-shot CLIP: names put into hand-written templates become a classifier. With several templates the unit
// features of a class are averaged and brought back to unit length, as the published ensembles are made.
#ifndef COOP_MODEL_ZERO_SHOT_HPP
#define COOP_MODEL_ZERO_SHOT_HPP

#include <coop/model/classifier.hpp>
#include <coop/nn/normalize.hpp>      // normalize_row
#include <coop/prompt/templates.hpp>  // fill

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace coop {

/// Something that makes a feature of every sequence of tokens, start and end marks included; any length, no
/// padding.
template <class E>
concept TextEncoder = requires(const E& encoder, std::span<const std::vector<std::int32_t>> texts) {
  typename std::remove_cvref_t<decltype(encoder.device())>::scalar;
  { encoder.embed() } -> std::convertible_to<index_t>;
  { encoder.context_length() } -> std::convertible_to<index_t>;
  {encoder.encode(texts).view()};  // (n, E), of any length
};

/// sum += x / |x|, row by row.
template <class T>
struct add_unit_row {
  view<const T, 2> x;
  view<T, 2> sum;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const T* in = x.row(row);
    T* out = sum.row(row);
    const T inverse =
        T(1) / std::sqrt(nn::row_sum<T>(team, x.columns(), [=](index_t i) { return in[i] * in[i]; }));
    nn::row_each(team, x.columns(), [=](index_t i) { out[i] += in[i] * inverse; });
  }
};

/// The classifier of `facts.class_names` by templates with a `{}` for the name. `method` is set to
/// "zero-shot" when empty.
template <TextEncoder E, class Tokenizer>
[[nodiscard]] auto zero_shot(const E& encoder, const Tokenizer& tokenizer,
                             const std::vector<std::string>& templates, classifier_facts facts) {
  const auto device = encoder.device();
  using D = std::remove_cvref_t<decltype(device)>;
  using T = typename D::scalar;
  check<choice_error>(!templates.empty(),
                      [] { return std::string("zero-shot: no template: expected at least one"); });
  check<choice_error>(!facts.class_names.empty(), [] { return std::string("zero-shot: no class names"); });
  const auto classes = index_t(facts.class_names.size());

  tensor<T, 2, D> sum(device, shape<2>{classes, index_t(encoder.embed())});
  device.fill(sum.view(), T(0));
  for (const std::string& wording : templates) {
    std::vector<std::vector<std::int32_t>> texts;
    for (const std::string& name : facts.class_names) {
      texts.push_back(tokenizer.encode(fill(wording, name), encoder.context_length()).ids);
    }
    const auto features = encoder.encode(std::span<const std::vector<std::int32_t>>(texts));  // (C, E)
    device.for_each_row(classes, add_unit_row<T>{features.view(), sum.view()});
    device.synchronize();  // the features go out of scope
  }
  // Dividing by the number of templates first would change nothing: only the direction is kept.
  tensor<T, 2, D> unit(device, sum.extents());
  device.for_each_row(classes, nn::normalize_row<T>{sum.view(), unit.view(), {}});
  if (facts.method.empty()) facts.method = "zero-shot";
  return classifier<D>(device, unit.view(), std::move(facts));
}

}  // namespace coop

#endif
