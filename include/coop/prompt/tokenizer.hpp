// SPDX-License-Identifier: MIT
//
// Text -> token ids: cleaning, splitting into words, and byte-pair merging inside each word, exactly as
// CLIP's simple_tokenizer.py. A tokenizer is its list of merges; it is const, and any number of threads may
// ask it at once.
#ifndef COOP_PROMPT_TOKENIZER_HPP
#define COOP_PROMPT_TOKENIZER_HPP

#include <coop/config.hpp>
#include <coop/error.hpp>
#include <coop/io/gzip.hpp>
#include <coop/prompt/clean.hpp>
#include <coop/prompt/unicode.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coop {

/// The ids of a text between its marks, not padded; ids[eot] is the (first) end mark, which the text tower
/// reads.
struct token_sequence {
  std::vector<std::int32_t> ids;  ///< start mark, text, end mark
  index_t eot = 0;                ///< position of the first end mark

  friend bool operator==(const token_sequence&, const token_sequence&) = default;
};

/// Two symbols that become one, as in a vocabulary file: "jeky" and "ll</w>". "</w>" ends a word.
struct symbol_pair {
  std::string_view left, right;  ///< side by side
};

namespace detail {

inline constexpr index_t byte_count = 256;
inline constexpr std::size_t short_word = 48;     // bytes, up to which the simpler way is the faster one
inline constexpr index_t merges_of_clip = 48894;  // the rest of its file is not used
inline constexpr std::string_view word_end = "</w>";
inline constexpr std::string_view start_mark = "<|startoftext|>";
inline constexpr std::string_view end_mark = "<|endoftext|>";

/// Bytes in the order of their ids, each with the printable character it is written as in a vocabulary.
struct byte_symbol {
  unsigned char byte;
  char32_t character;
};
inline std::array<byte_symbol, byte_count> byte_symbols() {
  std::array<byte_symbol, byte_count> symbols{};
  std::size_t count = 0;
  const auto is_printable = [](unsigned b) { return (b >= 33 && b <= 126) || (b >= 161 && b != 173); };
  for (unsigned b = 0; b < 256; ++b)
    if (is_printable(b)) symbols[count++] = {static_cast<unsigned char>(b), b};
  char32_t substitute = 256;
  for (unsigned b = 0; b < 256; ++b)
    if (!is_printable(b)) symbols[count++] = {static_cast<unsigned char>(b), substitute++};
  return symbols;
}

/// Pairs of ids -> rank of their merge and the id they become. Open addressing: most questions are misses.
class merge_table {
 public:
  struct entry {
    std::int32_t left = -1, right = -1, rank = -1, id = -1;
  };

  explicit merge_table(std::size_t count) {
    std::size_t size = 16;
    while (size < 2 * count) size *= 2;
    slots_.resize(size);
  }

  /// A pair that is there gets the later rank.
  void insert(const entry& merge) { slots_[slot(merge.left, merge.right)] = merge; }

  /// rank is -1 where the pair does not merge.
  [[nodiscard]] const entry& find(std::int32_t left, std::int32_t right) const {
    return slots_[slot(left, right)];
  }

 private:
  [[nodiscard]] std::size_t slot(std::int32_t left, std::int32_t right) const {
    const std::uint64_t pair = std::uint64_t(std::uint32_t(left)) << 32 | std::uint32_t(right);
    const std::uint64_t mixed =
        pair * 0x9E3779B97F4A7C15u;  // 2^64 / golden ratio: spreads both halves upwards
    std::size_t at = std::size_t(mixed >> 32) & (slots_.size() - 1);
    while (slots_[at].rank >= 0 && (slots_[at].left != left || slots_[at].right != right))
      at = (at + 1) & (slots_.size() - 1);
    return at;
  }

  std::vector<entry> slots_;
};

/// Symbols' texts, which others keep -> ids, while a vocabulary is read. A symbol's slot never moves.
class symbol_table {
 public:
  struct entry {
    std::string_view text;
    std::int32_t id = -1;  // none is here
  };

