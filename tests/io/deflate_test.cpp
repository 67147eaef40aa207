// SPDX-License-Identifier: MIT
#include <coop/io/deflate.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

BOOST_AUTO_TEST_SUITE(deflating)

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// "coop coop coop coop\n" deflated by Python's zlib without a frame.
const std::string folded("\x4b\xce\xcf\x2f\x50\x48\x46\x21\xb8\x00", 10);

}  // namespace

BOOST_AUTO_TEST_CASE(the_check_sum_is_that_of_the_standard) {
  BOOST_TEST(coop::crc32_of(bytes_of("123456789")) == 0xcbf43926u);
  BOOST_TEST(coop::crc32_of({}) == 0u);
}

BOOST_AUTO_TEST_CASE(a_stream_unfolds_to_its_text) {
  BOOST_TEST(coop::inflated(bytes_of(folded), 20, "f") == "coop coop coop coop\n");
}

BOOST_AUTO_TEST_CASE(a_stream_of_another_length_or_cut_short_or_damaged_is_an_error) {
  const auto says = [](const std::string& what) {
    return [=](const coop::io_error& e) { return std::string(e.what()).find(what) != std::string::npos; };
  };

  BOOST_CHECK_EXCEPTION(coop::inflated(bytes_of(folded), 21, "f"), coop::io_error,
                        says("coop: f: cannot be decompressed: expected 21 bytes, got 20"));
  BOOST_CHECK_EXCEPTION(coop::inflated(bytes_of(folded), 5, "f"), coop::io_error, says("too long"));
  BOOST_CHECK_EXCEPTION(coop::inflated(bytes_of(folded.substr(0, 5)), 20, "f"), coop::io_error,
                        says("truncated"));
  BOOST_CHECK_EXCEPTION(coop::inflated(bytes_of("\x07nonsense"), 20, "f"), coop::io_error,
                        says("invalid block type"));
}

BOOST_AUTO_TEST_CASE(a_claim_that_no_stream_can_keep_is_refused_before_memory_is_taken) {
  const std::size_t most = coop::most_bytes_of_a_deflated_byte;
  BOOST_CHECK_EXCEPTION(coop::inflated(bytes_of(folded), 4'000'000'000u, "f"), coop::io_error,
                        [](const coop::io_error& e) {
                          return std::string(e.what()) ==
                                 "coop: f: cannot be decompressed: 10 bytes cannot unfold to 4000000000: "
                                 "expected at most 1032 of each";
                        });
  BOOST_CHECK_EXCEPTION(coop::inflated(bytes_of(folded), 10 * most, "f"), coop::io_error,
                        [](const coop::io_error& e) {
                          return std::string(e.what()).ends_with("expected 10320 bytes, got 20");
                        });
}

BOOST_AUTO_TEST_CASE(parts_of_a_long_stream_are_its_text_in_order) {
  std::string text(1'000'000, '\0');
  for (std::size_t i = 0; i < text.size(); i += 1000) text[i] = char(i / 1000);
  std::string stream(text.size(), '\0');
  z_stream state{};
  BOOST_REQUIRE(deflateInit2(&state, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  state.next_in = reinterpret_cast<Bytef*>(text.data());
  state.avail_in = static_cast<uInt>(text.size());
  state.next_out = reinterpret_cast<Bytef*>(stream.data());
  state.avail_out = static_cast<uInt>(stream.size());
  BOOST_REQUIRE(deflate(&state, Z_FINISH) == Z_STREAM_END);
  stream.resize(stream.size() - state.avail_out);
  deflateEnd(&state);

  std::uint32_t sum = 0;
  std::size_t largest = 0;
  coop::inflate_parts(bytes_of(stream), text.size(), "f", [&](std::span<const std::byte> part) {
    sum = coop::crc32_of(part, sum);
    largest = std::max(largest, part.size());
  });

  BOOST_TEST(sum == coop::crc32_of(bytes_of(text)));
  BOOST_TEST(largest <= std::size_t(1) << 15);
  BOOST_TEST((coop::inflated(bytes_of(stream), text.size(), "f") == text));
}

BOOST_AUTO_TEST_SUITE_END()
