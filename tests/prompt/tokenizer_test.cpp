// SPDX-License-Identifier: MIT
#include <coop/prompt/tokenizer.hpp>

#include "support/clip_vocabulary.hpp"
#include "support/escaped.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(tokenization)

namespace {

using coop::test::has_clip_vocabulary;
using ids = std::vector<std::int32_t>;

/// A vocabulary one can follow by hand: ids 512 to 517 are the merges, 518 and 519 the marks.
const coop::tokenizer& small() {
  static const coop::tokenizer words(
      {{"a", "b"}, {"ab", "ab"}, {"d", "o"}, {"do", "g</w>"}, {"a", "a"}, {"b", "a</w>"}});
  return words;
}

const coop::tokenizer& clip() {
  static const coop::tokenizer words = coop::load_tokenizer(coop::test::clip_vocabulary());
  return words;
}

/// The id of a byte inside a word; + 256 at its end.
constexpr std::int32_t byte(char c) { return c - '!'; }

std::string write(const temporary_folder& folder, const std::string& text) {
  std::ofstream(folder / "merges.txt", std::ios::binary) << text;
  return folder / "merges.txt";
}

template <class Error>
auto says(std::string part) {
  return [part = std::move(part)](const Error& failure) {
    BOOST_TEST_MESSAGE(failure.what());
    return std::string(failure.what()).find(part) != std::string::npos;
  };
}

}  // namespace

BOOST_AUTO_TEST_CASE(ids_are_bytes_bytes_that_end_words_merges_and_marks) {
  const coop::tokenizer none{std::vector<coop::symbol_pair>{}};

  BOOST_TEST(none.size() == 514);
  BOOST_TEST(none.start() == 512);
  BOOST_TEST(none.end() == 513);
  BOOST_TEST(none.token(0) == "!");
  BOOST_TEST(none.token(93) == "~");
  BOOST_TEST(none.token(94) == "\u00A1");
  BOOST_TEST(none.token(187) == "\u00FF");
  BOOST_TEST(none.token(188) == "\u0100");  // byte 0
  BOOST_TEST(none.token(220) == "\u0120");  // the blank
  BOOST_TEST(none.token(255) == "\u0143");  // byte 173
  BOOST_TEST(none.token(256) == "!</w>");
  BOOST_TEST(small().token(515) == "dog</w>");
  BOOST_TEST(small().token(small().start()) == "<|startoftext|>");
  BOOST_TEST(small().token(small().end()) == "<|endoftext|>");
}

BOOST_AUTO_TEST_CASE(a_token_can_be_read_where_its_bytes_are_text) {
  // The degree sign is the bytes C2 B0, written as these two letters.
  const coop::tokenizer words(std::vector<coop::symbol_pair>{{"\u00C2", "\u00B0</w>"}, {"d", "o"}});

  BOOST_TEST(words.token(512) == "\u00C2\u00B0</w>");
  BOOST_TEST(words.readable_token(512) == "\u00B0</w>");
  BOOST_TEST(words.readable_token(513) == "do");
  BOOST_TEST(words.readable_token(words.start()) == "<|startoftext|>");
  BOOST_TEST(words.readable_token(byte('!') + 256) == "!</w>");
  BOOST_TEST(words.readable_token(94 + 12 + 21) == words.token(94 + 12 + 21));  // C2 alone
  BOOST_TEST(words.readable_token(188) == "\u0100");                            // byte 0
  BOOST_TEST(words.readable_token(220) == "\u0120");                            // the blank
  BOOST_CHECK_THROW(std::ignore = words.readable_token(words.size()), coop::choice_error);
}

BOOST_AUTO_TEST_CASE(no_two_ids_of_bytes_are_written_alike) {
  std::set<std::string_view> symbols;
  for (std::int32_t id = 0; id < 512; ++id) symbols.insert(small().token(id));
  BOOST_TEST(symbols.size() == 512u);
}

BOOST_AUTO_TEST_CASE(words_are_merged_by_rank_and_not_from_left_to_right) {
  BOOST_TEST(small().ids("dog") == (ids{515}));
  BOOST_TEST(small().ids("dogs") == (ids{514, byte('g'), byte('s') + 256}));
  BOOST_TEST(small().ids("ab") == (ids{byte('a'), byte('b') + 256}));  // b</w> is another symbol than b
  BOOST_TEST(small().ids("ababx") == (ids{513, byte('x') + 256}));
  BOOST_TEST(small().ids("aba") == (ids{512, byte('a') + 256}));  // a b comes before b a</w>
  BOOST_TEST(small().ids("bba") == (ids{byte('b'), 517}));
}