  explicit symbol_table(std::size_t count) {
    std::size_t size = 16;
    while (size < 2 * count) size *= 2;
    slots_.resize(size);
  }

  /// Where the symbol is, or would be.
  [[nodiscard]] std::size_t slot(std::string_view text) const {
    std::size_t at = std::hash<std::string_view>()(text) & (slots_.size() - 1);
    while (slots_[at].id >= 0 && slots_[at].text != text) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  entry& operator[](std::size_t slot) { return slots_[slot]; }
  const entry& operator[](std::size_t slot) const { return slots_[slot]; }

 private:
  std::vector<entry> slots_;
};

/// Short words of ASCII that become one token -> its id: most words of a text, at one look into memory.
class word_table {
 public:
  static constexpr std::size_t longest = 12;
  static_assert(std::endian::native == std::endian::little, "coop: keys of words are put together so");

  /// A word's bytes; what is behind its end is zero, which is in no word.
  struct key {
    std::uint64_t head = 0;
    std::uint32_t tail = 0;

    friend bool operator==(const key&, const key&) = default;
  };
  /// Of a word of at most `longest` bytes.
  static key key_of(std::string_view word) {
    // Loads of four and eight bytes that overlap, since words are short and a loop over bytes is most of the cost.
    const char* const p = word.data();
    const std::size_t n = word.size();
    const auto load = [](const char* from, auto whole) {
      std::memcpy(&whole, from, sizeof whole);
      return std::uint64_t(whole);
    };
    if (n >= 8) {
      const std::uint64_t last = load(p + n - 4, std::uint32_t());
      return {load(p, std::uint64_t()), std::uint32_t(last >> 8 * (longest - n))};
    }
    if (n >= 4) return {load(p, std::uint32_t()) | load(p + n - 4, std::uint32_t()) << 8 * (n - 4), 0};
    const auto byte = [&](std::size_t i) { return load(p + i, std::uint8_t()) << 8 * i; };
    return {n == 0 ? 0 : byte(0) | byte(n / 2) | byte(n - 1), 0};
  }

  void reserve(std::size_t count) {
    std::size_t size = 16;
    while (2 * size < 3 * count) size *= 2;
    slots_.assign(size, {});
  }
  /// Room must have been reserved; a word comes once.
  void insert(const key& word, std::int32_t id) { slots_[slot(word)] = {word, id}; }

  /// -1 where the word is not one token, or not known to be.
  [[nodiscard]] std::int32_t find(const key& word) const { return slots_[slot(word)].id; }

 private:
  struct entry {
    key word;
    std::int32_t id = -1;
  };

  [[nodiscard]] std::size_t slot(const key& word) const {
    const std::uint64_t mixed = (word.head ^ word.tail * 0xC2B2AE3D27D4EB4Fu) * 0x9E3779B97F4A7C15u;
    std::size_t at = std::size_t(mixed >> 32 ^ mixed >> 48) & (slots_.size() - 1);
    while (slots_[at].id >= 0 && slots_[at].word != word) at = (at + 1) & (slots_.size() - 1);
    return at;
  }

