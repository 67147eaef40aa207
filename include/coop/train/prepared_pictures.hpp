// SPDX-License-Identifier: MIT
//
// A batch of pictures between decoders and a tower. Threads of the host put them in, in any order; then the batch is
// given to the tower as (B, S, S, 3). Where the device's memory is the host's own, those threads do everything. Elsewhere
// they decode, and leave the pixels in memory that the device copies by itself while it still encodes the batch before;
// resizing, cropping, mirroring and normalising happen there, to the same bytes (train/picture_rows.hpp).
#ifndef COOP_TRAIN_PREPARED_PICTURES_HPP
#define COOP_TRAIN_PREPARED_PICTURES_HPP

#include <coop/data/dataset.hpp>  // sample
#include <coop/data/image.hpp>
#include <coop/data/source_picture.hpp>
#include <coop/data/transform.hpp>
#include <coop/device/host_buffer.hpp>
#include <coop/device/staging.hpp>
#include <coop/tensor/tensor.hpp>
#include <coop/train/picture_rows.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <mutex>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace coop::detail {

/// Refuses what a transform made in another size than the tower's.
inline void check_side(index_t height, index_t width, const sample& s, index_t side) {
  check<shape_error>(height == side && width == side, [&] {
    return s.path + ": after its transform: expected " + std::to_string(side) + " x " + std::to_string(side) +
           " pixels as the tower takes, got " + std::to_string(height) + " x " + std::to_string(width);
  });
}

/// A batch on a device whose memory is the host's: pixels as the tower takes them.
template <class D>
class host_pixels {
  using T = typename D::scalar;

 public:
  /// What the batches of one tower share.
  struct shared {
    index_t places;
    index_t side;
    coop::normalization normalization;

    shared(const D&, index_t most, index_t size, const coop::normalization& values)
        : places(most), side(size), normalization(values) {}
  };

  explicit host_pixels(const shared& of)
      : side_(of.side),
        normalization_(of.normalization),
        size_(std::size_t(3) * std::size_t(side_) * std::size_t(side_)),
        values_(std::size_t(of.places) * size_) {}

  /// What `change` makes of the pixels of `s`, in place `place`. By any thread, each place once a batch.
  template <class Change, class Pixels>
  void put(index_t place, const Change& change, const Pixels& pixels, const sample& s) {
    const image ready = change(pixels);
    check_side(ready.height, ready.width, s, side_);
    normalization_(ready, values_.data() + size_ * std::size_t(place));
  }

  /// These places, which rise, as the tower takes them (B, S, S, 3); until the next batch is put in.
  view<const T, 4> prepare(const shared&, std::span<const index_t> places) {
    for (std::size_t i = 0; i < places.size(); ++i) {  // where one is left out, those behind it move up
      const auto from = std::size_t(places[i]);
      if (from != i) std::copy_n(values_.data() + size_ * from, size_, values_.data() + size_ * i);
    }
    const shape<4> extents{index_t(places.size()), side_, side_, 3};
    if constexpr (std::is_same_v<T, float>) {
      return {values_.data(), extents};
    } else {
      converted_.assign(values_.data(), values_.data() + extents.size());
      return {converted_.data(), extents};
    }
  }
  /// Waits until the next batch may be put in.
  void recycle() {}

 private:
  index_t side_;
  coop::normalization normalization_;
  std::size_t size_;           // of a picture
  host_buffer<float> values_;  // (places, S, S, 3)
  std::vector<T> converted_;   // for towers that do not compute in float
};

/// A batch for a device elsewhere: samples and tables on their way, prepared there. The room for samples is bounded, so
/// a picture for which there is none is resized here; its bytes are the same.
template <class D>
class staged_pixels {
  using T = typename D::scalar;

 public:
  struct shared {
    D device;
    index_t places;
    index_t side;
    std::size_t room;                         // words for samples and tables of a batch, beyond the least
    tensor<T, 2, D> values;                   // (3, 256)
    tensor<T, 4, D> pixels;                   // (places, S, S, 3)
    tensor<std::uint8_t, 2, D> between = {};  // grows to the largest batch

