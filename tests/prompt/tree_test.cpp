// SPDX-License-Identifier: MIT
//
// From names to sequences: equal to the published concatenations for every pair of policies, and the quirks
// of names and initial words.
#include <coop/prompt/tree.hpp>

#include <coop/dispatch.hpp>

#include "../support/published_prompts.hpp"
#include "../support/small_tokenizer.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(tree_of_prompts)

using namespace coop;
using sources = std::vector<std::int32_t>;

namespace {

const tokenizer words = tests::small_tokenizer();
constexpr index_t window = 40;
const std::vector<std::string> names{"cat",  "cat dog",   "cat dog bird", "tern",
                                     "tern", "house_cat", "kite (bird)",  ""};

bool mentions(const error& e, const std::vector<std::string>& parts) {
  const std::string text = e.what();
  for (const auto& part : parts) {
    if (text.find(part) == std::string::npos) return false;
  }
  return true;
}

/// Compares every class's sequence with the published one up to its end mark, behind which only padding may
/// stand.
template <Context C, Placement P>
void equals_published(const std::string& initial, index_t length) {
  const auto begin = initial_words(words, initial, length);
  const auto suffixes = class_suffixes(words, names, begin, window);
  for (index_t c = 0; c < index_t(names.size()); ++c) {
    const auto ours = prompt_sources<C, P>(suffixes[std::size_t(c)], c, begin.length, words.start());
    const auto theirs = tests::published(
        words, names[std::size_t(c)], c, begin.length, initial.empty() ? tests::placeholder(length) : initial,
        P::name, window, [&](index_t k, index_t i) { return C::row(k, i, begin.length); });
    const sources read(theirs.sources.begin(), theirs.sources.begin() + theirs.end + 1);
    BOOST_TEST(ours == read, "class '" << names[std::size_t(c)] << "', " << C::name << ", " << P::name
                                       << ", length " << begin.length);
    for (std::size_t i = std::size_t(theirs.end) + 1; i < theirs.sources.size(); ++i) {
      BOOST_REQUIRE(theirs.sources[i] == 0);
    }
  }
}

template <class F>
void for_all_policies(const F& f) {
  for_each_type(context::all{}, [&](auto c) {
    for_each_type(placement::all{}, [&](auto p) {
      f.template operator()<typename decltype(c)::type, typename decltype(p)::type>();
    });
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(sequences_are_the_published_concatenations_for_even_and_odd_lengths) {
  for (const index_t length : {1, 2, 5, 16}) {
    for_all_policies([&]<class C, class P>() { equals_published<C, P>("", length); });
  }
}

BOOST_AUTO_TEST_CASE(sequences_are_the_published_concatenations_with_initial_words) {
  for (const char* initial : {"a photo of a", "a_photo_of_a", "photo", "photo of house"}) {
    for_all_policies([&]<class C, class P>() { equals_published<C, P>(initial, 16); });
  }
}

BOOST_AUTO_TEST_CASE(a_prompt_reads_start_context_name_period_end) {
  const auto begin = initial_words(words, "", 2);
  const auto suffix = class_suffixes(words, {"cat"}, begin, window).front();
  const auto cat = words.ids("cat").front();
  const auto period = words.ids(".").front();

  const auto end = prompt_sources<context::unified, placement::end>(suffix, 0, 2, words.start());
  const auto middle = prompt_sources<context::class_specific, placement::middle>(suffix, 3, 2, words.start());

  BOOST_TEST(end == (sources{words.start(), -1, -2, cat, period, words.end()}));
  BOOST_TEST(middle == (sources{words.start(), -7, cat, -8, period, words.end()}));
}

BOOST_AUTO_TEST_CASE(a_closing_bracket_and_the_period_are_one_token_that_counts_as_the_name) {
  const auto begin = initial_words(words, "", 1);
  const auto suffix = class_suffixes(words, {"(bird)"}, begin, window).front();

  BOOST_TEST(words.token(suffix.suffix[std::size_t(suffix.name) - 1]) == ").</w>");
  BOOST_TEST(suffix.suffix.size() == std::size_t(suffix.name) + 1);
}

BOOST_AUTO_TEST_CASE(without_initial_words_the_length_is_the_one_asked_for) {
  const auto begin = initial_words(words, "", 3);

  BOOST_TEST(begin.text == "X X X");
  BOOST_TEST(begin.length == 3);
  BOOST_TEST(begin.ids.empty());
}

BOOST_AUTO_TEST_CASE(initial_words_set_the_length_and_underscores_are_blanks) {
  const auto begin = initial_words(words, "photo_of a cat", 16);

  BOOST_TEST(begin.length == 4);
  BOOST_TEST(begin.text == "photo of a cat");
  BOOST_TEST(begin.ids == words.ids("photo of a cat"));
}

BOOST_AUTO_TEST_CASE(blanks_around_and_between_initial_words_do_not_count) {
  BOOST_TEST(initial_words(words, "  photo   of__cat ", 16).length == 3);
}

BOOST_AUTO_TEST_CASE(of_an_initial_word_of_many_tokens_the_surplus_stays_in_front_of_the_name) {
  const auto begin = initial_words(words, "photo of house", 16);
  const auto suffix = class_suffixes(words, {"cat"}, begin, window).front();

  BOOST_TEST(begin.length == 3);
  BOOST_TEST(words.token(begin.ids.back()) == "h");
  BOOST_TEST(words.token(suffix.suffix.front()) == "o");
  BOOST_TEST(suffix.name == 1);
}

BOOST_AUTO_TEST_CASE(no_context_vectors_are_refused) {
  BOOST_CHECK_EXCEPTION(initial_words(words, "", 0), choice_error, [](const auto& e) {
    return mentions(e, {"context length", "at least 1", "got 0"});
  });
}

BOOST_AUTO_TEST_CASE(initial_words_of_blanks_alone_are_refused) {
  BOOST_CHECK_EXCEPTION(initial_words(words, " _ ", 4), choice_error, [](const auto& e) {
    return mentions(e, {"initial words ' _ '", "at least one word"});
  });
}

BOOST_AUTO_TEST_CASE(too_long_a_prompt_names_the_class_and_both_counts) {
  const auto begin = initial_words(words, "", 16);

  BOOST_CHECK_EXCEPTION(
      class_suffixes(words, {"cat", "an unpronounceable_name"}, begin, 36), choice_error, [](const auto& e) {
        return mentions(
            e, {"class 'an unpronounceable_name'", "16 context vectors", "has 40 tokens", "at most 36"});
      });
}

BOOST_AUTO_TEST_CASE(a_prompt_that_just_fits_is_taken) {
  const auto begin = initial_words(words, "", 4);

  BOOST_TEST(class_suffixes(words, {"cat"}, begin, 8).size() == 1u);  // start, 4, cat, period, end
  BOOST_CHECK_THROW(class_suffixes(words, {"cat"}, begin, 7), choice_error);
}

BOOST_AUTO_TEST_CASE(a_name_that_holds_a_mark_is_refused) {
  const auto begin = initial_words(words, "", 4);

  BOOST_CHECK_EXCEPTION(class_suffixes(words, {"cat <|endoftext|>"}, begin, window), choice_error,
                        [](const auto& e) {
                          return mentions(e, {"class 'cat <|endoftext|>'", "end mark"});
                        });
}

BOOST_AUTO_TEST_CASE(a_source_and_its_context_row_are_inverse) {
  for (const index_t row : {0, 1, 1600}) {
    BOOST_TEST(context_source(row) < 0);
    BOOST_TEST(context_row(context_source(row)) == row);
  }
}

BOOST_AUTO_TEST_SUITE_END()
