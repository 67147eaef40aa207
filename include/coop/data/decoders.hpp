// SPDX-License-Identifier: MIT
//
// JPEG and PNG files as pixels, through libjpeg-turbo and libpng; not in the umbrella, because it needs those
// two libraries (link jpeg and png). Pixels equal Pillow's `Image.open(path).convert("RGB")`: accurate
// integer transform and smooth up-sampling, grey as three equal channels, palettes looked up, alpha dropped
// and not composited, CMYK by Pillow's formula, orientation tags ignored. One departure: of 16-bit PNG
// samples the high byte is taken for grey as well as for colour, where Pillow clips grey to white.
#ifndef COOP_DATA_DECODERS_HPP
#define COOP_DATA_DECODERS_HPP

#include <coop/data/image.hpp>
#include <coop/data/source_picture.hpp>
#include <coop/error.hpp>
#include <coop/io/deflate.hpp>  // most_bytes_of_a_deflated_byte
#include <coop/io/lazy_file.hpp>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>  // jpeglib.h needs FILE and std::size_t declared before it
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <vector>

#include <jerror.h>
#include <jpeglib.h>
#include <png.h>

namespace coop {

/// Scans of a progressive JPEG: each goes over the whole picture, however few bytes it has. Encoders write about ten.
inline constexpr int most_jpeg_scans = 100;

/// Pixels that a byte of a JPEG can mean: a block of 64 takes a bit at least.
inline constexpr std::int64_t most_pixels_of_a_jpeg_byte = 512;

/// Pixels that a byte of a PNG can mean: deflate at its best, of eight pixels a byte.
inline constexpr std::int64_t most_pixels_of_a_png_byte = 8 * std::int64_t(most_bytes_of_a_deflated_byte);

namespace detail {

// Both libraries report errors by a longjmp, which must not pass over C++ objects. So each library's state is
// a class whose member functions set the jump, call the library, own nothing with a destructor, and return
// false after a jump; the message waits in a plain array.

/// One JPEG on its way out of memory.
class jpeg_reader {
 public:
  explicit jpeg_reader(std::span<const std::byte> bytes) {
    state_.err = jpeg_std_error(&errors_);
    errors_.error_exit = &jpeg_reader::on_error;
    errors_.emit_message = &jpeg_reader::on_warning;
    progress_.progress_monitor = &jpeg_reader::on_progress;
    state_.client_data = this;
    usable_ = start(bytes);
  }
  jpeg_reader(const jpeg_reader&) = delete;
  jpeg_reader& operator=(const jpeg_reader&) = delete;
  ~jpeg_reader() { jpeg_destroy_decompress(&state_); }

  static constexpr std::int64_t most_pixels_of_a_byte = most_pixels_of_a_jpeg_byte;

  /// Size and kind of the picture.
  [[nodiscard]] bool read_header() {
    if (!usable_ || setjmp(jump_) != 0) return false;
    jpeg_read_header(&state_, TRUE);
    switch (state_.num_components) {
      case 1:
        state_.out_color_space = JCS_GRAYSCALE;
        return true;
      case 3:
        state_.out_color_space = JCS_RGB;
        return true;
      case 4:
        state_.out_color_space = JCS_CMYK;
        return true;
      default:
        std::snprintf(message_.data(), message_.size(), "expected 1, 3 or 4 components, got %d",
                      state_.num_components);
        return false;
    }
  }
  [[nodiscard]] index_t width() const { return index_t(state_.image_width); }
  [[nodiscard]] index_t height() const { return index_t(state_.image_height); }
  [[nodiscard]] picture_mode mode() const {
    return state_.num_components == 1   ? picture_mode::grey
           : state_.num_components == 3 ? picture_mode::rgb
                                        : picture_mode::inks;
  }

  /// A JPEG has none.
  [[nodiscard]] static bool read_palette(std::span<std::array<std::uint8_t, 3>>) { return true; }

