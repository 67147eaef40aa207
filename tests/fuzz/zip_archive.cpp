// SPDX-License-Identifier: MIT
//
// Zip files: the directory, and every member raw, unfolded and compared with its CRC-32.
#include <coop/io/zip_archive.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace coop;
  const fuzz::memory_file file(fuzz::text_of(data, size));
  fuzz::is_read(size, [&] {
    const zip_archive archive(file.path());
    std::size_t held = 0;
    for (const zip_entry& e : archive.entries()) {
      fuzz::expect(&archive.entry(e.name) == &e, "a member that is not found by its name");
      held += e.stored;
      fuzz::is_read(size, [&] {
        const std::string text = archive.read(e);
        fuzz::expect(text.size() == e.size, "a member of another size than the directory says");
      });
      fuzz::is_read(size, [&] {
        const auto stored = archive.raw(e);
        fuzz::expect(stored.size() == e.size, "a stored member of another size than the directory says");
        static_cast<void>(crc32_of(stored));
      });
    }
    fuzz::expect(held <= size, "members that hold more than the file");
    fuzz::is_read(size, [&] { static_cast<void>(archive.folder()); });
    fuzz::is_read(size, [&] { archive.verify(); });
  });
  return 0;
}
