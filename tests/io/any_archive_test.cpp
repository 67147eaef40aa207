// SPDX-License-Identifier: MIT
//
// A file's format is told from its bytes; what is none is refused with what it is.
#include <coop/io/any_archive.hpp>
#include <coop/io/atomic_file.hpp>

#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(any_archives)

namespace {

std::string data_file(const char* name) {
  return (std::filesystem::path(__FILE__).parent_path().parent_path() / "data" / name).string();
}

/// What opening a file of these bytes says, without "coop: " and the path.
std::string verdict(const std::string& bytes) {
  const temporary_folder folder;
  const std::string path = folder / "weights.safetensors";  // the name does not matter
  coop::write_file(path, bytes);
  try {
    static_cast<void>(coop::open_archive(path));
    return "opened";
  } catch (const coop::io_error& problem) {
    return std::string(problem.what()).substr(6 + path.size() + 2);
  }
}

const std::string expected = "expected safetensors or a file of PyTorch, got ";

}  // namespace

BOOST_AUTO_TEST_CASE(a_file_that_is_cut_short_after_it_was_opened_is_an_error) {
  const temporary_folder folder;
  for (const char* name : {"clip_hugging_face.safetensors", "clip_open_clip.pt", "golden.safetensors"}) {
    const std::string path = folder / name;
    std::filesystem::copy_file(data_file(name), path);
    const coop::any_archive file = coop::open_archive(path);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);

    int refused = 0;
    for (const coop::archive_entry& entry : file.entries()) {
      try {
        if (is_floating(entry.type)) static_cast<void>(file.read(entry.name));
      } catch (const coop::io_error& problem) {
        BOOST_TEST(std::string(problem.what()).find("cut short while it was read") != std::string::npos);
        ++refused;
      }
    }
    BOOST_TEST(refused > 0, name);
  }
}

BOOST_AUTO_TEST_CASE(every_format_is_told_from_the_bytes) {
  const auto format = [](const char* name) {
    return std::string(coop::open_archive(data_file(name)).format());
  };

  BOOST_TEST(format("clip_hugging_face.safetensors") == "safetensors");
  BOOST_TEST(format("torch_plain.pt") == "torch.save");
  BOOST_TEST(format("torch_coop.pth.tar") == "torch.save");
  BOOST_TEST(format("torch_scripted.pt") == "TorchScript");
  BOOST_TEST(format("torch_legacy.pt") == "torch.save before PyTorch 1.6");
}

BOOST_AUTO_TEST_CASE(it_answers_as_the_archive_inside) {
  const coop::any_archive file = coop::open_archive(data_file("torch_plain.pt"));
  const coop::torch_archive inside(data_file("torch_plain.pt"));

  BOOST_TEST(file.path() == inside.path());
  BOOST_TEST(file.entries().size() == inside.entries().size());
  BOOST_TEST(file.contains("columns"));
  BOOST_TEST(file.entry("columns").extents == inside.entry("columns").extents,
             boost::test_tools::per_element());
  BOOST_TEST(file.read("columns", {4, 3}) == inside.read("columns"), boost::test_tools::per_element());
  BOOST_TEST(file.read_integers("int64") == inside.read_integers("int64"), boost::test_tools::per_element());
  BOOST_TEST(file.torch() != nullptr);
  BOOST_TEST(coop::open_archive(data_file("towers.safetensors")).torch() == nullptr);
}

BOOST_AUTO_TEST_CASE(a_moved_archive_keeps_its_arrays) {
  coop::any_archive first = coop::open_archive(data_file("torch_coop.pth.tar"));
  const auto values = first.read("token_suffix");

  const coop::any_archive second = std::move(first);

  BOOST_TEST((second.read("token_suffix") == values));
}

BOOST_AUTO_TEST_CASE(strangers_are_named) {
  std::string tar(512, '\0');
  tar.replace(257, 5, "ustar");

  BOOST_TEST(verdict("PYTORCH1 and more") == expected + "PyTorch's files for phones");
  BOOST_TEST(verdict(tar) == expected + "a tar file, as PyTorch wrote before version 0.1.11");
  BOOST_TEST(verdict("version https://git-lfs.github.com/spec/v1\noid sha256:00\n") ==
             expected + "a pointer of Git LFS and not the file it stands for");
  BOOST_TEST(verdict("GGUF\x03\x00") == expected + "a GGUF file");
  BOOST_TEST(verdict("\x89HDF\r\n") == expected + "an HDF5 file");
  BOOST_TEST(verdict("\x93NUMPY\x01") == expected + "a NumPy array");
  BOOST_TEST(verdict("\x1f\x8b\x08") == expected + "compressed by gzip");
  BOOST_TEST(verdict("PK\x05\x06") == expected + "an empty zip file");
  BOOST_TEST(verdict("\x80\x04\x95") == expected + "a pickle of protocol 4, which torch.save does not write");
  BOOST_TEST(verdict("<!DOCTYPE html>") == expected + "a page of the web, or other text");
  BOOST_TEST(verdict("") == expected + "an empty file");
  BOOST_TEST(verdict("what is this?") == expected + "neither: its first bytes are those of no known format");
}

BOOST_AUTO_TEST_CASE(the_reader_of_a_format_says_what_is_wrong_inside) {
  BOOST_TEST(verdict("PK\x03\x04 and no more") == "not a zip file: it is too short");
  BOOST_TEST(verdict("\x80\x02N.") == "a pickle, but not PyTorch's: expected its magic number first");
  BOOST_TEST(verdict(std::string("\x02\0\0\0\0\0\0\0{}x", 11)) ==
             "bytes after the last tensor: expected 0 bytes of data, got 1");
}

BOOST_AUTO_TEST_CASE(a_directory_and_a_missing_file_are_errors) {
  const temporary_folder folder;

  BOOST_CHECK_THROW(coop::open_archive(folder.path()), coop::io_error);
  BOOST_CHECK_THROW(coop::open_archive(folder / "missing"), coop::io_error);
}

BOOST_AUTO_TEST_SUITE_END()
