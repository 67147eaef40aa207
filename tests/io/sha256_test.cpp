// SPDX-License-Identifier: MIT
//
// The examples of FIPS 180-4 and lengths around the block of 64 bytes.
#include <coop/io/sha256.hpp>

#include "support/temporary_folder.hpp"

#include <coop/io/atomic_file.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

BOOST_AUTO_TEST_SUITE(sha256)

namespace {

std::string digest(const std::string& text) { return coop::sha256_hex(std::as_bytes(std::span(text))); }

}  // namespace

BOOST_AUTO_TEST_CASE(published_examples) {
  BOOST_TEST(digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  BOOST_TEST(digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  BOOST_TEST(digest(std::string(1'000'000, 'a')) ==
             "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

BOOST_AUTO_TEST_CASE(parts_of_any_length_give_the_digest_of_the_whole) {
  for (std::size_t length = 50; length < 140; ++length) {
    std::string text(length, '\0');
    for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<char>(i * 7);
    coop::sha256 parts;
    for (std::size_t at = 0, part = 1; at < length; at += part, part = part % 70 + 23) {
      parts.update(std::string_view(text).substr(at, part));
    }
    BOOST_TEST(parts.hex() == digest(text), length);
  }
}

BOOST_AUTO_TEST_CASE(blocks_change_the_state_alike_with_and_without_instructions_of_their_own) {
  std::vector<std::byte> blocks(64 * 37);
  for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i] = static_cast<std::byte>(i * i + 5 * i);
  coop::detail::sha256_state plain{1, 2, 3, 4, 0xfffffffb, 0xfffffffa, 0xfffffff9, 0xfffffff8};
  coop::detail::sha256_state other = plain;
  coop::detail::digest_blocks_portable(plain, blocks.data(), 37);
#if COOP_X86_DISPATCH
  if (coop::detail::processor_has_sha()) {
    coop::detail::digest_blocks_sha(other, blocks.data(), 30);
    coop::detail::digest_blocks_sha(other, blocks.data() + std::ptrdiff_t(64) * 30, 7);
    BOOST_TEST(plain == other);
    return;
  }
#endif
  for (std::ptrdiff_t i = 0; i < 37; ++i)
    coop::detail::digest_blocks_portable(other, blocks.data() + 64 * i, 1);
  BOOST_TEST(plain == other);
}

BOOST_AUTO_TEST_CASE(asking_does_not_end_a_digest) {
  coop::sha256 parts;
  parts.update("ab");

  BOOST_TEST(parts.hex() == digest("ab"));
  parts.update("c");
  BOOST_TEST(parts.hex() == digest("abc"));
}

BOOST_AUTO_TEST_CASE(a_file_has_the_digest_of_its_bytes) {
  const temporary_folder folder;
  coop::write_file(folder / "some", "abc");
  coop::write_file(folder / "empty", "");

  BOOST_TEST(coop::sha256_file(folder / "some") == digest("abc"));
  BOOST_TEST(coop::sha256_file(folder / "empty") == digest(""));
}

BOOST_AUTO_TEST_SUITE_END()
