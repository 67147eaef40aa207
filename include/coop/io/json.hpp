// SPDX-License-Identifier: MIT
//
// The one place that includes nlohmann/json. Text becomes a value here under the rules that files of others
// need: no duplicate names, bounded nesting, valid UTF-8, and errors that name the file.
#ifndef COOP_IO_JSON_HPP
#define COOP_IO_JSON_HPP

#include <coop/error.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace coop {

/// A JSON value, as parse_json makes one.
using json = nlohmann::json;

/// The value written in `text`. `source` is what errors call it. Depth counts opened brackets.
inline json parse_json(std::string_view text, const std::string& source, int greatest_depth = 64) {
  std::vector<std::set<std::string>> names;  // of the objects that are open
  const auto watch = [&](int depth, json::parse_event_t event, json& value) {
    switch (event) {
      case json::parse_event_t::object_start:
        names.emplace_back();
        [[fallthrough]];
      case json::parse_event_t::array_start:
        check<io_error>(depth < greatest_depth, [&] {
          return source + ": JSON nested too deeply: expected at most " + std::to_string(greatest_depth) +
                 " levels";
        });
        break;
      case json::parse_event_t::object_end:
        names.pop_back();
        break;
      case json::parse_event_t::key:
        check<io_error>(names.back().insert(value.get<std::string>()).second, [&] {
          return source + ": JSON name twice in one object: '" + value.get<std::string>() + "'";
        });
        break;
      default:
        break;
    }
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), watch);
  } catch (const json::exception& problem) {
    throw io_error(source + ": not valid JSON: " + problem.what());
  }
}

/// A value as one line of text; strings that are not UTF-8 are an io_error.
inline std::string json_text(const json& value, const std::string& source, int indent = -1) {
  try {
    return value.dump(indent);
  } catch (const json::exception& problem) {
    throw io_error(source + ": cannot be written as JSON: " + problem.what());
  }
}

/// A list of strings as a JSON array, as files keep class names.
inline std::string list_text(const std::vector<std::string>& list, const std::string& source) {
  return json_text(json(list), source);
}

/// The list of strings that `text` writes as a JSON array.
inline std::vector<std::string> parse_list(std::string_view text, const std::string& source) {
  const json value = parse_json(text, source, 2);
  const auto is_text = [](const json& element) { return element.is_string(); };
  check<io_error>(value.is_array() && std::all_of(value.begin(), value.end(), is_text),
                  [&] { return source + ": expected a JSON list of strings"; });
  return value.get<std::vector<std::string>>();
}

}  // namespace coop

#endif
