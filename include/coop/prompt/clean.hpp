// SPDX-License-Identifier: MIT
//
// Text as CLIP's tokenizer wants it: repaired, references of HTML resolved, white space single, lower case.
// Follows basic_clean and whitespace_clean in CLIP's simple_tokenizer.py, which call ftfy.fix_text and
// html.unescape. Of ftfy's repairs all are done but one: text that was decoded by the wrong code page
// ("cafÃ©") is left as it is.
#ifndef COOP_PROMPT_CLEAN_HPP
#define COOP_PROMPT_CLEAN_HPP

#include <coop/prompt/html.hpp>
#include <coop/prompt/unicode.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace coop {

namespace detail {

/// The upper case of a character named in capitals ("&SZLIG;"), where it makes a difference to the lower case
/// that everything gets in the end.
inline std::string_view named_in_capitals(std::string_view character) {
  struct change {
    std::string_view from, to;
  };
  static constexpr change changes[] = {{"\u03F5", "\u03B5"}, {"\u03F0", "\u03BA"}, {"\u00B5", "\u03BC"},
                                       {"\u03D5", "\u03C6"}, {"\u03D6", "\u03C0"}, {"\u03F1", "\u03C1"},
                                       {"\u03C2", "\u03A3"}, {"\u03C3", "\u03A3"}, {"\u03D1", "\u03B8"},
                                       {"\u0131", "i"},      {"\u00DF", "ss"}};
  for (const auto& change : changes)
    if (change.from == character) return change.to;
  return character;
}

/// References that end with ';' and are wholly understood; their names may be in capitals.
inline std::string unescape_closed(std::string_view text) {
  constexpr std::size_t longest = 24;
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    const bool numbered = text[at] == '&' && at + 1 < text.size() && text[at + 1] == '#';
    const std::size_t head = at + (numbered ? 2 : 1);
    std::size_t end = head;
    if (text[at] == '&')
      while (end < text.size() && end - head <= longest &&
             (is_ascii_letter(text[end]) || is_digit(text[end])))
        ++end;
    if (end == head || end - head > longest || end == text.size() || text[end] != ';') {
      plain += text[at++];
      continue;
    }
    const std::string_view name = text.substr(at + 1, end - at);  // with its ';'
    std::string meaning;
    if (numbered) {
      auto found = numbered_reference(name);
      // A semicolon that comes out cannot be told from one that was left over.
      const bool whole = found.length == name.size() && found.meaning != ";";
      meaning = whole ? found.meaning : "&" + std::string(name);
    } else if (const auto known = html_entity(name); !known.empty()) {
      meaning = known;
    } else {
      std::string small(name);
      for (char& c : small) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
      const bool capitals =
          std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
      const bool old = named_reference(name).length != 0;  // "&AMPX;" begins with "&AMP"
      const auto character = capitals && !old ? html_entity(small) : std::string_view();
      meaning = character.empty() ? "&" + std::string(name) : std::string(named_in_capitals(character));
    }
    plain += meaning;
    at = end + 1;
  }
  return plain;
}

/// Latin letters that were set as one, taken apart; empty for all others.
inline std::u32string_view ligature(char32_t code) {
  switch (code) {
    case 0x132:
      return U"IJ";
    case 0x133:
      return U"ij";
    case 0x149:
      return U"\u02BCn";
    case 0x1F1:
      return U"DZ";
    case 0x1F2:
      return U"Dz";
    case 0x1F3:
      return U"dz";
    case 0x1C4:
      return U"D\u017D";
    case 0x1C5:
      return U"D\u017E";
    case 0x1C6:
      return U"d\u017E";
    case 0x1C7:
      return U"LJ";
    case 0x1C8:
      return U"Lj";
    case 0x1C9:
      return U"lj";
    case 0x1CA:
      return U"NJ";
    case 0x1CB:
      return U"Nj";
    case 0x1CC:
      return U"nj";
    case 0xFB00:
      return U"ff";
    case 0xFB01:
      return U"fi";
    case 0xFB02:
      return U"fl";
    case 0xFB03:
      return U"ffi";
    case 0xFB04:
      return U"ffl";
    case 0xFB05:
      return U"\u017Ft";
    case 0xFB06:
      return U"st";
    default:
      return {};
  }
}

/// Full-width and half-width forms in ordinary width.
inline void append_ordinary_width(std::u32string& text, char32_t code) {
  if (code == 0x3000) {
    text += U' ';
  } else if (code >= 0xFF01 && code <= 0xFF5E) {
    text += char32_t(code - 0xFEE0);
  } else if (code == 0xFFE3) {  // the one form of two code points
    text += U" \u0304";
  } else if (code >= 0xFF5F && code <= 0xFFEF && unicode::tables::halfwidth[code - 0xFF5F] != 0) {
    text += char32_t(unicode::tables::halfwidth[code - 0xFF5F]);
  } else {
    text += code;
  }
}

