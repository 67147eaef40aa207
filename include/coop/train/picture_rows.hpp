// SPDX-License-Identifier: MIT
//
// Decoded pictures to a tower's input as row functors: the steps of data/transform.hpp and the same bytes, wherever they
// are computed, because the tables of weights are the host's and all sums are of whole numbers. Pictures of any sizes and
// modes are one launch for each of the two passes. Crops and mirroring are in the tables: a table names the inputs of
// each output, whichever they are.
#ifndef COOP_TRAIN_PICTURE_ROWS_HPP
#define COOP_TRAIN_PICTURE_ROWS_HPP

#include <coop/data/detail/resampling.hpp>
#include <coop/data/source_picture.hpp>
#include <coop/data/transform.hpp>
#include <coop/nn/row.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace coop {

/// Which inputs of one direction each output sees, and their weights in fixed point (detail::resampling). As words: the
/// first input of each output, how many, then the weights, tap by tap.
struct resample_table {
  std::vector<index_t> first;         // (outputs)
  std::vector<index_t> count;         // (outputs)
  std::vector<std::int32_t> weights;  // (taps, outputs)
  index_t begin = 0;                  // of the inputs that are seen at all
  index_t end = 0;                    ///< behind the last of them

  /// For the outputs [from, to) of `inputs` that become `outputs`, by Pillow's bicubic filter or the nearest input; in
  /// the opposite order if mirrored.
  resample_table(index_t inputs, index_t outputs, index_t from, index_t to, bool nearest, bool mirrored) {
    const auto n = std::size_t(to - from);
    if (nearest || inputs == outputs) {
      first = detail::nearest_inputs(inputs, outputs, from, to);  // of the same size: each itself
      count.assign(n, 1);
      weights.assign(n, std::int32_t(1) << detail::resampling::fraction_bits);
    } else {
      const detail::resampling plan(inputs, outputs, from, to);
      index_t taps = 0;
      for (const auto& window : plan.windows) {
        first.push_back(window.first);
        count.push_back(window.count);
        taps = std::max(taps, window.count);
      }
      weights.assign(std::size_t(taps) * n, 0);
      for (std::size_t x = 0; x < n; ++x) {
        const std::int32_t* of_x = plan.weights_of(index_t(x));
        for (std::size_t j = 0; j < std::size_t(count[x]); ++j) weights[j * n + x] = of_x[j];
      }
    }
    if (mirrored) {
      std::reverse(first.begin(), first.end());
      std::reverse(count.begin(), count.end());
      for (auto row = weights.begin(); row != weights.end(); row += std::ptrdiff_t(n))
        std::reverse(row, row + std::ptrdiff_t(n));
    }
    begin = inputs;
    for (std::size_t x = 0; x < n; ++x) {
      begin = std::min(begin, first[x]);
      end = std::max(end, first[x] + count[x]);
    }
  }

  /// 32-bit words that write() takes.
  [[nodiscard]] std::size_t words() const { return first.size() + count.size() + weights.size(); }
  /// The words, for a picture of which the inputs from `begin` on are there.
  void write(std::int32_t* to) const {
    to = std::transform(first.begin(), first.end(), to, [&](index_t i) { return i - begin; });
    to = std::copy(count.begin(), count.end(), to);
    std::copy(weights.begin(), weights.end(), to);
  }
};

/// One picture of a batch: what it is, and the first words of its parts. Its samples are bytes.
struct staged_picture {
  index_t samples = 0;                    // (height, width, channels)
  index_t row_bytes = 0;                  // width * channels
  index_t height = 0;                     // of what is seen of it
  index_t columns = 0;                    // its resample_table over columns
  index_t rows = 0;                       // over rows
  index_t colours = 0;                    // four bytes each, of a palette
  index_t first_row = 0;                  // its first row between the passes
  picture_mode mode = picture_mode::rgb;  ///< what a sample is
  bool by_alpha = false;                  // colours are multiplied by their alpha while they are resized
};

/// The pictures of a batch on a device.
struct staged_pictures {
  view<const staged_picture, 1> pictures;
  const std::int32_t* words = nullptr;  ///< their resample_tables and palettes, one behind the other
  index_t side = 0;                     // what they become

  /// Whose row this is between the passes.
  [[nodiscard]] COOP_HOST_DEVICE index_t picture_of(index_t row) const {
    index_t begin = 0;
    index_t end = pictures.rows();
    while (end - begin > 1) {
      const index_t middle = begin + (end - begin) / 2;
      if (pictures(middle).first_row <= row) {
        begin = middle;
      } else {
        end = middle;
      }
    }
    return begin;
  }
};

