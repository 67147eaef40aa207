// SPDX-License-Identifier: MIT
//
// Files that are right, files that lie in every way the format allows a file to lie, and files that we write.
#include <coop/io/archive.hpp>

#include "support/memory.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(archive)

namespace {

using extents = std::vector<std::int64_t>;

/// The bytes of a safetensors file with this header, whose length may be a lie, and these data.
std::string file_of(const std::string& header, const std::string& data, std::uint64_t length) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}
std::string file_of(const std::string& header, const std::string& data) {
  return file_of(header, data, header.size());
}

/// What opening a file of these bytes says, without "coop: " and the folder; "opened" if it opens.
std::string verdict(const std::string& bytes) {
  const temporary_folder folder;
  const std::string path = folder / "f";
  coop::write_file(path, bytes);
  try {
    const coop::safetensors file(path);
    return "opened";
  } catch (const coop::io_error& problem) {
    const std::string text = problem.what();
    return text.substr(text.find(path) + path.size());
  }
}

std::string tensor(const std::string& type, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":)" + type + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const std::string eight_bytes(8, '\0');

}  // namespace

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
  const temporary_folder folder;
  const std::vector<float> values{1, -2, 0.1f, 4, 5, 6};
  const std::vector<std::int64_t> labels{-7, 1LL << 40};
  coop::write_safetensors(folder / "f",
                          {coop::to_array("matrix", {2, 3}, values),
                           coop::to_array_f16("halves", {6}, values), coop::to_array("labels", {2}, labels),
                           coop::to_array("scalar", {}, std::span<const float>(values).first(1)),
                           coop::to_array("empty", {0, 3}, std::span<const float>())},
                          {{"names", "[\"a\"]"}, {"größe", "\"\n"}});

  const coop::safetensors file(folder / "f");

  BOOST_TEST(file.read("matrix", {2, 3}) == values, boost::test_tools::per_element());
  BOOST_TEST(file.read("halves")[2] == coop::float_from_half(coop::half_from_float(0.1f)));
  BOOST_TEST(file.read_integers("labels") == labels, boost::test_tools::per_element());
  BOOST_TEST(file.read("scalar", {}).at(0) == 1.0f);
  BOOST_TEST(file.read("empty", {0, 3}).empty());
  BOOST_TEST(file.metadata().at("names") == "[\"a\"]");
  BOOST_TEST(file.metadata().at("größe") == "\"\n");
  BOOST_TEST(file.contains("labels"));
  BOOST_TEST(!file.contains("label"));
}

BOOST_AUTO_TEST_CASE(entries_are_sorted_by_name_and_aligned_to_their_elements) {
  const temporary_folder folder;
  const std::vector<float> values{1, 2, 3};
  const std::vector<std::int64_t> labels{7};
  coop::write_safetensors(folder / "f", {coop::to_array_f16("b", {3}, values),
                                         coop::to_array("c", {3}, values), coop::to_array("a", {1}, labels)});

  const coop::safetensors file(folder / "f");

  std::string names;
  for (const coop::archive_entry& e : file.entries()) {
    names += e.name;
    const auto address = reinterpret_cast<std::uintptr_t>(file.raw(e).data());
    BOOST_TEST(address % coop::bytes(e.type) == 0u);
  }
  BOOST_TEST(names == "abc");
}

BOOST_AUTO_TEST_CASE(the_same_content_gives_the_same_bytes) {
  const temporary_folder folder;
  const std::vector<float> values{1, 2};
  const coop::named_array a = coop::to_array("a", {2}, values);
  const coop::named_array b = coop::to_array("b", {2}, values);

  coop::write_safetensors(folder / "one", {a, b}, {{"k", "v"}});
  coop::write_safetensors(folder / "two", {b, a}, {{"k", "v"}});

  BOOST_TEST(coop::read_file(folder / "one") == coop::read_file(folder / "two"));
}

