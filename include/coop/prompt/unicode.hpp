// SPDX-License-Identifier: MIT
//
// The Unicode that text needs before it becomes tokens: UTF-8, the classes letter, number and white space,
// full lower case, and normal form C. Rests on the generated tables of unicode_tables.hpp, which name their
// version; nothing here depends on a locale. Follows the Unicode Standard, sections 3.9 (UTF-8), 3.11 (NFC),
// 3.13 (case).
#ifndef COOP_PROMPT_UNICODE_HPP
#define COOP_PROMPT_UNICODE_HPP

#include <coop/prompt/unicode_tables.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace coop::unicode {

/// What stands for bytes that are not UTF-8.
inline constexpr char32_t replacement = 0xFFFD;

/// The code point at byte `at`, which moves behind it. Each longest beginning of a sequence that is broken
/// off, and each byte that can begin none, is one U+FFFD, as in Python's errors="replace" and in browsers.
inline char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at++);
  if (lead < 0x80) return lead;
  if (lead < 0xC2 || lead > 0xF4) return replacement;
  const int following = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  // The second byte's range keeps out overlong forms, surrogates and what lies above U+10FFFF.
  unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  char32_t code = lead & (0x3Fu >> following);
  for (int i = 0; i < following; ++i) {
    if (at == text.size() || byte(at) < low || byte(at) > high) return replacement;
    code = (code << 6) | (byte(at++) & 0x3Fu);
    low = 0x80;
    high = 0xBF;
  }
  return code;
}

