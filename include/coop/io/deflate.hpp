// SPDX-License-Identifier: MIT
//
// The two services of zlib that zip files need: CRC-32, and a deflate stream without gzip's frame around it.
#ifndef COOP_IO_DEFLATE_HPP
#define COOP_IO_DEFLATE_HPP

#include <coop/error.hpp>

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

namespace coop {

/// CRC-32 of these bytes, as zip and gzip have it.
inline std::uint32_t crc32_of(std::span<const std::byte> bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): zlib's word for bytes
  const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
  return static_cast<std::uint32_t>(::crc32_z(0, data, bytes.size()));
}

/// The `size` bytes that a deflate stream unfolds to; another number of them or a damaged stream is an
/// io_error that begins with `what`.
inline std::string inflated(std::span<const std::byte> stream, std::size_t size, const std::string& what) {
  constexpr std::size_t greatest = std::numeric_limits<uInt>::max();
  check<io_error>(stream.size() <= greatest && size < greatest, [&] {
    return what + ": too long to be decompressed: expected less than " + std::to_string(greatest) +
           " bytes, got " + std::to_string(size);
  });
  struct unfolding {
    z_stream state{};
    int begun = ::inflateInit2(&state, -MAX_WBITS);
    unfolding() = default;
    unfolding(const unfolding&) = delete;
    unfolding& operator=(const unfolding&) = delete;
    ~unfolding() { ::inflateEnd(&state); }
  } z;
  check<io_error>(z.begun == Z_OK, [&] { return what + ": cannot be decompressed: out of memory"; });
  std::string text(size + 1, '\0');  // one more, so that a stream that is too long shows it
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast,cppcoreguidelines-pro-type-const-cast)
  z.state.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(stream.data()));
  z.state.avail_in = static_cast<uInt>(stream.size());
  z.state.next_out = reinterpret_cast<Bytef*>(text.data());
  z.state.avail_out = static_cast<uInt>(text.size());
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast,cppcoreguidelines-pro-type-const-cast)
  const int status = ::inflate(&z.state, Z_FINISH);
  const std::size_t made = text.size() - z.state.avail_out;
  check<io_error>(status == Z_STREAM_END && made == size, [&] {
    const char* problem = z.state.msg != nullptr ? z.state.msg : "it is truncated or too long";
    return what + ": cannot be decompressed: " +
           (status == Z_STREAM_END
                ? "expected " + std::to_string(size) + " bytes, got " + std::to_string(made)
                : std::string(problem));
  });
  text.resize(size);
  return text;
}

}  // namespace coop

#endif
