// SPDX-License-Identifier: MIT
//
// From decoded pixels of any size to a tower's input: Pillow's bicubic resize bit for bit, centre crop,
// random resized crop and flip, normalisation. Follows Pillow's Resample.c and the transforms of Dassl and
// torchvision with which CLIP and CoOp are trained and tested; a filter that is not antialiased costs
// measurable accuracy. Pictures in a mode of their own go through the same steps in that mode and become RGB
// at the end, which is CLIP's order of conversion (source_picture.hpp).
#ifndef COOP_DATA_TRANSFORM_HPP
#define COOP_DATA_TRANSFORM_HPP

#include <coop/data/detail/resampling.hpp>
#include <coop/data/image.hpp>
#include <coop/data/source_picture.hpp>
#include <coop/data/torch_random.hpp>
#include <coop/error.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace coop {

/// Pixels to pixels, the same for the same picture: what test pictures go through.
template <class T>
concept Transform = requires(const T& transform, image_view picture) {
  { transform(picture) } -> std::same_as<image>;
};

/// A Transform that also takes pictures in the mode of their file, and makes RGB of them at the end.
template <class T>
concept SourceTransform = Transform<T> && requires(const T& transform, const source_picture& picture) {
  { transform(picture) } -> std::same_as<image>;
};

/// Pixels to pixels by chance: what training pictures go through.
template <class T>
concept RandomTransform = requires(const T& transform, image_view picture, torch_random& random) {
  { transform(picture, random) } -> std::same_as<image>;
};

namespace detail {

template <index_t Channels>
basic_image_view<Channels> crop(basic_image_view<Channels> picture, index_t top, index_t left, index_t height,
                                index_t width) {
  COOP_ASSERT(top >= 0 && left >= 0 && top + height <= picture.height && left + width <= picture.width);
  return {picture.row(top) + std::ptrdiff_t(Channels) * left, height, width, picture.stride};
}

template <index_t Channels>
basic_image<Channels> copy(basic_image_view<Channels> picture) {
  basic_image<Channels> whole(picture.height, picture.width);
  const std::size_t row_bytes = std::size_t(Channels) * std::size_t(picture.width);
  for (index_t y = 0; y < picture.height && row_bytes > 0; ++y)
    std::memcpy(whole.at(y, 0), picture.row(y), row_bytes);
  return whole;
}

}  // namespace detail

/// A rectangle of a picture, without copying; it must lie inside.
inline image_view crop(image_view picture, index_t top, index_t left, index_t height, index_t width) {
  return detail::crop<3>(picture, top, left, height, width);
}

/// The viewed pixels as a picture of their own.
inline image copy(image_view picture) { return detail::copy<3>(picture); }

/// Left and right exchanged.
inline image flip(image_view picture) {
  image mirrored(picture.height, picture.width);
  for (index_t y = 0; y < picture.height; ++y) {
    const std::uint8_t* source = picture.row(y);
    for (index_t x = 0; x < picture.width; ++x) {
      std::copy_n(source + 3 * std::ptrdiff_t(picture.width - 1 - x), 3, mirrored.at(y, x));
    }
  }
  return mirrored;
}

namespace detail {

/// Round half to even, as Python's round; in the default rounding mode.
inline index_t round_even(double value) { return static_cast<index_t>(std::nearbyint(value)); }

}  // namespace detail

/// A rectangle of a picture.
struct rectangle {
  index_t top = 0;     ///< first row
  index_t left = 0;    ///< first column
  index_t height = 0;  ///< rows
  index_t width = 0;   ///< columns

  friend bool operator==(const rectangle&, const rectangle&) = default;
};