BOOST_AUTO_TEST_CASE(bfloat16_and_float64_are_read_as_float32) {
  const temporary_folder folder;
  std::string data("\x80\x3f\x00\xc0", 4);
  const double value = 0.1;
  data.append(reinterpret_cast<const char*>(&value), 8);
  coop::write_file(folder / "f", file_of(R"({"b":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},)"
                                         R"("d":{"dtype":"F64","shape":[],"data_offsets":[4,12]}})",
                                         data));

  const coop::safetensors file(folder / "f");

  BOOST_TEST(file.read("b") == (std::vector<float>{1, -2}), boost::test_tools::per_element());
  BOOST_TEST(file.read("d", {}).at(0) == 0.1f);
}

BOOST_AUTO_TEST_CASE(arrays_are_read_into_memory_of_the_callers_as_they_are_read) {
  const temporary_folder folder;
  std::vector<float> values(5000);  // longer than the parts in which halves are widened
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.001f * float(i) - 1;
  coop::write_safetensors(
      folder / "f",
      {coop::to_array("f", {5, 1000}, values), coop::to_array_f16("h", {5000}, values),
       coop::to_array_bf16("b", {5000}, values), coop::to_array("i", {1}, std::vector<std::int64_t>{1})});
  const coop::safetensors file(folder / "f");
  std::vector<float> to(5000);

  file.read_into("f", {5, 1000}, to);
  BOOST_TEST((to == values));
  for (const char* name : {"h", "b"}) {
    file.read_into(name, {5000}, to);
    BOOST_TEST((to == file.read(name)), name);
  }
  BOOST_CHECK_THROW(file.read_into("f", {5000}, to), coop::shape_error);
  BOOST_CHECK_THROW(file.read_into("i", {1}, std::span(to).first(1)), coop::io_error);
}

BOOST_AUTO_TEST_CASE(an_array_knows_how_many_bytes_it_has) {
  BOOST_TEST(coop::bytes(coop::archive_entry{"a", coop::element_type::f16, {2, 3}}) == 12u);
  BOOST_TEST(coop::bytes(coop::archive_entry{"a", coop::element_type::f64, {}}) == 8u);
  BOOST_TEST(coop::bytes(coop::archive_entry{"a", coop::element_type::f32, {0, 3}}) == 0u);
}

BOOST_AUTO_TEST_CASE(values_are_rounded_to_bfloat16) {
  const temporary_folder folder;
  coop::write_safetensors(folder / "f",
                          {coop::to_array_bf16("b", {2}, std::vector<float>{1.0f, 1.00390625f})});

  const coop::safetensors file(folder / "f");

  BOOST_TEST(file.read("b", {2}) == (std::vector<float>{1, 1}),
             boost::test_tools::per_element());  // ties to even
  BOOST_TEST(coop::name(file.entry("b").type) == "BF16");
}

BOOST_AUTO_TEST_CASE(integers_and_booleans_are_read_as_integers) {
  const temporary_folder folder;
  coop::write_file(folder / "f", file_of(R"({"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]},)"
                                         R"("b":{"dtype":"BOOL","shape":[1],"data_offsets":[1,2]},)"
                                         R"("c":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},)"
                                         R"("d":{"dtype":"I16","shape":[1],"data_offsets":[3,5]},)"
                                         R"("e":{"dtype":"I32","shape":[1],"data_offsets":[5,9]}})",
                                         std::string("\xfe\x01\xfe\xfe\xff\xfe\xff\xff\xff", 9)));

  const coop::safetensors file(folder / "f");

  BOOST_TEST(file.read_integers("a").at(0) == -2);
  BOOST_TEST(file.read_integers("b").at(0) == 1);
  BOOST_TEST(file.read_integers("c").at(0) == 254);
  BOOST_TEST(file.read_integers("d").at(0) == -2);
  BOOST_TEST(file.read_integers("e").at(0) == -2);
}

BOOST_AUTO_TEST_CASE(a_wrong_shape_names_file_tensor_expected_and_found) {
  const temporary_folder folder;
  coop::write_safetensors(folder / "f", {coop::to_array("w", {2, 3}, std::vector<float>(6))});
  const coop::safetensors file(folder / "f");

  BOOST_CHECK_EXCEPTION(
      static_cast<void>(file.read("w", {3, 2})), coop::shape_error, [&](const coop::shape_error& e) {
        return e.what() == "coop: " + (folder / "f") + ": tensor 'w': shape: expected (3, 2), got (2, 3)";
      });
}

