// SPDX-License-Identifier: MIT
//
// What is left when learning is done: one unit text feature a class, and the scale. Zero-shot CLIP is the same type,
// made from hand-written prompts. It needs no text tower: pictures' features come in, logits go out,
//   logits = scale (f / |f|) T'
// and it is saved as one safetensors file, `text_features` (C, E) and the rest as metadata.
#ifndef COOP_MODEL_CLASSIFIER_HPP
#define COOP_MODEL_CLASSIFIER_HPP

#include <coop/data/feature_set.hpp>  // feature_origin
#include <coop/device/concepts.hpp>
#include <coop/io/archive.hpp>
#include <coop/nn/elementwise.hpp>  // exponential
#include <coop/nn/parameters.hpp>   // upload
#include <coop/nn/row.hpp>          // row_sum, row_each
#include <coop/tensor/tensor.hpp>
#include <coop/train/evaluate.hpp>  // Classifier

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace coop {

/// What a classifier carries beside its matrix.
struct classifier_facts {
  float scale = 100.0f;                       // exp(logit_scale)
  std::vector<std::string> class_names = {};  // one for each row of the matrix
  std::string preprocessing = {};             // how pictures are brought to the tower, as its own text
  std::string weights_sha256 = {};            // of the file the towers came from
  std::string method = {};                    // "zero-shot", "unified-end", ...

  friend bool operator==(const classifier_facts&, const classifier_facts&) = default;
};

/// One guess about one picture.
struct prediction {
  index_t label = 0;      ///< the class
  float probability = 0;  ///< in [0, 1]
};

/// A row of dot products with a feature becomes scaled cosines: times scale / |feature|. A zero feature gives
/// zeros.
template <class T>
struct scaled_cosine_row {
  view<const T, 2> features;
  view<T, 2> products;
  T scale;  ///< that cosines are multiplied by

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const T* f = features.row(row);
    T* z = products.row(row);
    const T length =
        std::sqrt(nn::row_sum<T>(team, features.columns(), [=](index_t i) { return f[i] * f[i]; }));
    const T factor = length == T(0) ? T(0) : scale / length;
    nn::row_each(team, products.columns(), [=](index_t c) { z[c] *= factor; });
  }
};

/// A row of logits becomes probabilities.
template <class T>
struct probability_row {
  view<T, 2> logits;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    T* z = logits.row(row);
    const index_t classes = logits.columns();
    T largest = nn::below_all<T>;
    for (index_t c = team.first(); c < classes; c += team.stride()) largest = z[c] > largest ? z[c] : largest;
    largest = team.max(largest);
    nn::row_each(team, classes, [=](index_t c) { z[c] = nn::exponential(z[c] - largest); });
    team.sync();
    const T inverse = T(1) / nn::row_sum<T>(team, classes, [=](index_t c) { return z[c]; });
    nn::row_each(team, classes, [=](index_t c) { z[c] *= inverse; });
  }
};

/// Unit text features and their scale on a device. Const after construction.
template <Device D>
class classifier {
 public:
  using scalar = typename D::scalar;

  /// `text` (C, E) holds a unit feature in each row, on the device.
  classifier(const D& device, view<const scalar, 2> text, classifier_facts facts)
      : device_(device), facts_(std::move(facts)), text_(device, text.extents) {
    check<shape_error>(facts_.class_names.size() == std::size_t(text.rows()), [&] {
      return "classifier: class names: expected " + std::to_string(text.rows()) +
             ", one for each text feature, got " + std::to_string(facts_.class_names.size());
    });
    check<shape_error>(text.rows() > 0 && text.columns() > 0, [&] {
      return "classifier: text features: expected some, got shape " + coop::to_text(text.extents);
    });
    device_.copy(text, text_.view());
    by_text_ = device_.freeze(coop::view<const scalar, 2>(text_.view()), op::transposed);
  }

  [[nodiscard]] const D& device() const { return device_; }
  /// C.
  [[nodiscard]] index_t classes() const { return text_.extent(0); }
  /// Width of the features it takes.
  [[nodiscard]] index_t width() const { return text_.extent(1); }
  [[nodiscard]] float scale() const { return facts_.scale; }
  [[nodiscard]] const std::vector<std::string>& class_names() const { return facts_.class_names; }
  [[nodiscard]] const classifier_facts& facts() const { return facts_; }
  /// The unit text features, (C, E).
  [[nodiscard]] view<const scalar, 2> text() const { return text_.view(); }

  /// Logits (B, C) of features (B, E) of any length.
  void logits(view<const scalar, 2> features, view<scalar, 2> out) const {
    check<shape_error>(features.columns() == width(), [&] {
      return "classifier: width of the features: expected " + std::to_string(width()) + ", got " +
             std::to_string(features.columns()) + " (features of another backbone?)";
    });
    COOP_ASSERT(out.rows() == features.rows() && out.columns() == classes());
    device_.multiply(features, by_text_, view<const scalar, 1>{}, false, out);
    device_.for_each_row(features.rows(), scaled_cosine_row<scalar>{features, out, scalar(facts_.scale)});
  }

  /// Probabilities (B, C) of features (B, E).
  void probabilities(view<const scalar, 2> features, view<scalar, 2> out) const {
    logits(features, out);
    device_.for_each_row(features.rows(), probability_row<scalar>{out});
  }