  /// Rows of samples, `row_bytes` apart. Inks are stored inverted by Adobe's programs and by everyone after
  /// them, and Pillow takes every file to be of that kind.
  [[nodiscard]] bool read_rows(std::uint8_t* rows, std::size_t row_bytes) {
    if (setjmp(jump_) != 0) return false;
    jpeg_start_decompress(&state_);
    while (state_.output_scanline < state_.output_height) {
      JSAMPROW row = rows + state_.output_scanline * row_bytes;
      jpeg_read_scanlines(&state_, &row, 1);
      if (mode() == picture_mode::inks) {
        for (std::size_t i = 0; i < row_bytes; ++i) row[i] = static_cast<std::uint8_t>(255 - row[i]);
      }
    }
    return true;
  }

  [[nodiscard]] const char* message() const { return message_.data(); }
  /// What went wrong is not the picture's fault.
  [[nodiscard]] bool out_of_memory() const { return errors_.msg_code == JERR_OUT_OF_MEMORY; }

 private:
  bool start(std::span<const std::byte> bytes) {
    if (setjmp(jump_) != 0) return false;
    jpeg_create_decompress(&state_);
    state_.progress = &progress_;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as the library spells them
    jpeg_mem_src(&state_, reinterpret_cast<const unsigned char*>(bytes.data()),
                 static_cast<unsigned long>(bytes.size()));  // NOLINT(google-runtime-int): its signature
    return true;
  }

  static jpeg_reader& self(j_common_ptr state) { return *static_cast<jpeg_reader*>(state->client_data); }
  [[noreturn]] static void on_error(j_common_ptr state) {
    std::array<char, JMSG_LENGTH_MAX> text{};
    state->err->format_message(state, text.data());
    std::snprintf(self(state).message_.data(), self(state).message_.size(), "%s", text.data());
    std::longjmp(self(state).jump_, 1);
  }
  /// The library goes on with grey after the end of the data; a picture cut short is an error here. Its other
  /// warnings (stray bytes between segments, for one) are about files that everyone shows.
  static void on_warning(j_common_ptr state, int level) {
    if (level < 0 && state->err->msg_code == JWRN_JPEG_EOF) {
      std::snprintf(self(state).message_.data(), self(state).message_.size(), "truncated");
      std::longjmp(self(state).jump_, 1);
    }
  }

  /// The library asks for this before each row of blocks, of whatever scan.
  static void on_progress(j_common_ptr state) {
    if (self(state).state_.input_scan_number <= most_jpeg_scans) return;
    std::snprintf(self(state).message_.data(), self(state).message_.size(),
                  "too many scans: expected at most %d", most_jpeg_scans);
    std::longjmp(self(state).jump_, 1);
  }

  jpeg_decompress_struct state_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf jump_{};
  std::array<char, JMSG_LENGTH_MAX> message_{};
  bool usable_ = false;
};

/// One PNG on its way out of memory.
class png_reader {
 public:
  explicit png_reader(std::span<const std::byte> bytes) : bytes_(bytes) {
    state_ =
        png_create_read_struct_2(PNG_LIBPNG_VER_STRING, this, &png_reader::on_error, &png_reader::on_warning,
                                 this, &png_reader::on_allocate, &png_reader::on_release);
    if (state_ != nullptr) info_ = png_create_info_struct(state_);
  }
  png_reader(const png_reader&) = delete;
  png_reader& operator=(const png_reader&) = delete;
  ~png_reader() { png_destroy_read_struct(&state_, &info_, nullptr); }

  static constexpr std::int64_t most_pixels_of_a_byte = most_pixels_of_a_png_byte;

