// SPDX-License-Identifier: MIT
#include <coop/data/datasets/fashion_mnist.hpp>

#include "support/replicas.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <filesystem>
#include <string>

BOOST_AUTO_TEST_SUITE(fashion_mnist_files)

namespace {

namespace fs = std::filesystem;
using coop::published::fashion_mnist;

/// An IDX file of unsigned bytes.
std::string idx(const std::vector<unsigned>& extents, const std::string& bytes) {
  std::string file{'\0', '\0', '\x08', static_cast<char>(extents.size())};
  for (const unsigned extent : extents) {
    for (const int shift : {24, 16, 8, 0}) file += static_cast<char>(extent >> shift & 255u);
  }
  return file + bytes;
}

/// Two pictures of 1 x 2 pixels to learn from and one to test.
void write_small(const fs::path& folder) {
  replicas::write(folder / "train-images-idx3-ubyte", idx({2, 1, 2}, std::string("\x01\x02\xfe\xff", 4)));
  replicas::write(folder / "train-labels-idx1-ubyte", idx({2}, std::string("\x09\x00", 2)));
  replicas::write(folder / "t10k-images-idx3-ubyte", idx({1, 1, 2}, "ab"));
  replicas::write(folder / "t10k-labels-idx1-ubyte", idx({1}, "\x03"));
}

std::string refusal(const temporary_folder& root) {
  try {
    static_cast<void>(fashion_mnist::read(root.path()));
  } catch (const coop::io_error& problem) {
    return std::string(problem.what()).substr(root.path().size() + 7 + fashion_mnist::folder.size());
  }
  return "read";
}

}  // namespace

BOOST_AUTO_TEST_CASE(grey_becomes_rgb_and_labels_get_their_names) {
  const temporary_folder root;
  write_small(fs::path(root.path()) / "fashion-mnist");

  const coop::dataset set = fashion_mnist::read(root.path());

  BOOST_REQUIRE(set.train.size() == 2u);
  BOOST_REQUIRE(set.test.size() == 1u);
  BOOST_TEST(set.class_names.at(std::size_t(set.train[0].label)) == "Ankle boot");
  BOOST_TEST(set.class_names.at(std::size_t(set.test[0].label)) == "Dress");
  BOOST_TEST(set.train[1].path == "train 1");
  const coop::image& second = *set.train[1].pixels;
  BOOST_TEST(second.height == 1);
  BOOST_TEST(second.width == 2);
  BOOST_TEST(second.pixels == (std::vector<std::uint8_t>{254, 254, 254, 255, 255, 255}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(files_that_do_not_fit_together_are_refused) {
  const temporary_folder root;
  const fs::path folder = fs::path(root.path()) / "fashion-mnist";
  write_small(folder);

  replicas::write(folder / "train-labels-idx1-ubyte", idx({1}, "\x01"));
  BOOST_TEST(refusal(root) == "/train-labels-idx1-ubyte: labels: expected one for each of 2 pictures, got 1");
  replicas::write(folder / "train-labels-idx1-ubyte", idx({2}, "\x01\x0a"));
  BOOST_TEST(refusal(root) == "/train-labels-idx1-ubyte: label 1: expected from 0 to 9, got 10");
  replicas::write(folder / "train-labels-idx1-ubyte", idx({2, 1}, "\x01\x02"));
  BOOST_TEST(refusal(root) == "/train-labels-idx1-ubyte: rank: expected 1, got 2");
  fs::remove(folder / "train-labels-idx1-ubyte");
  BOOST_TEST(refusal(root) ==
             "/train-labels-idx1-ubyte: expected this file or train-labels-idx1-ubyte.gz, got neither");
}

BOOST_AUTO_TEST_CASE(more_pictures_than_memory_is_meant_for_are_refused) {
  const temporary_folder root;
  const fs::path folder = fs::path(root.path()) / "fashion-mnist";
  write_small(folder);
  const auto many = unsigned(fashion_mnist::most_pictures) + 1;
  replicas::write(folder / "train-images-idx3-ubyte", idx({many, 1, 1}, std::string(many, '\0')));

  BOOST_TEST(refusal(root) == "/train-images-idx3-ubyte: pictures: expected at most 1048576, got 1048577");
}

BOOST_AUTO_TEST_CASE(the_files_that_debian_installs_are_the_whole_data_set) {
  const std::string root = "/usr/share/datasets";
  if (!fs::exists(fs::path(root) / "fashion-mnist/train-images-idx3-ubyte.gz")) {
    BOOST_TEST_MESSAGE("skipped: no package dataset-fashion-mnist in " << root);
    return;
  }

  const coop::dataset set = fashion_mnist::read(root);

  BOOST_TEST(set.train.size() == 60000u);
  BOOST_TEST(set.test.size() == 10000u);
  std::array<int, 10> of_class{};
  for (const coop::sample& s : set.train) ++of_class.at(std::size_t(s.label));
  for (const int count : of_class) BOOST_TEST(count == 6000);
  // The first labels of both files, as the authors' pages show them: an ankle boot in either.
  BOOST_TEST(set.class_names.at(std::size_t(set.train[0].label)) == "Ankle boot");
  BOOST_TEST(set.class_names.at(std::size_t(set.test[0].label)) == "Ankle boot");
  BOOST_TEST(set.train[0].pixels->height == 28);
  BOOST_TEST(set.train[0].pixels->width == 28);
}

BOOST_AUTO_TEST_SUITE_END()
