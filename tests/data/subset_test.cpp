// SPDX-License-Identifier: MIT
#include <coop/data/subset.hpp>

#include "support/replicas.hpp"
#include "support/temporary_folder.hpp"

#include <coop/data/few_shot.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(subset)

namespace {

namespace fs = std::filesystem;
using strings = std::vector<std::string>;

/// Two classes of pictures "<name>.jpg" that hold their name.
coop::dataset pictures_of(const temporary_folder& root) {
  coop::dataset set{{"cat", "sea lion"}, {}, {}, {}};
  const auto picture = [&](const std::string& name, coop::index_t label) {
    replicas::write(root / ("pictures/" + name + ".jpg"), name);
    return coop::sample{root / ("pictures/" + name + ".jpg"), label};
  };
  set.train = {picture("b", 1), picture("a", 0)};
  set.val = {picture("c", 0)};
  set.test = {picture("d", 1)};
  return set;
}

std::string refusal(const temporary_folder& root, const std::function<void()>& f) {
  try {
    f();
  } catch (const coop::error& problem) {
    std::string text = problem.what();
    for (std::size_t at = text.find(root.path()); at != std::string::npos; at = text.find(root.path()))
      text.replace(at, root.path().size(), "ROOT");
    return text;
  }
  return "no error";
}

constexpr const char* digest_of_a = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
constexpr const char* digest_of_x = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";

}  // namespace

BOOST_AUTO_TEST_CASE(a_subset_is_a_list_with_digests_and_reads_as_what_was_written) {
  const temporary_folder root;
  const coop::dataset set = pictures_of(root);
  const std::string list = root / "lists/drawn.tsv";
  fs::create_directories(root / "lists");

  coop::write_subset(list, set);
  const coop::dataset same = coop::list_dataset(list);

  const std::string text = coop::read_file(list);
  BOOST_TEST(text.starts_with("path\tlabel\tname\tsplit\tsha256\n../pictures/b.jpg\t1\tsea lion\ttrain\t"));
  BOOST_TEST(text.find(std::string("../pictures/a.jpg\t0\tcat\ttrain\t") + digest_of_a + "\n") !=
             std::string::npos);
  BOOST_TEST(same.class_names == set.class_names, boost::test_tools::per_element());
  for (const auto part : {&coop::dataset::train, &coop::dataset::val, &coop::dataset::test}) {
    BOOST_REQUIRE((same.*part).size() == (set.*part).size());
    for (std::size_t i = 0; i < (set.*part).size(); ++i) {
      BOOST_TEST(fs::equivalent((same.*part)[i].path, (set.*part)[i].path));
      BOOST_TEST((same.*part)[i].label == (set.*part)[i].label);
    }
  }
  BOOST_TEST(coop::verify_subset(list).empty());
}

BOOST_AUTO_TEST_CASE(a_subset_moves_with_its_pictures) {
  const temporary_folder root;
  fs::create_directories(root / "old");
  coop::dataset set = pictures_of(root);
  fs::rename(root / "pictures", root / "old/pictures");
  for (auto* samples : {&set.train, &set.val, &set.test}) {
    for (coop::sample& s : *samples) s.path = root / ("old/pictures/" + fs::path(s.path).filename().string());
  }
  coop::write_subset(root / "old/list.tsv", set);

  fs::rename(root / "old", root / "new");

  BOOST_TEST(coop::list_dataset(root / "new/list.tsv").train.at(1).path == root / "new/pictures/a.jpg");
}

BOOST_AUTO_TEST_CASE(a_changed_picture_is_refused_and_all_of_them_can_be_had) {
  const temporary_folder root;
  coop::write_subset(root / "list.tsv", pictures_of(root));
  replicas::write(root / "pictures/a.jpg", "x");
  fs::remove(root / "pictures/d.jpg");

  BOOST_TEST(
      refusal(root, [&] { coop::list_dataset(root / "list.tsv"); }) ==
      std::string("coop: ROOT/list.tsv:3: ROOT/pictures/a.jpg: the picture has changed: SHA-256: expected ") +
          digest_of_a + ", got " + digest_of_x);
  const auto changed = coop::verify_subset(root / "list.tsv");
  BOOST_REQUIRE(changed.size() == 2u);
  BOOST_TEST(changed[0].line == 3u);
  BOOST_TEST(changed[0].path == root / "pictures/a.jpg");
  BOOST_TEST(changed[1].line == 5u);
  BOOST_TEST(changed[1].what.find("cannot open: No such file") != std::string::npos);
  BOOST_TEST(coop::list_dataset(root / "list.tsv", {}, coop::list_digests::ignored).train.size() == 2u);
}