BOOST_AUTO_TEST_CASE(a_missing_tensor_names_file_and_tensor) {
  const temporary_folder folder;
  coop::write_safetensors(folder / "f", {coop::to_array("w", {1}, std::vector<float>(1))});
  const coop::safetensors file(folder / "f");

  BOOST_CHECK_EXCEPTION(static_cast<void>(file.read("visual.proj", {1})), coop::io_error,
                        [&](const coop::io_error& e) {
                          return contains(e.what(), (folder / "f") + ": no tensor 'visual.proj'");
                        });
}

BOOST_AUTO_TEST_CASE(an_archive_moves_and_stays_readable) {
  const temporary_folder folder;
  coop::write_safetensors(folder / "f", {coop::to_array("w", {1}, std::vector<float>{5})});
  coop::safetensors first(folder / "f");

  const coop::safetensors second = std::move(first);

  BOOST_TEST(second.read("w").at(0) == 5.0f);
  static_assert(!std::is_copy_constructible_v<coop::safetensors>);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_archive_is_named_as_such) {
  BOOST_TEST(contains(verdict(""), ": not a safetensors file: expected 8 bytes of header length, got 0"));
  BOOST_TEST(contains(verdict("PK\x03\x04 this is a zip file, made by something else"),
                      "header length: expected at"));
  BOOST_TEST(contains(verdict(file_of("[1]", "")), "expected a header that starts with '{'"));
  BOOST_TEST(contains(verdict(file_of("", "")), "expected a header that starts with '{'"));
}

BOOST_AUTO_TEST_CASE(truncated_files_are_refused_wherever_they_are_cut) {
  const std::string whole = file_of(tensor("\"F32\"", "[2]", "[0,8]"), eight_bytes);
  BOOST_TEST(verdict(whole) == "opened");

  for (std::size_t size = 0; size < whole.size(); ++size) {
    BOOST_TEST(verdict(whole.substr(0, size)) != "opened", size);
  }
  BOOST_TEST(contains(verdict(whole.substr(0, 20)), ": truncated: expected a header of 54 bytes, got 12"));
  BOOST_TEST(contains(verdict(whole.substr(0, whole.size() - 1)), "within the 7 bytes of data, got [0, 8)"));
}

BOOST_AUTO_TEST_CASE(a_header_length_beyond_the_limit_or_the_file_takes_no_memory) {
  BOOST_TEST(contains(verdict(file_of("{}", "", ~std::uint64_t{0})),
                      "expected at most 100000000, got 18446744073709551615"));
  BOOST_TEST(contains(verdict(file_of("{}", "", 99'999'999)), ": truncated"));
}

BOOST_AUTO_TEST_CASE(a_header_that_is_no_json_is_refused) {
  BOOST_TEST(contains(verdict(file_of("{\"a\":", "")), ": not valid JSON: "));
  BOOST_TEST(contains(verdict(file_of("{}x", "")), ": not valid JSON: "));
  BOOST_TEST(contains(verdict(file_of("{\"\xff\":1}", "")), ": not valid JSON: "));
  BOOST_TEST(contains(verdict(file_of("{\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}", "")),
                      ": JSON nested too deeply"));
}

BOOST_AUTO_TEST_CASE(a_header_padded_with_spaces_and_an_empty_one_are_allowed) {
  BOOST_TEST(verdict(file_of("{}      ", "")) == "opened");
  BOOST_TEST(verdict(file_of(tensor("\"F32\"", "[2]", "[0,8]") + "   ", eight_bytes)) == "opened");
}

BOOST_AUTO_TEST_CASE(a_name_that_occurs_twice_is_refused) {
  const std::string one = R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  BOOST_TEST(verdict(file_of("{" + one + "," + one + "}", std::string(4, '\0'))) ==
             ": JSON name twice in one object: 'a'");
  BOOST_TEST(
      contains(verdict(file_of(R"({"__metadata__":{"k":"1","k":"2"}})", "")), "twice in one object: 'k'"));
}