BOOST_AUTO_TEST_CASE(overlapping_pairs_are_merged_from_the_left) {
  BOOST_TEST(small().ids("aaax") == (ids{516, byte('a'), byte('x') + 256}));
  BOOST_TEST(small().ids("aaaax") == (ids{516, 516, byte('x') + 256}));
  BOOST_TEST(small().ids("aaaaax") == (ids{516, 516, byte('a'), byte('x') + 256}));
}

BOOST_AUTO_TEST_CASE(a_symbol_that_is_a_whole_word_counts_only_where_merging_leads_to_it) {
  const coop::tokenizer words({{"b", "c</w>"}, {"a", "b"}, {"ab", "c</w>"}, {"ab", "d</w>"}});
  BOOST_TEST(words.token(514) == "abc</w>");
  BOOST_TEST(words.ids("abc") == (ids{byte('a'), 512}));
  BOOST_TEST(words.ids("abd") == ids{515});
}

BOOST_AUTO_TEST_CASE(words_of_every_length_are_merged_as_the_rule_says) {
  const std::vector<coop::symbol_pair> known{
      {"b", "b"},       {"a", "b"},     {"b", "a"},      {"ab", "ab"},     {"b", "b</w>"},
      {"ab", "a"},      {"a", "a"},     {"aa", "a</w>"}, {"aa", "ab"},     {"abab", "abab"},
      {"aba", "a</w>"}, {"aaab", "ba"}, {"aa", "abab"},  {"abab", "b</w>"}};
  const coop::tokenizer words(known);
  std::uint32_t random = 7;
  for (std::size_t length = 1; length <= 120; ++length) {
    std::string word;
    std::vector<std::string> symbols;
    for (std::size_t i = 0; i < length; ++i) {
      random = random * 1664525u + 1013904223u;
      word += (random >> 24) % 3 == 0 ? 'b' : 'a';
      symbols.emplace_back(1, word.back());
    }
    symbols.back() += "</w>";
    for (bool merged = true; merged;) {  // the rule: all of the best pair that is there, again and again
      merged = false;
      for (std::size_t rank = 0; rank < known.size() && !merged; ++rank) {
        std::vector<std::string> next;
        for (std::size_t i = 0; i < symbols.size(); ++i) {
          const bool here =
              i + 1 < symbols.size() && symbols[i] == known[rank].left && symbols[i + 1] == known[rank].right;
          next.push_back(here ? symbols[i] + symbols[i + 1] : symbols[i]);
          i += here ? 1 : 0;
          merged = merged || here;
        }
        symbols = next;
      }
    }
    std::vector<std::string> found;
    for (const std::int32_t id : words.ids(word)) found.emplace_back(words.token(id));
    BOOST_TEST(found == symbols, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(of_equal_symbols_the_later_id_is_used) {
  const coop::tokenizer words({{"a", "b"}, {"b", "c"}, {"a", "bc"}, {"ab", "c"}, {"abc", "d</w>"}});

  BOOST_TEST(words.token(514) == words.token(515));
  BOOST_TEST(words.ids("abcx") == (ids{515, byte('x') + 256}));
  BOOST_TEST(words.ids("abcd") == (ids{516}));
}

BOOST_AUTO_TEST_CASE(numbers_stand_alone_and_letters_and_the_rest_run_together) {
  const auto count = [](const std::string& text) {
    std::size_t words = 0;
    for (const auto id : small().ids(text)) words += small().token(id).ends_with("</w>") ? 1 : 0;
    return words;
  };
  BOOST_TEST(count("2012") == 4u);
  BOOST_TEST(count("x1y") == 3u);
  BOOST_TEST(count("a.,!?b") == 3u);
  BOOST_TEST(count("a_b") == 3u);
  BOOST_TEST(count("it's") == 2u);
  BOOST_TEST(count("it'x") == 3u);
  BOOST_TEST(count("we'LL've") == 3u);
  BOOST_TEST(count("...'s") == 2u);  // the apostrophe belongs to the points
  BOOST_TEST(count("  ") == 0u);
}

BOOST_AUTO_TEST_CASE(marks_written_in_a_text_are_marks) {
  BOOST_TEST(small().ids("<|startoftext|>dog<|endoftext|>") == (ids{518, 515, 519}));
  BOOST_TEST(small().ids("<|ENDOFTEXT|>") == (ids{519}));
  BOOST_TEST(small().ids("<|endoftext").size() == 10u);  // no mark: bytes, of which d o merge
}

BOOST_AUTO_TEST_CASE(a_sequence_has_its_marks_and_knows_its_end) {
  BOOST_TEST((small().encode("dog") == coop::token_sequence{{518, 515, 519}, 2}));
  BOOST_TEST((small().encode("") == coop::token_sequence{{518, 519}, 1}));
  BOOST_TEST(small().encode("dog <|endoftext|> dog").eot == 2);  // the first end mark is the one that is read
}

BOOST_AUTO_TEST_CASE(too_long_a_text_is_an_error_that_names_it_and_the_counts) {
  BOOST_TEST(small().encode("dog dog dog", 5).ids.size() == 5u);
  BOOST_CHECK_EXCEPTION(
      std::ignore = small().encode("dog dog dog", 4), coop::choice_error,
      says<coop::choice_error>("coop: text 'dog dog dog': too many tokens: expected at most 4 with "
                               "both marks, got 5"));
  BOOST_CHECK_EXCEPTION(
      std::ignore = small().encode(std::string(1000, '1')), coop::choice_error,
      says<coop::choice_error>("...': too many tokens: expected at most 77 with both marks, got 1002"));
}

BOOST_AUTO_TEST_CASE(ids_become_text_again) {
  BOOST_TEST(small().decode(small().ids("a dog, 2 dogs! café 日本 😀")) == "a dog , 2 dogs ! café 日本 😀 ");
  BOOST_TEST(small().decode(ids{}).empty());
  BOOST_TEST(small().decode(ids{518, 515, 519}) == "<|startoftext|>dog <|endoftext|>");
  BOOST_TEST(small().decode(ids{127 + 94 - 33}) == std::string(1, '\0'));  // byte 0
  BOOST_TEST(small().decode(ids{94 + 12 + 21}) == "\uFFFD");               // a lead byte without the rest
}

BOOST_AUTO_TEST_CASE(an_id_outside_the_vocabulary_is_an_error) {
  for (const std::int32_t id : {-1, 520}) {
    BOOST_CHECK_EXCEPTION(std::ignore = small().token(id), coop::choice_error,
                          says<coop::choice_error>("not in the vocabulary: expected 0 to 519"));
    BOOST_CHECK_THROW(std::ignore = small().decode(ids{id}), coop::choice_error);
  }
}

BOOST_AUTO_TEST_CASE(a_word_of_a_million_letters_takes_no_quadratic_time) {
  const std::string word(1 << 20, 'a');

  const auto many = small().ids(word);

  BOOST_TEST(many.size() ==
             (1u << 19) + 1u);  // pairs, and the last two: the one at the end is another symbol
}

BOOST_AUTO_TEST_CASE(a_file_may_have_either_header_or_none_and_either_line_end) {
  const temporary_folder folder;
  const std::string merges = "d o\ndo g</w>\n";
  for (const std::string& text :
       {merges, "#version: 0.2\n" + merges, "\"bpe_simple_vocab_small.txt#version: 0.2\n" + merges,
        std::string("#version: 0.2\r\nd o\r\ndo g</w>\r\n\r\n"), std::string("d o\ndo g</w>")}) {
    const auto words = coop::load_tokenizer(write(folder, text));
    BOOST_TEST(words.size() == 516);
    BOOST_TEST(words.ids("dog") == (ids{513}));
  }
}

BOOST_AUTO_TEST_CASE(a_line_that_is_no_merge_is_an_error_that_names_file_and_line) {
  const temporary_folder folder;
  const auto fails = [&](const std::string& text, const std::string& what) {
    const std::string path = write(folder, text);
    BOOST_CHECK_EXCEPTION(coop::load_tokenizer(path), coop::io_error,
                          says<coop::io_error>("coop: " + path + what));
  };
  fails("#version: 0.2\nd o\nonly\n",
        ":3: not a merge: expected two symbols with a blank between, got 'only'");
  fails("d o\n\nd o</w>\n", ":2: not a merge");
  fails("a b c\n", ":1: not a merge");
  fails(" a\n", ":1: not a merge");
  fails("#version: 0.2\nd o\ndog g</w>\n",
        ":3: 'dog': expected a byte's symbol or the result of an earlier merge");
  fails("", ": no merges");
  fails("#version: 0.2\n", ": no merges");
  fails("d o\ndo g\n", ": not a vocabulary of CLIP's kind");
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_an_error_that_names_it) {
  BOOST_CHECK_EXCEPTION(coop::load_tokenizer("/nowhere/merges.txt"), coop::io_error,
                        says<coop::io_error>("coop: /nowhere/merges.txt: cannot open"));
}

BOOST_AUTO_TEST_CASE(many_threads_may_ask_one_tokenizer) {
  std::vector<ids> answers(4);
  std::vector<std::thread> threads;
  for (auto& answer : answers)
    threads.emplace_back([&answer] {
      for (int i = 0; i < 200; ++i) answer = small().ids("a dog, ababa dogs aaaa");
    });
  for (auto& thread : threads) thread.join();

  for (const auto& answer : answers) BOOST_TEST(answer == small().ids("a dog, ababa dogs aaaa"));
}

BOOST_AUTO_TEST_CASE(clip_has_49408_ids, *boost::unit_test::precondition(has_clip_vocabulary)) {
  BOOST_TEST(clip().size() == 49408);
  BOOST_TEST(clip().start() == 49406);
  BOOST_TEST(clip().end() == 49407);
  BOOST_TEST(clip().token(512) == "in");
  BOOST_TEST(clip().token(49405) == "jekyll</w>");
  BOOST_TEST(clip().token(320) == "a</w>");
  BOOST_TEST(clip().token(1929) == "dog</w>");
}

BOOST_AUTO_TEST_CASE(clip_gives_the_published_ids, *boost::unit_test::precondition(has_clip_vocabulary)) {
  const std::vector<std::pair<std::string, ids>> vectors = {
      {"a photo of a", {320, 1125, 539, 320}},
      {"a photo of a dog.", {320, 1125, 539, 320, 1929, 269}},
      {"X", {343}},
      {"X X X X dog.", {343, 343, 343, 343, 1929, 269}},
      {"a photo of a cat, a type of pet.", {320, 1125, 539, 320, 2368, 267, 320, 3877, 539, 3703, 269}},
      {"Hello World!", {3306, 1002, 256}},
      {"itap of a golden retriever.", {529, 2728, 539, 320, 3878, 28394, 269}},
      {"2012 BMW M3 coupe", {273, 271, 272, 273, 7869, 332, 274, 16773}},
      {"Boeing 737-200", {11857, 278, 274, 278, 268, 273, 271, 271}},
      {"military hat (bearskin or shako)", {4323, 3801, 263, 6375, 3575, 541, 8385, 334, 264}},
      {"a photo of a military hat (bearskin or shako).",
       {320, 1125, 539, 320, 4323, 3801, 263, 6375, 3575, 541, 8385, 334, 1818}},
      {"kite (bird of prey)", {19867, 263, 3329, 539, 17131, 264}},
      {"St. Bernard", {545, 269, 14579}},
      {"don't we'll  multiple   spaces", {847, 713, 649, 1342, 6470, 9006}},
      {"naïve café", {1097, 35689, 563, 15304}},
      {"日本", {39121, 19277, 361}},
      {"😀", {7334}},
      {"&amp;amp; &lt;b&gt;", {261, 283, 321, 285}},
      {"a_b c", {320, 318, 321, 322}},
      {"centrally...", {2370, 769, 678}},
      {"annual crop land", {2906, 9955, 973}},
  };
  for (const auto& [text, expected] : vectors) {
    BOOST_TEST_CONTEXT(text) BOOST_TEST(clip().ids(text) == expected, boost::test_tools::per_element());
  }
  BOOST_TEST((clip().encode("Hello World!") == coop::token_sequence{{49406, 3306, 1002, 256, 49407}, 4}));
}

BOOST_AUTO_TEST_CASE(clip_agrees_with_the_published_algorithm_on_every_text_of_the_list,
                     *boost::unit_test::precondition(has_clip_vocabulary)) {
  std::ifstream file(coop::test::folder() / "data" / "tokens.txt", std::ios::binary);
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t tab = line.find('\t');
    std::istringstream numbers(line.substr(0, tab));
    ids expected;
    for (std::int32_t id = 0; numbers >> id;) expected.push_back(id);

    const auto found = clip().ids(coop::tests::unescaped(line.substr(tab + 1)));

    BOOST_TEST_CONTEXT(line) BOOST_TEST(found == expected, boost::test_tools::per_element());
    ++count;
  }
  BOOST_TEST(count == 863u);
}

BOOST_AUTO_TEST_SUITE_END()