namespace detail {

inline void check_resize(index_t from_height, index_t from_width, index_t height, index_t width,
                         [[maybe_unused]] rectangle window) {
  check<shape_error>(from_height > 0 && from_width > 0 && height > 0 && width > 0, [&] {
    return "resize: expected sizes of at least 1, got " + std::to_string(from_height) + " x " +
           std::to_string(from_width) + " to " + std::to_string(height) + " x " + std::to_string(width);
  });
  COOP_ASSERT(window.top >= 0 && window.left >= 0 && window.height > 0 && window.width > 0);
  COOP_ASSERT(window.top + window.height <= height && window.left + window.width <= width);
}

template <index_t Channels>
basic_image<Channels> resize_window(basic_image_view<Channels> picture, index_t height, index_t width,
                                    rectangle window) {
  check_resize(picture.height, picture.width, height, width, window);
  const index_t bottom = window.top + window.height;
  const index_t right = window.left + window.width;
  basic_image<Channels> result(window.height, window.width);
  const std::size_t row_bytes = std::size_t(Channels) * std::size_t(window.width);
  const auto columns = [&](basic_image_view<Channels> rows, std::uint8_t* target) {
    resample_columns<Channels>(rows, resampling(picture.width, width, window.left, right), target, row_bytes);
  };
  if (height == picture.height) {
    const auto rows = crop(picture, window.top, 0, window.height, picture.width);
    if (width == picture.width) return copy(crop(rows, 0, window.left, window.height, window.width));
    columns(rows, result.pixels.data());
    return result;
  }
  const resampling vertical(picture.height, height, window.top, bottom);
  const index_t first = vertical.windows.front().first;
  const index_t count = vertical.windows.back().first + vertical.windows.back().count - first;
  const auto seen = crop(picture, first, 0, count, picture.width);  // the rows that the window looks at
  if (width == picture.width) {
    const auto part = crop(seen, 0, window.left, count, window.width);
    resample_rows(part.data, part.stride, vertical, first, row_bytes, result.pixels.data());
    return result;
  }
  const std::unique_ptr<std::uint8_t[]> between(
      new std::uint8_t[row_bytes * std::size_t(count)]);  // all written
  columns(seen, between.get());
  resample_rows(between.get(), std::ptrdiff_t(row_bytes), vertical, first, row_bytes, result.pixels.data());
  return result;
}

/// For the output indices [begin, end) of one direction, the nearest inputs. Places are sums of steps, as in
/// Pillow: a product would round otherwise.
inline std::vector<index_t> nearest_inputs(index_t inputs, index_t outputs, index_t begin, index_t end) {
  const double step = double(inputs) / double(outputs);
  double place = 0.5 * step;
  std::vector<index_t> nearest;
  nearest.reserve(std::size_t(end - begin));
  for (index_t x = 0; x < end; ++x, place += step) {
    if (x >= begin) nearest.push_back(std::min(index_t(place), inputs - 1));
  }
  return nearest;
}

/// What cannot be interpolated, indices and bits.
inline basic_image<1> nearest_window(basic_image_view<1> picture, index_t height, index_t width,
                                     rectangle window) {
  check_resize(picture.height, picture.width, height, width, window);
  const auto rows = nearest_inputs(picture.height, height, window.top, window.top + window.height);
  const auto columns = nearest_inputs(picture.width, width, window.left, window.left + window.width);
  basic_image<1> result(window.height, window.width);
  std::uint8_t* target = result.pixels.data();
  for (const index_t y : rows) {
    for (const index_t x : columns) *target++ = picture.row(y)[x];
  }
  return result;
}

/// Colours and their alpha, the last channel. A picture that keeps its size keeps its colours under no alpha.
template <index_t Channels>
basic_image<Channels> resize_with_alpha(basic_image_view<Channels> picture, index_t height, index_t width,
                                        rectangle window) {
  if (height == picture.height && width == picture.width) {
    return resize_window(picture, height, width, window);
  }
  const auto pixels = [](const auto& p) { return std::size_t(p.height) * std::size_t(p.width); };
  basic_image<Channels> multiplied = copy(picture);
  multiply_by_alpha<Channels>(multiplied.pixels.data(), pixels(multiplied));
  basic_image<Channels> resized = resize_window<Channels>(multiplied, height, width, window);
  divide_by_alpha<Channels>(resized.pixels.data(), pixels(resized));
  return resized;
}

template <index_t N>
using channels_of = std::integral_constant<index_t, N>;

/// The part `window` of what `part` of a picture becomes when it is resized in its mode, as RGB.
inline image resize_in_mode(const source_picture& picture, rectangle part, index_t height, index_t width,
                            rectangle window) {
  const auto view = [&](auto of_so_many) {
    constexpr index_t number = of_so_many();
    COOP_ASSERT(number == channels(picture.mode));
    return crop(basic_image_view<number>(picture.samples.data(), picture.height, picture.width), part.top,
                part.left, part.height, part.width);
  };
  const auto rgb_of = [&](auto&& resized) {
    image rgb(window.height, window.width);
    rgb_of_samples(picture.mode, resized.pixels.data(),
                   std::size_t(window.height) * std::size_t(window.width), picture.colours,
                   rgb.pixels.data());
    return rgb;
  };
  switch (picture.mode) {
    case picture_mode::bilevel:
    case picture_mode::palette:
      return rgb_of(nearest_window(view(channels_of<1>{}), height, width, window));
    case picture_mode::grey:
      return rgb_of(resize_window(view(channels_of<1>{}), height, width, window));
    case picture_mode::grey_alpha:
      return rgb_of(resize_with_alpha(view(channels_of<2>{}), height, width, window));
    case picture_mode::rgb_alpha:
      return rgb_of(resize_with_alpha(view(channels_of<4>{}), height, width, window));
    case picture_mode::inks:
      return rgb_of(resize_window(view(channels_of<4>{}), height, width, window));
    case picture_mode::rgb:
      break;
  }
  return resize_window(view(channels_of<3>{}), height, width, window);
}

}  // namespace detail

