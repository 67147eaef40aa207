// SPDX-License-Identifier: MIT
//
// PyTorch's files of every layout, whole: torch.save's zip file, TorchScript's, and the five pickles of before.
#include <coop/io/torch_archive.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace coop;
  const fuzz::memory_file file(fuzz::text_of(data, size));
  fuzz::is_read(size, [&] {
    const torch_archive archive(file.path());
    for (const archive_entry& e : archive.entries()) {
      fuzz::expect(bytes(e) <= size, "a tensor that holds more than the file");
      fuzz::is_read(size, [&] {
        const std::vector<float> values = archive.read(e.name, e.extents);
        std::vector<float> again(values.size());
        archive.read_into(e.name, e.extents, again);
      });
      fuzz::is_read(size, [&] { static_cast<void>(archive.read_integers(e.name)); });
    }
    fuzz::is_read(size, [&] { static_cast<void>(archive.code()); });
    fuzz::is_read(size, [&] { static_cast<void>(archive.scalar_constants()); });
    fuzz::is_read(size, [&] { archive.verify(); });
  });
  return 0;
}
