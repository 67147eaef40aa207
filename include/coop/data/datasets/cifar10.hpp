// SPDX-License-Identifier: MIT
//
// CIFAR-10 (A. Krizhevsky) in its binary version: 32 x 32 pixels, a byte of label and three planes of colour
// for each picture. It is not among CoOp's data sets; the pictures are kept in memory. As folders of pictures
// it is a folder_dataset.
#ifndef COOP_DATA_DATASETS_CIFAR10_HPP
#define COOP_DATA_DATASETS_CIFAR10_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/official_lists.hpp>
#include <coop/data/datasets/published.hpp>
#include <coop/data/image.hpp>
#include <coop/error.hpp>
#include <coop/io/atomic_file.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop::published {

/// Ten kinds of vehicles and animals; class names are those of batches.meta.txt.
struct cifar10 : defaults<cifar10> {
  static constexpr published::arrangement arrangement = published::arrangement::arrays;
  static constexpr std::string_view name = "CIFAR10";
  static constexpr std::string_view folder = "cifar-10-batches-bin";
  static constexpr std::string_view pictures = {};
  static constexpr counts size{.classes = 10, .train = 50000, .val = 0, .test = 10000};
  static constexpr std::array annotations{
      std::string_view("batches.meta.txt"), std::string_view("data_batch_1.bin"),
      std::string_view("data_batch_2.bin"), std::string_view("data_batch_3.bin"),
      std::string_view("data_batch_4.bin"), std::string_view("data_batch_5.bin"),
      std::string_view("test_batch.bin")};
  static constexpr std::array other_folders{std::string_view("cifar10"), std::string_view("cifar-10")};
  static constexpr std::array other_places{other_place{"cifar-10-batches-bin", ""}};

  /// Five files to learn from, in order, and one to test; messages call the pictures "train 0", "test 7".
  static dataset read_at(const places& at) {
    const std::filesystem::path files = at.folder;
    dataset set;
    for (const auto& line : coop::detail::official_lines((files / "batches.meta.txt").string()))
      set.class_names.push_back(line.text);
    const auto classes = index_t(set.class_names.size());
    for (int batch = 1; batch <= 5; ++batch)
      add((files / ("data_batch_" + std::to_string(batch) + ".bin")).string(), classes, "train", set.train);
    add((files / "test_batch.bin").string(), classes, "test", set.test);
    return set;
  }

 private:
  static void add(const std::string& path, index_t classes, const std::string& called,
                  std::vector<sample>& samples) {
    constexpr index_t side = 32;
    constexpr auto area = std::size_t(side) * std::size_t(side);
    constexpr std::size_t record = 1 + 3 * area;
    const std::string bytes = read_file(path);
    check<io_error>(!bytes.empty() && bytes.size() % record == 0, [&] {
      return path + ": size: expected a multiple of " + std::to_string(record) + " bytes, got " +
             std::to_string(bytes.size());
    });
    for (std::size_t at = 0; at < bytes.size(); at += record) {
      const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[at + i]); };
      const index_t label = byte(0);
      check<io_error>(label < classes, [&] {
        return path + ": picture " + std::to_string(at / record) + ": label: expected from 0 to " +
               std::to_string(classes - 1) + ", got " + std::to_string(label);
      });
      image rgb(side, side);
      for (std::size_t p = 0; p < area; ++p) {
        for (std::size_t c = 0; c < 3; ++c) rgb.pixels[3 * p + c] = byte(1 + c * area + p);
      }
      samples.push_back({called + " " + std::to_string(samples.size()), label,
                         std::make_shared<const image>(std::move(rgb))});
    }
  }
};

}  // namespace coop::published

#endif