    shared(const D& where, index_t most, index_t size, const coop::normalization& normalization)
        : shared(where, most, size, normalization, std::min(std::size_t(most) * usual_words, most_words)) {}
    shared(const D& where, index_t most, index_t size, const coop::normalization& normalization,
           std::size_t words)
        : device(where), places(most), side(size), room(words), pixels(where, shape<4>{most, size, size, 3}) {
      std::vector<T> numbers;
      for (const auto& channel : normalization.table())
        numbers.insert(numbers.end(), channel.begin(), channel.end());
      values = to_device(device, view<const T, 2>{numbers.data(), shape<2>{3, 256}});
    }
  };

  explicit staged_pixels(const shared& of)
      : device_(of.device),
        side_(of.side),
        least_(words_of(3 * area(side_, side_)) + 6 * std::size_t(side_)),
        capacity_(of.room + least_ * std::size_t(of.places)),
        pictures_(std::size_t(of.places)),
        left_(pictures_.size()),
        words_(stage_upload<std::int32_t>(device_, capacity_)),
        staged_(stage_upload<staged_picture>(device_, pictures_.size())) {
    COOP_ASSERT(capacity_ <= std::size_t(std::numeric_limits<index_t>::max()));
  }
  staged_pixels(const staged_pixels&) = delete;
  staged_pixels& operator=(const staged_pixels&) = delete;

  template <class Change, class Pixels>
  void put(index_t place, const Change& change, const Pixels& pixels, const sample& s) {
    const picture_extents extents{pixels.height, pixels.width};
    if constexpr (requires { change.plan(extents); }) {
      const resize_plan plan = change.plan(extents);
      check_side(plan.window.height, plan.window.width, s, side_);
      check_plan(plan, extents);
      check_resize(plan.part.height, plan.part.width, plan.height, plan.width, plan.window);
      if (!stage(place, pixels_of(pixels), plan, false)) put_ready(place, carry_out(plan, pixels), s);
    } else {
      put_ready(place, change(pixels), s);
    }
  }

