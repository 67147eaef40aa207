// SPDX-License-Identifier: MIT
//
// The members of a zip archive by its directory, written apart from the library's own code: enough to see what a
// writer has written.
#ifndef COOP_TESTS_SUPPORT_STORED_ZIP_HPP
#define COOP_TESTS_SUPPORT_STORED_ZIP_HPP

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

/// A member, and where its bytes begin in the archive.
struct stored_member {
  std::string name;
  std::string bytes;
  std::size_t begin = 0;
  std::size_t crc = 0;
};

/// The little-endian number of `size` bytes at `at`.
inline std::size_t number_at(const std::string& text, std::size_t at, std::size_t size) {
  std::size_t number = 0;
  for (std::size_t i = size; i > 0; --i)
    number = number << 8 | static_cast<unsigned char>(text.at(at + i - 1));
  return number;
}

/// Members in the order of the directory, each with the same facts in its header as there.
inline std::vector<stored_member> stored_members(const std::string& zip) {
  const std::size_t end = zip.size() - 22;
  if (zip.size() < 22 || zip.compare(end, 4, "PK\x05\x06") != 0) throw std::runtime_error("no zip archive");
  std::vector<stored_member> members(number_at(zip, end + 10, 2));
  std::size_t at = number_at(zip, end + 16, 4);
  for (stored_member& member : members) {
    if (zip.compare(at, 4, "PK\x01\x02") != 0) throw std::runtime_error("no line of a zip directory");
    const std::size_t head = number_at(zip, at + 42, 4);
    const std::size_t letters = number_at(zip, at + 28, 2);
    // Version, flags, method, time, checksum, sizes and length of the name are said twice.
    if (zip.compare(head, 4, "PK\x03\x04") != 0 || zip.compare(head + 4, 24, zip, at + 6, 24) != 0 ||
        zip.compare(head + 30, letters, zip, at + 46, letters) != 0)
      throw std::runtime_error("header and directory of a zip archive disagree");
    member.name = zip.substr(at + 46, letters);
    member.crc = number_at(zip, at + 16, 4);
    member.begin = head + 30 + letters + number_at(zip, head + 28, 2);
    member.bytes = zip.substr(member.begin, number_at(zip, at + 24, 4));
    at += 46 + letters + number_at(zip, at + 30, 2) + number_at(zip, at + 32, 2);
  }
  if (at != end) throw std::runtime_error("a zip directory of another length than it says");
  return members;
}

#endif
