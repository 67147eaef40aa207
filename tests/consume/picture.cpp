// SPDX-License-Identifier: MIT
//
// A user of the component `pictures`: the size of a picture file, through libjpeg and libpng.
#include <coop/data/decoders.hpp>

#include <cstdio>

int main(int, char** argv) try {
  for (; argv[1] != nullptr; ++argv) {
    const coop::image picture = coop::picture_decoder{}(argv[1]);
    std::printf("%s: %d x %d pixels\n", argv[1], int(picture.width), int(picture.height));
  }
} catch (const coop::error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
