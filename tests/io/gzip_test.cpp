// SPDX-License-Identifier: MIT
#include <coop/io/gzip.hpp>

#include "support/memory.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

BOOST_AUTO_TEST_SUITE(gzip)

namespace {

void write_plain(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), std::streamsize(bytes.size()));
}

std::string read_plain(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_gzip(const std::string& path, const std::string& text) {
  gzFile file = gzopen(path.c_str(), "wb");
  if (file == nullptr) throw std::runtime_error("cannot write " + path);
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
}

/// Text that does not compress to nothing.
std::string long_text(std::size_t size) {
  std::string text;
  for (unsigned state = 1; text.size() < size; state = state * 1664525u + 1013904223u)
    text += char('a' + (state >> 24) % 26);
  return text;
}

auto says(const std::string& path, const std::string& what) {
  return [=](const coop::io_error& failure) {
    const std::string message = failure.what();
    return message.find("coop: " + path + ": ") == 0 && message.find(what) != std::string::npos;
  };
}

}  // namespace

BOOST_AUTO_TEST_CASE(plain_files_are_read_as_they_are) {
  const temporary_folder folder;
  const std::string text = std::string("line\r\n\0 \xFF end", 13) + long_text(700000);
  write_plain(folder / "plain.gz", text);  // the name does not matter
  write_plain(folder / "empty", "");

  BOOST_TEST((coop::read_text_or_gzip(folder / "plain.gz") == text));
  BOOST_TEST(coop::read_text_or_gzip(folder / "empty").empty());
}

BOOST_AUTO_TEST_CASE(compressed_files_are_decompressed_whatever_their_name) {
  const temporary_folder folder;
  const std::string text = long_text(1000003);
  write_gzip(folder / "file.txt", text);

  BOOST_TEST(read_plain(folder / "file.txt").size() < text.size());
  BOOST_TEST((coop::read_text_or_gzip(folder / "file.txt") == text));
}

BOOST_AUTO_TEST_CASE(a_truncated_file_is_an_error_that_names_it) {
  const temporary_folder folder;
  write_gzip(folder / "whole.gz", long_text(500000));
  const std::string bytes = read_plain(folder / "whole.gz");

  for (const std::size_t kept : {bytes.size() / 2, bytes.size() - 4, std::size_t(30)}) {
    write_plain(folder / "half.gz", bytes.substr(0, kept));
    BOOST_CHECK_EXCEPTION(coop::read_text_or_gzip(folder / "half.gz"), coop::io_error,
                          says(folder / "half.gz", "cannot be decompressed: it is truncated"));
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_an_error_that_names_it) {
  const temporary_folder folder;
  write_gzip(folder / "a.gz", long_text(500000));
  std::string bytes = read_plain(folder / "a.gz");
  bytes[bytes.size() / 2] = char(bytes[bytes.size() / 2] ^ 0x55);
  write_plain(folder / "a.gz", bytes);

  BOOST_CHECK_EXCEPTION(coop::read_text_or_gzip(folder / "a.gz"), coop::io_error,
                        says(folder / "a.gz", "cannot be decompressed: "));
}

BOOST_AUTO_TEST_CASE(a_text_beyond_the_limit_is_an_error_however_small_its_file) {
  const temporary_folder folder;
  write_gzip(folder / "bomb.gz", std::string(4000000, 'x'));

  BOOST_TEST(coop::read_text_or_gzip(folder / "bomb.gz", 4000000).size() == 4000000u);
  BOOST_CHECK_EXCEPTION(coop::read_text_or_gzip(folder / "bomb.gz", 3999999), coop::io_error,
                        says(folder / "bomb.gz", "its text is too long: expected at most 3999999 bytes"));
}

BOOST_AUTO_TEST_CASE(a_missing_file_and_a_folder_are_errors_that_name_them) {
  const temporary_folder folder;

  BOOST_CHECK_EXCEPTION(coop::read_text_or_gzip(folder / "none"), coop::io_error,
                        says(folder / "none", "cannot open: No such file"));
  BOOST_CHECK_EXCEPTION(coop::read_text_or_gzip(folder.path()), coop::io_error,
                        says(folder.path(), "directory"));
}

BOOST_AUTO_TEST_CASE(a_plain_terabyte_is_refused_by_its_size,
                     *boost::unit_test::precondition(coop::tests::memory_is_ours)) {
  const temporary_folder folder;
  coop::tests::hollow(folder / "f", "a\n", std::uintmax_t(1) << 40);
  const coop::tests::peak_memory peak;

  BOOST_CHECK_EXCEPTION(coop::read_text_or_gzip(folder / "f"), coop::io_error,
                        says(folder / "f", "its text is too long: expected at most 268435456 bytes"));
  BOOST_TEST(peak.grown() < 4 * coop::tests::mebibyte);
}

BOOST_AUTO_TEST_CASE(a_bomb_takes_at_most_twice_the_limit,
                     *boost::unit_test::precondition(coop::tests::memory_is_ours)) {
  const temporary_folder folder;
  write_gzip(folder / "one.gz", std::string(4 * coop::tests::mebibyte, ' '));
  const std::string one = read_plain(folder / "one.gz");
  std::string all;
  for (int i = 0; i < 80; ++i) all += one;  // members one after another are one text
  write_plain(folder / "bomb.gz", all);
  const coop::tests::peak_memory peak;

  BOOST_CHECK_EXCEPTION(coop::read_text_or_gzip(folder / "bomb.gz"), coop::io_error,
                        says(folder / "bomb.gz", "its text is too long: expected at most 268435456 bytes"));
  BOOST_TEST(peak.grown() < 520 * coop::tests::mebibyte);
}

BOOST_AUTO_TEST_SUITE_END()
