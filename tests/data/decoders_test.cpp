// SPDX-License-Identifier: MIT
//
// Every kind of file against the pixels that Pillow makes of it (make_pictures.py), and files that are
// broken.
#include <coop/data/decoders.hpp>

#include "pictures.hpp"

#include <coop/io/atomic_file.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(decoders)

namespace {

using coop::image;

std::string message_of(const std::string& bytes, const coop::picture_decoder& decoder = {}) {
  try {
    static_cast<void>(decoder.decode(std::as_bytes(std::span(bytes)), "some.picture"));
  } catch (const coop::io_error& problem) {
    return problem.what();
  }
  return "decoded";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift & 255u);
  return bytes;
}

/// A chunk of a PNG with its right check sum.
std::string chunk_of(const std::string& kind, const std::string& data) {
  const std::string summed = kind + data;
  return big_endian(std::uint32_t(data.size())) + summed +
         big_endian(coop::crc32_of(std::as_bytes(std::span(summed))));
}

/// A bilevel PNG of this size with the data of 1 x 1, and `more` chunks before them.
std::string png_of(std::uint32_t width, std::uint32_t height, const std::string& more) {
  return "\x89PNG\r\n\x1a\n" +
         chunk_of("IHDR", big_endian(width) + big_endian(height) + std::string("\x01\0\0\0\0", 5)) + more +
         chunk_of("IDAT",
                  std::string("\x78\xda\x63\x60\x00\x00\x00\x02\x00\x01", 10)) +  // two zero bytes by zlib
         chunk_of("IEND", "");
}

}  // namespace

BOOST_AUTO_TEST_CASE(jpeg_files_of_every_kind_equal_pillow_bit_for_bit) {
  for (const char* name : {"jpeg_420", "jpeg_444", "jpeg_422_progressive", "jpeg_grey", "jpeg_rgb",
                           "jpeg_cmyk", "jpeg_cmyk_unmarked", "jpeg_ycck"}) {
    const image picture = coop::picture_decoder{}(pictures::path_of(std::string(name) + ".jpg"));
    BOOST_TEST((picture == pictures::golden(name)), name);
  }
}

BOOST_AUTO_TEST_CASE(png_files_of_every_kind_equal_pillow_bit_for_bit) {
  for (const char* name :
       {"png_rgb", "png_grey", "png_palette", "png_one_bit", "png_rgba", "png_grey_alpha",
        "png_palette_transparent", "png_interlaced", "png_grey_2", "png_palette_2", "png_rgba_holes"}) {
    const image picture = coop::picture_decoder{}(pictures::path_of(std::string(name) + ".png"));
    BOOST_TEST((picture == pictures::golden(name)), name);
  }
}

BOOST_AUTO_TEST_CASE(of_sixteen_bits_the_high_byte_is_taken) {
  for (const char* name : {"png_rgb_16", "png_grey_16", "png_rgba_16", "png_grey_alpha_16"}) {
    const image picture = coop::picture_decoder{}(pictures::path_of(std::string(name) + ".png"));
    BOOST_TEST((picture == pictures::golden(name)), name);
  }
}

BOOST_AUTO_TEST_CASE(a_picture_keeps_the_mode_of_its_file) {
  using coop::picture_mode;
  const std::vector<std::pair<const char*, picture_mode>> modes{
      {"jpeg_420", picture_mode::rgb},        {"jpeg_grey", picture_mode::grey},
      {"jpeg_ycck", picture_mode::inks},      {"png_one_bit", picture_mode::bilevel},
      {"png_grey_2", picture_mode::grey},     {"png_grey_alpha", picture_mode::grey_alpha},
      {"png_palette", picture_mode::palette}, {"png_palette_transparent", picture_mode::palette},
      {"png_rgb_16", picture_mode::rgb},      {"png_rgba", picture_mode::rgb_alpha}};

  for (const auto& [name, mode] : modes) {
    const coop::source_picture picture = coop::picture_decoder{}.source(pictures::file_of(name));
    BOOST_TEST((picture.mode == mode), name);
    BOOST_TEST((coop::to_rgb(picture) == pictures::golden(name)), name);
  }
}

BOOST_AUTO_TEST_CASE(the_size_of_a_picture_is_read_without_its_pixels) {
  const coop::picture_decoder decoder;

  BOOST_TEST((decoder.extents(pictures::path_of("jpeg_420.jpg")) == coop::picture_extents{37, 50}));
  BOOST_TEST((decoder.extents(pictures::path_of("png_grey_2.png")) == coop::picture_extents{9, 12}));
  BOOST_CHECK_THROW(static_cast<void>(decoder.extents(pictures::path_of("make_pictures.py"))),
                    coop::io_error);
}

BOOST_AUTO_TEST_CASE(an_index_beyond_the_palette_is_black) {
  const coop::source_picture whole = coop::picture_decoder{}.source(pictures::path_of("png_palette.png"));

  BOOST_TEST(whole.colours.size() == 256u);
  BOOST_TEST((whole.colours[0] != std::array<std::uint8_t, 3>{}));
  BOOST_TEST((whole.colours[255] == std::array<std::uint8_t, 3>{}));
}

BOOST_AUTO_TEST_CASE(an_orientation_tag_turns_nothing) {
  const image picture = coop::picture_decoder{}(pictures::path_of("jpeg_exif.jpg"));

  BOOST_TEST(picture.height == 37);
  BOOST_TEST((picture == pictures::golden("jpeg_exif")));
}

