// SPDX-License-Identifier: MIT
//
// References of HTML in text, "&amp;" or "&#233;", back to characters, as HTML 5 parses them and Python's
// html.unescape does: named references of old need no ';' and match by their longest beginning, numbers of
// the range of control characters mean Windows-1252. The names are in the generated html_entities.hpp.
#ifndef COOP_PROMPT_HTML_HPP
#define COOP_PROMPT_HTML_HPP

#include <coop/prompt/html_entities.hpp>
#include <coop/prompt/unicode.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace coop {

namespace detail {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_ascii_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
inline int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  return (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/// What a control character of U+0080 to U+009F was in Windows-1252; the five that are nothing there stay.
inline char32_t windows_1252(char32_t code) {
  static constexpr char16_t meant[] = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                       0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                       0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                       0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
  return code >= 0x80 && code <= 0x9F ? char32_t(meant[code - 0x80]) : code;
}

/// Characters that a reference may not name: it vanishes.
inline bool is_forbidden(char32_t code) {
  return (code >= 1 && code <= 8) || code == 0xB || (code >= 0xE && code <= 0x1F) || code == 0x7F ||
         (code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE;
}

/// Appends what a numeric reference stands for.
inline void append_numbered(std::string& text, char32_t code) {
  if (code == 0) code = unicode::replacement;
  if (code >= 0x80 && code <= 0x9F) {
    unicode::append(text, windows_1252(code));
  } else if (!is_forbidden(code)) {
    unicode::append(text, code);  // surrogates and numbers too high become U+FFFD there
  }
}

/// A reference at the head of a text: `length` bytes of it, 0 where there is none, stand for `meaning`.
struct html_reference {
  std::size_t length = 0;
  std::string meaning{};
};

/// "#233;" or "#xe9", without the ampersand.
inline html_reference numbered_reference(std::string_view text) {
  std::size_t at = 1;
  const bool hex = at < text.size() && (text[at] | 0x20) == 'x';
  at += hex;
  const std::size_t digits = at;
  char32_t code = 0;
  for (; at < text.size() && (hex ? hex_digit(text[at]) >= 0 : is_digit(text[at])); ++at)
    code = std::min<char32_t>(code * (hex ? 16 : 10) + char32_t(hex_digit(text[at])), 0x110000);
  if (at == digits) return {};
  html_reference found{at + (at < text.size() && text[at] == ';'), {}};
  append_numbered(found.meaning, code);
  return found;
}

/// "eacute;" or, of the names of old, "eacute", without the ampersand.
html_reference named_reference(std::string_view text);

}  // namespace detail

/// The characters of a name of HTML 5, as "eacute;"; of the old names also "eacute". Empty if there is no
/// such name.
inline std::string_view html_entity(std::string_view name) {
  const std::string_view all = detail::html_entities;
  std::size_t low = 0;  // both are heads of entries
  std::size_t high = all.size();
  while (low < high) {
    // From anywhere inside an entry its head is found behind the previous entry's end.
    const std::size_t middle = low + (high - low) / 2;
    const std::size_t end = middle > low ? all.rfind('\2', middle - 1) : std::string_view::npos;
    const std::size_t head = end == std::string_view::npos || end < low ? low : end + 1;
    const std::size_t split = all.find('\1', head);
    const std::size_t next = all.find('\2', split) + 1;
    const int order = name.compare(all.substr(head, split - head));
    if (order == 0) return all.substr(split + 1, next - split - 2);
    if (order < 0) {
      high = head;
    } else {
      low = next;
    }
  }
  return {};
}

inline detail::html_reference detail::named_reference(std::string_view text) {
  constexpr std::size_t longest = 31;  // "CounterClockwiseContourIntegral"
  std::size_t length = 0;
  while (length < std::min(text.size(), longest) && (is_ascii_letter(text[length]) || is_digit(text[length])))
    ++length;
  if (length < text.size() && text[length] == ';') ++length;
  for (; length >= 2; --length) {
    const auto meaning = html_entity(text.substr(0, length));
    if (!meaning.empty()) return {length, std::string(meaning)};
  }
  return {};
}

/// `text` (UTF-8) with every reference replaced once: "&amp;lt;" becomes "&lt;".
inline std::string unescape_html(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const std::size_t ampersand = std::min(text.find('&'), text.size());
    plain += text.substr(0, ampersand);
    text.remove_prefix(ampersand);
    if (text.size() < 2) {
      plain += text;
      break;
    }
    const auto rest = text.substr(1);
    const auto found = rest[0] == '#' ? detail::numbered_reference(rest) : detail::named_reference(rest);
    if (found.length == 0) plain += '&';
    plain += found.meaning;
    text.remove_prefix(1 + found.length);
  }
  return plain;
}

}  // namespace coop

#endif
