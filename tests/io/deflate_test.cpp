// SPDX-License-Identifier: MIT
#include <coop/io/deflate.hpp>

#include <boost/test/unit_test.hpp>

#include <span>
#include <string>

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// "coop coop coop coop\n" deflated by Python's zlib without a frame.
const std::string folded("\x4b\xce\xcf\x2f\x50\x48\x46\x21\xb8\x00", 10);

}  // namespace

BOOST_AUTO_TEST_SUITE(deflating)

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

BOOST_AUTO_TEST_SUITE_END()
