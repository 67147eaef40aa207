// SPDX-License-Identifier: MIT
//
// CoOp's checkpoints from names and a token table, against buffers written out by hand.
#include <coop/model/published_context.hpp>

#include <coop/io/any_archive.hpp>

#include "../support/small_tokenizer.hpp"
#include "../support/stored_zip.hpp"
#include "../support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(published_context)

namespace {

using coop::index_t;
using coop::tests::small_tokenizer;
using coop::tests::small_vocabulary;

constexpr index_t width = 2;
constexpr index_t window = 9;

/// Rows of these ids in a table where no two tokens are near each other.
std::vector<float> embedded(const std::vector<std::int32_t>& ids) {
  std::vector<float> rows;
  for (const std::int32_t id : ids) {
    rows.push_back(float(37 * id % 101) - 50);
    rows.push_back(float(53 * id % 97) / 4 - 12);
  }
  return rows;
}

std::vector<float> table() {
  std::vector<std::int32_t> all(small_vocabulary);
  std::iota(all.begin(), all.end(), 0);
  return embedded(all);
}

coop::prompt_buffers buffers_of(const std::vector<std::string>& names, index_t length,
                                const std::string& words = "") {
  const auto rows = table();
  const auto tokenizer = small_tokenizer();
  return coop::make_prompt_buffers({rows.data(), coop::shape<2>{small_vocabulary, width}}, tokenizer, names,
                                   coop::initial_words(tokenizer, words, length), window);
}

/// Ids of one text behind the other, without marks.
std::vector<std::int32_t> ids(const std::string& text) { return small_tokenizer().ids(text); }

coop::context_record two_classes(std::vector<std::int64_t> extents, std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = float(i) / 8 - 0.25f;
  return {.extents = std::move(extents),
          .values = values,
          .context = "unified",
          .placement = "end",
          .class_names = {"cat", "dog"},
          .epochs = 50};
}

auto says(const std::string& words) {
  return [words](const coop::error& e) { return std::string(e.what()).find(words) != std::string::npos; };
}

/// What an archive is to read_prompt_buffers: tensors by name.
struct tensors_in_memory {
  std::string file = "m.pth.tar";
  std::vector<coop::archive_entry> list = {};
  std::map<std::string, std::vector<float>> values = {};
  std::map<std::string, std::string> facts = {};

  void add(const std::string& name, std::vector<std::int64_t> extents, std::vector<float> numbers) {
    coop::archive_entry entry;
    entry.name = name;
    entry.extents = std::move(extents);
    list.push_back(std::move(entry));
    values[name] = std::move(numbers);
  }
  [[nodiscard]] const std::string& path() const { return file; }
  [[nodiscard]] const std::vector<coop::archive_entry>& entries() const { return list; }
  [[nodiscard]] bool contains(std::string_view name) const { return values.contains(std::string(name)); }
  [[nodiscard]] const coop::archive_entry& entry(std::string_view name) const {
    return *std::find_if(list.begin(), list.end(), [&](const auto& e) { return e.name == name; });
  }
  [[nodiscard]] std::vector<float> read(std::string_view name, const std::vector<std::int64_t>&) const {
    return values.at(std::string(name));
  }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return facts; }
};

static_assert(coop::Archive<tensors_in_memory>);

}  // namespace

