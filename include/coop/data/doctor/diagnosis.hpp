// SPDX-License-Identifier: MIT
//
// What an examination of a data set comes to: findings, each with how to mend it, and their text. Nothing
// here grows with the data set: of many names the first few are said, and how many more there are.
#ifndef COOP_DATA_DOCTOR_DIAGNOSIS_HPP
#define COOP_DATA_DOCTOR_DIAGNOSIS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop {

/// How bad a finding is.
enum class severity : std::uint8_t {
  note,     // nothing depends on it
  warning,  // it can be read, but is not what was published, or not what was meant
  error     // it cannot be read, or a picture will be missing
};

/// "note", "warning", "error".
constexpr std::string_view name(severity grade) {
  return grade == severity::error ? "error" : grade == severity::warning ? "warning" : "note";
}

/// Something that was found, and what to do about it; an empty `mend` means nothing.
struct finding {
  severity grade = severity::note;  ///< how bad
  std::string what;                 ///< expected and found
  std::string mend;                 ///< the commands that mend it; may be empty
};

/// What was examined, how much there is, and the findings. Mends come in order: each supposes those above it.
struct diagnosis {
  std::string title;              ///< the data set
  std::string summary;            ///< in one line
  std::vector<finding> findings;  ///< in the order in which to mend

  /// How many findings there are of a severity.
  [[nodiscard]] std::size_t count(severity grade) const {
    return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(),
                                                  [&](const finding& each) { return each.grade == grade; }));
  }
  /// Whether nothing that was found keeps it from being read.
  [[nodiscard]] bool readable() const { return count(severity::error) == 0; }
};

namespace detail {

/// One line whatever the names of files hold: control characters become question marks.
inline std::string as_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  return text;
}

}  // namespace detail

/// Title and summary, then a line for each finding and one for its mend.
inline std::string to_text(const diagnosis& found) {
  std::string text =
      detail::as_line(found.title + (found.summary.empty() ? "" : ": " + found.summary)) + "\n";
  for (const finding& each : found.findings) {
    text += std::string(name(each.grade)) + ": " + detail::as_line(each.what) + "\n";
    if (!each.mend.empty()) text += "  mend: " + detail::as_line(each.mend) + "\n";
  }
  if (found.count(severity::error) + found.count(severity::warning) == 0) text += "nothing to mend\n";
  return text;
}

namespace detail {

/// Names and findings of one kind that are written out before the rest is counted.
inline constexpr std::size_t few = 5;

/// "a, b, c and 14 more".
template <class Names>
std::string few_names(const Names& names) {
  std::string text;
  std::size_t written = 0;
  for (const auto& each : names) {
    if (written == few) return text + " and " + std::to_string(names.size() - few) + " more";
    text += (written++ == 0 ? "" : ", ") + std::string(each);
  }
  return text;
}

/// A path as a shell takes it.
inline std::string quoted(const std::filesystem::path& path) {
  std::string text = path.string();
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._-+,:@%").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string safe = "'";
  for (const char c : text) safe += c == '\'' ? "'\\''" : std::string(1, c);
  return safe + "'";
}

/// `mv from to`, after the folder of `to` was made where that may be needed.
inline std::string move_command(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::string move = "mv " + quoted(from) + " " + quoted(to);
  if (from.parent_path() == to.parent_path()) return move;
  return "mkdir -p " + quoted(to.parent_path()) + " && " + move;
}

/// Adds up to `few` findings, and how many were left out.
inline void add_few(std::vector<finding>& to, std::vector<finding> all, const std::string& of_what) {
  const std::size_t total = all.size();
  for (std::size_t i = 0; i < std::min(total, few); ++i) to.push_back(std::move(all[i]));
  if (total > few) {
    to.push_back({all.back().grade, std::to_string(total - few) + " more " + of_what, "likewise"});
  }
}

}  // namespace detail

}  // namespace coop

#endif
