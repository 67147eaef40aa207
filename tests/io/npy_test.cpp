// SPDX-License-Identifier: MIT
//
// Written arrays against the bytes that numpy.save writes, and headers that NumPy would not write.
#include <coop/io/npy.hpp>

#include "support/memory.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(npy)

namespace {

/// The bytes of numpy.save: magic, version 1.0, the dict padded so that the data begin at 128, and the data.
std::string numpy_file(std::string dict, const std::string& data) {
  dict.resize(117, ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + dict + "\n" + data;
}

std::string message_of(const std::string& bytes) {
  const temporary_folder folder;
  coop::write_file(folder / "f", bytes);
  try {
    static_cast<void>(coop::read_npy(folder / "f"));
  } catch (const coop::io_error& problem) {
    return std::string(problem.what()).substr((folder / "f").size() + 6);
  }
  return "read";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_written_array_has_the_bytes_of_numpy) {
  const temporary_folder folder;

  coop::write_npy(folder / "f", {2, 2}, std::vector<std::uint8_t>{1, 2, 3, 4});
  coop::write_npy(folder / "g", {1}, std::vector<std::int64_t>{5});

  BOOST_TEST(coop::read_file(folder / "f") ==
             numpy_file("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }", "\x01\x02\x03\x04"));
  BOOST_TEST(coop::read_file(folder / "g") ==
             numpy_file("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }",
                        std::string("\x05\0\0\0\0\0\0\0", 8)));
}

BOOST_AUTO_TEST_CASE(arrays_come_back) {
  const temporary_folder folder;
  const std::vector<float> values{1, -2, 0.1f, 4, 5, 6};

  coop::write_npy(folder / "f", {1, 2, 3}, values);
  const coop::npy_array array = coop::read_npy(folder / "f");

  BOOST_TEST(array.extents == (std::vector<std::int64_t>{1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(array.floats() == values, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_scalar_and_an_empty_array_come_back) {
  const temporary_folder folder;

  coop::write_npy(folder / "scalar", {}, std::vector<float>{7});
  coop::write_npy(folder / "empty", {0, 4}, std::vector<float>{});

  BOOST_TEST(coop::read_npy(folder / "scalar").floats().at(0) == 7.0f);
  BOOST_TEST(coop::read_npy(folder / "scalar").extents.empty());
  BOOST_TEST(coop::read_npy(folder / "empty").extents.at(1) == 4);
}

BOOST_AUTO_TEST_CASE(a_strided_matrix_is_written_dense) {
  const temporary_folder folder;
  const std::vector<float> numbers{1, 2, 3, 4, 5, 6};

  coop::write_npy(folder / "f", coop::view<const float, 2>(numbers.data(), {2, 3}).slice_columns(1, 3));
  const coop::npy_array array = coop::read_npy(folder / "f");

  BOOST_TEST(array.floats() == (std::vector<float>{2, 3, 5, 6}), boost::test_tools::per_element());
  BOOST_TEST(array.extents == (std::vector<std::int64_t>{2, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_array_that_its_shape_does_not_hold_is_not_written) {
  const temporary_folder folder;

  BOOST_CHECK_THROW(coop::write_npy(folder / "f", {3}, std::vector<float>(2)), coop::shape_error);
  BOOST_TEST(folder.size() == 0u);
}

BOOST_AUTO_TEST_CASE(keys_in_another_order_and_version_2_are_read) {
  const std::string dict = "{'shape': (2,), 'fortran_order': False, 'descr': '|u1'}\n";
  std::string version_2("\x93NUMPY\x02\x00", 8);
  version_2 += static_cast<char>(dict.size());
  version_2 += std::string(3, '\0') + dict + "ab";

  BOOST_TEST(message_of(version_2) == "read");
}

BOOST_AUTO_TEST_CASE(what_is_no_plain_array_is_refused) {
  const auto with = [](const std::string& descr, const std::string& order, const std::string& shape) {
    return numpy_file("{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }",
                      "abcd");
  };
  BOOST_TEST(message_of(with("<f4", "False", "(1,)")) == "read");
  BOOST_TEST(message_of(with("|O", "False", "(1,)")).starts_with(": element type: expected"));
  BOOST_TEST(message_of(with(">f4", "False", "(1,)")).ends_with("got '>f4'"));
  BOOST_TEST(message_of(with("<f4", "True", "(1,)")) == ": expected row-major order, got Fortran order");
  BOOST_TEST(message_of(with("<f4", "False", "(2,)")) ==
             ": size: 4 bytes of data do not fill F32 of shape (2)");
  BOOST_TEST(message_of(with("<f4", "False", "(-1,)")).ends_with("header that NumPy does not write"));
  BOOST_TEST(message_of(with("<f4", "False", "(99999999999999999999,)"))
                 .ends_with("header that NumPy does not write"));
  BOOST_TEST(message_of(with("<f4", "0", "(1,)")).ends_with("header that NumPy does not write"));
  BOOST_TEST(message_of(numpy_file("[('descr', '<f4')]", "")).ends_with("header that NumPy does not write"));
  BOOST_TEST(message_of("").starts_with(": not a .npy file"));
  BOOST_TEST(message_of(std::string("\x93NUMPY\x09\x00\x00\x00\x00\x00", 12)) ==
             ": .npy version: expected 1, 2 or 3, got 9");
  BOOST_TEST(message_of(std::string("\x93NUMPY\x01\x00\xff\xff{}", 12))
                 .starts_with(": truncated: expected a header"));
}

BOOST_AUTO_TEST_CASE(more_axes_than_numpy_has_are_refused) {
  const auto with = [](int axes) {
    std::string dict = "{'descr': '|u1', 'fortran_order': False, 'shape': (";
    for (int i = 0; i < axes; ++i) dict += "1,";
    dict += ")}";
    dict.resize(255, ' ');
    return std::string("\x93NUMPY\x01\x00\xff\x00", 10) + dict + "a";
  };

  BOOST_TEST(message_of(with(64)) == "read");
  BOOST_TEST(message_of(with(65)) == ": shape: expected at most 64 axes, got more");
}

BOOST_AUTO_TEST_CASE(a_terabyte_is_refused_by_its_header_before_memory_is_taken,
                     *boost::unit_test::precondition(coop::tests::memory_is_ours)) {
  const temporary_folder folder;
  const std::string path = folder / "f";
  const std::string head =
      numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (250000000000,), }", "");
  coop::tests::hollow(path, head, head.size() + 1'000'000'000'000);
  const auto says = [&](const std::string& what) {
    return [&path, what](const coop::error& e) { return std::string(e.what()) == "coop: " + path + what; };
  };
  const coop::tests::peak_memory peak;

  BOOST_CHECK_EXCEPTION(
      coop::read_npy(path), coop::io_error,
      says(": too long: expected at most 17179869184 bytes, got 1000000000000 of shape (250000000000)"));
  BOOST_CHECK_EXCEPTION(coop::read_npy(path, {5, 512}), coop::shape_error,
                        says(": shape: expected (5, 512), got (250000000000)"));
  {
    const coop::tests::memory_limit limit(64 * coop::tests::mebibyte);
    BOOST_CHECK_EXCEPTION(coop::read_npy(path, {250'000'000'000}), coop::io_error,
                          says(": no memory for it: expected room for 1000000000000 elements of 1 bytes"));
  }
  coop::tests::hollow(path, numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", ""),
                      head.size() + 1'000'000'000'000);
  BOOST_CHECK_EXCEPTION(coop::read_npy(path), coop::io_error,
                        says(": size: 1000000000000 bytes of data do not fill F32 of shape (2)"));
  coop::tests::hollow(path, std::string("\x93NUMPY\x02\x00\x00\x00\x00\x3f", 12), std::uintmax_t(1) << 40);
  BOOST_CHECK_EXCEPTION(coop::read_npy(path), coop::io_error,
                        says(": header: expected at most 65535 bytes, got 1056964608"));
  BOOST_TEST(peak.grown() < 4 * coop::tests::mebibyte);
}

BOOST_AUTO_TEST_CASE(numbers_take_their_memory_once,
                     *boost::unit_test::precondition(coop::tests::memory_is_ours)) {
  const temporary_folder folder;
  const std::string head =
      numpy_file("{'descr': '|u1', 'fortran_order': False, 'shape': (64, 1048576), }", "");
  coop::tests::hollow(folder / "f", head, head.size() + 64 * coop::tests::mebibyte);
  const coop::tests::peak_memory peak;

  BOOST_TEST(coop::read_npy(folder / "f", {64, 1048576}).bytes.size() == 64 * coop::tests::mebibyte);
  BOOST_TEST(peak.grown() < 72 * coop::tests::mebibyte);
}

BOOST_AUTO_TEST_SUITE_END()