  /// Size and mode of the picture; afterwards rows come as 8-bit samples of that mode.
  [[nodiscard]] bool read_header() {
    if (info_ == nullptr || setjmp(png_jmpbuf(state_)) != 0) return false;
    png_set_read_fn(state_, this, &png_reader::on_read);
    // Colour profiles, texts and the like are unfolded into memory though nobody looks at them: they are passed over.
    png_set_keep_unknown_chunks(state_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_read_info(state_, info_);
    const int depth = png_get_bit_depth(state_, info_);
    if (depth == 16) png_set_strip_16(state_);
    switch (png_get_color_type(state_, info_)) {
      case PNG_COLOR_TYPE_PALETTE:
        mode_ = picture_mode::palette;
        png_set_packing(state_);
        break;
      case PNG_COLOR_TYPE_GRAY:
        mode_ = depth == 1 ? picture_mode::bilevel : picture_mode::grey;
        png_set_expand_gray_1_2_4_to_8(state_);
        break;
      case PNG_COLOR_TYPE_GRAY_ALPHA:
        mode_ = picture_mode::grey_alpha;
        break;
      case PNG_COLOR_TYPE_RGB:
        mode_ = picture_mode::rgb;
        break;
      default:
        mode_ = picture_mode::rgb_alpha;
        break;
    }
    passes_ = png_set_interlace_handling(state_);
    return true;
  }
  [[nodiscard]] picture_mode mode() const { return mode_; }

  /// The entries of the palette, as many as `colours` has room for; the rest stay.
  [[nodiscard]] bool read_palette(std::span<std::array<std::uint8_t, 3>> colours) {
    if (mode_ != picture_mode::palette) return true;
    if (setjmp(png_jmpbuf(state_)) != 0) return false;
    png_colorp entries = nullptr;
    int count = 0;
    if (png_get_PLTE(state_, info_, &entries, &count) == 0) png_error(state_, "no palette");
    for (std::size_t i = 0; i < std::min(colours.size(), std::size_t(count)); ++i) {
      colours[i] = {entries[i].red, entries[i].green, entries[i].blue};
    }
    return true;
  }
  [[nodiscard]] index_t width() const { return index_t(png_get_image_width(state_, info_)); }
  [[nodiscard]] index_t height() const { return index_t(png_get_image_height(state_, info_)); }

  [[nodiscard]] bool read_rows(std::uint8_t* rows, std::size_t row_bytes) {
    if (setjmp(png_jmpbuf(state_)) != 0) return false;
    png_read_update_info(state_, info_);
    if (png_get_rowbytes(state_, info_) != row_bytes) png_error(state_, "rows of another length");
    const png_uint_32 height = png_get_image_height(state_, info_);
    for (int pass = 0; pass < passes_; ++pass) {
      for (png_uint_32 y = 0; y < height; ++y) png_read_row(state_, rows + y * row_bytes, nullptr);
    }
    return true;
  }

  [[nodiscard]] const char* message() const { return message_.data(); }
  /// What went wrong is not the picture's fault.
  [[nodiscard]] bool out_of_memory() const { return out_of_memory_; }

 private:
  static png_voidp on_allocate(png_structp state, png_alloc_size_t size) {
    void* memory = std::malloc(size);  // NOLINT(cppcoreguidelines-no-malloc): the library's own way
    if (memory == nullptr) static_cast<png_reader*>(png_get_mem_ptr(state))->out_of_memory_ = true;
    return memory;
  }
  static void on_release(png_structp, png_voidp memory) {
    std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
  }
  [[noreturn]] static void on_error(png_structp state, png_const_charp text) {
    auto& self = *static_cast<png_reader*>(png_get_error_ptr(state));
    std::snprintf(self.message_.data(), self.message_.size(), "%s", text);
    png_longjmp(state, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}
  static void on_read(png_structp state, png_bytep target, std::size_t count) {
    auto& self = *static_cast<png_reader*>(png_get_io_ptr(state));
    if (count > self.bytes_.size()) png_error(state, "truncated");
    std::memcpy(target, self.bytes_.data(), count);
    self.bytes_ = self.bytes_.subspan(count);
  }

  std::span<const std::byte> bytes_;  // not read yet
  png_structp state_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1;
  picture_mode mode_ = picture_mode::rgb;
  bool out_of_memory_ = false;
  std::array<char, 256> message_{};
};

}  // namespace detail

/// Decodes JPEG and PNG, told apart by their first bytes and not by the file's name.
struct picture_decoder {
  /// A file may claim more pixels than anybody has memory for; beyond this, and beyond what its bytes could honestly
  /// hold, the claim is refused before memory is asked for. The default is where Pillow refuses.
  std::int64_t greatest_pixels = 178'956'970;
  /// No honest file has more bytes.
  static constexpr std::size_t greatest_file = std::size_t(1) << 31;