  std::vector<entry> slots_ = std::vector<entry>(1);
};

/// What an ASCII character is to the pattern that splits text into words.
enum class letter_kind : std::uint8_t { space, letter, number, other };

inline constexpr std::array<letter_kind, 128> ascii_kinds = [] {
  std::array<letter_kind, 128> kinds{};
  for (unsigned c = 0; c < 128; ++c) {
    const unsigned small = c | 0x20;
    kinds[c] = (c >= 9 && c <= 13) || c == ' ' ? letter_kind::space
               : small >= 'a' && small <= 'z'  ? letter_kind::letter
               : c >= '0' && c <= '9'          ? letter_kind::number
                                               : letter_kind::other;
  }
  return kinds;
}();

/// The same of any code point.
inline letter_kind kind_of(char32_t c) {
  if (c < 0x80) return ascii_kinds[c];
  if (unicode::is_letter(c)) return letter_kind::letter;
  if (unicode::is_number(c)) return letter_kind::number;
  // The pattern, which ignores case, finds the iota below nowhere: a mark itself, it is the lower case of
  // a letter.
  constexpr char32_t iota_below = 0x345;
  return unicode::is_space(c) || c == iota_below ? letter_kind::space : letter_kind::other;
}

/// A word's symbols as a linked list, and the merges that wait, best first. Kept from word to word.
struct word_workspace {
  struct symbol {
    std::int32_t id, previous, next, rank;  // rank of the pair that begins here; -1: none
  };
  std::vector<symbol> symbols;
  std::vector<std::uint64_t> waiting;  // heap of rank << 32 | position
  std::vector<std::int32_t> round;     // positions of the pair that is merged
};

/// The bytes of the next word of cleaned text from `at`, which moves behind it; empty at the end of the text.
/// Follows the pattern of CLIP: a mark, an English contraction, letters, one number, or anything else but
/// white space.
inline std::string_view next_word(std::string_view text, std::size_t& at) {
  // The pattern ignores case: a long s (U+017F), which is lower case already, stands for an s.
  static constexpr std::string_view contractions[] = {"'s", "'\u017F", "'t", "'re", "'ve", "'m", "'ll", "'d"};
  const auto matches_mark = [&](std::string_view mark, std::size_t& to) {
    for (const char c : mark) {
      const auto rest = text.substr(to);
      if (rest.empty()) return false;
      const bool long_s = c == 's' && rest.substr(0, 2) == "\u017F";
      if (!long_s && rest[0] != c) return false;
      to += long_s ? 2 : 1;
    }
    return true;
  };

  while (at < text.size()) {
    const std::size_t from = at;
    if (text[from] == '<') {
      for (const auto mark : {start_mark, end_mark}) {
        std::size_t to = from;
        if (!matches_mark(mark, to)) continue;
        at = to;
        return text.substr(from, at - from);
      }
    }
    if (text[from] == '\'') {
      for (const auto contraction : contractions) {
        if (text.substr(from, contraction.size()) != contraction) continue;
        at += contraction.size();
        return text.substr(from, contraction.size());
      }
    }
    const auto lead = static_cast<unsigned char>(text[at]);
    const letter_kind first = lead < 0x80 ? ascii_kinds[lead] : kind_of(unicode::next_code_point(text, at));
    at += lead < 0x80 ? 1 : 0;
    if (first == letter_kind::space) continue;
    while (first != letter_kind::number && at < text.size()) {
      const auto byte = static_cast<unsigned char>(text[at]);
      if (byte < 0x80) {
        if (ascii_kinds[byte] != first) break;
        ++at;
        continue;
      }
      std::size_t to = at;
      if (kind_of(unicode::next_code_point(text, to)) != first) break;
      at = to;
    }
    return text.substr(from, at - from);
  }
  return {};
}

}  // namespace detail

/**
 * Byte-pair encoding with CLIP's layout of ids: 256 bytes, the same 256 at the end of a word, one id for each
 * merge, the start mark, the end mark. With CLIP's 48,894 merges these are 49,408 ids; a smaller list gives a
 * smaller vocabulary.
 */
class tokenizer {
 public:
  /// From merges, best first. Every symbol is a byte's or the result of an earlier merge, else an io_error
  /// names the line: `origin` and `first_line` say where the merges stood.
  explicit tokenizer(const std::vector<symbol_pair>& merges, const std::string& origin = "merges",
                     index_t first_line = 1);

  /// The ids of a text without marks, of any length.
  [[nodiscard]] std::vector<std::int32_t> ids(std::string_view text) const;

  /// The ids of a text with marks; more than `context_length` of them is an error.
  [[nodiscard]] token_sequence encode(std::string_view text, index_t context_length = 77) const;