/// The part `window` of resize(picture, height, width): the same pixels, and no others are computed.
inline image resize_window(image_view picture, index_t height, index_t width, rectangle window) {
  return detail::resize_window<3>(picture, height, width, window);
}

/// Pillow's `resize((width, height), BICUBIC)`: columns first, eight bits in between, antialiased when
/// shrinking.
inline image resize(image_view picture, index_t height, index_t width) {
  return resize_window(picture, height, width, {0, 0, height, width});
}

namespace detail {

/// (height, width) of a picture whose shorter side becomes `size`; the longer is truncated.
inline std::pair<index_t, index_t> extents_with_shorter(picture_extents picture, index_t size) {
  const index_t shorter = std::min(picture.height, picture.width);
  const index_t longer = std::max(picture.height, picture.width);
  const double length = shorter > 0 ? double(size) * longer / shorter : 0.0;
  check<shape_error>(shorter > 0 && size > 0 && length < 1 << 30, [&] {
    return "resize of the shorter side to " + std::to_string(size) + ": a picture of " +
           std::to_string(picture.height) + " x " + std::to_string(picture.width) + " is empty or too narrow";
  });
  const auto other = static_cast<index_t>(length);
  return picture.width <= picture.height ? std::pair(other, size) : std::pair(size, other);
}

}  // namespace detail

/// The shorter side becomes `size`, the longer keeps the proportion, truncated; a picture of that size is
/// copied.
inline image resize_shorter(image_view picture, index_t size) {
  const auto [height, width] = detail::extents_with_shorter({picture.height, picture.width}, size);
  return resize(picture, height, width);
}

/// Where the middle (size, size) of a larger picture lies; offsets rounded half to even.
inline rectangle center(index_t height, index_t width, index_t size) {
  return {detail::round_even((height - size) / 2.0), detail::round_even((width - size) / 2.0), size, size};
}

/// What is done to a picture, in full: `part` of it becomes (height, width), of which `window` is kept, mirrored or
/// not. So a transform is a plan, which whoever has the pixels carries out: the host here, a device elsewhere.
struct resize_plan {
  rectangle part;         ///< of the picture
  index_t height = 0;     ///< that the part gets
  index_t width = 0;      ///< that the part gets
  rectangle window;       ///< of what came of it
  bool mirrored = false;  ///< left and right exchanged