  /// The picture in the file at `path`, as RGB.
  image operator()(const std::string& path) const { return to_rgb(source(path)); }

  /// The picture in the file at `path`, in its own mode.
  [[nodiscard]] source_picture source(const std::string& path) const {
    return decode_source(lazy_file(path, greatest_file).bytes(), path);
  }

  /// The size of the picture in the file at `path`; only its head is decoded.
  [[nodiscard]] picture_extents extents(const std::string& path) const;

  /// The picture in these bytes, as RGB; errors call it `name`.
  [[nodiscard]] image decode(std::span<const std::byte> bytes, const std::string& name) const {
    return to_rgb(decode_source(bytes, name));
  }

  /// The picture in these bytes, in its own mode; errors call it `name`.
  [[nodiscard]] source_picture decode_source(std::span<const std::byte> bytes, const std::string& name) const;

 private:
  /// use(reader, refuse) with the reader that the first bytes ask for, its head read and its size checked.
  template <class Use>
  auto with_reader(std::span<const std::byte> bytes, const std::string& name, const Use& use) const;

  template <class Reader>
  void check_size(const Reader& reader, std::size_t bytes, const std::string& name) const {
    const std::int64_t claimed = std::int64_t(reader.width()) * reader.height();
    check<io_error>(claimed > 0 && claimed <= greatest_pixels, [&] {
      return name + ": picture of " + std::to_string(reader.width()) + " x " +
             std::to_string(reader.height()) + " pixels: expected from 1 to " +
             std::to_string(greatest_pixels) + " pixels";
    });
    check<io_error>(claimed / Reader::most_pixels_of_a_byte <= std::int64_t(bytes), [&] {
      return name + ": picture of " + std::to_string(reader.width()) + " x " +
             std::to_string(reader.height()) + " pixels in " + std::to_string(bytes) +
             " bytes: expected at most " + std::to_string(Reader::most_pixels_of_a_byte) + " pixels a byte";
    });
  }
};

template <class Use>
auto picture_decoder::with_reader(std::span<const std::byte> bytes, const std::string& name,
                                  const Use& use) const {
  constexpr std::array<unsigned char, 3> jpeg{0xff, 0xd8, 0xff};
  constexpr std::array<unsigned char, 8> png{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  const auto begins_with = [&](const auto& magic) {
    return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
  };
  const auto read = [&](auto& reader, const char* format) {
    const auto refuse = [&] {
      if (reader.out_of_memory()) throw std::bad_alloc();
      return name + ": broken " + format + ": " + reader.message();
    };
    check<io_error>(reader.read_header(), refuse);
    check_size(reader, bytes.size(), name);
    return use(reader, refuse);
  };
  if (begins_with(jpeg)) {
    detail::jpeg_reader reader(bytes);
    return read(reader, "JPEG");
  }
  if (begins_with(png)) {
    detail::png_reader reader(bytes);
    return read(reader, "PNG");
  }
  throw io_error(name + (bytes.empty() ? ": empty file: expected a JPEG or PNG picture"
                                       : ": not a picture: expected the first bytes of a JPEG or PNG"));
}

inline picture_extents picture_decoder::extents(const std::string& path) const {
  return with_reader(lazy_file(path, greatest_file).bytes(), path, [](const auto& reader, const auto&) {
    return picture_extents{reader.height(), reader.width()};
  });
}

inline source_picture picture_decoder::decode_source(std::span<const std::byte> bytes,
                                                     const std::string& name) const {
  return with_reader(bytes, name, [](auto& reader, const auto& refuse) {
    source_picture picture(reader.mode(), reader.height(), reader.width());
    const std::size_t row_bytes = std::size_t(channels(picture.mode)) * std::size_t(picture.width);
    check<io_error>(reader.read_palette(picture.colours), refuse);
    check<io_error>(reader.read_rows(picture.samples.data(), row_bytes), refuse);
    return picture;
  });
}

static_assert(Decoder<picture_decoder> && SourceDecoder<picture_decoder> &&
              MeasuringDecoder<picture_decoder>);

}  // namespace coop

#endif
