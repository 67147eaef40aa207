// SPDX-License-Identifier: MIT
//
// NumPy's arrays, asked for as floats and as integers.
#include <coop/io/npy.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace coop;
  const fuzz::memory_file file(fuzz::text_of(data, size));
  fuzz::is_read(size, [&] {
    const npy_array array = read_npy(file.path());
    fuzz::expect(array.bytes.size() < size, "an array that holds more than the file");
    fuzz::is_read(size, [&] { static_cast<void>(array.floats()); });
    fuzz::is_read(size, [&] { static_cast<void>(array.integers()); });
  });
  return 0;
}
