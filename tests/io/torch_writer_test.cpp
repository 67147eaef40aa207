// SPDX-License-Identifier: MIT
//
// What is written for torch.load: the pickle against opcodes laid out by hand, the archive against another reader,
// and a checkpoint that PyTorch has read (check_exports.py) byte for byte.
#include <coop/io/torch_writer.hpp>

#include "support/golden_export.hpp"
#include "support/stored_zip.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(torch_writer)

namespace {

std::string written(const coop::torch_checkpoint& checkpoint) {
  const temporary_folder folder;
  coop::write_torch(folder / "f", checkpoint);
  return coop::read_file(folder / "f");
}

std::string pickle_of(const coop::torch_checkpoint& checkpoint) {
  return stored_members(written(checkpoint)).at(0).bytes;
}

/// An array of so many elements of whatever type, all zero.
coop::named_array zeros(const std::string& name, coop::element_type type, std::int64_t count) {
  return {name, type, {count}, std::vector<std::byte>(std::size_t(count) * coop::bytes(type))};
}

/// X, the length in four bytes, the text.
std::string text(const std::string& s) {
  return 'X' + std::string(1, char(s.size())) + std::string(3, '\0') + s;
}

/// `numbers` from begin in steps, in the order of the array.
std::vector<float> ramp(std::size_t count, float begin, float step) {
  std::vector<float> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = begin + step * float(i);
  return numbers;
}

/// The checkpoint that check_exports.py expects in tests/data/exports/checkpoint.pth.tar.
coop::torch_checkpoint published() {
  const std::vector<std::int64_t> whole{-1, std::int64_t(1) << 40};
  return {.state_dict = {coop::to_array("ctx", {4, 3}, std::span<const float>(ramp(12, -1.0f, 0.125f))),
                         coop::to_array_f16("token_prefix", {2, 1, 3}, ramp(6, 0.5f, 0.25f)),
                         coop::to_array_f16("token_suffix", {2, 5, 3}, ramp(30, 2.0f, -0.0625f)),
                         coop::to_array("whole", {2}, std::span<const std::int64_t>(whole)),
                         coop::to_array("nothing", {0, 3}, std::span<const float>()),
                         coop::to_array("scalar", {}, std::span<const float>(ramp(1, 4.5f, 0)))},
          .values = {{"epoch", std::int64_t(50)},
                     {"optimizer", {}},
                     {"scheduler", {}},
                     {"val_result", 91.25},
                     {"large", std::int64_t(-5000000000)}}};
}

auto says(const std::string& words) {
  return [words](const coop::error& e) { return std::string(e.what()).find(words) != std::string::npos; };
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_members_are_those_of_torch_save) {
  const auto members = stored_members(
      written({.state_dict = {coop::to_array("a", {2}, std::span<const float>(ramp(2, 1.0f, 1.0f))),
                              zeros("b", coop::element_type::u8, 3)}}));

  BOOST_TEST(members.size() == 5u);
  BOOST_TEST(members[0].name == "archive/data.pkl");
  BOOST_TEST(members[1].name == "archive/byteorder");
  BOOST_TEST(members[1].bytes == "little");
  BOOST_TEST(members[2].name == "archive/data/0");
  BOOST_TEST((members[2].bytes == std::string("\0\0\x80\x3f\0\0\0\x40", 8)));
  BOOST_TEST(members[3].name == "archive/data/1");
  BOOST_TEST((members[3].bytes == std::string(3, '\0')));
  BOOST_TEST(members[4].name == "archive/version");
  BOOST_TEST(members[4].bytes == "3\n");
}

BOOST_AUTO_TEST_CASE(a_tensor_is_pickled_by_the_opcodes_of_protocol_2) {
  const std::string ordered = "ccollections\nOrderedDict\n)R";
  const std::string storage =
      "(" + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + "K\x06tQ";
  const std::string tensor = "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + std::string("K\0", 2) +
                             "(K\x02K\x03t(K\x03K\x01t\x89" + ordered + "tR";

  BOOST_TEST((pickle_of({.state_dict = {coop::to_array("ctx", {2, 3}, std::span<const float>(ramp(6, 0, 1)))},
                         .values = {{"epoch", std::int64_t(7)}, {"optimizer", {}}}}) ==
              "\x80\x02}(" + text("state_dict") + ordered + "(" + text("ctx") + tensor + "u" + text("epoch") +
                  "K\x07" + text("optimizer") + "Nu."));
}

BOOST_AUTO_TEST_CASE(numbers_take_the_shortest_opcode_that_holds_them) {
  const auto number = [](const coop::torch_value& value) {
    const std::string pickle = pickle_of({.values = {{"n", value}}});
    const std::size_t begin = pickle.find(text("n")) + 6;
    return pickle.substr(begin, pickle.size() - 2 - begin);
  };

  BOOST_TEST((number(std::int64_t(0)) == std::string("K\0", 2)));
  BOOST_TEST(number(std::int64_t(255)) == "K\xff");
  BOOST_TEST((number(std::int64_t(256)) == std::string("J\0\x01\0\0", 5)));
  BOOST_TEST(number(std::int64_t(-1)) == "J\xff\xff\xff\xff");
  BOOST_TEST(number(std::int64_t(2147483647)) == "J\xff\xff\xff\x7f");
  BOOST_TEST((number(std::int64_t(2147483648)) == std::string("\x8a\x08\0\0\0\x80\0\0\0\0", 10)));
  BOOST_TEST((number(91.5) == std::string("G\x40\x56\xe0\0\0\0\0\0", 9)));
  BOOST_TEST(number({}) == "N");
}

BOOST_AUTO_TEST_CASE(every_element_type_has_its_storage) {
  using coop::element_type;
  const auto storage = [](element_type type) {
    const std::string pickle = pickle_of({.state_dict = {zeros("a", type, 1)}});
    const std::size_t begin = pickle.find("ctorch\n") + 7;
    return pickle.substr(begin, pickle.find('\n', begin) - begin);
  };

  BOOST_TEST(storage(element_type::f16) == "HalfStorage");
  BOOST_TEST(storage(element_type::bf16) == "BFloat16Storage");
  BOOST_TEST(storage(element_type::f32) == "FloatStorage");
  BOOST_TEST(storage(element_type::f64) == "DoubleStorage");
  BOOST_TEST(storage(element_type::i64) == "LongStorage");
  BOOST_TEST(storage(element_type::i32) == "IntStorage");
  BOOST_TEST(storage(element_type::i16) == "ShortStorage");
  BOOST_TEST(storage(element_type::i8) == "CharStorage");
  BOOST_TEST(storage(element_type::u8) == "ByteStorage");
  BOOST_TEST(storage(element_type::boolean) == "BoolStorage");
}

BOOST_AUTO_TEST_CASE(the_checkpoint_that_pytorch_has_read_is_written_byte_for_byte) {
  const std::string today = written(published());

  BOOST_TEST((today == golden_export("checkpoint.pth.tar", today)));
}

BOOST_AUTO_TEST_CASE(what_python_could_not_tell_apart_is_refused_and_nothing_is_left) {
  const temporary_folder folder;
  const auto refused = [&](const coop::torch_checkpoint& checkpoint, const std::string& words) {
    BOOST_CHECK_EXCEPTION(coop::write_torch(folder / "f", checkpoint), coop::error, says("f: " + words));
  };
  auto array = zeros("a", coop::element_type::f32, 2);

  refused({.state_dict = {array, array}}, "'a': a name taken");
  refused({.values = {{"state_dict", {}}}}, "'state_dict': a name taken");
  refused({.values = {{"Stra\xc3\x9f"
                       "e",
                       {}}}},
          "'Stra\xc3\x9f"
          "e': a name taken or not allowed");
  array.extents = {3};
  refused({.state_dict = {array}}, "tensor 'a': 8 bytes do not fill F32 of shape (3)");
  BOOST_TEST(folder.size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
