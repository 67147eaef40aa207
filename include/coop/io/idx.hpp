// SPDX-License-Identifier: MIT
//
// IDX files, the form of MNIST and of what followed it: a magic number that says type and rank, the extents
// with the highest byte first, then the elements. Only unsigned bytes are read; the file may be compressed.
#ifndef COOP_IO_IDX_HPP
#define COOP_IO_IDX_HPP

#include <coop/error.hpp>
#include <coop/io/gzip.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
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

/// The array that the bytes of an IDX file hold, all of them and no more; `source` is what errors call it.
inline idx_array parse_idx(std::string whole, const std::string& source) {
  constexpr unsigned unsigned_bytes = 8;
  constexpr std::size_t greatest_rank = 8;
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
  check<io_error>(rank >= 1 && rank <= greatest_rank, [&] {
    return source + ": rank: expected from 1 to " + std::to_string(greatest_rank) + ", got " +
           std::to_string(rank);
  });
  const std::size_t head = 4 + 4 * rank;
  check<io_error>(whole.size() >= head, [&] { return truncated(head); });

  idx_array array;
  const std::size_t held = whole.size() - head;
  std::size_t claimed = 1;
  for (std::size_t d = 0; d < rank; ++d) {
    const std::size_t at = 4 + 4 * d;
    const std::size_t extent = std::size_t(byte(at)) << 24 | std::size_t(byte(at + 1)) << 16 |
                               std::size_t(byte(at + 2)) << 8 | std::size_t(byte(at + 3));
    array.extents.push_back(extent);
    // Once more is claimed than the file holds the product need not be known, and so cannot overflow.
    claimed = extent != 0 && claimed > held / extent ? held + 1 : claimed * extent;
  }
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

/// The array in an IDX file, plain or compressed with gzip; more than `limit` bytes are an io_error.
inline idx_array read_idx(const std::string& path, std::size_t limit = std::size_t(1) << 30) {
  return parse_idx(read_text_or_gzip(path, limit), path);
}

}  // namespace coop

#endif