  /// The text of ids: blanks where words end, U+FFFD where the bytes are no UTF-8.
  [[nodiscard]] std::string decode(std::span<const std::int32_t> ids) const;

  /// A vocabulary entry as it is written in vocabularies: "potd</w>".
  [[nodiscard]] std::string_view token(std::int32_t id) const {
    check<choice_error>(id >= 0 && id < size(), [&] {
      return "token " + std::to_string(id) + ": not in the vocabulary: expected 0 to " +
             std::to_string(size() - 1);
    });
    const auto i = std::size_t(id);
    return std::string_view(symbols_).substr(offsets_[i], offsets_[i + 1] - offsets_[i]);
  }

  /// The same in the letters that its bytes are: "°</w>" where vocabularies write "Â°</w>". As written where the
  /// bytes alone are no text that can be shown.
  [[nodiscard]] std::string readable_token(std::int32_t id) const;

  /// The id of the mark that begins every sequence.
  [[nodiscard]] std::int32_t start() const { return size() - 2; }
  /// The id of the mark that ends every sequence; the largest id.
  [[nodiscard]] std::int32_t end() const { return size() - 1; }
  /// The number of ids.
  [[nodiscard]] index_t size() const { return index_t(offsets_.size()) - 1; }

 private:
  void append_word(std::string_view word, detail::word_workspace& work, std::vector<std::int32_t>& ids) const;
  void append_short_word(std::string_view word, std::vector<std::int32_t>& ids) const;
  void append_long_word(std::string_view word, detail::word_workspace& work,
                        std::vector<std::int32_t>& ids) const;
  void learn_whole_words();

  void append_symbol(std::string_view left, std::string_view right) {
    symbols_.append(left).append(right);
    offsets_.push_back(std::uint32_t(symbols_.size()));
  }

  std::string symbols_;                 // all vocabulary entries in a row
  std::vector<std::uint32_t> offsets_;  // (size + 1), where each begins
  detail::merge_table merges_;
  detail::word_table words_;
  std::array<std::int32_t, detail::byte_count> byte_ids_{};  // of a byte inside a word; + 256 at its end
};

inline tokenizer::tokenizer(const std::vector<symbol_pair>& merges, const std::string& origin,
                            index_t first_line)
    : merges_(merges.size()) {
  check<io_error>(merges.size() < (std::size_t(1) << 24),
                  [&] { return origin + ": too many merges: got " + std::to_string(merges.size()); });
  std::size_t length = 4096;  // all of the bytes' symbols and the marks
  for (const auto& [left, right] : merges) length += left.size() + right.size();
  symbols_.reserve(length);  // so that the views below stay
  offsets_.reserve(merges.size() + 2 * std::size_t(detail::byte_count) + 3);
  offsets_.push_back(0);
  detail::symbol_table known(offsets_.capacity());
  const auto add = [&](std::string_view left, std::string_view right) {
    append_symbol(left, right);
    const std::string_view text = token(size() - 1);
    const std::size_t slot = known.slot(text);
    known[slot] = {text, size() - 1};  // the last of equal symbols counts, as in the reference
    return slot;
  };

  const auto bytes = detail::byte_symbols();
  for (const auto ending : {std::string_view(), detail::word_end})
    for (const auto& [byte, character] : bytes) {
      if (ending.empty()) byte_ids_[byte] = size();
      add(unicode::encode({&character, 1}), ending);
    }
  struct slots {
    std::size_t left, right, whole;
  };
  std::vector<slots> parts;
  parts.reserve(merges.size());
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {  // NOLINT(modernize-loop-convert): asks for rank
    const auto& [left, right] = merges[rank];
    const auto slot_of = [&, &rank = rank](std::string_view part) {
      const std::size_t slot = known.slot(part);
      check<io_error>(known[slot].id >= 0, [&] {
        return origin + ":" + std::to_string(std::size_t(first_line) + rank) + ": '" + std::string(part) +
               "': expected a byte's symbol or the result of an earlier merge";
      });
      return slot;
    };
    const std::size_t before = slot_of(left);
    const std::size_t behind = slot_of(right);
    parts.push_back({before, behind, add(left, right)});
  }
  // Only now, since the last of equal symbols is the one that words are made of.
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right, whole] = parts[rank];
    merges_.insert({known[left].id, known[right].id, std::int32_t(rank), known[whole].id});
  }
  append_symbol(detail::start_mark, {});
  append_symbol(detail::end_mark, {});
  COOP_ASSERT(symbols_.size() <= length);
  learn_whole_words();
}

