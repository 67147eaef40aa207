// SPDX-License-Identifier: MIT
//
// Zip files that PyTorch wrote, and crafted ones that lie in each way a zip file can.
#include <coop/io/zip_archive.hpp>

#include <coop/io/atomic_file.hpp>

#include "support/memory.hpp"
#include "support/temporary_folder.hpp"
#include "support/torch_bytes.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(zip_archive)

using coop::tests::little;
using coop::tests::zip_member;
using coop::tests::zip_of;

namespace {

std::string data_file(const char* name) {
  return (std::filesystem::path(__FILE__).parent_path().parent_path() / "data" / name).string();
}

/// What opening a file of these bytes says, without "coop: " and the path; "opened" if it opens.
std::string verdict(const std::string& bytes) {
  const temporary_folder folder;
  const std::string path = folder / "f";
  coop::write_file(path, bytes);
  try {
    const coop::zip_archive file(path);
    return "opened";
  } catch (const coop::io_error& problem) {
    const std::string text = problem.what();
    return text.substr(text.find(path) + path.size() + 2);
  }
}

/// What a call says of the file in `folder`.
template <class F>
std::string complaint(const std::string& path, const F& f) {
  try {
    f(coop::zip_archive(path));
    return "nothing";
  } catch (const coop::io_error& problem) {
    const std::string text = problem.what();
    return text.substr(text.find(path) + path.size() + 2);
  }
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(pytorchs_files_are_read_by_their_directory) {
  const coop::zip_archive file(data_file("torch_plain.pt"));

  BOOST_TEST(file.folder() == "torch_plain");
  BOOST_TEST(file.read(file.entry("torch_plain/byteorder")) == "little");
  BOOST_TEST(file.read(file.entry("torch_plain/version")) == "3\n");
  const auto& weights = file.entry("torch_plain/data/0");
  BOOST_TEST(weights.begin % 64 == 0u);  // by padding in the local header alone
  BOOST_TEST(file.raw(weights).size() == 24u);
  BOOST_TEST(file.contains("torch_plain/data.pkl"));
  BOOST_TEST(!file.contains("data.pkl"));
  BOOST_CHECK_NO_THROW(file.verify());
}

BOOST_AUTO_TEST_CASE(members_are_found_through_local_extra_fields_comments_and_zip64) {
  const temporary_folder folder;
  const std::vector<zip_member> members{{.name = "a/x", .data = "12", .local_extra = std::string(37, 'F')},
                                        {.name = "a/y", .data = "345", .flags = 0}};
  coop::write_file(folder / "f", zip_of(members, {.comment = "PK\x05\x06 is not the end"}));
  coop::write_file(folder / "large", zip_of(members, {.zip64 = true}));

  for (const char* name : {"f", "large"}) {
    const coop::zip_archive file(folder / name);
    BOOST_TEST(file.entries().size() == 2u);
    BOOST_TEST(file.read(file.entry("a/x")) == "12");
    BOOST_TEST(file.read(file.entry("a/y")) == "345");
  }
}

BOOST_AUTO_TEST_CASE(sizes_and_places_of_a_member_may_be_in_its_zip64_field) {
  std::string bytes =
      zip_of({{.name = "a/x",
               .data = "12",
               .extra = "\x01" + std::string(1, '\0') + little(std::uint16_t(24)) + little(std::uint64_t(2)) +
                        little(std::uint64_t(2)) + little(std::uint64_t(0))}});
  const std::size_t record = bytes.find("PK\x01\x02");
  bytes.replace(record + 20, 8, std::string(8, '\xff'));
  bytes.replace(record + 42, 4, std::string(4, '\xff'));
  const temporary_folder folder;
  coop::write_file(folder / "f", bytes);

  const coop::zip_archive file(folder / "f");

  BOOST_TEST(file.read(file.entry("a/x")) == "12");
  bytes.replace(bytes.find("a/x", record) + 3 + 2, 2,
                little(std::uint16_t(16)));  // too short for three numbers
  BOOST_TEST(contains(verdict(bytes), "member 'a/x': its zip64 field is too short"));
}

BOOST_AUTO_TEST_CASE(a_deflated_member_is_read_and_its_raw_bytes_are_refused) {
  const temporary_folder folder;
  const std::string folded("\x4b\xce\xcf\x2f\x50\x48\x46\x21\xb8\x00", 10);
  const std::string text = "coop coop coop coop\n";
  coop::write_file(folder / "f", zip_of({{.name = "a/code.py",
                                          .data = folded,
                                          .method = 8,
                                          .size = 20,
                                          .crc = coop::tests::crc_of(text)}}));
  const coop::zip_archive file(folder / "f");

  BOOST_TEST(file.read(file.entry("a/code.py")) == text);
  BOOST_CHECK_NO_THROW(file.verify());
  BOOST_TEST(complaint(folder / "f", [](const coop::zip_archive& f) {
               static_cast<void>(f.raw(f.entry("a/code.py")));
             }) == "member 'a/code.py': compressed: expected a member that is only stored");
  BOOST_TEST(complaint(folder / "f", [](const coop::zip_archive& f) {
               static_cast<void>(f.read(f.entry("a/code.py"), 19));
             }) == "member 'a/code.py': too long: expected at most 19 bytes, got 20");
}

BOOST_AUTO_TEST_CASE(a_damaged_member_is_found_when_asked_for) {
  const temporary_folder folder;
  coop::write_file(folder / "f", zip_of({{.name = "a/x", .data = "12", .crc = 7}}));

  BOOST_TEST(complaint(folder / "f", [](const coop::zip_archive& f) {
               static_cast<void>(f.raw(f.entry("a/x")));
             }) == "nothing");
  BOOST_TEST(complaint(folder / "f", [](const coop::zip_archive& f) { f.verify(); }) ==
             "member 'a/x': damaged: its CRC-32 is not the directory's");
}

BOOST_AUTO_TEST_CASE(members_outside_one_folder_are_refused) {
  const temporary_folder folder;
  coop::write_file(folder / "two", zip_of({{.name = "a/x"}, {.name = "b/y"}}));
  coop::write_file(folder / "none", zip_of({{.name = "x"}}));
  coop::write_file(folder / "empty", zip_of({}));
  const auto ask = [](const coop::zip_archive& f) { static_cast<void>(f.folder()); };

  BOOST_TEST(complaint(folder / "two", ask) == "member 'b/y': expected all members in one folder");
  BOOST_TEST(complaint(folder / "none", ask) == "member 'x': expected all members in one folder");
  BOOST_TEST(complaint(folder / "empty", ask) == "an empty zip file");
}

BOOST_AUTO_TEST_CASE(what_is_no_zip_file_or_cut_short_is_refused) {
  const std::string whole = zip_of({{.name = "a/x", .data = "12"}});

  BOOST_TEST(verdict("PK") == "not a zip file: it is too short");
  BOOST_TEST(verdict(whole.substr(0, whole.size() - 1)) ==
             "not a zip file, or truncated: expected a central directory at its end, got none");
  BOOST_TEST(contains(verdict(std::string(100'000, 'x')), "not a zip file, or truncated"));
}

BOOST_AUTO_TEST_CASE(encryption_and_unknown_methods_are_refused) {
  BOOST_TEST(verdict(zip_of({{.name = "a/x", .flags = 0x0809}})) ==
             "member 'a/x': encrypted: expected a member in the clear");
  BOOST_TEST(verdict(zip_of({{.name = "a/x", .flags = 0x0040}})) ==
             "member 'a/x': encrypted: expected a member in the clear");
  BOOST_TEST(verdict(zip_of({{.name = "a/x", .method = 12}})) ==
             "member 'a/x': method: expected 0 (stored) or 8 (deflated), got 12");
}

BOOST_AUTO_TEST_CASE(parts_on_other_disks_are_refused) {
  BOOST_TEST(verdict(zip_of({{.name = "a/x"}}, {.disk = 1})) ==
             "a part of a zip file on several disks: expected a whole one");
  BOOST_TEST(verdict(zip_of({{.name = "a/x", .disk = 1}})) ==
             "member 'a/x': on another disk: expected a whole zip file");
}

BOOST_AUTO_TEST_CASE(directories_that_lie_about_themselves_are_refused) {
  BOOST_TEST(contains(verdict(zip_of({{.name = "a/x"}}, {.members = 2})), "do not hold 2 members"));
  BOOST_TEST(contains(verdict(zip_of({{.name = "a/x"}}, {.members = 0})), "expected 49 bytes, got 0"));
  BOOST_TEST(contains(verdict(zip_of({{.name = "a/x"}}, {.size = 1'000'000})),
                      "central directory: expected it within"));
  BOOST_TEST(contains(verdict(zip_of({{.name = "a/x"}}, {.begin = 1})), "expected the record of a member"));
  std::string long_name = zip_of({{.name = "a/x"}});
  long_name.replace(long_name.find("PK\x01\x02") + 28, 2, "\xff\x00", 2);
  BOOST_TEST(contains(verdict(long_name), "a record longer than the directory"));
  std::string lost = zip_of({{.name = "a/x"}}, {.zip64 = true});
  lost.replace(lost.find("PK\x06\x07") + 8, 8, little(std::uint64_t(1) << 40));
  BOOST_TEST(contains(verdict(lost), "zip64 end of the central directory: not where it should be"));
  BOOST_TEST(
      contains(verdict(zip_of({{.name = "a/x"}}, {.begin = 5, .zip64 = true})), "contradict each other"));
}

BOOST_AUTO_TEST_CASE(members_outside_the_file_are_refused) {
  BOOST_TEST(
      contains(verdict(zip_of({{.name = "a/x", .header = 1'000'000}})), "member 'a/x': outside the file"));
  BOOST_TEST(
      contains(verdict(zip_of({{.name = "a/x", .header = 1}})), "member 'a/x': no local header at byte 1"));
  std::string long_extra = zip_of({{.name = "a/x", .data = "12"}});
  long_extra.replace(28, 2, "\x00\x40", 2);
  BOOST_TEST(contains(verdict(long_extra), "member 'a/x': outside the file"));
}

BOOST_AUTO_TEST_CASE(overlapping_and_repeated_members_are_refused) {
  BOOST_TEST(verdict(zip_of({{.name = "a/x"}, {.name = "a/x"}})) == "member 'a/x': there twice");
  // A second header inside the first member's data.
  const std::string inner = zip_of({{.name = "a/y"}}).substr(0, 33);
  BOOST_TEST(verdict(zip_of({{.name = "a/x", .data = inner}, {.name = "a/y", .header = 33}})) ==
             "member 'a/y': overlaps member 'a/x'");
}

BOOST_AUTO_TEST_CASE(a_local_header_that_contradicts_the_directory_is_refused) {
  BOOST_TEST(verdict(zip_of({{.name = "a/x", .local_name = "a/y"}})) ==
             "member 'a/x': called 'a/y' in its local header");
  std::string other_size = zip_of({{.name = "a/x", .data = "12", .flags = 0}});
  other_size.replace(18, 4, little(std::uint32_t(1)));
  BOOST_TEST(verdict(other_size) == "member 'a/x': its local header contradicts the directory");
  BOOST_TEST(contains(verdict(zip_of({{.name = "a/x", .data = "12", .size = 3}})),
                      "size: expected 2 bytes as stored"));
  BOOST_TEST(contains(verdict(zip_of({{.name = std::string("a\0x", 3)}})), "a zero byte"));
  BOOST_TEST(contains(verdict(zip_of({{.name = ""}})), "a member without a name"));
}

BOOST_AUTO_TEST_CASE(a_moved_archive_keeps_its_bytes) {
  const temporary_folder folder;
  coop::write_file(folder / "f", zip_of({{.name = "a/x", .data = "12"}}));
  coop::zip_archive first(folder / "f");

  const coop::zip_archive second = std::move(first);

  BOOST_TEST(second.read(second.entry("a/x")) == "12");
}

BOOST_AUTO_TEST_CASE(two_bytes_that_claim_gigabytes_are_refused_before_memory_is_taken) {
  const temporary_folder folder;
  coop::write_file(
      folder / "f",
      zip_of({{.name = "a", .data = std::string("\x03\x00", 2), .method = 8, .size = 0x7fffffff}}));
  const std::string message =
      "member 'a': cannot be decompressed: 2 bytes cannot unfold to 2147483647: expected at most 1032 of "
      "each";

  BOOST_TEST(complaint(folder / "f", [](const auto& zip) { zip.verify(); }) == message);
  BOOST_TEST(complaint(folder / "f", [](const auto& zip) {
               static_cast<void>(zip.read(zip.entry("a"), std::size_t(1) << 31));
             }) == message);
  BOOST_TEST(complaint(folder / "f", [](const auto& zip) { static_cast<void>(zip.read(zip.entry("a"))); }) ==
             "member 'a': too long: expected at most 67108864 bytes, got 2147483647");
}

BOOST_AUTO_TEST_CASE(members_are_verified_by_parts,
                     *boost::unit_test::precondition(coop::tests::memory_is_ours)) {
  const temporary_folder folder;
  const std::size_t size = 64 * coop::tests::mebibyte;
  {
    const std::string zeros(size, '\0');
    coop::write_file(folder / "f", zip_of({{.name = "a/stored", .data = zeros}}));
  }
  const coop::zip_archive file(folder / "f");
  const coop::tests::peak_memory peak;

  BOOST_CHECK_NO_THROW(file.verify());

  BOOST_TEST(peak.grown() < 4 * coop::tests::mebibyte);
}

BOOST_AUTO_TEST_CASE(a_compressed_member_far_longer_than_its_text_is_refused_before_it_is_read) {
  const temporary_folder folder;
  coop::write_file(folder / "f",
                   zip_of({{.name = "a/b", .data = std::string(100'000, '\0'), .method = 8, .size = 10}}));

  BOOST_TEST(complaint(folder / "f", [](const coop::zip_archive& f) {
               static_cast<void>(f.read(f.entry("a/b"), 64));
             }) == "member 'a/b': too long: expected at most 128 compressed bytes, got 100000");
}

BOOST_AUTO_TEST_SUITE_END()
