// SPDX-License-Identifier: MIT
//
// Pictures in few files: IDX arrays, plain or compressed, and the data sets that are made of them, Fashion-MNIST and
// CIFAR-10. The first byte says which; files are parted by a line "----".
#include <coop/data/datasets/cifar10.hpp>
#include <coop/data/datasets/fashion_mnist.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace coop;
  fuzz::parts parts(fuzz::text_of(data, size));
  static const fuzz::private_folder folder;
  const auto expect_pictures = [](const dataset& set) {
    for (const auto* samples : {&set.train, &set.test}) {
      for (const sample& s : *samples) {
        fuzz::expect(std::size_t(s.label) < set.class_names.size(), "a label without a name");
        fuzz::expect(s.pixels->pixels.size() == std::size_t(3 * s.pixels->height * s.pixels->width),
                     "pixels");
      }
    }
  };
  const std::uint8_t kind = parts.byte();
  if (kind == 'i') {
    const fuzz::memory_file file(parts.rest());
    fuzz::is_read(size, [&] {
      const idx_array array = read_idx(file.path(), std::size_t(1) << 24);
      std::size_t count = 1;
      for (const std::size_t extent : array.extents) count *= extent;
      fuzz::expect(count == array.bytes.size(), "an array that its extents do not count");
    });
  } else if (kind == 'f') {
    const published::places at{folder.path() + "/fashion", "", ""};
    for (const char* part : {"train", "t10k"}) {
      folder.put("fashion/" + std::string(part) + "-images-idx3-ubyte", parts.part());
      folder.put("fashion/" + std::string(part) + "-labels-idx1-ubyte", parts.part());
    }
    fuzz::is_read(size, [&] { expect_pictures(published::fashion_mnist::read_at(at)); });
  } else {
    const published::places at{folder.path() + "/cifar", "", ""};
    folder.put("cifar/batches.meta.txt", parts.part());
    const std::string_view batch = parts.part();
    for (const char* n : {"1", "2", "3", "4", "5"})
      folder.put("cifar/data_batch_" + std::string(n) + ".bin", batch);
    folder.put("cifar/test_batch.bin", parts.part());
    fuzz::is_read(size, [&] { expect_pictures(published::cifar10::read_at(at)); });
  }
  return 0;
}
