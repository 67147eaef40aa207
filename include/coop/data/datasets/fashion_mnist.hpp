// SPDX-License-Identifier: MIT
//
// Fashion-MNIST (H. Xiao, K. Rasul, R. Vollgraf): grey pictures of clothes, 28 x 28, in four IDX files,
// compressed or not. Debian's package dataset-fashion-mnist puts them into /usr/share/datasets. It is not
// among CoOp's data sets; the pictures are kept in memory.
#ifndef COOP_DATA_DATASETS_FASHION_MNIST_HPP
#define COOP_DATA_DATASETS_FASHION_MNIST_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/published.hpp>
#include <coop/data/image.hpp>
#include <coop/error.hpp>
#include <coop/io/idx.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coop::published {

/// Ten kinds of clothes, grey made RGB.
struct fashion_mnist : defaults<fashion_mnist> {
  static constexpr published::arrangement arrangement = published::arrangement::arrays;
  static constexpr std::string_view name = "FashionMNIST";
  static constexpr std::string_view folder = "fashion-mnist";
  static constexpr std::string_view pictures = {};
  static constexpr counts size{.classes = 10, .train = 60000, .val = 0, .test = 10000};
  static constexpr std::array annotations{
      std::string_view("train-images-idx3-ubyte"), std::string_view("train-labels-idx1-ubyte"),
      std::string_view("t10k-images-idx3-ubyte"), std::string_view("t10k-labels-idx1-ubyte")};
  /// By label, in Zalando's order.
  static constexpr std::array class_names{std::string_view("T-shirt/top"), std::string_view("Trouser"),
                                          std::string_view("Pullover"),    std::string_view("Dress"),
                                          std::string_view("Coat"),        std::string_view("Sandal"),
                                          std::string_view("Shirt"),       std::string_view("Sneaker"),
                                          std::string_view("Bag"),         std::string_view("Ankle boot")};

  /// Pictures of a file, each of which takes memory beside its pixels.
  static constexpr std::size_t most_pictures = std::size_t(1) << 20;

  /// 60000 pictures to learn from and 10000 to test; messages call them "train 0", "test 7".
  static dataset read_at(const places& at) {
    dataset set{{class_names.begin(), class_names.end()}, {}, {}, {}};
    set.train = part(at.folder, "train", "train");
    set.test = part(at.folder, "t10k", "test");
    return set;
  }

 private:
  /// The file as it is called, or with .gz.
  static std::string file(const std::string& folder_at, const std::string& name_of_file) {
    const std::string path = (std::filesystem::path(folder_at) / name_of_file).string();
    for (const char* ending : {"", ".gz"}) {
      if (coop::detail::is_there(path + ending)) return path + ending;
    }
    throw io_error(path + ": expected this file or " + name_of_file + ".gz, got neither");
  }

  static std::vector<sample> part(const std::string& folder_at, const std::string& prefix,
                                  const std::string& called) {
    const std::string path_of_images = file(folder_at, prefix + "-images-idx3-ubyte");
    const std::string path_of_labels = file(folder_at, prefix + "-labels-idx1-ubyte");
    const idx_array images = read_idx(path_of_images);
    const idx_array labels = read_idx(path_of_labels);
    const auto expect_rank = [](const idx_array& array, std::size_t rank, const std::string& path) {
      check<io_error>(array.extents.size() == rank, [&] {
        return path + ": rank: expected " + std::to_string(rank) + ", got " +
               std::to_string(array.extents.size());
      });
    };
    expect_rank(images, 3, path_of_images);
    expect_rank(labels, 1, path_of_labels);
    const std::size_t count = images.extents[0];
    check<io_error>(count <= most_pictures, [&] {
      return path_of_images + ": pictures: expected at most " + std::to_string(most_pictures) + ", got " +
             std::to_string(count);
    });
    check<io_error>(labels.extents[0] == count, [&] {
      return path_of_labels + ": labels: expected one for each of " + std::to_string(count) +
             " pictures, got " + std::to_string(labels.extents[0]);
    });
    const std::size_t area = images.extents[1] * images.extents[2];
    check<io_error>(count == 0 || area > 0, [&] { return path_of_images + ": pictures without pixels"; });
    std::vector<sample> samples;
    samples.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const index_t label = labels.at(i);
      check<io_error>(label < index_t(class_names.size()), [&] {
        return path_of_labels + ": label " + std::to_string(i) + ": expected from 0 to 9, got " +
               std::to_string(label);
      });
      image rgb(index_t(images.extents[1]), index_t(images.extents[2]));
      for (std::size_t p = 0; p < area; ++p)
        std::fill_n(rgb.pixels.data() + 3 * p, 3, images.at(i * area + p));
      samples.push_back(
          {called + " " + std::to_string(i), label, std::make_shared<const image>(std::move(rgb))});
    }
    return samples;
  }
};

}  // namespace coop::published

#endif