BOOST_AUTO_TEST_CASE(a_name_with_a_zero_byte_is_refused) {
  BOOST_TEST(contains(
      verdict(file_of(R"({"a\u0000b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", eight_bytes)),
      ": a name with a zero byte inside"));
}

BOOST_AUTO_TEST_CASE(an_unknown_or_missing_type_is_refused_by_name) {
  BOOST_TEST(contains(
      verdict(file_of(tensor("\"F8_E4M3\"", "[8]", "[0,8]"), eight_bytes)),
      ": tensor 'a': dtype: expected one of F16 BF16 F32 F64 I64 I32 I16 I8 U8 BOOL, got \"F8_E4M3\""));
  BOOST_TEST(contains(verdict(file_of(tensor("7", "[8]", "[0,8]"), eight_bytes)), "dtype: expected one of"));
  BOOST_TEST(contains(verdict(file_of(R"({"a":{"shape":[2],"data_offsets":[0,8]}})", eight_bytes)),
                      "expected an object of dtype, shape and data_offsets"));
  BOOST_TEST(
      contains(verdict(file_of(R"({"a":3})", "")), "expected an object of dtype, shape and data_offsets"));
}

BOOST_AUTO_TEST_CASE(shapes_that_are_no_whole_numbers_are_refused) {
  for (const char* shape : {"[-2]", "[true]", "[2.0]", "[\"2\"]", "[null]", "[[2]]", "[1e3]",
                            "[18446744073709551616]", "[9223372036854775808]", "2", "{\"0\":2}"}) {
    BOOST_TEST(
        contains(verdict(file_of(tensor("\"F32\"", shape, "[0,8]"), eight_bytes)), ": tensor 'a': shape: "),
        shape);
  }
}

BOOST_AUTO_TEST_CASE(offsets_that_are_no_range_of_the_data_are_refused) {
  for (const char* offsets : {"[-8,0]", "[8,0]", "[0,9]", "[0]", "[0,4,8]", "[0,true]", "[0,8.0]", "8",
                              "[0,1e400]", "[9223372036854775807,9223372036854775807]"}) {
    BOOST_TEST(verdict(file_of(tensor("\"F32\"", "[2]", offsets), eight_bytes)) != "opened", offsets);
  }
}

BOOST_AUTO_TEST_CASE(sizes_that_do_not_match_shapes_are_refused) {
  BOOST_TEST(contains(verdict(file_of(tensor("\"F32\"", "[3]", "[0,8]"), eight_bytes)),
                      ": tensor 'a': size: expected"));
  BOOST_TEST(contains(verdict(file_of(tensor("\"F16\"", "[2]", "[0,8]"), eight_bytes)),
                      ": size: expected 4 bytes for F16 of shape (2), got 8"));
  BOOST_TEST(contains(verdict(file_of(tensor("\"F32\"", "[4294967296,4294967296,2]", "[0,8]"), eight_bytes)),
                      ": size: expected more than the file's bytes"));
  BOOST_TEST(
      contains(verdict(file_of(tensor("\"F32\"", "[0]", "[0,8]"), eight_bytes)), ": size: expected 0 bytes"));
}

BOOST_AUTO_TEST_CASE(overlaps_and_holes_are_refused) {
  const auto two = [](const char* second) {
    return R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
           R"("b":{"dtype":"F32","shape":[1],"data_offsets":)" +
           std::string(second) + "}}";
  };
  BOOST_TEST(verdict(file_of(two("[4,8]"), eight_bytes)) == "opened");
  BOOST_TEST(contains(verdict(file_of(two("[2,6]"), std::string(6, '\0'))), "overlap with another tensor"));
  BOOST_TEST(contains(verdict(file_of(two("[0,4]"), std::string(4, '\0'))), "overlap with another tensor"));
  BOOST_TEST(contains(verdict(file_of(two("[5,9]"), std::string(9, '\0'))), "a hole before it"));
  BOOST_TEST(contains(verdict(file_of(two("[4,8]"), std::string(9, '\0'))), "bytes after the last tensor"));
  BOOST_TEST(contains(verdict(file_of("{}", "x")), "bytes after the last tensor"));
}

BOOST_AUTO_TEST_CASE(metadata_that_are_no_strings_are_refused) {
  BOOST_TEST(
      contains(verdict(file_of(R"({"__metadata__":{"k":1}})", "")), "__metadata__: 'k': expected a string"));
  BOOST_TEST(contains(verdict(file_of(R"({"__metadata__":"k"})", "")),
                      "__metadata__: expected an object of strings"));
}

BOOST_AUTO_TEST_CASE(arrays_that_could_not_be_read_again_are_not_written) {
  const temporary_folder folder;
  const coop::named_array a = coop::to_array("a", {2}, std::vector<float>(2));
  coop::named_array short_of_bytes = a;
  short_of_bytes.bytes.pop_back();
  coop::named_array forbidden = a;
  forbidden.name = "__metadata__";
  coop::named_array no_text = a;
  no_text.name = "\xff";

  BOOST_CHECK_THROW(coop::to_array("a", {3}, std::vector<float>(2)), coop::shape_error);
  BOOST_CHECK_THROW(coop::to_array("a", {-1, -2}, std::vector<float>(2)), coop::shape_error);
  BOOST_CHECK_THROW(coop::write_safetensors(folder / "f", {short_of_bytes}), coop::shape_error);
  BOOST_CHECK_THROW(coop::write_safetensors(folder / "f", {a, a}), coop::io_error);
  BOOST_CHECK_THROW(coop::write_safetensors(folder / "f", {forbidden}), coop::io_error);
  BOOST_CHECK_THROW(coop::write_safetensors(folder / "f", {no_text}), coop::io_error);
  BOOST_CHECK_THROW(coop::write_safetensors(folder / "f", {a}, {{"k", "\xff"}}), coop::io_error);
  BOOST_TEST(folder.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_folder_is_no_archive) {
  const temporary_folder folder;

  BOOST_CHECK_THROW(coop::safetensors(folder.path()), coop::io_error);
  BOOST_CHECK_THROW(coop::safetensors(folder / "missing"), coop::io_error);
}

BOOST_AUTO_TEST_CASE(a_tensor_of_a_terabyte_costs_nothing_until_it_is_read,
                     *boost::unit_test::precondition(coop::tests::memory_is_ours)) {
  const temporary_folder folder;
  const std::string path = folder / "f";
  const std::string header =
      R"({"huge":{"dtype":"F16","shape":[500000000000],"data_offsets":[4,1000000000004]},)"
      R"("one":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  coop::tests::hollow(path, file_of(header, std::string("\0\0\x80\x3f", 4)),
                      8 + header.size() + 1'000'000'000'004);
  const coop::tests::peak_memory peak;
  const coop::safetensors file(path);

  BOOST_TEST(file.entry("huge").extents == (extents{500'000'000'000}), boost::test_tools::per_element());
  BOOST_TEST(file.read("one").at(0) == 1.0f);
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(file.read("huge", {2, 3})), coop::shape_error, [&](const coop::shape_error& e) {
        return std::string(e.what()) ==
               "coop: " + path + ": tensor 'huge': shape: expected (2, 3), got (500000000000)";
      });
  const coop::tests::memory_limit limit(64 * coop::tests::mebibyte);
  BOOST_CHECK_EXCEPTION(static_cast<void>(file.read("huge")), coop::io_error, [&](const coop::io_error& e) {
    return std::string(e.what()) == "coop: " + path +
                                        ": tensor 'huge': no memory for it: expected room for 500000000000 "
                                        "elements of 4 bytes";
  });
  BOOST_CHECK_EXCEPTION(static_cast<void>(file.read_integers("huge")), coop::io_error,
                        [&](const coop::io_error& e) {
                          return contains(e.what(), "element type: expected an integer type, got F16");
                        });
  BOOST_TEST(peak.grown() < 8 * coop::tests::mebibyte);
}

BOOST_AUTO_TEST_CASE(a_file_without_a_place_in_memory_is_an_error,
                     *boost::unit_test::precondition(coop::tests::memory_is_ours)) {
  const temporary_folder folder;
  coop::tests::hollow(folder / "f", file_of("{}", ""), std::uintmax_t(1) << 40);
  const coop::tests::memory_limit limit(64 * coop::tests::mebibyte);

  BOOST_CHECK_EXCEPTION(coop::safetensors(folder / "f"), coop::io_error, [&](const coop::io_error& e) {
    return std::string(e.what()) ==
           "coop: " + (folder / "f") + ": no place in memory for it: Cannot allocate memory";
  });
}

BOOST_AUTO_TEST_SUITE_END()
