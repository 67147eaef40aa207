// SPDX-License-Identifier: MIT
#include <coop/io/idx.hpp>

#include "support/memory.hpp"
#include "support/temporary_folder.hpp"

#include <coop/io/atomic_file.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(idx)

namespace {

using extents = std::vector<std::size_t>;

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

std::string refusal(const std::string& file) {
  try {
    static_cast<void>(coop::parse_idx(file, "f"));
  } catch (const coop::io_error& problem) {
    return problem.what();
  }
  return "read";
}

}  // namespace

BOOST_AUTO_TEST_CASE(extents_come_highest_byte_first_and_elements_follow) {
  const temporary_folder folder;
  const std::string file = bytes({0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255});
  coop::write_file(folder / "a", file);

  const coop::idx_array array = coop::read_idx(folder / "a");

  BOOST_TEST(array.extents == (extents{2, 3}), boost::test_tools::per_element());
  BOOST_TEST(int(array.at(0)) == 1);
  BOOST_TEST(int(array.at(5)) == 255);
  BOOST_TEST(coop::parse_idx(bytes({0, 0, 8, 1, 0, 0, 1, 0}) + std::string(256, 'x'), "f").extents.at(0) ==
             256u);
  BOOST_TEST(coop::parse_idx(bytes({0, 0, 8, 1, 0, 0, 0, 0}), "f").bytes.empty());
}

BOOST_AUTO_TEST_CASE(truncated_files_say_what_they_lack) {
  BOOST_TEST(refusal("") == "coop: f: truncated: expected 4 bytes, got 0");
  BOOST_TEST(refusal(bytes({0, 0, 8, 3, 0, 0, 0, 1})) == "coop: f: truncated: expected 16 bytes, got 8");
  BOOST_TEST(refusal(bytes({0, 0, 8, 1, 0, 0, 0, 4, 1, 2, 3})) ==
             "coop: f: truncated: expected 4 elements after the head, got 3");
  BOOST_TEST(refusal(bytes({0, 0, 8, 1, 0, 0, 0, 2, 1, 2, 3})) ==
             "coop: f: too long: expected 2 elements after the head, got 3");
}

BOOST_AUTO_TEST_CASE(other_files_and_other_elements_are_refused) {
  BOOST_TEST(refusal("PK\x03\x04") ==
             "coop: f: not an IDX file: expected two zero bytes first, got 80 and 75");
  BOOST_TEST(refusal(bytes({0, 0, 13, 1, 0, 0, 0, 0})) ==
             "coop: f: element type: expected 8 (unsigned bytes), got 13");
  BOOST_TEST(refusal(bytes({0, 0, 8, 0})) == "coop: f: rank: expected from 1 to 8, got 0");
  BOOST_TEST(refusal(bytes({0, 0, 8, 9})) == "coop: f: rank: expected from 1 to 8, got 9");
}

BOOST_AUTO_TEST_CASE(counts_beyond_the_file_reserve_no_memory_and_do_not_overflow) {
  std::string file = bytes({0, 0, 8, 8});
  for (int i = 0; i < 8; ++i) file += "\xff\xff\xff\xff";  // a product of 2^256 and more

  BOOST_TEST(refusal(file + "x").starts_with("coop: f: truncated: expected 4294967295 x 4294967295 x "));
  // 2^32 x 2^32 is 0 modulo 2^64.
  BOOST_TEST(refusal(bytes({0, 0, 8, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0}))
                 .starts_with("coop: f: truncated"));
}

BOOST_AUTO_TEST_CASE(more_than_the_limit_is_refused) {
  const temporary_folder folder;
  coop::write_file(folder / "a", bytes({0, 0, 8, 1, 0, 0, 0, 2, 1, 2}));

  BOOST_CHECK_THROW(coop::read_idx(folder / "a", 9), coop::io_error);
  BOOST_CHECK_NO_THROW(coop::read_idx(folder / "a", 10));
}

BOOST_AUTO_TEST_CASE(no_more_is_read_than_the_head_says,
                     *boost::unit_test::precondition(coop::tests::memory_is_ours)) {
  const temporary_folder folder;
  const std::string head = bytes({0, 0, 8, 1, 0, 0, 0, 3});
  coop::tests::hollow(folder / "hole", head, std::uintmax_t(1) << 40);
  {
    gzFile file = gzopen((folder / "bomb").c_str(), "wb");
    BOOST_REQUIRE(file != nullptr);
    gzwrite(file, head.data(), unsigned(head.size()));
    const std::string zeros(coop::tests::mebibyte, '\0');
    for (int i = 0; i < 100; ++i) gzwrite(file, zeros.data(), unsigned(zeros.size()));
    gzclose(file);
  }
  const coop::tests::peak_memory peak;

  for (const char* name : {"hole", "bomb"}) {
    BOOST_CHECK_EXCEPTION(coop::read_idx(folder / name), coop::io_error, [&](const coop::io_error& e) {
      return std::string(e.what()) ==
             "coop: " + (folder / name) + ": its text is too long: expected at most 11 bytes";
    });
  }
  BOOST_TEST(peak.grown() < 8 * coop::tests::mebibyte);
}

BOOST_AUTO_TEST_SUITE_END()
