// SPDX-License-Identifier: MIT
//
// SHA-256 (FIPS 180-4): the digest by which a saved classifier names the weights it was made with, and a run
// its data.
#ifndef COOP_IO_SHA256_HPP
#define COOP_IO_SHA256_HPP

#include <coop/io/descriptor.hpp>
#include <coop/processor.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#if COOP_X86_DISPATCH
#include <immintrin.h>
#endif

namespace coop {

namespace detail {

using sha256_state = std::array<std::uint32_t, 8>;

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
inline constexpr std::array<std::uint32_t, 64> sha256_constants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

inline void digest_blocks_portable(sha256_state& state, const std::byte* block, std::size_t count) {
  for (; count > 0; --count, block += 64) {
    std::array<std::uint32_t, 64> w{};
    for (std::size_t i = 0; i < 16; ++i) {
      for (std::size_t j = 0; j < 4; ++j) w[i] = w[i] << 8 | std::to_integer<std::uint32_t>(block[4 * i + j]);
    }
    for (std::size_t i = 16; i < 64; ++i) {
      const std::uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
      const std::uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t i = 0; i < 64; ++i) {
      const std::uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
      const std::uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + sha256_constants[i] + w[i];
      const std::uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
      const std::uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + t1;
      d = c;
      c = b;
      b = a;
      a = t1 + t2;
    }
    const std::array<std::uint32_t, 8> added{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i) state[i] += added[i];
  }
}

#if COOP_X86_DISPATCH

/// Two and two rounds with four words of the message and their constants.
__attribute__((target("sha,sse4.1"))) inline void four_rounds_sha(__m128i& abef, __m128i& cdgh, __m128i words,
                                                                  std::size_t round) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a load, as the instruction spells it
  const auto* constants = reinterpret_cast<const __m128i*>(&sha256_constants[round]);
  const __m128i added = _mm_add_epi32(words, _mm_loadu_si128(constants));
  cdgh = _mm_sha256rnds2_epu32(cdgh, abef, added);
  abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(added, 0x0E));
}

/// The four words that follow these sixteen.
__attribute__((target("sha,sse4.1"))) inline __m128i next_words_sha(__m128i m0, __m128i m1, __m128i m2,
                                                                    __m128i m3) {
  const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(m0, m1), _mm_alignr_epi8(m3, m2, 4));
  return _mm_sha256msg2_epu32(sum, m3);
}

/// By the processor's own instructions, which want the state as two registers: a b e f and c d g h, the first letter
/// highest.
__attribute__((target("sha,sse4.1"))) inline void digest_blocks_sha(sha256_state& state,
                                                                    const std::byte* block,
                                                                    std::size_t count) {
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): loads and stores, as the instructions spell them
  auto* const halves = reinterpret_cast<__m128i*>(state.data());
  const __m128i big_endian = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(halves), 0xB1);
  const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128(halves + 1), 0x1B);
  __m128i abef = _mm_alignr_epi8(badc, hgfe, 8);
  __m128i cdgh = _mm_blend_epi16(hgfe, badc, 0xF0);
  for (; count > 0; --count, block += 64) {
    const __m128i abef_before = abef;
    const __m128i cdgh_before = cdgh;
    const auto* words = reinterpret_cast<const __m128i*>(block);
    __m128i m0 = _mm_shuffle_epi8(_mm_loadu_si128(words), big_endian);
    __m128i m1 = _mm_shuffle_epi8(_mm_loadu_si128(words + 1), big_endian);
    __m128i m2 = _mm_shuffle_epi8(_mm_loadu_si128(words + 2), big_endian);
    __m128i m3 = _mm_shuffle_epi8(_mm_loadu_si128(words + 3), big_endian);
    for (std::size_t round = 0;; round += 16) {
      four_rounds_sha(abef, cdgh, m0, round);
      four_rounds_sha(abef, cdgh, m1, round + 4);
      four_rounds_sha(abef, cdgh, m2, round + 8);
      four_rounds_sha(abef, cdgh, m3, round + 12);
      if (round == 48) break;
      m0 = next_words_sha(m0, m1, m2, m3);
      m1 = next_words_sha(m1, m2, m3, m0);
      m2 = next_words_sha(m2, m3, m0, m1);
      m3 = next_words_sha(m3, m0, m1, m2);
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  const __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
  const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);
  _mm_storeu_si128(halves, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128(halves + 1, _mm_alignr_epi8(dchg, feba, 8));
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
}

#endif

}  // namespace detail

/// A digest that grows: update() with parts in order, then hex().
class sha256 {
 public:
  /// Takes more bytes.
  void update(std::span<const std::byte> bytes) {
    length_ += bytes.size();
    while (!bytes.empty()) {
      if (filled_ == 0 && bytes.size() >= block_.size()) {
        const std::size_t blocks = bytes.size() / block_.size();
        digest_blocks(bytes.data(), blocks);
        bytes = bytes.subspan(blocks * block_.size());
        continue;
      }
      const std::size_t part = std::min(block_.size() - filled_, bytes.size());
      std::memcpy(block_.data() + filled_, bytes.data(), part);
      filled_ += part;
      bytes = bytes.subspan(part);
      if (filled_ == block_.size()) {
        digest_blocks(block_.data(), 1);
        filled_ = 0;
      }
    }
  }
  /// Takes more text.
  void update(std::string_view text) { update(std::as_bytes(std::span(text.data(), text.size()))); }

  /// 64 lower-case digits of what came so far; more may follow.
  [[nodiscard]] std::string hex() const {
    sha256 padded = *this;
    const std::uint64_t bits = length_ * 8;
    constexpr std::array<std::byte, 64> padding{std::byte{0x80}};
    padded.update(std::span(padding).first(filled_ < 56 ? 56 - filled_ : 120 - filled_));
    std::array<std::byte, 8> tail{};
    for (std::size_t i = 0; i < 8; ++i) tail[i] = static_cast<std::byte>((bits >> (56 - 8 * i)) & 0xff);
    padded.update(tail);

    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint32_t word : padded.state_) {
      for (int shift = 28; shift >= 0; shift -= 4) text += digits[(word >> shift) & 15u];
    }
    return text;
  }

 private:
  void digest_blocks(const std::byte* blocks, std::size_t count) {
#if COOP_X86_DISPATCH
    if (detail::processor_has_sha()) return detail::digest_blocks_sha(state_, blocks, count);
#endif
    detail::digest_blocks_portable(state_, blocks, count);
  }

  // The first 32 bits of the fractional parts of the square roots of the first eight primes.
  detail::sha256_state state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                              0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> block_{};
  std::size_t filled_ = 0;
  std::uint64_t length_ = 0;
};

/// The digest of these bytes.
inline std::string sha256_hex(std::span<const std::byte> bytes) {
  sha256 digest;
  digest.update(bytes);
  return digest.hex();
}

/// The digest of a regular file, read by parts that stay in the cache.
inline std::string sha256_file(const std::string& path) {
  constexpr std::size_t part = std::size_t(1) << 18;
  const detail::descriptor file = detail::open_for_reading(path);
  const std::size_t size = detail::size_of_regular(file, path);
  const auto bytes = std::make_unique_for_overwrite<std::byte[]>(std::min(part, size));
  sha256 digest;
  for (std::size_t begin = 0; begin < size; begin += part) {
    const std::span<std::byte> some(bytes.get(), std::min(part, size - begin));
    detail::read_at(file, begin, some, path);
    digest.update(some);
  }
  return digest.hex();
}

}  // namespace coop

#endif
