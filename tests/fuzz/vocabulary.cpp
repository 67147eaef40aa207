// SPDX-License-Identifier: MIT
//
// Vocabulary files, and words by what they say: text behind a line "----", or the file itself.
#include <coop/prompt/tokenizer.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace coop;
  const std::string_view input = fuzz::text_of(data, size);
  fuzz::parts parts(input);
  const std::string_view merges = parts.part();
  const std::string_view text = parts.rest().empty() ? input : parts.rest();
  const fuzz::memory_file file(merges);
  fuzz::is_read(size, [&] {
    const tokenizer words = load_tokenizer(file.path());
    for (std::int32_t id = 0; id < words.size(); ++id) {
      fuzz::expect(!words.token(id).empty() && !words.readable_token(id).empty(), "an empty token");
    }
    // Short words and long ones are merged in two ways: a token is where both put it, whatever stands around it.
    const std::vector<std::int32_t> ids = words.ids(text);
    for (const std::int32_t id : ids) fuzz::expect(id >= 0 && id < words.size(), "a token that is none");
    static_cast<void>(words.decode(ids));
  });
  return 0;
}