BOOST_AUTO_TEST_CASE(buffers_are_the_start_mark_and_what_follows_the_context_padded_with_token_0) {
  const auto words = small_tokenizer();
  const auto buffers = buffers_of({"cat", "dog_tern"}, 3);
  const std::int32_t dot = ids(".").at(0);
  std::vector<std::int32_t> suffix{ids("cat").at(0), dot, words.end(), 0, 0};
  suffix.insert(suffix.end(), {ids("dog").at(0), ids("tern").at(0), dot, words.end(), 0});

  BOOST_TEST(buffers.prefix_extents == (std::vector<std::int64_t>{2, 1, 2}),
             boost::test_tools::per_element());
  BOOST_TEST(buffers.suffix_extents == (std::vector<std::int64_t>{2, 5, 2}),
             boost::test_tools::per_element());
  BOOST_TEST(buffers.prefix == embedded({words.start(), words.start()}), boost::test_tools::per_element());
  BOOST_TEST(buffers.suffix == embedded(suffix), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_an_initial_word_of_many_tokens_the_surplus_stays_in_the_suffix) {
  const auto buffers = buffers_of({"cat"}, 0, "doge");  // do g e</w>, of which one token becomes the context
  const auto whole = ids("doge cat.");
  BOOST_TEST_REQUIRE(whole.size() > 3u);
  std::vector<std::int32_t> suffix(whole.begin() + 1, whole.end());
  suffix.push_back(small_tokenizer().end());
  suffix.resize(std::size_t(window - 2), 0);

  BOOST_TEST(buffers.suffix == embedded(suffix), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(another_tokenizer_than_the_tables_is_refused) {
  const std::vector<float> rows(6);
  const auto words = small_tokenizer();

  BOOST_CHECK_EXCEPTION((void)coop::make_prompt_buffers({rows.data(), coop::shape<2>{3, 2}}, words, {"cat"},
                                                        coop::initial_words(words, "", 1), window),
                        coop::shape_error, says("vocabulary: expected the text tower's 3 tokens"));
}

BOOST_AUTO_TEST_CASE(a_checkpoint_holds_context_and_buffers_in_the_order_of_coops_code) {
  const temporary_folder folder;
  const auto record = two_classes({3, 2}, 6);
  const auto buffers = buffers_of(record.class_names, 3);

  coop::save_published_context(folder / "f", record, buffers);
  const auto members = stored_members(coop::read_file(folder / "f"));
  const std::string& pickle = members.at(0).bytes;
  const auto bytes = [](const std::vector<float>& values) {
    std::string text(values.size() * sizeof(float), '\0');
    std::memcpy(text.data(), values.data(), text.size());
    return text;
  };

  BOOST_TEST((members.at(2).bytes == bytes(record.values)));
  BOOST_TEST((members.at(3).bytes == bytes(buffers.prefix)));
  BOOST_TEST((members.at(4).bytes == bytes(buffers.suffix)));
  std::size_t at = 0;
  for (const char* word : {"state_dict", "OrderedDict", "ctx", "token_prefix", "token_suffix", "epoch",
                           "optimizer", "scheduler", "val_result"}) {
    at = pickle.find(word, at);
    BOOST_TEST(at != std::string::npos, word);
  }
  BOOST_TEST(pickle.find("FloatStorage") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_comes_back_through_the_reader_of_pytorchs_files) {
  const temporary_folder folder;
  const auto record = two_classes({2, 3, 2}, 12);
  const auto buffers = buffers_of(record.class_names, 3);

  coop::save_published_context(folder / "f", record, buffers);
  const auto file = coop::open_archive(folder / "f");

  BOOST_TEST(file.format() == "torch.save");
  BOOST_TEST(file.read("ctx", record.extents) == record.values, boost::test_tools::per_element());
  BOOST_TEST((coop::read_prompt_buffers(file) == buffers));
  BOOST_TEST(file.metadata().at("epoch") == "50");
}

BOOST_AUTO_TEST_CASE(half_precision_rounds_every_tensor) {
  const temporary_folder folder;
  auto record = two_classes({2, 1, 2}, 4);
  record.values[0] = 0.1f;

  coop::save_published_context(folder / "f", record, buffers_of(record.class_names, 1),
                               coop::element_type::f16);
  const auto members = stored_members(coop::read_file(folder / "f"));

  BOOST_TEST(members.at(0).bytes.find("HalfStorage") != std::string::npos);
  BOOST_TEST(members.at(0).bytes.find("FloatStorage") == std::string::npos);
  BOOST_TEST(members.at(2).bytes.size() == 8u);
  BOOST_TEST(number_at(members.at(2).bytes, 0, 2) == coop::half_from_float(0.1f));
}

BOOST_AUTO_TEST_CASE(what_does_not_belong_together_is_not_written) {
  const temporary_folder folder;
  const auto refused = [&](const coop::context_record& record, const coop::prompt_buffers& buffers) {
    BOOST_CHECK_EXCEPTION(coop::save_published_context(folder / "f", record, buffers), coop::shape_error,
                          says("expected those of the same classes and width"));
  };

  refused(two_classes({3, 1}, 3), buffers_of({"cat", "dog"}, 3));
  refused(two_classes({3, 2}, 6), buffers_of({"cat"}, 3));
  refused(two_classes({3, 1, 2}, 6), buffers_of({"cat", "dog"}, 1));
  BOOST_CHECK_THROW(coop::save_published_context(folder / "f", two_classes({3, 2}, 6),
                                                 buffers_of({"cat", "dog"}, 3), coop::element_type::f64),
                    coop::choice_error);
  BOOST_TEST(folder.size() == 0u);
}

BOOST_AUTO_TEST_CASE(buffers_are_read_where_there_are_any) {
  const auto ours = buffers_of({"cat", "dog"}, 3);
  tensors_in_memory file;

  BOOST_TEST((coop::read_prompt_buffers(file) == coop::prompt_buffers{}));
  file.add("token_prefix", ours.prefix_extents, ours.prefix);
  file.add("token_suffix", ours.suffix_extents, ours.suffix);

  BOOST_TEST((coop::read_prompt_buffers(file) == ours));
}

BOOST_AUTO_TEST_CASE(the_buffers_of_a_checkpoint_of_coops_trainer_are_read_from_its_one_storage) {
  // tests/io/make_torch_files.py: prefix and suffix are windows of an embedding (3, 10, 8), 4 vectors between.
  const auto embedding = [](int c, int position, int i) {
    return float((11 + 7 * ((c * 10 + position) * 8 + i)) % 31 - 15) / 8;
  };
  std::vector<float> prefix;
  std::vector<float> suffix;
  for (int c = 0; c < 3; ++c) {
    for (int i = 0; i < 8; ++i) prefix.push_back(embedding(c, 0, i));
    for (int k = 0; k < 40; ++k) suffix.push_back(embedding(c, 5 + k / 8, k % 8));
  }

  const auto file = coop::open_archive("tests/data/torch_coop.pth.tar");
  const auto buffers = coop::read_prompt_buffers(file);

  BOOST_TEST(file.entry("ctx").extents == (std::vector<std::int64_t>{4, 8}),
             boost::test_tools::per_element());
  BOOST_TEST(buffers.prefix == prefix, boost::test_tools::per_element());
  BOOST_TEST(buffers.suffix == suffix, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_same_classes_are_known_by_their_suffixes_even_when_rounded) {
  const std::vector<std::string> names{"cat", "dog"};
  const auto ours = buffers_of(names, 3);
  auto rounded = ours;
  for (float& x : rounded.suffix) x = coop::float_from_bfloat16(coop::bfloat16_from_float(x));
  for (float& x : rounded.prefix) x = coop::float_from_half(coop::half_from_float(x));

  coop::expect_same_classes("f", ours, ours, names);
  coop::expect_same_classes("f", rounded, ours, names);
  coop::expect_same_weights("f", rounded, ours);
  coop::expect_same_weights("f", {}, ours);
}

BOOST_AUTO_TEST_CASE(the_first_class_that_differs_is_named) {
  const std::vector<std::string> names{"cat", "dog", "bird"};
  const auto ours = buffers_of(names, 3);
  const auto refused = [&](const coop::prompt_buffers& theirs, const std::string& words) {
    BOOST_CHECK_EXCEPTION(coop::expect_same_classes("f", theirs, ours, names), coop::error, says(words));
  };

  refused(buffers_of({"cat", "bird", "dog"}, 3),
          "f: class-specific vectors of other classes: class 1: expected 'dog', got another name");
  refused(buffers_of({"cat", "dog", "tern"}, 3), "class 2: expected 'bird'");
  refused(buffers_of({"cat", "dog"}, 3),
          "f: tensor 'token_suffix': shape: expected (3, 5, 2) for 3 classes, got (2, 5, 2)");
  refused({}, "f: class-specific vectors without 'token_suffix'");
}

BOOST_AUTO_TEST_CASE(other_weights_are_known_by_the_start_mark) {
  const auto ours = buffers_of({"cat", "dog"}, 3);
  auto theirs = ours;
  theirs.prefix[1] += 10;

  BOOST_CHECK_EXCEPTION(coop::expect_same_weights("f", theirs, ours), coop::choice_error,
                        says("f: learnt with other weights: expected a token_prefix"));
  // A scalar has a value and no last extent.
  BOOST_CHECK_EXCEPTION(coop::expect_same_weights("f", {.prefix_extents = {}, .prefix = {1}}, ours),
                        coop::choice_error, says("f: learnt with other weights: expected a token_prefix"));
}

BOOST_AUTO_TEST_SUITE_END()