/// The first pass: columns. One row of one picture in its mode, eight bits a sample, in `between` (all their rows, side
/// times four).
struct resample_columns_row {
  staged_pictures batch;  ///< on the device
  view<std::uint8_t, 2> between;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const staged_picture p = batch.pictures(batch.picture_of(row));
    const index_t channels = coop::channels(p.mode);
    const index_t side = batch.side;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are kept in words
    const auto* samples = reinterpret_cast<const std::uint8_t*>(batch.words + p.samples) +
                          std::ptrdiff_t(row - p.first_row) * p.row_bytes;
    const std::int32_t* first = batch.words + p.columns;
    const std::int32_t* count = first + side;
    const std::int32_t* weights = count + side;
    std::uint8_t* out = between.row(row);
    nn::row_each(team, side * channels, [=](index_t i) {
      const index_t x = i / channels;
      const index_t c = i - x * channels;
      const std::uint8_t* pixel = samples + first[x] * channels;
      const index_t taps = count[x];
      const bool multiplied = p.by_alpha && c + 1 < channels;
      std::int32_t sum = detail::resampling_half;
      for (index_t j = 0; j < taps; ++j, pixel += channels) {
        const int sample = multiplied ? detail::multiply_of_255(pixel[c], pixel[channels - 1]) : pixel[c];
        sum += weights[std::ptrdiff_t(j) * side + x] * sample;
      }
      out[i] = detail::to_pixel(sum);
    });
  }
};

/// The second pass and what follows it: rows, the way to RGB, normalisation. Row i is row i % S of picture i / S, written
/// to `out` (B S, S 3).
template <class T>
struct finish_picture_row {
  staged_pictures batch;  ///< on the device
  view<const std::uint8_t, 2> between;
  view<const T, 2> values;  // (3, 256): what each sample becomes
  view<T, 2> out;

  template <class M>
  COOP_HOST_DEVICE void operator()(const M& team, index_t row) const {
    const index_t side = batch.side;
    const staged_picture p = batch.pictures(row / side);
    const index_t y = row % side;
    const index_t channels = coop::channels(p.mode);
    const std::int32_t* first = batch.words + p.rows;
    const index_t taps = first[side + y];
    const std::int32_t* weights = first + 2 * side + y;
    const std::uint8_t* rows = between.row(p.first_row + first[y]);
    const std::ptrdiff_t stride = between.stride;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are kept in words
    const auto* colours = reinterpret_cast<const std::uint8_t*>(batch.words + p.colours);
    const view<const T, 2> become = values;
    T* target = out.row(row);
    nn::row_each(team, side, [=](index_t x) {
      const std::uint8_t* sample = rows + x * channels;
      std::int32_t s0 = detail::resampling_half;
      std::int32_t s1 = s0;
      std::int32_t s2 = s0;
      std::int32_t s3 = s0;
      for (index_t j = 0; j < taps; ++j, sample += stride) {
        const std::int32_t w = weights[std::ptrdiff_t(j) * side];
        s0 += w * sample[0];
        if (channels > 1) s1 += w * sample[1];
        if (channels > 2) s2 += w * sample[2];
        if (channels > 3) s3 += w * sample[3];
      }
      int r = detail::to_pixel(s0);
      int g = detail::to_pixel(s1);
      int b = detail::to_pixel(s2);
      const int last = detail::to_pixel(s3);
      switch (p.mode) {
        case picture_mode::bilevel:
        case picture_mode::grey:
          g = b = r;
          break;
        case picture_mode::grey_alpha:
          if (p.by_alpha) r = detail::divided_by_alpha(r, g);
          g = b = r;
          break;
        case picture_mode::palette: {
          const std::uint8_t* colour = colours + 4 * r;
          r = colour[0];
          g = colour[1];
          b = colour[2];
          break;
        }
        case picture_mode::rgb:
          break;
        case picture_mode::rgb_alpha:
          if (p.by_alpha) {
            r = detail::divided_by_alpha(r, last);
            g = detail::divided_by_alpha(g, last);
            b = detail::divided_by_alpha(b, last);
          }
          break;
        case picture_mode::inks: {
          const int light = 255 - last;  // 255 minus black
          r = detail::light_of_ink(r, light);
          g = detail::light_of_ink(g, light);
          b = detail::light_of_ink(b, light);
          break;
        }
      }
      target[3 * x] = become(0, r);
      target[3 * x + 1] = become(1, g);
      target[3 * x + 2] = become(2, b);
    });
  }
};

}  // namespace coop

#endif
