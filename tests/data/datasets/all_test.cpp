// SPDX-License-Identifier: MIT
//
// The divisions without a split file were made by CPython's random module from the same lists.
#include <coop/data/datasets/all.hpp>

#include "support/replicas.hpp"
#include "support/temporary_folder.hpp"

#include <coop/prompt/templates.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(all)

namespace {

namespace fs = std::filesystem;
namespace published = coop::published;
using strings = std::vector<std::string>;

/// A replica of one data set, and what reading it gives.
struct replica {
  explicit replica(const std::string& key) : set(published::named(key)) { replicas::make(key, root.path()); }

  [[nodiscard]] fs::path folder() const { return fs::path(root.path()) / set.folder; }
  [[nodiscard]] fs::path pictures() const {
    return set.pictures.empty() ? folder() : folder() / set.pictures;
  }
  [[nodiscard]] coop::dataset read() const { return set.read(root.path()); }
  [[nodiscard]] std::string summary(const std::vector<coop::sample>& samples) const {
    return replicas::summary(pictures(), samples);
  }
  void lose(const std::string& file) const { fs::remove_all(folder() / file); }
  void lose_split() const { lose(std::string(set.split)); }
  /// The message of reading, from the root's path on.
  [[nodiscard]] std::string refusal() const {
    try {
      static_cast<void>(read());
    } catch (const coop::io_error& problem) {
      std::string text = problem.what();
      for (std::size_t at = text.find(root.path()); at != std::string::npos; at = text.find(root.path()))
        text.replace(at, root.path().size(), "ROOT");
      return text;
    }
    return "read";
  }

