// SPDX-License-Identifier: MIT
//
// JPEG and PNG pictures, in their own mode and as RGB.
#include <coop/data/decoders.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace coop;
  const picture_decoder decoder{.greatest_pixels = std::int64_t(1) << 20};  // time is for many pictures
  const auto input = fuzz::bytes_of(fuzz::text_of(data, size));
  fuzz::is_read(size, [&] {
    source_picture picture = decoder.decode_source(input, "picture");
    const std::size_t pixels = std::size_t(picture.height) * std::size_t(picture.width);
    fuzz::expect(picture.samples.size() == pixels * std::size_t(channels(picture.mode)), "samples");
    const image rgb = to_rgb(std::move(picture));
    fuzz::expect(rgb.pixels.size() == 3 * pixels, "pixels");
  });
  const fuzz::memory_file file(fuzz::text_of(data, size));
  fuzz::is_read(size, [&] { static_cast<void>(decoder.extents(file.path())); });
  return 0;
}
