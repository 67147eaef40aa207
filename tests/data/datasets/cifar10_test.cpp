// SPDX-License-Identifier: MIT
#include <coop/data/datasets/cifar10.hpp>

#include "support/replicas.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>

BOOST_AUTO_TEST_SUITE(cifar10_files)

namespace {

namespace fs = std::filesystem;
using coop::published::cifar10;

/// A picture whose red is `red`, whose green counts up and whose blue is 7.
std::string record(char label, char red) {
  std::string bytes(1, label);
  bytes += std::string(1024, red);
  for (int i = 0; i < 1024; ++i) bytes += static_cast<char>(i % 256);
  return bytes + std::string(1024, '\x07');
}

void write_small(const fs::path& folder) {
  replicas::write(folder / "batches.meta.txt", "airplane\nautomobile\nbird\n\n");
  for (int batch = 1; batch <= 5; ++batch) {
    replicas::write(folder / ("data_batch_" + std::to_string(batch) + ".bin"),
                    record('\x00', char(batch)) + record('\x02', char(batch)));
  }
  replicas::write(folder / "test_batch.bin", record('\x01', '\x63'));
}

std::string refusal(const temporary_folder& root) {
  try {
    static_cast<void>(cifar10::read(root.path()));
  } catch (const coop::io_error& problem) {
    return std::string(problem.what()).substr(root.path().size() + 7 + cifar10::folder.size());
  }
  return "read";
}

}  // namespace

BOOST_AUTO_TEST_CASE(planes_become_pixels_and_batches_follow_each_other) {
  const temporary_folder root;
  write_small(fs::path(root.path()) / "cifar-10-batches-bin");

  const coop::dataset set = cifar10::read(root.path());

  BOOST_TEST(set.class_names == (std::vector<std::string>{"airplane", "automobile", "bird"}),
             boost::test_tools::per_element());
  BOOST_REQUIRE(set.train.size() == 10u);
  BOOST_TEST(set.train[9].label == 2);
  BOOST_TEST(set.train[9].path == "train 9");
  const coop::image& picture = *set.train[9].pixels;
  BOOST_TEST(picture.height == 32);
  BOOST_TEST(int(picture.at(1, 2)[0]) == 5);
  BOOST_TEST(int(picture.at(1, 2)[1]) == 34);
  BOOST_TEST(int(picture.at(31, 31)[2]) == 7);
  BOOST_TEST(set.test.at(0).label == 1);
}

BOOST_AUTO_TEST_CASE(damaged_files_are_named) {
  const temporary_folder root;
  const fs::path folder = fs::path(root.path()) / "cifar-10-batches-bin";
  write_small(folder);

  replicas::write(folder / "data_batch_2.bin", record('\x00', 'a').substr(1));
  BOOST_TEST(refusal(root) == "/data_batch_2.bin: size: expected a multiple of 3073 bytes, got 3072");
  replicas::write(folder / "data_batch_2.bin", record('\x00', 'a') + record('\x03', 'a'));
  BOOST_TEST(refusal(root) == "/data_batch_2.bin: picture 1: label: expected from 0 to 2, got 3");
  fs::remove(folder / "data_batch_2.bin");
  BOOST_TEST(refusal(root) == "/data_batch_2.bin: cannot open: No such file or directory");
}

BOOST_AUTO_TEST_SUITE_END()