BOOST_AUTO_TEST_CASE(the_bytes_decide_the_format_and_not_the_name) {
  const std::string bytes = coop::read_file(pictures::path_of("png_rgb.png"));

  const image picture = coop::picture_decoder{}.decode(std::as_bytes(std::span(bytes)), "called.jpg");

  BOOST_TEST((picture == pictures::golden("png_rgb")));
}

BOOST_AUTO_TEST_CASE(a_truncated_jpeg_is_an_error_wherever_it_is_cut) {
  for (const char* name : {"jpeg_420.jpg", "jpeg_422_progressive.jpg", "jpeg_cmyk.jpg"}) {
    const std::string whole = coop::read_file(pictures::path_of(name));
    for (std::size_t size = 3; size < whole.size() - 40; size += 37) {
      BOOST_TEST(contains(message_of(whole.substr(0, size)), "some.picture: broken JPEG: "),
                 name << " " << size);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_truncated_png_is_an_error_wherever_it_is_cut) {
  for (const char* name : {"png_rgb.png", "png_interlaced.png", "png_palette.png"}) {
    const std::string whole = coop::read_file(pictures::path_of(name));
    for (std::size_t size = 8; size < whole.size() - 20; size += size < 60 ? 1 : 37) {
      BOOST_TEST(contains(message_of(whole.substr(0, size)), "some.picture: broken PNG: "),
                 name << " " << size);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_changed_byte_never_does_more_than_change_pixels_or_throw) {
  for (const char* name : {"jpeg_420.jpg", "jpeg_422_progressive.jpg", "png_palette.png", "png_rgba.png"}) {
    const std::string whole = coop::read_file(pictures::path_of(name));
    std::size_t ended = 0;
    for (std::size_t at = 3; at < whole.size(); at += 11) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
      const std::string message = message_of(damaged);
      ended += message == "decoded" || contains(message, "some.picture: ") ? 1 : 0;
    }
    BOOST_TEST(ended == (whole.size() - 3 + 10) / 11, name);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_picture_is_named_as_such) {
  BOOST_TEST(message_of("") == "coop: some.picture: empty file: expected a JPEG or PNG picture");
  BOOST_TEST(message_of("GIF89a...") ==
             "coop: some.picture: not a picture: expected the first bytes of a JPEG or PNG");
}

BOOST_AUTO_TEST_CASE(a_claim_of_too_many_pixels_is_refused_before_memory_is_taken) {
  const std::string whole = coop::read_file(pictures::path_of("png_rgb.png"));

  const std::string message = message_of(whole, coop::picture_decoder{.greatest_pixels = 1000});

  BOOST_TEST(message == "coop: some.picture: picture of 50 x 37 pixels: expected from 1 to 1000 pixels");
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_named) {
  BOOST_CHECK_EXCEPTION(
      coop::picture_decoder{}("/nowhere/a.jpg"), coop::io_error, [](const coop::io_error& e) {
        return std::string(e.what()) == "coop: /nowhere/a.jpg: cannot open: No such file or directory";
      });
}

BOOST_AUTO_TEST_CASE(more_pixels_than_the_bytes_can_hold_are_refused_before_memory_is_taken) {
  std::string jpeg = coop::read_file(pictures::path_of("jpeg_444.jpg"));
  const std::size_t frame = jpeg.find(std::string("\xff\xc0\x00\x11\x08", 5));
  BOOST_REQUIRE(frame != std::string::npos);
  jpeg.replace(frame + 5, 4, "\x30\x39\x30\x39");  // 12345 x 12345
  BOOST_TEST(message_of(jpeg) == "coop: some.picture: picture of 12345 x 12345 pixels in " +
                                     std::to_string(jpeg.size()) +
                                     " bytes: expected at most 512 pixels a byte");

  const std::string png = png_of(12345, 12345, "");
  BOOST_TEST(message_of(png) == "coop: some.picture: picture of 12345 x 12345 pixels in " +
                                    std::to_string(png.size()) +
                                    " bytes: expected at most 8256 pixels a byte");
}

BOOST_AUTO_TEST_CASE(a_jpeg_of_more_scans_than_encoders_write_is_refused) {
  const std::string whole = coop::read_file(pictures::path_of("jpeg_422_progressive.jpg"));
  const std::size_t last = whole.rfind("\xff\xda");
  const std::string scan = whole.substr(last, 2 + std::size_t(static_cast<unsigned char>(whole[last + 3])));
  std::string many = whole.substr(0, whole.size() - 2);
  for (int i = 0; i < coop::most_jpeg_scans; ++i) many += scan;  // without data: a warning each

  BOOST_TEST(message_of(many + "\xff\xd9") ==
             "coop: some.picture: broken JPEG: too many scans: expected at most 100");
}

BOOST_AUTO_TEST_CASE(what_a_png_carries_beside_its_pixels_is_passed_over) {
  // A text of a length that no memory has, were it unfolded; a damaged profile; both have the right check sums.
  const std::string picture = png_of(1, 1,
                                     chunk_of("zTXt", std::string("t\0\0nonsense", 11)) +
                                         chunk_of("iCCP", std::string("p\0\0nonsense", 11)));

  BOOST_TEST(message_of(picture) == "decoded");
}

BOOST_AUTO_TEST_SUITE_END()