BOOST_AUTO_TEST_CASE(lists_with_five_columns_may_be_divided_by_seed_and_digests_must_be_digests) {
  const temporary_folder root;
  static_cast<void>(pictures_of(root));
  const std::string row = std::string("pictures/a.jpg,0,cat,,") + digest_of_a + "\n";
  coop::write_file(root / "l.csv", row + row);
  BOOST_TEST(coop::list_dataset(root / "l.csv").test.size() == 1u);

  coop::write_file(root / "l.csv", "pictures/a.jpg,0,cat,train,abc\n");
  BOOST_TEST(refusal(root, [&] { coop::list_dataset(root / "l.csv"); }) ==
             "coop: ROOT/l.csv:1: sha256: expected 64 digits from 0 to 9 and a to f, got 'abc'");
  coop::write_file(root / "l.csv", "pictures/a.jpg,0,cat,train\n");
  BOOST_TEST(
      refusal(root, [&] { coop::verify_subset(root / "l.csv"); }) ==
      "coop: ROOT/l.csv:1: expected a list with digests (path, label, class name, split, sha256), got none");
}

BOOST_AUTO_TEST_CASE(what_a_list_cannot_hold_is_refused_and_no_file_is_left) {
  const temporary_folder root;
  const auto write = [&](const std::function<void(coop::dataset&)>& change) {
    coop::dataset set = pictures_of(root);
    change(set);
    return refusal(root, [&] { coop::write_subset(root / "list.tsv", set); });
  };

  BOOST_TEST(write([](auto& set) { set.class_names[0] = "a\tb"; }) ==
             "coop: ROOT/list.tsv: class name 'a\tb': expected no tab, line break or zero byte, got one");
  BOOST_TEST(write([](auto& set) { set.class_names[0] = ""; }) ==
             "coop: ROOT/list.tsv: class name '': expected a text, got nothing");
  BOOST_TEST(write([](auto& set) { set.class_names.push_back("eel"); }) ==
             "coop: ROOT/list.tsv: class 'eel': expected a picture of it, got none; a list cannot name it");
  BOOST_TEST(write([](auto& set) {
               set.test[0].pixels = std::make_shared<const coop::image>(1, 1);
             }).ends_with("expected a file, got pixels in memory"));
  BOOST_TEST(write([&](auto& set) {
               replicas::write(root / "pictures/two\nlines.jpg", "x");
               set.test[0].path = root / "pictures/two\nlines.jpg";
             }).starts_with("coop: ROOT/list.tsv: path 'pictures/two\nlines.jpg': expected no tab"));
  BOOST_TEST(write([&](auto& set) {
               set.test[0].path = root / "none.jpg";
             }).starts_with("coop: ROOT/none.jpg: cannot open"));
  BOOST_TEST(!fs::exists(root / "list.tsv"));
  BOOST_TEST(refusal(root, [&] {
               coop::write_subset(root / "list.tsv", pictures_of(root),
                                  [](const auto&) { return std::string("1"); });
             }).find(": expected 64 digits, got '1'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_folder_that_looks_like_a_remark_is_no_remark) {
  const temporary_folder root;
  replicas::write(root / "#1/x.jpg", "x");

  coop::write_subset(root / "list.tsv", {{"one"}, {{root / "#1/x.jpg", 0}}, {}, {}});

  BOOST_TEST(fs::equivalent(coop::list_dataset(root / "list.tsv").train.at(0).path, root / "#1/x.jpg"));
}

BOOST_AUTO_TEST_CASE(a_draw_of_a_published_data_set_is_kept_with_val_and_test) {
  const temporary_folder root;
  replicas::make("OxfordPets", root.path());
  const std::string folder = root / "oxford_pets";
  const coop::dataset few =
      coop::few_shot(coop::split_file_dataset(folder + "/split_zhou_OxfordPets.json", folder + "/images"),
                     {.shots = 2, .seed = 1});

  coop::write_subset(root / "pets.tsv", few);

  const coop::dataset same = coop::list_dataset(root / "pets.tsv");
  BOOST_TEST(replicas::summary(root.path(), same.train) == replicas::summary(root.path(), few.train));
  BOOST_TEST(same.train.size() == 6u);
  BOOST_TEST(same.val.size() == 3u);
  BOOST_TEST(same.test.size() == 6u);
}

BOOST_AUTO_TEST_SUITE_END()