/// A symbol that ends a word need not be what its word becomes: another merge may come first. So each is asked.
inline void tokenizer::learn_whole_words() {
  struct whole_word {
    detail::word_table::key key;
    std::int32_t id;
  };
  std::vector<whole_word> found;
  std::vector<std::int32_t> ids;
  for (std::int32_t id = detail::byte_count; id < start(); ++id) {
    std::string_view word = token(id);
    if (!word.ends_with(detail::word_end)) continue;
    word.remove_suffix(detail::word_end.size());
    const bool printable = std::all_of(word.begin(), word.end(), [](char c) { return c > 32 && c < 127; });
    if (word.empty() || word.size() > detail::word_table::longest || !printable) continue;
    ids.clear();
    append_short_word(word, ids);
    if (ids.size() == 1 && ids[0] == id) found.push_back({detail::word_table::key_of(word), id});
  }
  words_.reserve(found.size());
  for (const auto& word : found) words_.insert(word.key, word.id);
}

inline void tokenizer::append_word(std::string_view word, detail::word_workspace& work,
                                   std::vector<std::int32_t>& ids) const {
  if (word == detail::start_mark || word == detail::end_mark) {
    ids.push_back(word == detail::start_mark ? start() : end());
    return;
  }
  COOP_ASSERT(!word.empty());
  if (word.size() <= detail::word_table::longest) {
    if (const std::int32_t id = words_.find(detail::word_table::key_of(word)); id >= 0) {
      ids.push_back(id);
      return;
    }
  }
  if (word.size() <= detail::short_word) {
    append_short_word(word, ids);
  } else {
    append_long_word(word, work, ids);
  }
}

/// Symbols in a row that closes up after every round; a round as below.
inline void tokenizer::append_short_word(std::string_view word, std::vector<std::int32_t>& ids) const {
  constexpr std::int32_t none = std::numeric_limits<std::int32_t>::max();
  struct symbol {
    std::int32_t id;
    std::int32_t rank, merged;  // of the pair that begins here, and what it becomes
    bool changed;
  };
  std::array<symbol, detail::short_word> symbols;
  std::size_t count = word.size();
  const auto ask = [&](std::size_t i) {
    const auto& merge = merges_.find(symbols[i].id, symbols[i + 1].id);
    symbols[i].rank = merge.rank < 0 ? none : merge.rank;
    symbols[i].merged = merge.id;
  };
  for (std::size_t i = 0; i < count; ++i) symbols[i].id = byte_ids_[static_cast<unsigned char>(word[i])];
  symbols[count - 1].id += detail::byte_count;
  for (std::size_t i = 0; i + 1 < count; ++i) ask(i);
  for (;;) {
    symbols[count - 1].rank = none;
    std::int32_t best = none;
    for (std::size_t i = 0; i + 1 < count; ++i) best = std::min(best, symbols[i].rank);
    if (best == none) break;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i, ++kept) {
      if (symbols[i].rank == best) {
        symbols[kept] = {symbols[i].merged, none, -1, true};
        ++i;  // its right half
      } else {
        symbols[kept] = symbols[i];
        symbols[kept].changed = false;
      }
    }
    count = kept;
    for (std::size_t i = 0; i + 1 < count; ++i) {
      if (symbols[i].changed || symbols[i + 1].changed) ask(i);
    }
  }
  for (std::size_t i = 0; i < count; ++i) ids.push_back(symbols[i].id);
}

