// SPDX-License-Identifier: MIT
//
// safetensors files: the header, and every array asked for as floats and as integers.
#include <coop/io/archive.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace coop;
  const fuzz::memory_file file(fuzz::text_of(data, size));
  fuzz::is_read(size, [&] {
    const safetensors archive(file.path());
    std::size_t held = 0;
    for (const archive_entry& e : archive.entries()) {
      fuzz::expect(archive.contains(e.name), "an entry that is not found by its name");
      const auto stored = archive.raw(e);
      fuzz::expect(stored.size() == bytes(e), "an array of another size than its shape says");
      held += stored.size();
      fuzz::is_read(size, [&] {
        const std::vector<float> values = archive.read(e.name, e.extents);
        std::vector<float> again(values.size());
        archive.read_into(e.name, e.extents, again);
      });
      fuzz::is_read(size, [&] { static_cast<void>(archive.read_integers(e.name)); });
    }
    fuzz::expect(held <= size, "arrays that hold more than the file");
  });
  return 0;
}
