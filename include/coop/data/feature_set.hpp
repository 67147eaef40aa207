// SPDX-License-Identifier: MIT
//
// Features of pictures that were encoded before: what training needs when pictures are not augmented, and a
// data set in its own right. On disk a safetensors file with `features` (N, E), `labels` (N) and the class
// names as a JSON list in the metadata entry `names`. Features are as the tower gives them, before
// normalisation. Where each picture was encoded several times, cut and mirrored differently, its views are rows
// of their own that stand together, and the entry `views` says how many; who does not care sees more rows. The
// entries `weights_sha256` and `preprocessing` say what the features were made by.
#ifndef COOP_DATA_FEATURE_SET_HPP
#define COOP_DATA_FEATURE_SET_HPP

#include <coop/config.hpp>
#include <coop/error.hpp>
#include <coop/io/archive.hpp>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace coop {

/// What features were made by. What nobody has said is empty, as in files of other programs, and is not compared.
struct feature_origin {
  std::string weights_sha256 = {};  // of the file that the image tower came from
  std::string preprocessing = {};   // how pictures were brought to it: preprocessing::to_text()

  friend bool operator==(const feature_origin&, const feature_origin&) = default;
};

/// A choice_error when two origins contradict each other. `title` is whose origin `got` is, `by` whose is expected.
inline void expect_origin(const feature_origin& got, const feature_origin& expected, const std::string& title,
                          const std::string& by) {
  const auto compare = [&](const char* what, const std::string& mine, const std::string& theirs) {
    check<choice_error>(mine.empty() || theirs.empty() || mine == theirs, [&] {
      return title + ": " + what + ": expected '" + theirs + "' as of " + by + ", got '" + mine + "'";
    });
  };
  compare("SHA-256 of the weights", got.weights_sha256, expected.weights_sha256);
  compare("preprocessing", got.preprocessing, expected.preprocessing);
}

/// N features of width E with their labels.
struct feature_set {
  std::vector<float> values;             // (N, E)
  index_t width = 0;                     ///< E
  std::vector<index_t> labels;           // (N)
  std::vector<std::string> class_names;  ///< by label; may be empty
  index_t views = 1;                     // successive rows that show one picture
  feature_origin origin = {};            // what they were made by

  /// Rows.
  [[nodiscard]] index_t size() const { return static_cast<index_t>(labels.size()); }
  [[nodiscard]] index_t pictures() const { return size() / views; }
  /// The features of one row, (E).
  [[nodiscard]] std::span<const float> row(index_t i) const {
    return {values.data() + std::size_t(i) * std::size_t(width), std::size_t(width)};
  }
};

namespace detail {

/// Refuses views that do not divide the rows, or whose labels differ.
inline void check_views(const feature_set& set, const std::string& where) {
  check<shape_error>(set.views >= 1 && set.size() % set.views == 0, [&] {
    return where + ": views: expected a divisor of the " + std::to_string(set.size()) + " rows, got " +
           std::to_string(set.views);
  });
  for (index_t i = 0; i < set.size(); ++i) {
    const index_t label = set.labels[std::size_t(i)];
    const index_t of_picture = set.labels[std::size_t(i - i % set.views)];
    check<shape_error>(label == of_picture, [&] {
      return where + ": views: row " + std::to_string(i) + ": expected label " + std::to_string(of_picture) +
             " as the first view of the picture has, got " + std::to_string(label);
    });
  }
}

}  // namespace detail

/// Reads a feature file; shapes that do not fit, labels without a name and features that are not finite are
/// errors.
inline feature_set load_feature_set(const std::string& path) {
  const safetensors file(path);
  const archive_entry& features = file.entry("features");
  const archive_entry& labels = file.entry("labels");
  constexpr std::int64_t greatest = std::numeric_limits<index_t>::max();
  check<shape_error>(features.extents.size() == 2 && features.extents[0] <= greatest &&
                         features.extents[1] > 0 && features.extents[1] <= greatest,
                     [&] {
                       return path + ": tensor 'features': shape: expected (pictures, width), got " +
                              to_text(features.extents);
                     });
  check<shape_error>(labels.extents.size() == 1 && labels.extents[0] == features.extents[0], [&] {
    return path + ": tensor 'labels': shape: expected (" + std::to_string(features.extents[0]) + "), got " +
           to_text(labels.extents);
  });
  const auto names = file.metadata().find("names");
  check<io_error>(names != file.metadata().end(), [&] {
    return path + ": metadata: expected 'names', a JSON list of class names, got none";
  });

  feature_set set;
  set.width = static_cast<index_t>(features.extents[1]);
  const json list = parse_json(names->second, path + ": metadata 'names'");
  check<io_error>(list.is_array(),
                  [&] { return path + ": metadata 'names': expected a JSON list of strings"; });
  for (const json& name : list) {
    check<io_error>(name.is_string(),
                    [&] { return path + ": metadata 'names': expected a JSON list of strings"; });
    set.class_names.push_back(name.get<std::string>());
  }

  for (const std::int64_t label : file.read_integers("labels")) {
    check<io_error>(label >= 0 && label < std::int64_t(set.class_names.size()), [&] {
      return path + ": tensor 'labels': row " + std::to_string(set.labels.size()) +
             ": expected a label from 0 to " + std::to_string(std::int64_t(set.class_names.size()) - 1) +
             ", got " + std::to_string(label);
    });
    set.labels.push_back(static_cast<index_t>(label));
  }
  if (const auto views = file.metadata().find("views"); views != file.metadata().end()) {
    const std::string& text = views->second;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), set.views);
    check<io_error>(failure == std::errc{} && end == text.data() + text.size(),
                    [&] { return path + ": metadata 'views': expected a whole number, got '" + text + "'"; });
    detail::check_views(set, path);
  }
  set.values = file.read("features");  // when all else is as expected
  for (std::size_t i = 0; i < set.values.size(); ++i) {
    check<io_error>(std::isfinite(set.values[i]), [&] {
      return path + ": tensor 'features': row " + std::to_string(i / std::size_t(set.width)) +
             ": a value that is not finite";
    });
  }
  const auto said = [&](const char* key) {
    const auto found = file.metadata().find(key);
    return found == file.metadata().end() ? std::string() : found->second;
  };
  set.origin = {.weights_sha256 = said("weights_sha256"), .preprocessing = said("preprocessing")};
  return set;
}

/// The same; features of other weights or of pictures prepared otherwise, where the file says so, are a choice_error.
inline feature_set load_feature_set(const std::string& path, const feature_origin& expected) {
  feature_set set = load_feature_set(path);
  expect_origin(set.origin, expected, path, "what was asked for");
  return set;
}

/// Writes a feature file, all or nothing.
inline void save_feature_set(const feature_set& set, const std::string& path) {
  detail::check_views(set, path);
  const std::vector<std::int64_t> labels(set.labels.begin(), set.labels.end());
  std::map<std::string, std::string> metadata{{"names", json_text(json(set.class_names), path)}};
  if (set.views > 1) metadata.emplace("views", std::to_string(set.views));
  if (!set.origin.weights_sha256.empty()) metadata.emplace("weights_sha256", set.origin.weights_sha256);
  if (!set.origin.preprocessing.empty()) metadata.emplace("preprocessing", set.origin.preprocessing);
  write_safetensors(path,
                    {to_array("features", {set.size(), set.width}, std::span<const float>(set.values)),
                     to_array("labels", {set.size()}, std::span<const std::int64_t>(labels))},
                    metadata);
}

}  // namespace coop

#endif