  friend bool operator==(const resize_plan&, const resize_plan&) = default;
};

namespace detail {
inline void check_plan(const resize_plan& plan, picture_extents picture) {
  const rectangle& part = plan.part;
  check<shape_error>(part.top >= 0 && part.left >= 0 && part.height <= picture.height - part.top &&
                         part.width <= picture.width - part.left,
                     [&] {
                       return "resize: expected a part of a picture of " + std::to_string(picture.height) +
                              " x " + std::to_string(picture.width) + ", got " + std::to_string(part.height) +
                              " x " + std::to_string(part.width) + " at " + std::to_string(part.top) + ", " +
                              std::to_string(part.left);
                     });
}
}  // namespace detail

/// What a plan makes of a picture; a part that is not inside it is an error.
inline image carry_out(const resize_plan& plan, image_view picture) {
  detail::check_plan(plan, {picture.height, picture.width});
  const rectangle& part = plan.part;
  const image kept = resize_window(crop(picture, part.top, part.left, part.height, part.width), plan.height,
                                   plan.width, plan.window);
  return plan.mirrored ? flip(kept) : kept;
}
/// The same in the picture's own mode, then RGB.
inline image carry_out(const resize_plan& plan, const source_picture& picture) {
  detail::check_plan(plan, {picture.height, picture.width});
  const image kept = detail::resize_in_mode(picture, plan.part, plan.height, plan.width, plan.window);
  return plan.mirrored ? flip(kept) : kept;
}

/// The middle (size, size) of a picture, offsets rounded half to even; what is smaller gets black edges
/// first.
inline image center_crop(image_view picture, index_t size) {
  if (picture.height >= size && picture.width >= size) {
    const rectangle middle = center(picture.height, picture.width, size);
    return copy(crop(picture, middle.top, middle.left, size, size));
  }
  const index_t above = std::max(size - picture.height, index_t{0}) / 2;
  const index_t before = std::max(size - picture.width, index_t{0}) / 2;
  image padded(std::max(picture.height, size), std::max(picture.width, size));
  for (index_t y = 0; y < picture.height; ++y) {
    std::copy_n(picture.row(y), 3 * std::size_t(picture.width), padded.at(y + above, before));
  }
  return center_crop(padded, size);
}

/// What test pictures go through: center_crop(resize_shorter(picture, size), size), at the cost of the
/// centre.
struct test_transform {
  using planned = test_transform;  ///< its plan says all that it does
  index_t size = 224;              ///< pixels of a side

  /// What is done to a picture of this size.
  [[nodiscard]] resize_plan plan(picture_extents picture) const {
    const auto [height, width] = detail::extents_with_shorter(picture, size);
    return {{0, 0, picture.height, picture.width}, height, width, center(height, width, size)};
  }

  /// The picture resized to `size` on its shorter side, and its centre cut out.
  image operator()(image_view picture) const {
    return carry_out(plan({picture.height, picture.width}), picture);
  }
  /// The same in the picture's own mode, then RGB.
  image operator()(const source_picture& picture) const {
    return carry_out(plan({picture.height, picture.width}), picture);
  }
};

static_assert(Transform<test_transform> && SourceTransform<test_transform>);

/// A part of a picture and whether it is mirrored.
struct random_crop {
  rectangle part;         ///< of the picture
  bool mirrored = false;  ///< left and right exchanged

  friend bool operator==(const random_crop&, const random_crop&) = default;
};

/// A RandomTransform that chooses first and acts then: its choices can be those of another program.
template <class T>
concept CroppingTransform = RandomTransform<T> && requires(const T& transform, image_view picture, index_t n,
                                                           torch_random& random, const random_crop& chosen) {
  { transform.choose(n, n, random) } -> std::same_as<random_crop>;
  { transform.apply(picture, chosen) } -> std::same_as<image>;
};

namespace detail {
/// Whether T itself, and not a base that it acts otherwise than, says that it is its plan.
template <class T>
concept SaysPlanned = requires {
  typename T::planned;
  requires std::same_as<typename T::planned, T>;
};
}  // namespace detail