/// Straight quotes, line feeds, ordinary code points elsewhere.
inline char32_t straightened(char32_t code) {
  if (code == 0x2BC || (code >= 0x2018 && code <= 0x201B)) return U'\'';
  if (code >= 0x201C && code <= 0x201F) return U'"';
  if (code == '\r' || code == 0x85 || code == 0x2028 || code == 0x2029) return U'\n';
  return code;
}

inline bool is_unwanted_control(char32_t code) {
  return code <= 8 || code == 0xB || (code >= 0xE && code <= 0x1F) || code == 0x7F ||
         (code >= 0x206A && code <= 0x206F) || code == 0xFEFF || (code >= 0xFFF9 && code <= 0xFFFC);
}

/// Without terminal escapes (ESC [ numbers letter) and control characters.
inline std::u32string without_controls(std::u32string_view codes) {
  std::u32string text;
  for (std::size_t at = 0; at < codes.size();) {
    if (codes[at] == 0x1B && at + 1 < codes.size() && codes[at + 1] == '[') {
      std::size_t end = at + 2;
      while (end < codes.size() && ((codes[end] >= '0' && codes[end] <= '9') || codes[end] == ';')) ++end;
      if (end < codes.size() && codes[end] < 0x80 && is_ascii_letter(char(codes[end]))) {
        at = end + 1;
        continue;
      }
    }
    if (!is_unwanted_control(codes[at])) text += codes[at];
    ++at;
  }
  return text;
}

/// One line, repaired until nothing changes.
inline std::string repaired(std::string line, bool with_references) {
  // Every round resolves one level of nesting, and nobody means more: "&amp;amp;..." shall not cost quadratic
  // time.
  constexpr int rounds = 32;
  for (int round = 0; round < rounds; ++round) {
    const std::string plain = with_references ? unescape_closed(line) : line;
    std::u32string codes;
    for (std::size_t at = 0; at < plain.size();) {
      const char32_t code = windows_1252(unicode::next_code_point(plain, at));
      if (const auto apart = ligature(code); !apart.empty()) {
        codes += apart;
      } else {
        append_ordinary_width(codes, code);
      }
    }
    for (char32_t& code : codes) code = straightened(code);
    std::string next = unicode::encode(unicode::nfc(without_controls(codes)));
    if (next == line) break;
    line = std::move(next);
  }
  return line;
}

/// Every run of white space is one blank, none at the ends; lower case.
inline std::string folded(std::string_view text) {
  std::u32string codes;
  codes.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char32_t code = unicode::next_code_point(text, at);
    if (!unicode::is_space(code)) {
      codes += code;
    } else if (!codes.empty() && codes.back() != U' ') {
      codes += U' ';
    }
  }
  if (!codes.empty() && codes.back() == U' ') codes.pop_back();
  return unicode::encode(unicode::lower(codes));
}

/// What most texts need, if this is such a text: printable ASCII without references of HTML, folded as above.
inline bool fold_plain(std::string_view text, std::string& clean) {
  enum class role : std::uint8_t { other, same, capital, blank };
  static constexpr std::array<role, 256> roles = [] {
    std::array<role, 256> all{};
    for (unsigned c = '!'; c < 0x7F; ++c) all[c] = c >= 'A' && c <= 'Z' ? role::capital : role::same;
    all['&'] = role::other;
    for (const char c : std::string_view(" \n\t\r\f")) all[static_cast<unsigned char>(c)] = role::blank;
    return all;
  }();
  clean.resize(text.size());
  char* out = clean.data();
  const char* const first = out;
  for (const char c : text) {
    const role what = roles[static_cast<unsigned char>(c)];
    if (what == role::blank) {
      if (out != first && out[-1] != ' ') *out++ = ' ';
    } else if (what == role::other) {
      return false;
    } else {
      *out++ = what == role::capital ? char(c + 32) : c;
    }
  }
  if (out != first && out[-1] == ' ') --out;
  clean.resize(std::size_t(out - first));
  return true;
}

}  // namespace detail

/**
 * UTF-8 -> the UTF-8 that is split into words and tokens. Bytes that are not UTF-8 become U+FFFD. Lines that
 * hold '<', and those behind them, are taken for HTML: their references are resolved by HTML's rules only.
 */
inline std::string clean_text(std::string_view text) {
  if (std::string clean; detail::fold_plain(text, clean)) return clean;

  std::string whole;
  bool with_references = true;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    const auto line = text.substr(0, length);
    with_references = with_references && line.find('<') == std::string_view::npos;
    whole += detail::repaired(std::string(line), with_references);
    text.remove_prefix(length);
  }
  return detail::folded(unescape_html(unescape_html(whole)));
}

}  // namespace coop

#endif
