// SPDX-License-Identifier: MIT
//
// A classifier in the forms other programs read: NumPy's .npy, the unit text features alone, and ONNX, features
// in and logits out.
#ifndef COOP_MODEL_EXCHANGE_HPP
#define COOP_MODEL_EXCHANGE_HPP

#include <coop/io/npy.hpp>
#include <coop/io/onnx.hpp>
#include <coop/model/classifier.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace coop {

namespace detail {

template <Device D>
std::vector<float> host_text(const classifier<D>& from) {
  const auto host = to_host(from.device(), from.text());
  return std::vector<float>(host.begin(), host.end());
}

}  // namespace detail

/// The unit text features, float32 (C, E), rows in the order of the classes, as a .npy file.
template <Device D>
void save_npy(const classifier<D>& from, const std::string& path) {
  write_npy(path, {from.classes(), from.width()}, std::span<const float>(detail::host_text(from)));
}

/// The classifier as an ONNX file of one Gemm node. It takes unit features, since a Gemm cannot divide them by
/// their length, and its weights are text features times scale, so that logits are those of
/// classifier::logits. Class names (a JSON list) and the other facts are in the model's metadata.
template <Device D>
void save_onnx(const classifier<D>& from, const std::string& path) {
  std::vector<float> weights = detail::host_text(from);
  for (float& w : weights) w *= from.scale();
  const classifier_facts& facts = from.facts();
  const std::string scale = detail::exact_text(facts.scale);
  write_onnx(path, {.weights = {weights.data(), shape<2>{from.classes(), from.width()}},
                    .features_are = "image features divided by their length; the weights are " + scale +
                                    " times unit text features",
                    .metadata = {{"class_names", list_text(facts.class_names, path)},
                                 {"scale", scale},
                                 {"preprocessing", facts.preprocessing},
                                 {"weights_sha256", facts.weights_sha256},
                                 {"method", facts.method}}});
}

}  // namespace coop

#endif
