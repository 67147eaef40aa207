// SPDX-License-Identifier: MIT
#include <coop/data/dataset.hpp>

#include "support/temporary_folder.hpp"

#include <coop/io/atomic_file.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(dataset)

namespace {

using strings = std::vector<std::string>;

void touch(const temporary_folder& folder, const strings& paths) {
  for (const std::string& path : paths) {
    const std::filesystem::path whole = folder / path;
    std::filesystem::create_directories(whole.parent_path());
    coop::write_file(whole.string(), "");
  }
}

/// "cat/1.jpg:0 dog/2.png:1", paths from the folder on.
std::string summary(const temporary_folder& folder, const std::vector<coop::sample>& samples) {
  std::string text;
  for (const coop::sample& s : samples) {
    text += (text.empty() ? "" : " ") + std::filesystem::relative(s.path, folder.path()).string() + ":" +
            std::to_string(s.label);
  }
  return text;
}

template <class F>
std::string message_of(const temporary_folder& folder, F&& f) {
  try {
    f();
  } catch (const coop::error& problem) {
    std::string text = problem.what();
    const std::size_t at = text.find(folder.path());
    return at == std::string::npos ? text : text.substr(at + folder.path().size());
  }
  return "no error";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_folder_with_train_and_test_is_read_sorted) {
  const temporary_folder folder;
  touch(folder, {"train/dog/b.JPG", "train/dog/a.jpeg", "train/Big_cat/2.png", "train/Big_cat/10.png",
                 "test/dog/t.jpg", "val/Big_cat/v.jpg", "train/dog/notes.txt", "train/.hidden/x.jpg",
                 "train/dog/.a.jpg", "train/readme.md"});

  const coop::dataset set = coop::folder_dataset(folder.path());

  BOOST_TEST(set.class_names == (strings{"Big_cat", "dog"}), boost::test_tools::per_element());
  BOOST_TEST(summary(folder, set.train) ==
             "train/Big_cat/10.png:0 train/Big_cat/2.png:0 train/dog/a.jpeg:1 train/dog/b.JPG:1");
  BOOST_TEST(summary(folder, set.val) == "val/Big_cat/v.jpg:0");
  BOOST_TEST(summary(folder, set.test) == "test/dog/t.jpg:1");
}

BOOST_AUTO_TEST_CASE(a_folder_of_one_level_is_divided_by_the_seed_class_by_class) {
  const temporary_folder folder;
  for (int i = 0; i < 10; ++i) {
    touch(folder, {"a/" + std::to_string(i) + ".png", "b/" + std::to_string(i) + ".png"});
  }

  const coop::dataset one = coop::folder_dataset(folder.path(), {.seed = 1, .test_fraction = 0.3});
  const coop::dataset same = coop::folder_dataset(folder.path(), {.seed = 1, .test_fraction = 0.3});
  const coop::dataset other = coop::folder_dataset(folder.path(), {.seed = 2, .test_fraction = 0.3});

  BOOST_TEST(one.train.size() == 14u);
  BOOST_TEST(std::count_if(one.test.begin(), one.test.end(), [](const auto& s) { return s.label == 1; }) ==
             3);
  BOOST_TEST(summary(folder, one.test) == summary(folder, same.test));
  BOOST_TEST(summary(folder, one.test) != summary(folder, other.test));
  for (const coop::sample& tested : one.test) {
    BOOST_TEST(std::none_of(one.train.begin(), one.train.end(),
                            [&](const auto& s) { return s.path == tested.path; }));
  }
}

BOOST_AUTO_TEST_CASE(of_two_pictures_one_is_tested_and_a_single_one_is_learned_from) {
  const temporary_folder folder;
  touch(folder, {"pair/1.png", "pair/2.png", "single/1.png"});

  const coop::dataset set = coop::folder_dataset(folder.path(), {.test_fraction = 0.1});

  BOOST_TEST(set.test.size() == 1u);
  BOOST_TEST(set.test.at(0).label == 0);
  BOOST_TEST(set.train.back().label == 1);
}

BOOST_AUTO_TEST_CASE(folders_that_are_no_data_set_say_why) {
  const temporary_folder folder;
  touch(folder, {"empty/x/readme.txt", "extra/train/a/1.png", "extra/test/a/1.png", "extra/test/z/1.png"});
  std::filesystem::create_directories(folder / "bare");
  const auto open = [&](const char* name) {
    return message_of(folder, [&] { coop::folder_dataset(folder / name); });
  };

  BOOST_TEST(open("empty") == "/empty/x: empty class folder: expected jpg, jpeg or png files, got none");
  BOOST_TEST(open("extra") == "/extra/test/z: a class that the training pictures do not have: 'z'");
  BOOST_TEST(open("bare") == "/bare: expected a folder for each class, got none");
  BOOST_TEST(open("missing") == "/missing: expected a folder of pictures, got none");
  BOOST_CHECK_THROW(coop::folder_dataset(folder / "extra/train", {.test_fraction = 1.5}), coop::choice_error);
}

BOOST_AUTO_TEST_CASE(a_list_with_a_split_keeps_its_order_and_its_paths_start_at_the_list) {
  const temporary_folder folder;
  coop::write_file(folder / "list.csv", "p/b.jpg,1,dog,train\np/a.jpg,0,cat,train\np/c.jpg,1,dog,val\n" +
                                            (folder / "d.jpg") + ",0,cat,test\n");

  const coop::dataset set = coop::list_dataset(folder / "list.csv");

  BOOST_TEST(set.class_names == (strings{"cat", "dog"}), boost::test_tools::per_element());
  BOOST_TEST(summary(folder, set.train) == "p/b.jpg:1 p/a.jpg:0");
  BOOST_TEST(summary(folder, set.val) == "p/c.jpg:1");
  BOOST_TEST(summary(folder, set.test) == "d.jpg:0");
}

BOOST_AUTO_TEST_CASE(a_list_without_a_split_is_divided) {
  const temporary_folder folder;
  coop::write_file(folder / "list", "a\t0\tcat\nb\t0\tcat\nc\t1\tcat\nd\t1\tcat\n");

  const coop::dataset set = coop::list_dataset(folder / "list");

  BOOST_TEST(set.train.size() == 2u);
  BOOST_TEST(set.test.size() == 2u);
  BOOST_TEST(set.class_names == (strings{"cat", "cat"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(contradictions_in_a_list_name_their_lines) {
  const temporary_folder folder;
  const auto open = [&](const std::string& text) {
    coop::write_file(folder / "l", text);
    return message_of(folder, [&] { coop::list_dataset(folder / "l"); });
  };

  BOOST_TEST(open("a,0,cat\nb,0,dog\n").starts_with("/l:2: label 0: expected the class name 'cat' as in "));
  BOOST_TEST(open("a,0,cat\nb,2,dog\n") ==
             "/l: labels: expected every number from 0 to 2, got no picture of label 1");
  BOOST_TEST(open("a,0,cat,learn\n") == "/l:1: split: expected train, val or test, got 'learn'");
  BOOST_TEST(open("a,0,cat,train\nb,0,cat,\n") ==
             "/l: split: expected a word in all lines or in none, got 1 of 2 lines without");
}

BOOST_AUTO_TEST_CASE(a_published_split_file_keeps_its_order) {
  const temporary_folder folder;
  coop::write_file(folder / "split.json",
                   R"({"train": [["b/2.jpg", 1, "dog"], ["/a/1.jpg", 0, "cat"]], "val": [],)"
                   R"( "test": [["c.jpg", 1, "dog"]]})");

  const coop::dataset set = coop::split_file_dataset(folder / "split.json", folder / "images");

  BOOST_TEST(set.class_names == (strings{"cat", "dog"}), boost::test_tools::per_element());
  BOOST_TEST(summary(folder, set.train) == "images/b/2.jpg:1 images/a/1.jpg:0");
  BOOST_TEST(summary(folder, set.test) == "images/c.jpg:1");
}

BOOST_AUTO_TEST_CASE(a_damaged_split_file_names_the_item) {
  const temporary_folder folder;
  const auto open = [&](const std::string& text) {
    coop::write_file(folder / "s", text);
    return message_of(folder, [&] { coop::split_file_dataset(folder / "s", "."); });
  };

  BOOST_TEST(open("[]") == "/s: expected an object of train, val and test");
  BOOST_TEST(open(R"({"train": [], "val": []})") == "/s: 'test': expected an array");
  BOOST_TEST(open(R"({"train": [["a", 0, "cat"], ["b", -1, "dog"]], "val": [], "test": []})") ==
             "/s: train[1]: expected [path, label, class name]");
}

BOOST_AUTO_TEST_CASE(pictures_in_memory_are_shared_and_not_copied) {
  const coop::dataset set =
      coop::memory_dataset({"red", "blue"}, {{coop::image(1, 2), 1}}, {{coop::image(3, 1), 0}});

  const coop::sample copy = set.train.at(0);

  BOOST_TEST(copy.pixels.get() == set.train[0].pixels.get());
  BOOST_TEST(copy.pixels->width == 2);
  BOOST_TEST(copy.label == 1);
  BOOST_TEST(set.test.at(0).path == "test 0");
}

BOOST_AUTO_TEST_CASE(a_label_without_a_name_is_refused) {
  BOOST_CHECK_THROW(coop::memory_dataset({"red"}, {{coop::image(1, 1), 1}}, {}), coop::choice_error);
  BOOST_CHECK_THROW(coop::memory_dataset({"red"}, {}, {{coop::image(1, 1), -1}}), coop::choice_error);
}

BOOST_AUTO_TEST_CASE(a_split_file_beyond_any_honest_length_is_refused_unread) {
  const temporary_folder folder;
  coop::write_file(folder / "s", "{}");
  std::filesystem::resize_file(folder / "s", coop::greatest_split_file + 1);  // a hole that takes no room

  BOOST_TEST(message_of(folder, [&] { coop::split_file_dataset(folder / "s", "."); }) ==
             "/s: too long: expected at most 268435456 bytes");
}

BOOST_AUTO_TEST_SUITE_END()