/// Time grows with the length of a word and not with its square.
inline void tokenizer::append_long_word(std::string_view word, detail::word_workspace& work,
                                        std::vector<std::int32_t>& ids) const {
  auto& symbols = work.symbols;
  auto& waiting = work.waiting;
  const auto count = std::int32_t(word.size());
  symbols.resize(word.size());
  const auto at = [&](std::int32_t i) -> auto& { return symbols[std::size_t(i)]; };
  const auto merge_at = [&](std::int32_t i) -> auto& { return merges_.find(at(i).id, at(at(i).next).id); };
  for (std::int32_t i = 0; i < count; ++i)
    at(i) = {byte_ids_[static_cast<unsigned char>(word[std::size_t(i)])], i - 1, i + 1, -1};
  at(count - 1).id += detail::byte_count;

  // The heap may hold pairs that are gone: a pair counts while its first symbol still has its rank.
  const auto wait_for = [&](std::int32_t i) {
    at(i).rank = i >= 0 && at(i).next < count ? merge_at(i).rank : -1;
    if (at(i).rank < 0) return;
    waiting.push_back(std::uint64_t(at(i).rank) << 32 | std::uint32_t(i));
    std::push_heap(waiting.begin(), waiting.end(), std::greater<>());
  };
  waiting.clear();
  for (std::int32_t i = 0; i < count; ++i) wait_for(i);

  // One round merges every occurrence of the best pair from left to right. Its occurrences all wait already,
  // since nothing can become one of them: what a merge makes is longer than both its parts. They are taken
  // off before new pairs are put on, because a new pair must wait for the next round even when its rank is
  // better.
  while (!waiting.empty()) {
    const auto rank = std::int32_t(waiting.front() >> 32);
    work.round.clear();
    while (!waiting.empty() && std::int32_t(waiting.front() >> 32) == rank) {
      work.round.push_back(std::int32_t(waiting.front() & 0xFFFFFFFFu));
      std::pop_heap(waiting.begin(), waiting.end(), std::greater<>());
      waiting.pop_back();
    }
    for (const std::int32_t i : work.round) {
      if (at(i).rank != rank) continue;
      const std::int32_t gone = at(i).next;
      at(i).id = merge_at(i).id;
      at(i).next = at(gone).next;
      at(gone).rank = -1;
      if (at(i).next < count) at(at(i).next).previous = i;
      wait_for(i);
      if (at(i).previous >= 0) wait_for(at(i).previous);
    }
  }
  for (std::int32_t i = 0; i < count; i = at(i).next) ids.push_back(at(i).id);
}

inline std::vector<std::int32_t> tokenizer::ids(std::string_view text) const {
  check<choice_error>(text.size() < (std::size_t(1) << 28), [&] {
    return "text of " + std::to_string(text.size()) + " bytes: too long to be tokenised";
  });
  const std::string clean = clean_text(text);
  std::vector<std::int32_t> ids;
  ids.reserve(clean.size() / 4 + 8);
  detail::word_workspace work;
  std::size_t position = 0;
  for (auto word = detail::next_word(clean, position); !word.empty();
       word = detail::next_word(clean, position))
    append_word(word, work, ids);
  return ids;
}

inline token_sequence tokenizer::encode(std::string_view text, index_t context_length) const {
  const auto inside = ids(text);
  const std::size_t whole = inside.size() + 2;
  check<choice_error>(context_length >= 2 && whole <= std::size_t(context_length), [&] {
    constexpr std::size_t shown = 80;
    std::string head(text.substr(0, shown));
    if (text.size() > shown) head += "...";
    return "text '" + head + "': too many tokens: expected at most " + std::to_string(context_length) +
           " with both marks, got " + std::to_string(whole);
  });
  token_sequence sequence;
  sequence.ids.reserve(whole);
  sequence.ids.push_back(start());
  sequence.ids.insert(sequence.ids.end(), inside.begin(), inside.end());
  sequence.ids.push_back(end());
  sequence.eot = index_t(std::find(sequence.ids.begin(), sequence.ids.end(), end()) - sequence.ids.begin());
  return sequence;
}