/// Appends one code point as UTF-8; what is no code point becomes U+FFFD.
inline void append(std::string& text, char32_t code) {
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = replacement;
  const auto put = [&](char32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | (code >> 6));
  } else {
    if (code < 0x10000) {
      put(0xE0 | (code >> 12));
    } else {
      put(0xF0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3F));
    }
    put(0x80 | ((code >> 6) & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

/// UTF-8 -> code points.
inline std::u32string decode(std::string_view text) {
  std::u32string codes;
  codes.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) codes += next_code_point(text, at);
  return codes;
}

/// Code points -> UTF-8.
inline std::string encode(std::u32string_view codes) {
  std::string text;
  text.reserve(codes.size());
  for (const char32_t code : codes) append(text, code);
  return text;
}

namespace detail {

template <std::size_t N>
bool holds(const char32_t (&boundaries)[N], char32_t code) {
  return (std::upper_bound(boundaries, boundaries + N, code) - boundaries) % 2 != 0;
}

template <class Range, std::size_t N>
const Range* range_of(const Range (&ranges)[N], char32_t code) {
  const auto* after = std::upper_bound(ranges, ranges + N, code,
                                       [](char32_t c, const Range& range) { return c < range.first; });
  return after != ranges && code <= after[-1].last ? after - 1 : nullptr;
}

// Hangul syllables are arithmetic (section 3.12): L leads, V vowels, T tails; T 0 is no tail.
inline constexpr char32_t hangul = 0xAC00, hangul_l = 0x1100, hangul_v = 0x1161, hangul_t = 0x11A7;
inline constexpr char32_t leads = 19, vowels = 21, tails = 28;

inline std::uint8_t combining_class(char32_t code) {
  if (code < 0x300) return 0;
  const auto* range = range_of(tables::combining, code);
  return range ? range->value : std::uint8_t(0);
}

inline void append_decomposed(std::u32string& codes, char32_t code) {
  if (code < 0xC0) {
    codes += code;
  } else if (code >= hangul && code < hangul + leads * vowels * tails) {
    const char32_t syllable = code - hangul;
    codes += char32_t(hangul_l + syllable / (vowels * tails));
    codes += char32_t(hangul_v + syllable / tails % vowels);
    if (syllable % tails != 0) codes += char32_t(hangul_t + syllable % tails);
  } else {
    const auto* row =
        std::lower_bound(std::begin(tables::decompositions), std::end(tables::decompositions), code,
                         [](const tables::decomposition& entry, char32_t c) { return entry.whole < c; });
    if (row == std::end(tables::decompositions) || row->whole != code) {
      codes += code;
    } else {
      append_decomposed(codes, row->first);  // at most four deep
      if (row->second != 0) append_decomposed(codes, row->second);
    }
  }
}

/// The character that first and second compose to, or 0.
inline char32_t composed(char32_t first, char32_t second) {
  if (first >= hangul_l && first < hangul_l + leads && second >= hangul_v && second < hangul_v + vowels)
    return hangul + ((first - hangul_l) * vowels + (second - hangul_v)) * tails;
  if (first >= hangul && first < hangul + leads * vowels * tails && (first - hangul) % tails == 0 &&
      second > hangul_t && second < hangul_t + tails)
    return first + (second - hangul_t);
  const auto* row = std::lower_bound(
      std::begin(tables::compositions), std::end(tables::compositions), 0, [&](std::uint16_t index, int) {
        const auto& entry = tables::decompositions[index];
        return entry.first != first ? entry.first < first : entry.second < second;
      });
  if (row == std::end(tables::compositions)) return 0;
  const auto& entry = tables::decompositions[*row];
  return entry.first == first && entry.second == second ? entry.whole : 0;
}

/// Sigma is final behind a cased letter and not before one, whatever case-ignorable characters stand between.
inline bool sigma_is_final(std::u32string_view codes, std::size_t at) {
  std::size_t before = at;
  while (before > 0 && holds(tables::case_ignorable, codes[before - 1])) --before;
  if (before == 0 || !holds(tables::cased, codes[before - 1])) return false;
  std::size_t after = at + 1;
  while (after < codes.size() && holds(tables::case_ignorable, codes[after])) ++after;
  return after == codes.size() || !holds(tables::cased, codes[after]);
}

}  // namespace detail

/// General category L*.
inline bool is_letter(char32_t code) {
  if (code < 0x80) return (code | 0x20) >= 'a' && (code | 0x20) <= 'z';
  return detail::holds(tables::letters, code);
}

/// General category N*.
inline bool is_number(char32_t code) {
  if (code < 0x80) return code >= '0' && code <= '9';
  return detail::holds(tables::numbers, code);
}

/// Property White_Space: 25 code points, U+001C to U+001F and U+180E not among them.
inline bool is_space(char32_t code) {
  return (code >= 9 && code <= 13) || code == 0x20 || code == 0x85 || code == 0xA0 || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F ||
         code == 0x205F || code == 0x3000;
}

/// Full lower case, as Python's str.lower: may change the length, and knows the sigma that ends a word.
inline std::u32string lower(std::u32string_view codes) {
  std::u32string text;
  text.reserve(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const char32_t code = codes[i];
    if (code < 0x80) {
      text += code >= 'A' && code <= 'Z' ? code + 32 : code;
    } else if (code == 0x130) {  // I with a dot: the one letter whose lower case is two
      text += U"i\u0307";
    } else if (code == 0x3A3) {
      text += detail::sigma_is_final(codes, i) ? char32_t(0x3C2) : char32_t(0x3C3);
    } else {
      const auto* range = detail::range_of(tables::lower, code);
      const bool mapped = range && (code - range->first) % char32_t(range->step) == 0;
      text += mapped ? char32_t(std::int32_t(code) + range->difference) : code;
    }
  }
  return text;
}

/// Normal form C.
inline std::u32string nfc(std::u32string_view codes) {
  // Below U+0300 nothing combines with what precedes it.
  if (std::all_of(codes.begin(), codes.end(), [](char32_t c) { return c < 0x300; }))
    return std::u32string(codes);

  std::u32string apart;
  apart.reserve(codes.size());
  for (const char32_t code : codes) detail::append_decomposed(apart, code);
  for (auto from = apart.begin(); from != apart.end();) {
    const auto is_mark = [](char32_t c) { return detail::combining_class(c) != 0; };
    from = std::find_if(from, apart.end(), is_mark);
    const auto to = std::find_if_not(from, apart.end(), is_mark);
    std::stable_sort(from, to, [](char32_t a, char32_t b) {
      return detail::combining_class(a) < detail::combining_class(b);
    });
    from = to;
  }

  std::u32string text;
  text.reserve(apart.size());
  constexpr std::size_t none = std::u32string::npos;
  std::size_t starter = none;
  std::uint8_t last = 0;  // class of what stands last behind the starter, 0: nothing does
  for (const char32_t code : apart) {
    const std::uint8_t value = detail::combining_class(code);
    if (starter != none && (last == 0 || last < value)) {
      if (const char32_t whole = detail::composed(text[starter], code)) {
        text[starter] = whole;
        continue;
      }
    }
    if (value == 0) starter = text.size();
    last = value;
    text += code;
  }
  return text;
}

}  // namespace coop::unicode

#endif
