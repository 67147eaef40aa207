// SPDX-License-Identifier: MIT
//
// What zlib unfolds: a gzip file, or plain text, and the bare deflate stream of a zip file's member, whose size is said
// elsewhere: here by the first three bytes.
#include <coop/io/deflate.hpp>
#include <coop/io/gzip.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace coop;
  const std::string_view input = fuzz::text_of(data, size);
  constexpr std::size_t limit = std::size_t(1) << 24;
  const fuzz::memory_file file(input);
  fuzz::is_read(size, [&] {
    fuzz::expect(read_text_or_gzip(file.path(), limit).size() <= limit, "more text than was allowed");
  });

  fuzz::parts parts(input);
  std::size_t claimed = parts.byte();
  claimed = claimed << 8 | parts.byte();
  claimed = claimed << 8 | parts.byte();
  fuzz::is_read(size, [&] {
    const std::string text = inflated(fuzz::bytes_of(parts.rest()), claimed, "stream");
    fuzz::expect(text.size() == claimed, "another size than was asked for");
    static_cast<void>(crc32_of(fuzz::bytes_of(text)));
  });
  return 0;
}