inline std::string tokenizer::decode(std::span<const std::int32_t> ids) const {
  std::array<char, 2 * std::size_t(detail::byte_count)>
      byte_of{};  // of the characters that bytes are written as
  for (const auto& [byte, character] : detail::byte_symbols()) byte_of[character] = static_cast<char>(byte);
  std::string bytes;
  for (const std::int32_t id : ids) {
    const auto symbol = token(id);
    for (std::size_t at = 0; at < symbol.size();) bytes += byte_of[unicode::next_code_point(symbol, at)];
  }
  const std::string symbols = unicode::encode(unicode::decode(bytes));
  std::string text;
  std::size_t from = 0;
  for (std::size_t end = 0; (end = symbols.find(detail::word_end, from)) != std::string::npos;) {
    text.append(symbols, from, end - from).push_back(' ');
    from = end + detail::word_end.size();
  }
  return text.append(symbols, from);
}

inline std::string tokenizer::readable_token(std::int32_t id) const {
  const std::string_view written = token(id);
  const bool ends = written.ends_with(detail::word_end);
  const std::string bytes = decode({&id, 1});
  const std::string_view text =
      std::string_view(bytes).substr(0, bytes.size() - (ends ? 1 : 0));  // its blank
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = unicode::next_code_point(text, at);
    const bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    if (is_control || c == unicode::replacement || unicode::is_space(c)) return std::string(written);
  }
  return std::string(text).append(ends ? detail::word_end : std::string_view());
}

/**
 * The tokenizer of a vocabulary file, plain or gzip: OpenAI's bpe_simple_vocab_16e6.txt, whose merges behind
 * the 48,894th are not used, Hugging Face's merges.txt, or a shorter list in their format. A first line that
 * begins with "bpe_simple_vocab (with its quotation mark) or `#version` is a comment; without it the merges
 * begin at once.
 */
inline tokenizer load_tokenizer(const std::string& path) {
  const std::string file = read_text_or_gzip(path);
  std::string_view rest = file;
  const auto take_line = [&] {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  };
  index_t line_number = 0;
  if (rest.starts_with("\"bpe_simple_vocab") || rest.starts_with("#version")) {
    take_line();
    ++line_number;
  }
  const index_t first_line = line_number + 1;

  std::vector<symbol_pair> merges;
  bool ends_words = false;
  while (!rest.empty() && index_t(merges.size()) < detail::merges_of_clip) {
    const auto line = take_line();
    ++line_number;
    if (line.empty() && rest.find_first_not_of("\r\n") == std::string_view::npos) break;
    const std::size_t blank = line.find(' ');
    check<io_error>(blank != std::string_view::npos && blank > 0 && blank + 1 < line.size() &&
                        line.find_first_of(" \t", blank + 1) == std::string_view::npos,
                    [&] {
                      return path + ":" + std::to_string(line_number) +
                             ": not a merge: expected two symbols with a blank between, got '" +
                             std::string(line.substr(0, 40)) + "'";
                    });
    merges.push_back({line.substr(0, blank), line.substr(blank + 1)});
    ends_words = ends_words || line.ends_with(detail::word_end);
  }
  check<io_error>(!merges.empty(), [&] { return path + ": no merges: expected a vocabulary of byte pairs"; });
  // GPT-2's files look alike, and would load and give wrong ids.
  check<io_error>(ends_words, [&] {
    return path + ": not a vocabulary of CLIP's kind: expected merges that end a word with </w>, got none";
  });
  return tokenizer(merges, path, first_line);
}

}  // namespace coop

#endif
