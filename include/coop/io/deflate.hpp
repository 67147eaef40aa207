// SPDX-License-Identifier: MIT
//
// The services of zlib that zip files need: CRC-32, and a deflate stream without gzip's frame around it, whole or part
// by part. What a stream is said to unfold to is only believed within what deflate can do, before any memory is taken.
#ifndef COOP_IO_DEFLATE_HPP
#define COOP_IO_DEFLATE_HPP

#include <coop/error.hpp>

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

namespace coop {

/// CRC-32 of these bytes, as zip and gzip have it; `before` is that of the bytes before them.
inline std::uint32_t crc32_of(std::span<const std::byte> bytes, std::uint32_t before = 0) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): zlib's word for bytes
  const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
  return static_cast<std::uint32_t>(::crc32_z(before, data, bytes.size()));
}

/// A byte of a deflate stream unfolds to at most so many (258 bytes by two bits), as zlib's authors say.
inline constexpr std::size_t most_bytes_of_a_deflated_byte = 1032;

/// use(part), a std::span<const std::byte>, for the `size` bytes that a deflate stream of `folded` bytes unfolds to, in
/// their order; another number of them or a damaged stream is an io_error that begins with `what`. The stream comes by
/// next(), a part of it with each call. Takes the memory of one part of either.
template <class Next, class Use>
void inflate_parts(std::size_t folded, const Next& next, std::size_t size, const std::string& what,
                   const Use& use) {
  constexpr std::size_t greatest = std::numeric_limits<uInt>::max();
  check<io_error>(folded <= greatest && size < greatest, [&] {
    return what + ": too long to be decompressed: expected less than " + std::to_string(greatest) +
           " bytes, got " + std::to_string(std::max(folded, size));
  });
  check<io_error>(size / most_bytes_of_a_deflated_byte <= folded, [&] {
    return what + ": cannot be decompressed: " + std::to_string(folded) + " bytes cannot unfold to " +
           std::to_string(size) + ": expected at most " + std::to_string(most_bytes_of_a_deflated_byte) +
           " of each";
  });
  struct unfolding {
    z_stream state{};
    int begun;  // set in a constructor of words: a default one nvcc takes for nothing
    unfolding() : begun(::inflateInit2(&state, -MAX_WBITS)) {}
    unfolding(const unfolding&) = delete;
    unfolding& operator=(const unfolding&) = delete;
    ~unfolding() { ::inflateEnd(&state); }
  } z;
  check<io_error>(z.begun == Z_OK, [&] { return what + ": cannot be decompressed: out of memory"; });
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast,cppcoreguidelines-pro-type-const-cast)
  std::array<std::byte, std::size_t(1) << 15> part;
  std::size_t made = 0;
  int status = Z_OK;
  while (status == Z_OK && made <= size) {  // one part beyond it, so that a stream that is too long shows it
    if (z.state.avail_in == 0 && folded > 0) {
      const std::span<const std::byte> some = next();
      z.state.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(some.data()));
      z.state.avail_in = static_cast<uInt>(some.size());
      folded -= some.size();
    }
    z.state.next_out = reinterpret_cast<Bytef*>(part.data());
    z.state.avail_out = static_cast<uInt>(part.size());
    status = ::inflate(&z.state, Z_NO_FLUSH);
    const std::size_t fresh = part.size() - z.state.avail_out;
    if (fresh <= size - std::min(made, size)) use(std::span<const std::byte>(part.data(), fresh));
    made += fresh;
  }
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast,cppcoreguidelines-pro-type-const-cast)
  check<io_error>(status == Z_STREAM_END && made == size, [&] {
    const std::string expected = "expected " + std::to_string(size) + " bytes, got ";
    return what + ": cannot be decompressed: " +
           (made > size              ? "it is too long: " + expected + "more"
            : status == Z_STREAM_END ? expected + std::to_string(made)
            : z.state.msg != nullptr ? std::string(z.state.msg)
                                     : "it is truncated");
  });
}

/// The same of a stream that is there.
template <class Use>
void inflate_parts(std::span<const std::byte> stream, std::size_t size, const std::string& what,
                   const Use& use) {
  inflate_parts(
      stream.size(), [&] { return stream; }, size, what, use);
}

/// The `size` bytes that a deflate stream unfolds to; errors as above.
inline std::string inflated(std::span<const std::byte> stream, std::size_t size, const std::string& what) {
  std::string text;
  inflate_parts(stream, size, what, [&](std::span<const std::byte> part) {
    if (text.empty()) text.reserve(size);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes read as characters
    text.append(reinterpret_cast<const char*>(part.data()), part.size());
  });
  return text;
}

}  // namespace coop

#endif