  /// The `most` likely classes of each row of features (B, E), best first; of equals the first class comes
  /// first.
  [[nodiscard]] std::vector<std::vector<prediction>> predict(view<const scalar, 2> features,
                                                             index_t most = 5) const {
    tensor<scalar, 2, D> out(device_, shape<2>{features.rows(), classes()});
    probabilities(features, out.view());
    const auto host = to_host(device_, coop::view<const scalar, 2>(out.view()));
    most = std::clamp(most, index_t(0), classes());
    std::vector<std::vector<prediction>> all;
    std::vector<index_t> order(std::size_t(classes()), 0);
    for (index_t row = 0; row < features.rows(); ++row) {
      const scalar* p = host.data() + std::ptrdiff_t(row) * classes();
      std::iota(order.begin(), order.end(), index_t(0));
      std::partial_sort(order.begin(), order.begin() + most, order.end(),
                        [p](index_t a, index_t b) { return p[a] != p[b] ? p[a] > p[b] : a < b; });
      auto& best = all.emplace_back();
      for (index_t i = 0; i < most; ++i)
        best.push_back({order[std::size_t(i)], float(p[order[std::size_t(i)]])});
    }
    return all;
  }

  /// Writes everything to one safetensors file, all or nothing.
  void save(const std::string& path) const;

 private:
  D device_;
  classifier_facts facts_;
  tensor<scalar, 2, D> text_;   // (C, E)
  typename D::frozen by_text_;  // its transpose
};

namespace detail {

/// The shortest decimal that reads back as the same number.
template <class T>
std::string exact_text(T x) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, x).ptr;
  return {text, end};
}

inline const std::string& fact(const safetensors& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  check<io_error>(found != file.metadata().end(), [&] {
    return file.path() + ": metadata '" + key + "' is missing: not a file of this kind";
  });
  return found->second;
}

/// A metadata entry as a number of type T, all of it.
template <class T>
T number_fact(const safetensors& file, const std::string& key) {
  const std::string& text = fact(file, key);
  T value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  check<io_error>(failure == std::errc{} && end == text.data() + text.size(), [&] {
    return file.path() + ": metadata '" + key + "': expected a number, got '" + text + "'";
  });
  return value;
}

inline void expect_format(const safetensors& file, const std::string& format) {
  const std::string& found = fact(file, "format");
  check<io_error>(found == format, [&] {
    return file.path() + ": metadata 'format': expected '" + format + "', got '" + found + "'";
  });
}

}  // namespace detail

template <Device D>
void classifier<D>::save(const std::string& path) const {
  const auto host = to_host(device_, coop::view<const scalar, 2>(text_.view()));
  const std::vector<float> values(host.begin(), host.end());
  write_safetensors(path, {to_array("text_features", {classes(), width()}, std::span<const float>(values))},
                    {{"format", "coop classifier 1"},
                     {"scale", detail::exact_text(facts_.scale)},
                     {"names", list_text(facts_.class_names, path)},
                     {"preprocessing", facts_.preprocessing},
                     {"weights_sha256", facts_.weights_sha256},
                     {"method", facts_.method}});
}

/// What a classifier's file holds, on no device yet.
struct classifier_record {
  classifier_facts facts = {};            ///< what stands beside the features
  std::vector<float> text_features = {};  // (C, E)
  index_t width = 0;                      ///< E

  /// C.
  [[nodiscard]] index_t classes() const { return index_t(facts.class_names.size()); }
};

/// Reads what save() wrote. Everything is checked: format, shapes, names, and that the numbers are numbers.
[[nodiscard]] inline classifier_record read_classifier(const std::string& path) {
  const safetensors file(path);
  detail::expect_format(file, "coop classifier 1");
  const auto& entry = file.entry("text_features");
  check<shape_error>(entry.extents.size() == 2 && entry.extents[0] > 0 && entry.extents[1] > 0 &&
                         entry.extents[0] <= std::numeric_limits<index_t>::max() &&
                         entry.extents[1] <= std::numeric_limits<index_t>::max(),
                     [&] {
                       return path + ": tensor 'text_features': shape: expected (classes, width), got " +
                              to_text(entry.extents);
                     });
  classifier_facts facts{.scale = detail::number_fact<float>(file, "scale"),
                         .class_names = parse_list(detail::fact(file, "names"), path + ": metadata 'names'"),
                         .preprocessing = detail::fact(file, "preprocessing"),
                         .weights_sha256 = detail::fact(file, "weights_sha256"),
                         .method = detail::fact(file, "method")};
  check<io_error>(std::isfinite(facts.scale) && facts.scale > 0, [&] {
    return path + ": metadata 'scale': expected a positive number, got " + detail::exact_text(facts.scale);
  });
  check<shape_error>(std::int64_t(facts.class_names.size()) == entry.extents[0], [&] {
    return path + ": metadata 'names': expected " + std::to_string(entry.extents[0]) +
           " names, one for each text feature, got " + std::to_string(facts.class_names.size());
  });
  std::vector<float> values = file.read("text_features");
  check<io_error>(std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); }),
                  [&] { return path + ": tensor 'text_features': some values are infinite or not numbers"; });
  return {std::move(facts), std::move(values), index_t(entry.extents[1])};
}

/// The same, on a device.
template <Device D>
[[nodiscard]] classifier<D> load_classifier(const D& device, const std::string& path) {
  classifier_record record = read_classifier(path);
  const auto text = nn::upload(device, record.text_features, shape<2>{record.classes(), record.width});
  return classifier<D>(device, text.view(), std::move(record.facts));
}

/// The same; a classifier of other weights, or of pictures prepared otherwise, than `expected` is a choice_error.
template <Device D>
[[nodiscard]] classifier<D> load_classifier(const D& device, const std::string& path,
                                            const feature_origin& expected) {
  classifier<D> loaded = load_classifier(device, path);
  expect_origin({loaded.facts().weights_sha256, loaded.facts().preprocessing}, expected, path,
                "what was asked for");
  return loaded;
}

}  // namespace coop

#endif