/// A Transform that is carry_out() of its plan, and says so: `using planned = T;` in T. What is derived from it and acts
/// otherwise is therefore none. Only such transforms can be left to a device.
template <class T>
concept PlannedTransform = Transform<T> && detail::SaysPlanned<T> &&
    requires(const T& transform, picture_extents picture) {
  { transform.plan(picture) } -> std::same_as<resize_plan>;
};
static_assert(PlannedTransform<test_transform>);

/// The same of a transform by chance, which is the plan of what it chooses.
template <class T>
concept PlannedCrop = CroppingTransform<T> && detail::SaysPlanned<T> &&
    requires(const T& transform, const random_crop& chosen) {
  { transform.plan(chosen) } -> std::same_as<resize_plan>;
};

/// What training pictures go through: a random part of the area in a random proportion, resized, mirrored or
/// not. Defaults are CoOp's; draws and roundings are torchvision's.
struct train_transform {
  using planned = train_transform;    ///< its plan says all that it does
  index_t size = 224;                 ///< pixels of a side
  float least_scale = 0.08f;          ///< least share of the picture's area
  float greatest_scale = 1.0f;        ///< greatest share of it
  double least_ratio = 3.0 / 4.0;     ///< least width over height
  double greatest_ratio = 4.0 / 3.0;  ///< greatest width over height

  /// A random part of the picture, resized, by half of the chances mirrored.
  image operator()(image_view picture, torch_random& random) const {
    return apply(picture, choose(picture.height, picture.width, random));
  }

  /// The same in the picture's own mode, then RGB.
  image operator()(const source_picture& picture, torch_random& random) const {
    return apply(picture, choose(picture.height, picture.width, random));
  }

  /// What is done once it has been chosen.
  [[nodiscard]] resize_plan plan(const random_crop& c) const {
    return {c.part, size, size, {0, 0, size, size}, c.mirrored};
  }
  /// What has been chosen, done.
  image apply(image_view picture, const random_crop& c) const { return carry_out(plan(c), picture); }
  /// The same in the picture's own mode, then RGB.
  image apply(const source_picture& picture, const random_crop& c) const {
    return carry_out(plan(c), picture);
  }

  /// The random choices alone, for a picture of this size.
  random_crop choose(index_t height, index_t width, torch_random& random) const {
    const rectangle part = choose_part(height, width, random);
    return {part, random.uniform() < 0.5f};
  }

 private:
  rectangle choose_part(index_t height, index_t width, torch_random& random) const {
    const double area = double(height) * width;
    const float least_log = std::log(float(least_ratio));
    const float greatest_log = std::log(float(greatest_ratio));
    for (int attempt = 0; attempt < 10; ++attempt) {
      const double target = area * double(random.uniform(least_scale, greatest_scale));
      const double ratio = double(std::exp(random.uniform(least_log, greatest_log)));
      const index_t w = detail::round_even(std::sqrt(target * ratio));
      const index_t h = detail::round_even(std::sqrt(target / ratio));
      if (w > 0 && w <= width && h > 0 && h <= height) {
        const auto top = index_t(random.integer(std::uint32_t(height - h + 1)));
        const auto left = index_t(random.integer(std::uint32_t(width - w + 1)));
        return {top, left, h, w};
      }
    }
    // A picture narrower or wider than any allowed proportion: the largest allowed part of its middle.
    const double ratio = double(width) / height;
    index_t h = height;
    index_t w = width;
    if (ratio < least_ratio) h = detail::round_even(width / least_ratio);
    if (ratio > greatest_ratio) w = detail::round_even(height * greatest_ratio);
    h = std::max(h, index_t{1});
    w = std::max(w, index_t{1});
    return {(height - h) / 2, (width - w) / 2, h, w};
  }
};

static_assert(RandomTransform<train_transform> && PlannedCrop<train_transform>);