  view<const T, 4> prepare(shared& with, std::span<const index_t> places) {
    index_t rows = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      staged_picture& p = staged_.host()[i];
      p = pictures_[std::size_t(places[i])];
      p.first_row = rows;
      rows += p.height;
    }
    const auto count = index_t(places.size());
    words_.send(index_t(used_));
    staged_.send(count);
    if (rows > with.between.extent(0)) {
      with.between = tensor<std::uint8_t, 2, D>(device_, shape<2>{rows, 4 * side_});
    }
    const auto out = with.pixels.view().slice(0, count);
    const staged_pictures batch{staged_.arrived(), words_.arrived().data, side_};
    device_.for_each_row(rows, resample_columns_row{batch, with.between.view()});
    device_.for_each_row(count * side_,
                         finish_picture_row<T>{batch, with.between.view(), with.values.view(),
                                               view<T, 2>{out.data, shape<2>{count * side_, 3 * side_}}});
    words_.release();
    staged_.release();
    return out;
  }

  void recycle() {
    words_.ready();
    staged_.ready();
    used_ = 0;
    left_ = pictures_.size();
  }

 private:
  static constexpr std::size_t usual_words = std::size_t(1) << 18;  // 1 MiB a picture: 800 x 430 pixels
  static constexpr std::size_t most_words = std::size_t(1) << 24;   // 64 MiB a batch

  static std::size_t words_of(std::size_t bytes) { return (bytes + 3) / 4; }
  static std::size_t area(index_t height, index_t width) { return std::size_t(height) * std::size_t(width); }

  /// Pixels of either kind.
  struct samples {
    const std::uint8_t* data;
    index_t height, width;
    std::ptrdiff_t stride;
    picture_mode mode;
    std::span<const std::array<std::uint8_t, 3>> colours;
  };
  static samples pixels_of(image_view p) {
    return {p.data, p.height, p.width, p.stride, picture_mode::rgb, {}};
  }
  static samples pixels_of(const source_picture& p) {
    return {p.samples.data(), p.height, p.width, std::ptrdiff_t(channels(p.mode)) * p.width,
            p.mode,           p.colours};
  }

  /// Pixels as they are to be.
  void put_ready(index_t place, const image& ready, const sample& s) {
    check_side(ready.height, ready.width, s, side_);
    const rectangle whole{0, 0, side_, side_};
    stage(place, pixels_of(image_view(ready)), {whole, side_, side_, whole}, true);
  }

  /// Copies what the plan looks at, and its tables; false where there is no room for it. What has its size already
  /// always has room.
  bool stage(index_t place, const samples& from, const resize_plan& plan, bool sure) {
    const bool nearest = from.mode == picture_mode::bilevel || from.mode == picture_mode::palette;
    const rectangle& part = plan.part;
    const rectangle& window = plan.window;
    const resample_table columns(part.width, plan.width, window.left, window.left + window.width, nearest,
                                 plan.mirrored);
    const resample_table rows(part.height, plan.height, window.top, window.top + window.height, nearest,
                              false);
    staged_picture p;
    p.mode = from.mode;
    p.by_alpha = (from.mode == picture_mode::grey_alpha || from.mode == picture_mode::rgb_alpha) &&
                 (part.height != plan.height || part.width != plan.width);
    p.height = rows.end - rows.begin;
    const index_t step = channels(from.mode);
    const std::size_t row_bytes = std::size_t(step) * std::size_t(columns.end - columns.begin);
    const std::size_t bytes = row_bytes * std::size_t(p.height);
    const std::size_t of_samples = words_of(bytes);
    const std::size_t wanted = of_samples + columns.words() + rows.words() + from.colours.size();
    const std::size_t begin = take(wanted, sure);
    if (begin == none) return false;

    p.row_bytes = index_t(row_bytes);
    p.samples = index_t(begin);
    p.columns = index_t(begin + of_samples);
    p.rows = p.columns + index_t(columns.words());
    p.colours = p.rows + index_t(rows.words());
    std::int32_t* const words = words_.host();
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are kept in words
    auto* to = reinterpret_cast<std::uint8_t*>(words + p.samples);
    const std::uint8_t* row = from.data + (part.top + rows.begin) * from.stride +
                              std::ptrdiff_t(step) * (part.left + columns.begin);
    for (index_t y = 0; y < p.height; ++y, row += from.stride, to += row_bytes)
      std::memcpy(to, row, row_bytes);
    columns.write(words + p.columns);
    rows.write(words + p.rows);
    for (std::size_t i = 0; i < from.colours.size(); ++i)
      std::memcpy(words + p.colours + i, from.colours[i].data(), 3);
    pictures_[std::size_t(place)] = p;
    return true;
  }

  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  /// So many words, if those that the other places may need at least remain.
  std::size_t take(std::size_t words, [[maybe_unused]] bool sure) {
    const std::lock_guard lock(mutex_);
    COOP_ASSERT(left_ > 0);
    if (used_ + words + (left_ - 1) * least_ > capacity_) {
      COOP_ASSERT(!sure);
      return none;
    }
    --left_;
    return std::exchange(used_, used_ + words);
  }

  D device_;
  index_t side_;
  std::size_t least_;     // words of a picture that has its size already
  std::size_t capacity_;  // words of a batch
  std::vector<staged_picture> pictures_;
  std::mutex mutex_;
  std::size_t used_ = 0;
  std::size_t left_;  // places that have not taken their words
  staged_upload<std::int32_t, D> words_;
  staged_upload<staged_picture, D> staged_;
};

/// A batch of pictures for a D.
template <class D>
using prepared_pixels = std::conditional_t<is_the_host<D>, host_pixels<D>, staged_pixels<D>>;

}  // namespace coop::detail

#endif
