// SPDX-License-Identifier: MIT
//
// Files that PyTorch wrote (make_torch_files.py), whose numbers follow from a formula, and crafted ones that lie.
#include <coop/io/torch_archive.hpp>

#include <coop/io/atomic_file.hpp>

#include "support/memory.hpp"
#include "support/temporary_folder.hpp"
#include "support/torch_bytes.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(torch_archives)

using coop::torch_archive;
using coop::torch_layout;
using coop::tests::little;
using coop::tests::saved;
namespace op = coop::tests::op;

namespace {

using extents = std::vector<std::int64_t>;

std::string data_file(const char* name) {
  return (std::filesystem::path(__FILE__).parent_path().parent_path() / "data" / name).string();
}

/// Number i of tensor k in the files.
float count(int k, int i) { return float((k + 7 * i) % 31 - 15) / 8; }

/// The numbers at these places of tensor k.
std::vector<float> counts(
    int k, int size, const std::function<int(int)>& place = [](int i) { return i; }) {
  std::vector<float> values;
  for (int i = 0; i < size; ++i) values.push_back(count(k, place(i)));
  return values;
}

/// What opening a file of these bytes says, without "coop: " and the path; "opened" if it opens.
std::string verdict(const std::string& bytes) {
  const temporary_folder folder;
  const std::string path = folder / "f";
  coop::write_file(path, bytes);
  try {
    const torch_archive file(path);
    return "opened";
  } catch (const coop::io_error& problem) {
    const std::string text = problem.what();
    return text.substr(text.find(path) + path.size() + 2);
  }
}

const std::string four_floats(16, '\0');

/// A state dict with one value `w`, and one storage `0` of four floats.
std::string dict_with(const std::string& value) {
  return saved(op::dict({{"w", value}}), {{"0", four_floats}});
}

/// The same, where `w` is a tensor of this offset, size and stride.
std::string window(std::int32_t offset, const std::vector<std::int32_t>& size,
                   const std::vector<std::int32_t>& stride) {
  return dict_with(op::tensor(op::storage("FloatStorage", "0", 4), offset, size, stride));
}

/// The call that rebuilds a tensor, with arguments as opcodes.
std::string rebuild(const std::vector<std::string>& arguments) {
  return op::call("torch._utils", "_rebuild_tensor_v2", op::tuple(arguments));
}

/// A whole file of torch.save before PyTorch 1.6.
std::string legacy(const std::string& object, const std::string& keys, const std::string& storages,
                   const std::string& little_endian = "\x88", int protocol = 1001) {
  using coop::tests::pickle_of;
  return pickle_of(std::string("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12)) +
         pickle_of(op::integer(protocol)) + pickle_of(op::dict({{"little_endian", little_endian}})) +
         pickle_of(object) + pickle_of(keys) + storages;
}

/// A storage's persistent id in such a file.
std::string legacy_storage(const std::string& kind, const std::string& key, int elements,
                           const std::string& view = op::none) {
  return op::tuple({op::text("storage"), op::global("torch", kind), op::text(key), op::text("cpu"),
                    op::integer(elements), view}) +
         "Q";
}

/// Without waiting for the disk, for cases of thousands of files.
void write_plain(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), std::streamsize(bytes.size()));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_state_dict_of_every_element_type_is_read) {
  const torch_archive file(data_file("torch_plain.pt"));

  BOOST_TEST(int(file.layout()) == int(torch_layout::saved));
  BOOST_TEST(file.entries().size() == 19u);
  BOOST_TEST(file.read("weight", {2, 3}) == counts(1, 6), boost::test_tools::per_element());
  BOOST_TEST(file.read("half", {5}) == counts(4, 5), boost::test_tools::per_element());
  BOOST_TEST(file.read("bfloat16", {5}) == counts(5, 5), boost::test_tools::per_element());
  BOOST_TEST(file.read("double", {5}) == counts(6, 5), boost::test_tools::per_element());
  BOOST_TEST(file.read("scalar", {}) == counts(7, 1), boost::test_tools::per_element());
  BOOST_TEST(file.read("parameter", {2, 2}) == counts(8, 4), boost::test_tools::per_element());
  BOOST_TEST(file.read("empty", {0, 3}).empty());
  int k = 0;
  for (const char* name : {"int64", "int32", "int16", "int8", "uint8", "bool"}) {
    BOOST_TEST_CONTEXT(name) {
      const std::int64_t first = k == 5 ? 1 : k;
      const std::int64_t last = k == 5 ? 1 : 3;
      BOOST_TEST(file.read_integers(name) == (std::vector<std::int64_t>{first, 1, 0, last}),
                 boost::test_tools::per_element());
    }
    ++k;
  }
}

BOOST_AUTO_TEST_CASE(offsets_and_strides_are_honoured) {
  const torch_archive file(data_file("torch_plain.pt"));  // a (4, 6) matrix, seen in parts

  const auto whole = [](int row, int column) { return 6 * row + column; };
  BOOST_TEST(file.read("transposed", {6, 4}) == counts(3, 24, [&](int i) { return whole(i % 4, i / 4); }),
             boost::test_tools::per_element());
  BOOST_TEST(file.read("rows", {2, 6}) == counts(3, 12, [&](int i) { return whole(1 + i / 6, i % 6); }),
             boost::test_tools::per_element());
  BOOST_TEST(file.read("columns", {4, 3}) == counts(3, 12, [&](int i) { return whole(i / 3, 2 + i % 3); }),
             boost::test_tools::per_element());
  BOOST_TEST(file.read("every_second", {2, 3}) ==
                 counts(3, 6, [&](int i) { return whole(2 * (i / 3), 1 + 2 * (i % 3)); }),
             boost::test_tools::per_element());
  BOOST_TEST(file.read("one_column", {4, 1}) == counts(3, 4, [&](int i) { return whole(i, 1); }),
             boost::test_tools::per_element());
  for (const char* name : {"transposed", "rows", "one_column", "half", "bfloat16", "double"}) {
    std::vector<float> to(file.read(name).size());
    file.read_into(name, file.entry(name).extents, to);
    BOOST_TEST(to == file.read(name), name);
  }
}

BOOST_AUTO_TEST_CASE(a_checkpoint_of_coop_opens_with_its_optimizer_and_scheduler_inside) {
  const torch_archive file(data_file("torch_coop.pth.tar"));

  BOOST_TEST(file.entries().size() == 3u);
  BOOST_TEST(file.read("ctx", {4, 8}) == counts(12, 32), boost::test_tools::per_element());
  // Both buffers are views of one (3, 10, 8) embedding.
  BOOST_TEST(
      file.read("token_prefix", {3, 1, 8}) == counts(11, 24, [](int i) { return 80 * (i / 8) + i % 8; }),
      boost::test_tools::per_element());
  BOOST_TEST(file.read("token_suffix", {3, 5, 8}) ==
                 counts(11, 120, [](int i) { return 80 * (i / 40) + 40 + i % 40; }),
             boost::test_tools::per_element());
  BOOST_TEST(file.metadata().at("epoch") == "50");
  BOOST_TEST(file.metadata().at("val_result") == "0.875");
  BOOST_TEST(file.metadata().size() == 2u);
  BOOST_CHECK_NO_THROW(file.verify());
}

BOOST_AUTO_TEST_CASE(a_torchscript_module_gives_its_parameters_by_the_attributes_on_the_way) {
  const torch_archive file(data_file("torch_scripted.pt"));

  BOOST_TEST(int(file.layout()) == int(torch_layout::scripted));
  BOOST_TEST(file.entries().size() == 20u);
  // As the script filled them: numbered by name.
  BOOST_TEST(file.read("visual.downsample.0.weight", {4, 4, 1, 1}) == counts(13, 16),
             boost::test_tools::per_element());
  BOOST_TEST(file.read("transformer.resblocks.0.mlp.c_fc.weight", {8, 4}) == counts(8, 32),
             boost::test_tools::per_element());
  BOOST_TEST(coop::name(file.entry("transformer.resblocks.0.mlp.c_fc.weight").type) == "F16");
  BOOST_TEST(coop::name(file.entry("transformer.resblocks.0.ln_1.weight").type) == "F32");
  BOOST_TEST(file.read_integers("input_resolution") == (std::vector<std::int64_t>{8}),
             boost::test_tools::per_element());
  BOOST_TEST(!file.contains("visual.conv1.bias"));
}

BOOST_AUTO_TEST_CASE(the_code_of_a_torchscript_module_can_be_searched) {
  const torch_archive file(data_file("torch_scripted.pt"));
  const torch_archive plain(data_file("torch_plain.pt"));

  BOOST_TEST(file.scalar_constants() == (std::vector<float>{1.702f}), boost::test_tools::per_element());
  BOOST_TEST(contains(file.code(), "torch.sigmoid"));
  BOOST_TEST(plain.code().empty());
  BOOST_TEST(plain.scalar_constants().empty());
}

BOOST_AUTO_TEST_CASE(a_file_from_before_the_zip_layout_is_read) {
  const torch_archive file(data_file("torch_legacy.pt"));

  BOOST_TEST(int(file.layout()) == int(torch_layout::legacy));
  BOOST_TEST(file.read("whole", {3, 4}) == counts(21, 12), boost::test_tools::per_element());
  BOOST_TEST(file.read("last_row", {4}) == counts(21, 4, [](int i) { return 8 + i; }),
             boost::test_tools::per_element());
  BOOST_TEST(file.read("transposed", {4, 3}) == counts(21, 12, [](int i) { return 4 * (i % 3) + i / 3; }),
             boost::test_tools::per_element());
  BOOST_TEST(file.read("half", {3}) == counts(22, 3), boost::test_tools::per_element());
  BOOST_TEST(file.read_integers("counter").at(0) == 7);
  BOOST_TEST(file.metadata().at("arch") == "RN50");
  BOOST_TEST(file.metadata().at("best") == "true");
  BOOST_TEST(!file.metadata().contains("val_result"));  // None
}

BOOST_AUTO_TEST_CASE(the_prefix_of_data_parallel_training_goes_when_the_first_name_has_it) {
  const torch_archive file(data_file("torch_parallel.pt"));
  const temporary_folder folder;
  const auto tensor = op::tensor(op::storage("FloatStorage", "0", 4), 0, {4}, {1});
  coop::write_file(folder / "f",
                   saved(op::dict({{"a", tensor}, {"module.b", tensor}}), {{"0", four_floats}}));

  BOOST_TEST(file.read("ctx", {2, 3}) == counts(31, 6), boost::test_tools::per_element());
  BOOST_TEST(file.contains("meta_net.linear1.weight"));
  BOOST_TEST(torch_archive(folder / "f").contains("module.b"));
  BOOST_TEST(verdict(saved(op::dict({{"module.a", tensor}, {"a", tensor}}), {{"0", four_floats}})) ==
             "tensor 'a': there twice");
}

BOOST_AUTO_TEST_CASE(dicts_in_a_state_dict_make_dotted_names_and_other_values_are_passed_over) {
  const temporary_folder folder;
  const auto tensor = op::tensor(op::storage("FloatStorage", "0", 4), 0, {4}, {1});
  coop::write_file(folder / "f", saved(op::dict({{"model", op::dict({{"w", tensor}})},
                                                 {"epoch", op::integer(3)},
                                                 {"rate", "G\x3f\xb9\x99\x99\x99\x99\x99\x9a"},
                                                 {"note", op::text("x")},
                                                 {"list", "]"}}),
                                       {{"0", four_floats}}));

  const torch_archive file(folder / "f");

  BOOST_TEST(file.entries().size() == 1u);
  BOOST_TEST(file.contains("model.w"));
  BOOST_TEST(file.metadata().at("rate") == "0.1");
  BOOST_TEST(file.metadata().at("note") == "x");
}

BOOST_AUTO_TEST_CASE(a_wrong_shape_and_a_wrong_type_name_the_tensor) {
  const torch_archive file(data_file("torch_plain.pt"));

  BOOST_CHECK_EXCEPTION(static_cast<void>(file.read("weight", {3, 2})), coop::shape_error,
                        [](const coop::error& e) {
                          return contains(e.what(), "tensor 'weight': shape: expected (3, 2), got (2, 3)");
                        });
  BOOST_CHECK_EXCEPTION(static_cast<void>(file.read("int64")), coop::io_error, [](const coop::error& e) {
    return contains(e.what(), "tensor 'int64': element type: expected F16, BF16, F32 or F64, got I64");
  });
  BOOST_CHECK_EXCEPTION(static_cast<void>(file.read("nothing")), coop::io_error, [](const coop::error& e) {
    return contains(e.what(), "no tensor 'nothing' among the 19 of this file");
  });
}

BOOST_AUTO_TEST_CASE(a_value_that_is_no_plain_tensor_is_refused_where_tensors_are_wanted) {
  BOOST_TEST(verdict(dict_with(op::call("os", "system", op::tuple({op::text("true")})))) ==
             "tensor 'w': expected a plain tensor, got a call of os.system");
  BOOST_TEST(verdict(dict_with(op::call("torch._utils", "_rebuild_sparse_tensor", op::empty_tuple))) ==
             "tensor 'w': expected a plain tensor, got a call of torch._utils._rebuild_sparse_tensor");
  BOOST_TEST(verdict(dict_with(op::call("torch._utils", "_rebuild_qtensor", op::empty_tuple))) ==
             "tensor 'w': expected a plain tensor, got a call of torch._utils._rebuild_qtensor");
  BOOST_TEST(verdict(dict_with(op::call("torch._tensor", "_rebuild_from_type_v2", op::empty_tuple))) ==
             "tensor 'w': expected a plain tensor, got a call of torch._tensor._rebuild_from_type_v2");
  BOOST_TEST(verdict(dict_with(op::global("m", "C") + op::empty_tuple + "\x81")) ==
             "tensor 'w': expected a plain tensor, got an object of m.C");
  BOOST_TEST(verdict(dict_with(op::call("torch._utils", "_rebuild_parameter", op::tuple({op::none})))) ==
             "tensor 'w': a Parameter: expected a tensor inside, got another value");
}

BOOST_AUTO_TEST_CASE(the_same_values_elsewhere_in_a_checkpoint_are_passed_over) {
  const auto tensor = op::tensor(op::storage("FloatStorage", "0", 4), 0, {4}, {1});

  BOOST_TEST(verdict(saved(op::dict({{"state_dict", op::dict({{"w", tensor}})},
                                     {"scheduler", op::call("os", "system", op::tuple({op::text("true")}))}}),
                           {{"0", four_floats}})) == "opened");
}

BOOST_AUTO_TEST_CASE(whole_modules_and_lone_values_are_refused) {
  BOOST_TEST(verdict(saved(op::global("m", "C") + op::empty_tuple + "\x81", {})) ==
             "expected a state dict, or a checkpoint with one under 'state_dict', got an object of m.C");
  BOOST_TEST(verdict(saved(op::dict({{"state_dict", op::none}}), {})) ==
             "'state_dict': expected a dict of tensors, got None");
  BOOST_TEST(contains(verdict(saved("}" + op::none + op::none + "s", {})),
                      "expected names without zero bytes as keys"));
  BOOST_TEST(
      contains(verdict(saved(op::dict({{std::string("a\0b", 3), op::none}}), {})), "without zero bytes"));
}

BOOST_AUTO_TEST_CASE(what_contains_itself_or_nests_without_end_is_refused) {
  const std::string self = "}q" + std::string(1, '\0') + op::text("a") + "h" + std::string(1, '\0') + "s";
  std::string deep;
  for (int i = 0; i < 70; ++i) deep += "}" + op::text("a");
  deep += op::none + std::string(70, 's');
  std::string wide = "}q" + std::string(1, '\0');  // each dict holds the one before it sixteen times
  for (int i = 1; i <= 8; ++i) {
    std::string next = "}(";
    for (int j = 0; j < 16; ++j) next += op::integer(j) + "h" + char(i - 1);
    wide += "0" + next + "uq" + char(i);
  }

  BOOST_TEST(verdict(saved(self, {})) == "data.pkl: 'a.' contains itself");
  BOOST_TEST(verdict(saved(deep, {})).ends_with("': nested too deeply: expected at most 64 levels"));
  BOOST_TEST(verdict(saved(wide, {})) == "data.pkl: too many values: expected at most one for each of its " +
                                             std::to_string(wide.size() + 3) +
                                             " bytes, got shared ones many times");
}

BOOST_AUTO_TEST_CASE(windows_outside_their_storage_are_refused) {
  BOOST_TEST(verdict(window(0, {2, 2}, {2, 1})) == "opened");
  BOOST_TEST(verdict(window(4, {0}, {1})) == "opened");
  BOOST_TEST(verdict(window(1, {2, 2}, {2, 1})) ==
             "tensor 'w': of shape (2, 2), strides (2, 1), offset 1: outside its storage of 4 elements");
  BOOST_TEST(contains(verdict(window(0, {2, 2}, {3, 1})), "outside its storage"));
  BOOST_TEST(contains(verdict(window(5, {0}, {1})), "outside its storage"));
  BOOST_TEST(contains(verdict(window(0, {8}, {0})), "more elements than its storage of 4 elements"));
  BOOST_TEST(
      contains(verdict(window(0, {0x7fffffff, 0x7fffffff, 0x7fffffff}, {1, 1, 1})), "more elements than"));
}

BOOST_AUTO_TEST_CASE(names_that_grow_by_repetition_are_refused) {
  // A key of 4000 letters is kept once and stands on every level, so that the letters of the names are its square.
  std::string nested = "}" + op::text(std::string(4000, 'a')) + "q" + std::string(1, '\0') + op::none + "s";
  for (int level = 0; level < 60; ++level) {
    nested = nested.substr(0, nested.size()) + "q\1}h" + std::string(1, '\0') + "h\1s";
  }
  // What lies below the last dict is taken off with the list that it is put into.
  const std::string pickle = "(" + nested + "q\2l0h\2";

  BOOST_TEST(verdict(saved(pickle, {})) ==
             "data.pkl: names too long: expected at most 64 letters for each of its " +
                 std::to_string(pickle.size() + 3) + " bytes");
}

BOOST_AUTO_TEST_CASE(extents_that_overflow_beside_a_zero_are_refused) {
  const auto wide_integers = [](const std::vector<std::int64_t>& values) {
    std::vector<std::string> items;
    for (const auto value : values) items.push_back(op::wide(value));
    return op::tuple(items);
  };
  const std::int64_t large = std::int64_t(1) << 40;
  const std::string rebuilt = op::call(
      "torch._utils", "_rebuild_tensor_v2",
      op::tuple({op::storage("FloatStorage", "0", 4), op::integer(0), wide_integers({0, large, large}),
                 wide_integers({1, large, 1}), "\x89", op::ordered_dict()}));

  BOOST_TEST(contains(verdict(saved(op::dict({{"w", rebuilt}}), {{"0", std::string(16, '\0')}})),
                      "tensor 'w': of shape (0, 1099511627776, 1099511627776)"));
}

BOOST_AUTO_TEST_CASE(numbers_that_are_negative_too_large_or_none_are_refused) {
  const auto storage = op::storage("FloatStorage", "0", 4);
  const auto with = [&](const std::string& offset, const std::string& size, const std::string& stride) {
    return verdict(dict_with(rebuild({storage, offset, size, stride, "\x89", op::ordered_dict()})));
  };
  const auto zero = op::integer(0);
  const auto one = op::integers({1});
  const auto huge = op::wide(std::int64_t(1) << 62);

  BOOST_TEST(with(op::integer(-1), one, one) ==
             "tensor 'w': storage offset: expected a whole number of at least 0, got -1");
  BOOST_TEST(with(op::none, one, one) ==
             "tensor 'w': storage offset: expected a whole number of at least 0, got None");
  BOOST_TEST(with(zero, op::integers({-1}), one) ==
             "tensor 'w': size: expected a whole number of at least 0, got -1");
  BOOST_TEST(with(zero, one, op::integers({-1})) ==
             "tensor 'w': stride: expected a whole number of at least 0, got -1");
  BOOST_TEST(with(zero, op::none, one) == "tensor 'w': size: expected at most 16 numbers, got None");
  BOOST_TEST(with(zero, one, op::integers({1, 1})) == "tensor 'w': stride: expected 1 numbers, got 2");
  BOOST_TEST(contains(with(zero, op::integers({2, 2}), op::tuple({huge, huge})), "outside its storage"));
  BOOST_TEST(contains(with(huge, one, one), "outside its storage"));
  BOOST_TEST(contains(with(zero, op::integers(std::vector<std::int32_t>(17, 1)), one),
                      "expected at most 16 numbers"));
}

BOOST_AUTO_TEST_CASE(tensors_with_marks_or_other_arguments_are_refused) {
  const auto storage = op::storage("FloatStorage", "0", 4);
  const auto one = op::integers({1});
  const std::vector<std::string> plain{storage, op::integer(0), one, one, "\x89", op::ordered_dict()};
  auto marked = plain;
  marked.push_back(op::dict({{"neg", "\x88"}}));
  auto unmarked = plain;
  unmarked.push_back(op::empty_dict);

  BOOST_TEST(verdict(dict_with(rebuild(unmarked))) == "opened");
  BOOST_TEST(verdict(dict_with(rebuild(marked))) ==
             "tensor 'w': expected a plain tensor, got one with marks (conjugate or negative)");
  BOOST_TEST(verdict(dict_with(rebuild({storage}))) ==
             "tensor 'w': _rebuild_tensor_v2: expected 6 or 7 arguments, got 1");
}

BOOST_AUTO_TEST_CASE(storages_that_are_none_are_refused) {
  const auto with = [](const std::string& storage) {
    return verdict(dict_with(op::tensor(storage, 0, {1}, {1})));
  };
  const auto id = [](const std::string& kind, const std::string& storage_class, const std::string& elements) {
    return op::tuple({op::text(kind), storage_class, op::text("0"), op::text("cuda:0"), elements}) + "Q";
  };
  const auto floats = op::global("torch", "FloatStorage");

  BOOST_TEST(with(id("storage", floats, op::integer(4))) == "opened");
  BOOST_TEST(
      with(id("module", floats, op::integer(4))) ==
      "tensor 'w': persistent id: expected a storage, got a 'module': save the state dict, not the module");
  BOOST_TEST(with(id("storage", op::global("torch", "QInt8Storage"), op::integer(4))) ==
             "tensor 'w': storage class: expected one of torch's of plain numbers, got torch.QInt8Storage");
  BOOST_TEST(with(id("storage", op::global("numpy", "FloatStorage"), op::integer(4))) ==
             "tensor 'w': storage class: expected one of torch's of plain numbers, got numpy.FloatStorage");
  BOOST_TEST(with(id("storage", floats, op::integer(-4))) ==
             "tensor 'w': storage size: expected a whole number of at least 0, got -4");
  BOOST_TEST(with(id("storage", floats, op::integer(3))) ==
             "tensor 'w': storage: expected 3 elements of 4 bytes, got 16 bytes in 'archive/data/0'");
  BOOST_TEST(contains(with(id("storage", floats, op::wide(std::int64_t(1) << 62))), "got 16 bytes in"));
  BOOST_TEST(with(op::none) == "tensor 'w': storage: expected a persistent id, got None");
  BOOST_TEST(with(op::text("0") + "Q") ==
             "tensor 'w': storage: expected a persistent id, got a persistent id");
  BOOST_TEST(contains(with(op::tuple({op::text("storage")}) + "Q"),
                      "persistent id: expected PyTorch's of a storage"));
}

BOOST_AUTO_TEST_CASE(missing_and_compressed_storages_are_refused) {
  const auto tensor = op::dict({{"w", op::tensor(op::storage("FloatStorage", "0", 1), 0, {1}, {1})}});

  BOOST_TEST(verdict(saved(tensor, {})) == "tensor 'w': storage: no member 'archive/data/0'");
  BOOST_TEST(verdict(saved(tensor, {}, {{.name = "archive/data/0", .data = "x", .method = 8, .size = 4}})) ==
             "member 'archive/data/0': compressed: expected a member that is only stored");
}

BOOST_AUTO_TEST_CASE(other_versions_byte_orders_and_layouts_are_refused) {
  const auto with = [](const std::string& name, const std::string& data) {
    return verdict(saved(op::empty_dict, {}, {{.name = "archive/" + name, .data = data}}));
  };

  BOOST_TEST(with("version", "10\n") == "opened");
  BOOST_TEST(with("version", "11\n") == "PyTorch's file version: expected 1 to 10, got '11'");
  BOOST_TEST(with("version", "three") == "PyTorch's file version: expected 1 to 10, got 'three'");
  BOOST_TEST(with("byteorder", "little") == "opened");
  BOOST_TEST(with("byteorder", "big") == "byte order: expected little, got 'big'");
  BOOST_TEST(with("model.json", "{}") ==
             "TorchScript's first format (model.json): expected one of PyTorch 1.4 or later");
  BOOST_TEST(verdict(coop::tests::zip_of({{.name = "word/document.xml"}})) ==
             "a zip file, but not PyTorch's: expected a member 'word/data.pkl'");
  BOOST_TEST(verdict(coop::tests::zip_of({{.name = "weights.npy"}})) ==
             "member 'weights.npy': expected all members in one folder");
}

BOOST_AUTO_TEST_CASE(torchscript_roots_and_attributes_of_other_kinds_are_refused_or_passed_over) {
  const auto scripted = [](const std::string& object) {
    return verdict(
        saved(object, {{"0", four_floats}}, {{.name = "archive/constants.pkl", .data = "\x80\x02)."}}));
  };
  const auto module = [](const std::string& attributes) {
    return op::global("__torch__", "M") + op::empty_tuple + "\x81" + attributes + "b";
  };
  const auto self =
      op::global("__torch__", "M") + op::empty_tuple + "\x81q\x01" + op::dict({{"a", "h\x01"}}) + "b";

  BOOST_TEST(scripted(op::empty_dict) == "expected a TorchScript module, got a dict");
  BOOST_TEST(scripted(module(op::none)) == "'': expected a module's attributes, got None");
  BOOST_TEST(scripted(module(op::dict(
                 {{"sizes", op::call("torch.jit._pickle", "build_intlist", op::tuple({"]"}))},
                  {"device", op::call("torch", "device", op::tuple({op::text("cpu")}))}}))) == "opened");
  BOOST_TEST(
      scripted(module(op::dict({{"w", op::call("torch._utils", "_rebuild_qtensor", op::empty_tuple)}}))) ==
      "tensor 'w': expected a plain tensor, got a call of torch._utils._rebuild_qtensor");
  BOOST_TEST(scripted(self) == "data.pkl: 'a.' contains itself");
}

BOOST_AUTO_TEST_CASE(a_scripted_modules_numbers_and_texts_are_metadata) {
  const temporary_folder folder;
  coop::write_file(folder / "f",
                   saved(op::global("__torch__", "M") + op::empty_tuple + "\x81" +
                             op::dict({{"training", "\x89"}, {"vocab_size", op::integer(49408)}}) + "b",
                         {}, {{.name = "archive/constants.pkl", .data = "\x80\x02)."}}));

  const torch_archive file(folder / "f");

  BOOST_TEST(file.metadata().at("vocab_size") == "49408");
  BOOST_TEST(file.metadata().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_view_of_a_storage_in_an_old_file_is_a_part_of_it) {
  const std::array<float, 4> numbers{1, 2, 3, 4};
  std::string data = little(std::uint64_t(4));
  data.append(reinterpret_cast<const char*>(numbers.data()), 16);
  const auto viewed = [&](int offset, int size) {
    const auto view = op::tuple({op::text("8"), op::integer(offset), op::integer(size)});
    return legacy(op::dict({{"w", op::tensor(legacy_storage("FloatStorage", "7", 4, view), 0, {2}, {1})}}),
                  "]" + op::text("7") + "a", data);
  };
  const temporary_folder folder;
  coop::write_file(folder / "f", viewed(1, 2));

  BOOST_TEST(torch_archive(folder / "f").read("w") == (std::vector<float>{2, 3}),
             boost::test_tools::per_element());
  BOOST_TEST(verdict(viewed(3, 2)) == "objects: storage view: outside its storage");
  BOOST_TEST(contains(verdict(viewed(3, 1)), "more elements than its storage of 1 elements"));
}

BOOST_AUTO_TEST_CASE(old_files_that_lie_are_refused) {
  const auto object = op::dict({{"w", op::tensor(legacy_storage("FloatStorage", "7", 1), 0, {1}, {1})}});
  const auto keys = "]" + op::text("7") + "a";
  const auto one = little(std::uint64_t(1)) + std::string(4, '\0');

  BOOST_TEST(verdict(legacy(object, keys, one)) == "opened");
  BOOST_TEST(verdict(legacy(object, keys, one, "\x89")) == "byte order: expected little, got another");
  BOOST_TEST(verdict(legacy(object, keys, one, "\x88", 1002)) ==
             "protocol: expected PyTorch's 1001, got another");
  BOOST_TEST(verdict(coop::tests::pickle_of(op::none)) ==
             "a pickle, but not PyTorch's: expected its magic number first");
  BOOST_TEST(verdict(legacy(object, "]", "")) == "tensor 'w': storage '7': not in this file");
  BOOST_TEST(verdict(legacy(object, keys, "")) == "storage keys: storage '7': truncated");
  BOOST_TEST(verdict(legacy(object, keys, one.substr(0, 10))) ==
             "storage keys: storage '7': truncated: expected 1 elements of 4 bytes, got 2 bytes");
  BOOST_TEST(verdict(legacy(object, keys, little(std::uint64_t(2)) + std::string(8, '\0'))) ==
             "storage keys: storage '7': expected 1 elements, got 2");
  BOOST_TEST(verdict(legacy(object, "](" + op::text("7") + op::text("7") + "e", one + one)) ==
             "storage keys: storage '7': there twice");
  BOOST_TEST(contains(verdict(legacy(object, "]" + op::text("8") + "a", one)),
                      "expected keys of storages that tensors have"));
  BOOST_TEST(contains(verdict(legacy(object, op::none, one)), "expected a list of storage keys, got None"));
  const auto both = op::dict({{"v", op::tensor(legacy_storage("HalfStorage", "7", 1), 0, {1}, {1})},
                              {"w", op::tensor(legacy_storage("FloatStorage", "7", 1), 0, {1}, {1})}});
  BOOST_TEST(verdict(legacy(both, keys, one)) == "storage keys: storage '7': described in two ways");
  BOOST_TEST(contains(verdict("\x80\x02\x8a"), "magic number: byte 2: opcode LONG1: expected 1 bytes more"));
}

BOOST_AUTO_TEST_CASE(any_changed_bit_is_read_or_refused) {
  const temporary_folder folder;
  for (const char* name : {"torch_coop.pth.tar", "torch_legacy.pt"}) {
    const std::string whole = coop::read_file(data_file(name), 1 << 20);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string changed = whole;
      changed[at] = char(changed[at] ^ (1 << (at % 8)));
      write_plain(folder / "f", changed);
      try {
        const torch_archive file(folder / "f");
        for (const auto& e : file.entries()) {
          if (coop::name(e.type).find('F') != std::string::npos) {
            BOOST_TEST_REQUIRE(file.read(e.name).size() * coop::bytes(e.type) == coop::bytes(e));
          }
        }
      } catch (const coop::io_error& problem) {
        BOOST_TEST_REQUIRE(contains(problem.what(), folder / "f"));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(any_file_cut_short_is_refused) {
  const temporary_folder folder;
  for (const char* name : {"torch_coop.pth.tar", "torch_legacy.pt", "torch_plain.pt"}) {
    const std::string whole = coop::read_file(data_file(name), 1 << 20);
    for (std::size_t size = 0; size < whole.size(); size += 7) {
      write_plain(folder / "f", whole.substr(0, size));
      BOOST_REQUIRE_THROW(torch_archive(folder / "f"), coop::io_error);
    }
  }
}

BOOST_AUTO_TEST_CASE(of_an_old_file_of_a_terabyte_only_what_is_asked_for_is_read,
                     *boost::unit_test::precondition(coop::tests::memory_is_ours)) {
  const temporary_folder folder;
  const auto storage = [](const std::string& key, const std::string& elements) {
    return op::tuple({op::text("storage"), op::global("torch", "FloatStorage"), op::text(key),
                      op::text("cpu"), elements, op::none}) +
           "Q";
  };
  constexpr std::int64_t many = 250'000'000'000;
  const auto numbers = [](const std::vector<std::int64_t>& values) {
    std::vector<std::string> items;
    for (const std::int64_t value : values) items.push_back(op::wide(value));
    return op::tuple(items);
  };
  const std::string object =
      op::dict({{"one", op::tensor(storage("1", op::integer(1)), 0, {1}, {1})},
                {"huge", rebuild({storage("2", op::wide(many)), op::integer(0), numbers({many}), numbers({1}),
                                  "\x89", op::ordered_dict()})},
                {"column", rebuild({storage("2", op::wide(many)), op::integer(0), numbers({many / 2}),
                                    numbers({2}), "\x89", op::ordered_dict()})},
                {"far", rebuild({storage("2", op::wide(many)), op::integer(0), numbers({3}),
                                 numbers({many / 3}), "\x89", op::ordered_dict()})}});
  const std::string head =
      legacy(object, "](" + op::text("1") + op::text("2") + "e",
             little(std::uint64_t(1)) + std::string("\0\0\x80\x3f", 4) + little(std::uint64_t(many)));
  const std::string path = folder / "f";
  coop::tests::hollow(path, head, head.size() + std::uintmax_t(4 * many));
  const coop::tests::peak_memory peak;
  const torch_archive file(path);

  BOOST_TEST(int(file.layout()) == int(torch_layout::legacy));
  BOOST_TEST(file.read("one", {1}).at(0) == 1.0f);
  BOOST_TEST(file.read("far", {3}) == std::vector<float>(3), boost::test_tools::per_element());
  BOOST_TEST(file.entry("huge").extents == extents{many}, boost::test_tools::per_element());
  BOOST_CHECK_EXCEPTION(static_cast<void>(file.read("huge", {5})), coop::shape_error,
                        [&](const coop::shape_error& e) {
                          return std::string(e.what()) ==
                                 "coop: " + path + ": tensor 'huge': shape: expected (5), got (250000000000)";
                        });
  {
    const coop::tests::memory_limit limit(64 * coop::tests::mebibyte);
    BOOST_CHECK_EXCEPTION(static_cast<void>(file.read("huge")), coop::io_error, [&](const coop::io_error& e) {
      return contains(e.what(),
                      "tensor 'huge': no memory for it: expected room for 250000000000 elements of 4 bytes");
    });
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(file.read("column")), coop::io_error, [&](const coop::io_error& e) {
          return contains(
              e.what(),
              "tensor 'column': no memory for it: expected room for 500000000000 elements of 1 bytes");
        });
  }
  BOOST_TEST(peak.grown() < 8 * coop::tests::mebibyte);
}

BOOST_AUTO_TEST_CASE(an_old_file_that_is_a_hole_or_ends_in_one_is_refused_or_read_at_once,
                     *boost::unit_test::precondition(coop::tests::memory_is_ours)) {
  const temporary_folder folder;
  std::filesystem::copy_file(data_file("torch_legacy.pt"), folder / "long");
  std::filesystem::resize_file(folder / "long", std::uintmax_t(1) << 40);
  coop::tests::hollow(folder / "hole", "\x80\x02", std::uintmax_t(1) << 40);
  const coop::tests::peak_memory peak;

  const torch_archive whole(data_file("torch_legacy.pt"));
  const torch_archive longer(folder / "long");
  BOOST_TEST(longer.entries().size() == whole.entries().size());
  BOOST_CHECK_EXCEPTION(torch_archive(folder / "hole"), coop::io_error, [&](const coop::io_error& e) {
    return contains(e.what(), "magic number: byte 2: opcode 0x00: not one that weights are written with");
  });
  BOOST_TEST(peak.grown() < 8 * coop::tests::mebibyte);
}

BOOST_AUTO_TEST_SUITE_END()
