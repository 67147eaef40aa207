// SPDX-License-Identifier: MIT
//
// Text on its way to tokens: UTF-8, normal form, lower case, references of HTML, cleaning, words and merges.
#include <coop/prompt/tokenizer.hpp>

#include "../support/small_tokenizer.hpp"
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace coop;
  const std::string_view input = fuzz::text_of(data, size);
  const std::u32string codes = unicode::decode(input);
  const std::string text = unicode::encode(codes);
  fuzz::expect(unicode::decode(text) == codes, "UTF-8 that is not what it was");
  const std::u32string composed = unicode::nfc(codes);
  fuzz::expect(unicode::nfc(composed) == composed, "a normal form that is none");
  static_cast<void>(unicode::lower(codes));
  static_cast<void>(unescape_html(input));
  const std::string clean = clean_text(input);
  fuzz::expect(unicode::encode(unicode::decode(clean)) == clean, "cleaned text that is not UTF-8");

  static const tokenizer words = tests::small_tokenizer();
  const std::vector<std::int32_t> ids = words.ids(input);
  for (const std::int32_t id : ids) {
    fuzz::expect(id >= 0 && id < words.size(), "a token that is none");
  }
  // Tokens hold the text's bytes, all but white space, in their order.
  const auto dense = [](std::string_view of) {
    std::u32string kept;
    for (const char32_t c : unicode::decode(of)) {
      if (detail::kind_of(c) != detail::letter_kind::space) kept += c;
    }
    return kept;
  };
  fuzz::expect(dense(words.decode(ids)) == dense(clean), "tokens of another text");
  fuzz::is_read(size, [&] {
    const token_sequence sequence = words.encode(input, 77);
    fuzz::expect(sequence.ids.size() <= 77 && sequence.ids[std::size_t(sequence.eot)] == words.end(),
                 "marks");
  });
  return 0;
}
