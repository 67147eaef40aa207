// SPDX-License-Identifier: MIT
//
// Small text files: their lines with a limit on each, and lists of pictures as tables of tabs or commas.
// Errors name file and line.
#ifndef COOP_IO_TEXT_HPP
#define COOP_IO_TEXT_HPP

#include <coop/config.hpp>
#include <coop/io/atomic_file.hpp>

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace coop {

/// Bounds on a text file, far above any honest one.
struct text_limits {
  std::size_t file_bytes = std::size_t(1) << 30;  ///< of a whole file
  std::size_t line_bytes = std::size_t(1) << 16;  ///< of one line
  std::size_t lines = std::size_t(1) << 23;       ///< ImageNet has a seventh of that
};

/// The letters A to Z in lower case; every other byte stays as it is, whatever the locale.
constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// The same of each.
inline std::string ascii_lower(std::string text) {
  for (char& c : text) c = ascii_lower(c);
  return text;
}

/// "list.csv:12", as errors about a line begin.
inline std::string line_title(const std::string& path, std::size_t line) {
  return path + ":" + std::to_string(line);
}

/// The lines of a text without their ends, whichever system wrote them; a byte order mark is left out.
/// `source` is what errors call the text.
inline std::vector<std::string> split_lines(std::string_view text, const std::string& source,
                                            text_limits limits = {}) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto title = [&] { return line_title(source, lines.size() + 1); };
    check<io_error>(lines.size() < limits.lines, [&] {
      return title() + ": too many lines: expected at most " + std::to_string(limits.lines);
    });
    check<io_error>(line.size() <= limits.line_bytes, [&] {
      return title() + ": line too long: expected at most " + std::to_string(limits.line_bytes) +
             " bytes, got " + std::to_string(line.size());
    });
    check<io_error>(line.find('\0') == std::string_view::npos,
                    [&] { return title() + ": not text: a zero byte inside"; });
    lines.emplace_back(line);
  }
  return lines;
}

/// The lines of a file.
inline std::vector<std::string> read_lines(const std::string& path, text_limits limits = {}) {
  return split_lines(read_file(path, limits.file_bytes), path, limits);
}

/// The fields of a line. With commas, a field in double quotes may hold commas, and "" stands for a quote
/// (RFC 4180); with tabs every character counts. `title` begins the message about an open quote.
inline std::vector<std::string> split_fields(std::string_view line, char separator,
                                             const std::string& title) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (separator == ',' && c == '"') {
      const bool doubled = quoted && i + 1 < line.size() && line[i + 1] == '"';
      const bool opens = !quoted && fields.back().empty();
      if (doubled) {
        fields.back() += '"';
        ++i;
      } else if (quoted || opens) {
        quoted = !quoted;
      } else {
        fields.back() += c;
      }
    } else if (c == separator && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  check<io_error>(!quoted, [&] { return title + ": a double quote that is not closed"; });
  return fields;
}

/// One line of a list of pictures.
struct list_row {
  std::string path;      ///< of the picture
  index_t label = 0;     ///< of its class, from 0
  std::string name;      ///< of its class
  std::string split;     // empty when the list has no fourth column
  std::string sha256;    // of the picture's file; empty when the list has no fifth column
  std::size_t line = 0;  ///< of the list, from 1
};

/// Whether a text is a digest as sha256sum prints it: 64 digits, letters in lower case.
inline bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/**
 * A list of pictures: `path, label, class name`, perhaps `split`, and perhaps after that `sha256` in each
 * line, separated by tabs or, if the first line has none, by commas. Empty lines, lines that begin with '#',
 * and a first line whose second field is "label" are left out. Labels are whole numbers from 0.
 */
inline std::vector<list_row> read_list(const std::string& path) {
  const std::vector<std::string> lines = read_lines(path);
  std::vector<list_row> rows;
  char separator = '\0';
  std::size_t columns = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (line.empty() || line.front() == '#') continue;
    const bool first = separator == '\0';
    if (first) separator = line.find('\t') != std::string::npos ? '\t' : ',';
    const auto title = [&] { return line_title(path, i + 1); };
    std::vector<std::string> fields = split_fields(line, separator, title());
    if (first) columns = fields.size();
    check<io_error>(fields.size() >= 3 && fields.size() <= 5 && fields.size() == columns, [&] {
      const std::string expected = first ? "from 3 to 5" : std::to_string(columns);
      return title() + ": expected " + expected + " fields separated by " +
             (separator == '\t' ? "tabs" : "commas") + " (path, label, class name, split, sha256), got " +
             std::to_string(fields.size());
    });
    if (first && fields[1] == "label") continue;

    list_row row;
    const std::string& digits = fields[1];
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), row.label);
    check<io_error>(problem == std::errc{} && end == digits.data() + digits.size() && row.label >= 0, [&] {
      return title() + ": label: expected a whole number of at least 0, got '" + digits + "'";
    });
    check<io_error>(!fields[0].empty(), [&] { return title() + ": expected a path, got nothing"; });
    check<io_error>(!fields[2].empty(), [&] { return title() + ": expected a class name, got nothing"; });
    row.path = std::move(fields[0]);
    row.name = std::move(fields[2]);
    if (fields.size() > 3) row.split = std::move(fields[3]);
    if (fields.size() > 4) {
      check<io_error>(is_sha256(fields[4]), [&] {
        return title() + ": sha256: expected 64 digits from 0 to 9 and a to f, got '" + fields[4] + "'";
      });
      row.sha256 = std::move(fields[4]);
    }
    row.line = i + 1;
    rows.push_back(std::move(row));
  }
  check<io_error>(!rows.empty(), [&] { return path + ": expected a list of pictures, got no line of one"; });
  return rows;
}

}  // namespace coop

#endif
