// SPDX-License-Identifier: MIT
//
// The small text files in which data sets list their classes and pictures: lines without blanks around them,
// words, numbers, and tables of names. Errors name file and line.
#ifndef COOP_DATA_DATASETS_OFFICIAL_LISTS_HPP
#define COOP_DATA_DATASETS_OFFICIAL_LISTS_HPP

#include <coop/config.hpp>
#include <coop/error.hpp>
#include <coop/io/text.hpp>

#include <charconv>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace coop::detail {

/// A line that is not blank, and what errors call it.
struct official_line {
  std::string text;
  std::string title;
};

/// Without spaces and tabs at either end.
inline std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

/// The lines of a file that are not blank; none at all is an io_error.
inline std::vector<official_line> official_lines(const std::string& path) {
  std::vector<official_line> lines;
  std::size_t number = 0;
  for (const std::string& line : read_lines(path)) {
    ++number;
    const std::string_view text = trimmed(line);
    if (!text.empty()) lines.push_back({std::string(text), line_title(path, number)});
  }
  check<io_error>(!lines.empty(), [&] { return path + ": expected lines of text, got none"; });
  return lines;
}

/// A line up to its first blank, and what follows it.
inline std::pair<std::string, std::string> first_word(const official_line& line, const char* form) {
  const std::size_t blank = line.text.find_first_of(" \t");
  check<io_error>(blank != std::string::npos,
                  [&] { return line.title + ": expected `" + form + "`, got '" + line.text + "'"; });
  return {line.text.substr(0, blank), std::string(trimmed(std::string_view(line.text).substr(blank)))};
}

/// A label that the file counts from 1, counted from 0.
inline index_t label_from_one(std::string_view digits, const std::string& title) {
  index_t label = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), label);
  constexpr index_t greatest = 1 << 20;
  check<io_error>(
      problem == std::errc{} && end == digits.data() + digits.size() && label >= 1 && label <= greatest, [&] {
        return title + ": class number: expected a whole number from 1, got '" + std::string(digits) + "'";
      });
  return label - 1;
}

/// The classes that a file lists, by position, and where each one is.
class class_list {
 public:
  explicit class_list(std::string source) : source_(std::move(source)) {}

  void add(const std::string& name, const std::string& title) {
    const bool fresh = places_.emplace(name, index_t(names_.size())).second;
    check<io_error>(fresh, [&] { return title + ": class '" + name + "': expected once, got it twice"; });
    names_.push_back(name);
  }

  /// The label of a class; `title` begins the message about one that is not listed.
  [[nodiscard]] index_t label(const std::string& name, const std::string& title) const {
    const auto found = places_.find(name);
    check<io_error>(found != places_.end(), [&] {
      return title + ": class '" + name + "': expected one that " + source_ + " lists, got another";
    });
    return found->second;
  }

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::string source_;
  std::vector<std::string> names_;
  std::map<std::string, index_t> places_;
};

}  // namespace coop::detail

#endif