  temporary_folder root;
  const published::description& set;
};

bool all_exist(const std::vector<coop::sample>& samples) {
  return std::all_of(samples.begin(), samples.end(), [](const auto& s) { return fs::exists(s.path); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(names_are_found_in_any_case_and_unknown_ones_answered_with_the_known) {
  BOOST_TEST(published::named("oxfordpets").name == "OxfordPets");
  BOOST_TEST(published::named("SUN397").folder == "sun397");
  BOOST_TEST(published::find("OxfordPet") == nullptr);
  BOOST_CHECK_EXCEPTION(published::named("Pets"), coop::choice_error, [](const auto& e) {
    return std::string(e.what()).starts_with("coop: unknown data set 'Pets'; known: ImageNet, Caltech101, ");
  });
  for (const std::string& name : replicas::names) BOOST_TEST(published::named(name).name == name);
}

BOOST_AUTO_TEST_CASE(prompts_hold_a_place_for_the_name_and_folders_are_different) {
  std::set<std::string_view> folders;
  for (const published::description& each : published::descriptions) {
    BOOST_TEST(each.prompt.find("{}") != std::string_view::npos);
    BOOST_TEST(folders.insert(each.folder).second);
    BOOST_TEST((each.split.empty() || each.split == "split_zhou_" + std::string(each.name) + ".json"));
  }
  for (const coop::dataset_template& each : coop::dataset_templates)
    BOOST_TEST(published::named(each.dataset).prompt == each.form);
  BOOST_TEST(published::fgvc_aircraft::prompt == "a photo of a {}, a type of aircraft.");
  BOOST_TEST(published::describable_textures::prompt == "{} texture.");
}

BOOST_AUTO_TEST_CASE(every_replica_is_read_and_its_files_are_there) {
  for (const std::string& name : replicas::names) {
    BOOST_TEST_CONTEXT(name) {
      const replica r(name);
      const coop::dataset set = r.read();
      BOOST_TEST(set.class_names.size() == 3u);
      BOOST_TEST(set.test.size() >= 6u);
      BOOST_TEST(all_exist(set.train));
      BOOST_TEST(all_exist(set.val));
      BOOST_TEST(all_exist(set.test));
    }
  }
}

BOOST_AUTO_TEST_CASE(caltech101_leaves_out_two_folders_and_renames_four) {
  const replica r("Caltech101");
  const coop::dataset published_split = r.read();
  BOOST_TEST(published_split.class_names == (strings{"face", "accordion", "airplane"}),
             boost::test_tools::per_element());
  BOOST_TEST(r.summary(published_split.val) ==
             "Faces/image_0004.jpg:0 accordion/image_0004.jpg:1 airplanes/image_0004.jpg:2");
  r.lose_split();

  const coop::dataset set = r.read();

  BOOST_TEST(set.class_names == published_split.class_names, boost::test_tools::per_element());
  BOOST_TEST(r.summary(set.train) ==
             "Faces/image_0003.jpg:0 Faces/image_0004.jpg:0 Faces/image_0006.jpg:0 "
             "accordion/image_0001.jpg:1 accordion/image_0002.jpg:1 accordion/image_0003.jpg:1 "
             "airplanes/image_0003.jpg:2 airplanes/image_0006.jpg:2 airplanes/image_0005.jpg:2");
  BOOST_TEST(r.summary(set.val) ==
             "Faces/image_0001.jpg:0 accordion/image_0005.jpg:1 airplanes/image_0004.jpg:2");
  BOOST_TEST(r.summary(set.test) ==
             "Faces/image_0005.jpg:0 Faces/image_0002.jpg:0 accordion/image_0006.jpg:1 "
             "accordion/image_0004.jpg:1 airplanes/image_0001.jpg:2 airplanes/image_0002.jpg:2");
}

BOOST_AUTO_TEST_CASE(oxford_pets_without_its_split_file_follows_the_official_lists) {
  const replica r("OxfordPets");
  const coop::dataset published_split = r.read();
  BOOST_TEST(r.summary(published_split.train).starts_with("Abyssinian_3.jpg:0 Abyssinian_1.jpg:0 "));
  r.lose_split();

  const coop::dataset set = r.read();

  BOOST_TEST(set.class_names == (strings{"abyssinian", "maine_coon", "beagle"}),
             boost::test_tools::per_element());
  BOOST_TEST(r.summary(set.train) ==
             "Abyssinian_1.jpg:0 Abyssinian_3.jpg:0 Abyssinian_2.jpg:0 Maine_Coon_2.jpg:1 Maine_Coon_1.jpg:1 "
             "Maine_Coon_3.jpg:1 beagle_3.jpg:2 beagle_2.jpg:2 beagle_4.jpg:2");
  BOOST_TEST(r.summary(set.val) == "Abyssinian_4.jpg:0 Maine_Coon_4.jpg:1 beagle_1.jpg:2");
  BOOST_TEST(r.summary(set.test).starts_with("Abyssinian_5.jpg:0 Abyssinian_6.jpg:0 Maine_Coon_5.jpg:1"));
}

BOOST_AUTO_TEST_CASE(stanford_cars_and_oxford_flowers_need_their_split_files) {
  const replica cars("StanfordCars");
  const coop::dataset of_cars = cars.read();
  BOOST_TEST(of_cars.class_names.at(2) == "2012 Dodge Ram C/V");
  BOOST_TEST(cars.summary(of_cars.train).starts_with("cars_train/00015.jpg:2 cars_train/00013.jpg:2 "));
  BOOST_TEST(cars.summary(of_cars.test).ends_with("cars_test/00011.jpg:1 cars_test/00012.jpg:1"));
  const replica flowers("OxfordFlowers");
  BOOST_TEST(flowers.summary(flowers.read().val) == "image_00010.jpg:1 image_00016.jpg:2 image_00004.jpg:0");

  cars.lose_split();
  flowers.lose_split();

  BOOST_TEST(cars.refusal() ==
             "coop: ROOT/stanford_cars: expected the split file split_zhou_StanfordCars.json, got none; the "
             "official annotations (devkit/cars_train_annos.mat, devkit/cars_meta.mat, "
             "cars_test_annos_withlabels.mat) are files of MATLAB and are not read");
  BOOST_TEST(flowers.refusal().starts_with(
      "coop: ROOT/oxford_flowers: expected the split file split_zhou_OxfordFlowers.json, got none; "));
}

BOOST_AUTO_TEST_CASE(class_folders_are_classes_of_food_textures_and_land) {
  for (const auto& [key, names] : std::vector<std::pair<std::string, strings>>{
           {"Food101", {"apple_pie", "baby_back_ribs", "waffles"}},
           {"DescribableTextures", {"banded", "polka-dotted", "zigzagged"}},
           {"EuroSAT", {"Annual Crop Land", "Forest", "Sea or Lake"}}}) {
    BOOST_TEST_CONTEXT(key) {
      const replica r(key);
      const coop::dataset published_split = r.read();
      r.lose_split();
      const coop::dataset set = r.read();
      BOOST_TEST(published_split.class_names == names, boost::test_tools::per_element());
      BOOST_TEST(set.class_names == names, boost::test_tools::per_element());
      BOOST_TEST(set.train.size() == 9u);
      BOOST_TEST(set.val.size() == 3u);
      BOOST_TEST(set.test.size() == 6u);
      BOOST_TEST(r.summary(set.train) == r.summary(r.read().train));
    }
  }
}

BOOST_AUTO_TEST_CASE(eurosat_without_its_split_file_knows_ten_folders) {
  const replica r("EuroSAT");
  r.lose_split();
  fs::rename(r.pictures() / "Forest", r.pictures() / "forest");

  BOOST_TEST(
      r.refusal().starts_with("coop: ROOT/eurosat/2750/forest: class folder: expected AnnualCrop, Forest, "));
}

BOOST_AUTO_TEST_CASE(fgvc_aircraft_follows_its_lists_in_their_order) {
  const replica r("FGVCAircraft");

  const coop::dataset set = r.read();

  BOOST_TEST(set.class_names == (strings{"707-320", "DC-10", "F/A-18"}), boost::test_tools::per_element());
  BOOST_TEST(r.summary(set.val) == "0002004.jpg:2 0001004.jpg:1 0000004.jpg:0");
  BOOST_TEST(set.train.size() == 9u);
  BOOST_TEST(set.test.size() == 6u);
  replicas::write(r.folder() / "images_variant_val.txt", "0002004 F/A-18\n0001004 DC-100\n");
  BOOST_TEST(r.refusal() ==
             "coop: ROOT/fgvc_aircraft/images_variant_val.txt:2: class 'DC-100': expected one that "
             "ROOT/fgvc_aircraft/variants.txt lists, got another");
}

BOOST_AUTO_TEST_CASE(sun397_turns_paths_into_scenes) {
  const replica r("SUN397");
  r.lose_split();

  const coop::dataset set = r.read();

  BOOST_TEST(set.class_names == (strings{"abbey", "indoor church", "outdoor church"}),
             boost::test_tools::per_element());
  BOOST_TEST(set.train.size() == 9u);
  BOOST_TEST(set.val.size() == 3u);
  BOOST_TEST(r.summary(set.test).ends_with("c/church/outdoor/sun_c5.jpg:2 c/church/outdoor/sun_c6.jpg:2"));
  replicas::write(r.folder() / "ClassName.txt", "abbey\n");
  BOOST_TEST(r.refusal() == "coop: ROOT/sun397/ClassName.txt:1: expected a path like /a/abbey, got 'abbey'");
}

BOOST_AUTO_TEST_CASE(ucf101_turns_videos_into_frames_and_actions_into_words) {
  const replica r("UCF101");
  r.lose_split();

  const coop::dataset set = r.read();

  BOOST_TEST(set.class_names == (strings{"Apply_Eye_Makeup", "Archery", "Yo_Yo"}),
             boost::test_tools::per_element());
  BOOST_TEST(r.summary(set.val) ==
             "Apply_Eye_Makeup/v_ApplyEyeMakeup_g04_c01.jpg:0 Archery/v_Archery_g04_c01.jpg:1 "
             "Yo_Yo/v_YoYo_g01_c01.jpg:2");
  BOOST_TEST(set.test.at(0).path.ends_with("/Apply_Eye_Makeup/v_ApplyEyeMakeup_g05_c01.jpg"));
  replicas::write(r.folder() / "ucfTrainTestlist/classInd.txt", "1 ApplyEyeMakeup\n3 Archery\n");
  BOOST_TEST(r.refusal() ==
             "coop: ROOT/ucf101/ucfTrainTestlist/classInd.txt:2: class number: expected 2, got 3");
}

BOOST_AUTO_TEST_CASE(imagenet_is_its_folders_sorted_and_tested_on_val) {
  const replica r("ImageNet");

  const coop::dataset set = r.read();

  BOOST_TEST(set.class_names == (strings{"tench", "goldfish", "great white shark"}),
             boost::test_tools::per_element());
  BOOST_TEST(set.train.size() == 18u);
  BOOST_TEST(set.val.empty());
  BOOST_TEST(
      r.summary(set.test).starts_with("val/n01440764/n01440764_1.JPEG:0 val/n01440764/n01440764_2.JPEG:0"));
  r.lose("images/val/n01443537");
  BOOST_TEST(
      r.refusal() ==
      "coop: ROOT/imagenet/images: class folder n01443537: expected in train and in val, got it only in "
      "train");
}

BOOST_AUTO_TEST_CASE(imagenet_v2_counts_its_folders_and_does_not_sort_their_names) {
  const replica r("ImageNetV2");
  std::string names;
  for (int label = 0; label < 11; ++label) {
    names += "n" + replicas::digits(label, 8) + " class " + std::to_string(label) + "\n";
    if (label > 2) replicas::write_picture(r.pictures() / std::to_string(label) / "a.jpeg");
  }
  replicas::write(r.folder() / "classnames.txt", names);

  const coop::dataset set = r.read();

  BOOST_TEST(set.train.empty());
  BOOST_TEST(set.test.back().label == 10);
  BOOST_TEST(set.test.back().path.ends_with("/10/a.jpeg"));
  BOOST_TEST(set.class_names.at(10) == "class 10");
  fs::rename(r.pictures() / "10", r.pictures() / "010");
  BOOST_TEST(
      r.refusal() ==
      "coop: ROOT/imagenetv2/imagenetv2-matched-frequency-format-val/10: expected a folder for each of the "
      "11 classes, from 0, got none");
}

BOOST_AUTO_TEST_CASE(sets_of_fewer_classes_label_by_the_rank_of_their_folders) {
  for (const char* key : {"ImageNetA", "ImageNetR", "ImageNetSketch"}) {
    BOOST_TEST_CONTEXT(key) {
      const replica r(key);
      const coop::dataset set = r.read();
      BOOST_TEST(set.class_names == (strings{"tench", "goldfish", "great white shark"}),
                 boost::test_tools::per_element());
      BOOST_TEST(set.train.empty());
      BOOST_TEST(set.test.size() == 18u);
      BOOST_TEST(set.test.at(6).label == 1);
      fs::rename(r.pictures() / "n01443537", r.pictures() / "goldfish");
      BOOST_TEST(r.refusal().find("/goldfish: class 'goldfish': expected one that ROOT/") !=
                 std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_missing_folder_is_named_with_what_looks_for_it) {
  for (const std::string& name : replicas::names) {
    BOOST_TEST_CONTEXT(name) {
      const replica r(name);
      if (!r.set.pictures.empty()) {
        fs::rename(r.pictures(), r.folder() / "elsewhere");
        BOOST_TEST(r.refusal() == "coop: ROOT/" + std::string(r.set.folder) + "/" +
                                      std::string(r.set.pictures) + ": expected the pictures of " + name +
                                      ", got none; `coop doctor " + name + " ROOT` looks for it");
      }
      fs::remove_all(r.folder());
      BOOST_TEST(
          r.refusal().starts_with("coop: ROOT/" + std::string(r.set.folder) + ": expected the folder of "));
    }
  }
}

BOOST_AUTO_TEST_CASE(lists_that_are_no_lists_name_file_and_line) {
  const replica pets("OxfordPets");
  pets.lose_split();
  const fs::path trainval = pets.folder() / "annotations/trainval.txt";
  const std::string start = "coop: ROOT/oxford_pets/annotations/trainval.txt";

  replicas::write(trainval, "Abyssinian_1\n");
  BOOST_TEST(pets.refusal() ==
             start + ":1: expected `<picture> <class> <species> <breed>`, got 'Abyssinian_1'");
  replicas::write(trainval, "Abyssinian_1 0 1 1\n");
  BOOST_TEST(pets.refusal() == start + ":1: class number: expected a whole number from 1, got '0'");
  replicas::write(trainval, "Abyssinian_1 99999999999999 1 1\n");
  BOOST_TEST(pets.refusal() ==
             start + ":1: class number: expected a whole number from 1, got '99999999999999'");
  replicas::write(trainval, "beagle 1 1 1\n");
  BOOST_TEST(pets.refusal() == start + ":1: picture: expected a name like Breed_12, got 'beagle'");
  replicas::write(trainval, "\n  \n");
  BOOST_TEST(pets.refusal() == start + ": expected lines of text, got none");
  fs::remove(trainval);
  BOOST_TEST(pets.refusal() == start + ": cannot open: No such file or directory");
}

BOOST_AUTO_TEST_CASE(a_class_folder_without_pictures_is_refused) {
  const replica r("Food101");
  r.lose_split();
  fs::remove_all(r.pictures() / "waffles");
  fs::create_directories(r.pictures() / "waffles");

  BOOST_TEST(
      r.refusal() ==
      "coop: ROOT/food-101/images/waffles: empty class folder: expected jpg, jpeg or png files, got none");
}

BOOST_AUTO_TEST_SUITE_END()