/// Bytes to what a tower was trained on: (v / 255 - mean) / deviation in float32, channel by channel.
struct normalization {
  std::array<float, 3> mean{};              ///< of each channel, in [0, 1]
  std::array<float, 3> deviation{1, 1, 1};  ///< of each channel, in [0, 1]

  /// What each of the 256 values becomes in each channel: division is the slow part.
  [[nodiscard]] std::array<std::array<float, 256>, 3> table() const {
    std::array<std::array<float, 256>, 3> all;
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t v = 0; v < 256; ++v) all[c][v] = (float(v) / 255.0f - mean[c]) / deviation[c];
    }
    return all;
  }

  /// `out` holds (height, width, 3), dense.
  void operator()(image_view picture, float* out) const {
    const auto all = table();
    for (index_t y = 0; y < picture.height; ++y) {
      const std::uint8_t* row = picture.row(y);
      for (index_t x = 0; x < picture.width; ++x, row += 3, out += 3) {
        for (std::size_t c = 0; c < 3; ++c) out[c] = all[c][row[c]];
      }
    }
  }

  friend bool operator==(const normalization&, const normalization&) = default;
};

/// The normalisation of all published CLIP models.
inline constexpr normalization clip_normalization{{0.48145466f, 0.4578275f, 0.40821073f},
                                                  {0.26862954f, 0.26130258f, 0.27577711f}};

/// What was done to pictures before a model saw them; saved with every classifier, because features of
/// pictures prepared otherwise are other features.
struct preprocessing {
  index_t size = 224;                                      ///< pixels of a side
  coop::normalization normalization = clip_normalization;  ///< what is subtracted and divided by
  conversion_order conversion = conversion_order::dassl;   ///< when colours become RGB

  /// "size 224 mean 0.48145466 ... deviation 0.26862954 ... conversion dassl": shortest digits that read back
  /// exactly.
  [[nodiscard]] std::string to_text() const {
    std::string text = "size " + std::to_string(size);
    const auto append = [&](const char* word, const std::array<float, 3>& values) {
      text += word;
      for (const float value : values) {
        std::array<char, 32> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        text.append(" ").append(digits.data(), end);
      }
    };
    append(" mean", normalization.mean);
    append(" deviation", normalization.deviation);
    return text.append(" conversion ").append(name(conversion));
  }

  /// The inverse of to_text; texts from before there was a choice end without a conversion, and mean Dassl's.
  static preprocessing from_text(std::string_view text) {
    preprocessing p;
    std::string_view rest = text;
    const auto refuse = [&] {
      return "preprocessing: expected 'size S mean R G B deviation R G B conversion dassl|clip', got '" +
             std::string(text) + "'";
    };
    const auto word = [&] {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      const std::string_view found = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      return found;
    };
    const auto number = [&](auto& value) {
      const std::string_view digits = word();
      const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      check<io_error>(!digits.empty() && problem == std::errc{} && end == digits.data() + digits.size(),
                      refuse);
    };
    check<io_error>(word() == "size", refuse);
    number(p.size);
    check<io_error>(word() == "mean", refuse);
    for (float& value : p.normalization.mean) number(value);
    check<io_error>(word() == "deviation", refuse);
    for (float& value : p.normalization.deviation) number(value);
    if (!rest.empty()) {
      check<io_error>(word() == "conversion", refuse);
      const std::string_view order = word();
      check<io_error>(order == name(conversion_order::dassl) || order == name(conversion_order::clip),
                      refuse);
      p.conversion = conversion_from_word(order);
    }
    const auto usable = [](float v) { return std::isfinite(v) && v > 0; };
    check<io_error>(
        rest.empty() && p.size > 0 &&
            std::all_of(p.normalization.mean.begin(), p.normalization.mean.end(),
                        [](float v) { return std::isfinite(v); }) &&
            std::all_of(p.normalization.deviation.begin(), p.normalization.deviation.end(), usable),
        refuse);
    return p;
  }

  friend bool operator==(const preprocessing&, const preprocessing&) = default;
};

}  // namespace coop

#endif
