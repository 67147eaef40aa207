// SPDX-License-Identifier: MIT
//
// IDX files, the form of MNIST and of what followed it: a magic number that says type and rank, the extents
// with the highest byte first, then the elements. Only unsigned bytes are read; the file may be compressed.
#ifndef COOP_IO_IDX_HPP
#define COOP_IO_IDX_HPP

#include <coop/error.hpp>
#include <coop/io/gzip.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop {

/// An array of unsigned bytes, row-major.
struct idx_array {
  std::vector<std::size_t> extents;  ///< from the outermost
  std::string bytes;                 ///< as they lie, row-major

  /// Element i, row-major.
  [[nodiscard]] std::uint8_t at(std::size_t i) const { return static_cast<std::uint8_t>(bytes[i]); }
};

namespace detail {

inline constexpr std::size_t greatest_idx_rank = 8;

/// The extents that the head of an IDX file says; it takes 4 bytes and 4 for each of them.
inline std::vector<std::size_t> idx_extents(std::string_view whole, const std::string& source) {
  constexpr unsigned unsigned_bytes = 8;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(whole[i]); };
  const auto truncated = [&](std::size_t expected) {
    return source + ": truncated: expected " + std::to_string(expected) + " bytes, got " +
           std::to_string(whole.size());
  };
  check<io_error>(whole.size() >= 4, [&] { return truncated(4); });
  check<io_error>(byte(0) == 0 && byte(1) == 0, [&] {
    return source + ": not an IDX file: expected two zero bytes first, got " + std::to_string(byte(0)) +
           " and " + std::to_string(byte(1));
  });
  check<io_error>(byte(2) == unsigned_bytes, [&] {
    return source + ": element type: expected 8 (unsigned bytes), got " + std::to_string(byte(2));
  });
  const std::size_t rank = byte(3);
  check<io_error>(rank >= 1 && rank <= greatest_idx_rank, [&] {
    return source + ": rank: expected from 1 to " + std::to_string(greatest_idx_rank) + ", got " +
           std::to_string(rank);
  });
  const std::size_t head = 4 + 4 * rank;
  check<io_error>(whole.size() >= head, [&] { return truncated(head); });
  std::vector<std::size_t> extents;
  for (std::size_t at = 4; at < head; at += 4) {
    extents.push_back(std::size_t(byte(at)) << 24 | std::size_t(byte(at + 1)) << 16 |
                      std::size_t(byte(at + 2)) << 8 | std::size_t(byte(at + 3)));
  }
  return extents;
}

/// The elements of these extents, or `most` + 1 where they are more.
inline std::size_t idx_elements(const std::vector<std::size_t>& extents, std::size_t most) {
  std::size_t claimed = 1;
  // Once they are too many the product need not be known, and so cannot overflow.
  for (const std::size_t extent : extents)
    claimed = extent != 0 && claimed > most / extent ? most + 1 : claimed * extent;
  return claimed;
}

}  // namespace detail

/// The array that the bytes of an IDX file hold, all of them and no more; `source` is what errors call it.
inline idx_array parse_idx(std::string whole, const std::string& source) {
  idx_array array{.extents = detail::idx_extents(whole, source), .bytes = {}};
  const std::size_t head = 4 + 4 * array.extents.size();
  const std::size_t held = whole.size() - head;
  const std::size_t claimed = detail::idx_elements(array.extents, held);
  check<io_error>(claimed == held, [&] {
    std::string shape;
    for (const std::size_t extent : array.extents)
      shape += (shape.empty() ? "" : " x ") + std::to_string(extent);
    return source + (claimed > held ? ": truncated" : ": too long") + ": expected " + shape +
           " elements after the head, got " + std::to_string(held);
  });
  whole.erase(0, head);
  array.bytes = std::move(whole);
  return array;
}

/// The array in an IDX file, plain or compressed with gzip. More than `limit` bytes are an io_error, and so are more than
/// its head says: no more than that is read.
inline idx_array read_idx(const std::string& path, std::size_t limit = std::size_t(1) << 30) {
  const std::string head = first_of_text_or_gzip(path, 4 + 4 * detail::greatest_idx_rank);
  const std::vector<std::size_t> extents = detail::idx_extents(head, path);
  const std::size_t claimed = 4 + 4 * extents.size() + detail::idx_elements(extents, limit);
  return parse_idx(read_text_or_gzip(path, std::min(claimed, limit)), path);
}

}  // namespace coop

#endif
