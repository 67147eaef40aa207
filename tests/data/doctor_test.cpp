// SPDX-License-Identifier: MIT
//
// Replicas of the data sets are broken, examined, and mended by the very commands that the doctor gives.
#include <coop/data/doctor.hpp>

#include "support/replicas.hpp"
#include "support/temporary_folder.hpp"

#include <coop/data/datasets/all.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(doctor)

namespace {

namespace fs = std::filesystem;
namespace published = coop::published;
using coop::severity;

/// A replica of one data set, to be broken.
struct patient {
  explicit patient(const std::string& key) : set(published::named(key)) { replicas::make(key, root.path()); }

  [[nodiscard]] fs::path folder() const { return fs::path(root.path()) / set.folder; }
  void move(const std::string& from, const std::string& to) const {
    const fs::path target = fs::path(root.path()) / to;
    fs::create_directories(target.parent_path());
    fs::rename(fs::path(root.path()) / from, target);
  }
  void remove(const std::string& path) const { fs::remove_all(fs::path(root.path()) / path); }

  [[nodiscard]] coop::diagnosis examine() const { return coop::examine(set, root.path()); }

  /// The text with ROOT for the root's path.
  [[nodiscard]] std::string text() const { return with_root(to_text(examine())); }
  [[nodiscard]] std::string with_root(std::string text) const {
    const std::string path = root.path();
    for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path, at))
      text.replace(at, path.size(), "ROOT");
    return text;
  }

  /// Runs the commands among the mends, in order.
  void mend() const {
    for (const coop::finding& each : examine().findings) {
      for (const char* command : {"mv ", "mkdir ", "cp ", "find ", "for "}) {
        if (!each.mend.starts_with(command)) continue;
        const int status = std::system(each.mend.c_str());
        BOOST_TEST(status == 0, with_root(each.mend));
      }
    }
  }

  temporary_folder root;
  const published::description& set;
};

bool says(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

/// Breaks a replica, expects these words, mends it by the commands, and expects what was read before.
void expect_mended(const std::string& key, const std::function<void(const patient&)>& break_it,
                   const std::vector<std::string>& words) {
  BOOST_TEST_CONTEXT(key) {
    const patient p(key);
    const coop::dataset before = p.set.read(p.root.path());
    break_it(p);
    const std::string text = p.text();
    for (const std::string& each : words) BOOST_TEST(says(text, each), each << " in\n" << text);
    BOOST_TEST(!p.examine().readable());
    p.mend();
    BOOST_TEST(p.examine().readable(), p.text());
    const coop::dataset after = p.set.read(p.root.path());
    BOOST_TEST(after.class_names == before.class_names, boost::test_tools::per_element());
    BOOST_TEST(replicas::summary(p.root.path(), after.train) ==
               replicas::summary(p.root.path(), before.train));
    BOOST_TEST(replicas::summary(p.root.path(), after.test) == replicas::summary(p.root.path(), before.test));
    for (const auto* samples : {&after.train, &after.val, &after.test}) {
      for (const coop::sample& each : *samples) BOOST_TEST(fs::exists(each.path), each.path);
    }
  }
}

/// Moves one thing of a data set and expects it back.
void expect_found(const std::string& key, const std::string& from, const std::string& to,
                  const std::string& word) {
  expect_mended(key, [&](const patient& p) { p.move(from, to); }, {word});
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_a_sound_data_set_only_the_numbers_of_a_replica_are_remarked) {
  for (const std::string& name : replicas::names) {
    BOOST_TEST_CONTEXT(name) {
      const patient p(name);
      const coop::diagnosis found = p.examine();
      BOOST_TEST(found.readable(), p.text());
      BOOST_TEST(found.count(severity::warning) == 1u, p.text());
      BOOST_TEST(says(p.text(), "warning: numbers: expected "));
      BOOST_TEST(found.summary.starts_with("3 classes, "));
    }
  }
  const patient pets("OxfordPets");
  BOOST_TEST(
      pets.text() ==
      "OxfordPets in ROOT: 3 classes, 9 + 3 + 6 pictures (train, val, test)\n"
      "warning: numbers: expected 37 classes, 2944 + 736 + 3669 pictures (train, val, test), got 3 classes, "
      "9 + 3 + 6 pictures (train, val, test)\n"
      "  mend: take the published split file: this one is another\n");
}

BOOST_AUTO_TEST_CASE(a_missing_root_and_a_root_without_the_data_set_say_what_belongs_there) {
  for (const std::string& name : replicas::names) {
    BOOST_TEST_CONTEXT(name) {
      const patient p(name);
      const std::string folder(p.set.folder);
      p.remove(folder);
      fs::create_directories(p.root / "other");
      const std::string text = p.text();
      BOOST_TEST(says(text, "error: ROOT/" + folder + ": no such folder; the root holds other\n"));
      BOOST_TEST(says(text, "  mend: unpack the data set so that there are " + folder + "/"));
    }
  }
  const coop::diagnosis found = coop::examine(published::named("DescribableTextures"), "/nonexistent/root");
  BOOST_TEST(to_text(found) ==
             "DescribableTextures in /nonexistent/root\nerror: /nonexistent/root: no such folder\n"
             "  mend: name the directory that holds the folder dtd\n");
}

BOOST_AUTO_TEST_CASE(folders_of_other_names_are_found) {
  expect_found("ImageNet", "imagenet", "ILSVRC2012", "mv ROOT/ILSVRC2012 ROOT/imagenet");
  expect_found("Caltech101", "caltech-101", "Caltech101", "mv ROOT/Caltech101 ROOT/caltech-101");
  expect_found("OxfordPets", "oxford_pets", "oxford-iiit-pet", "mv ROOT/oxford-iiit-pet ROOT/oxford_pets");
  expect_found("StanfordCars", "stanford_cars", "stanford-cars", "mv ROOT/stanford-cars ROOT/stanford_cars");
  expect_found("OxfordFlowers", "oxford_flowers", "102flowers", "mv ROOT/102flowers ROOT/oxford_flowers");
  expect_found("Food101", "food-101", "food101", "mv ROOT/food101 ROOT/food-101");
  expect_found("FGVCAircraft", "fgvc_aircraft", "fgvc-aircraft-2013b/data",
               "mv ROOT/fgvc-aircraft-2013b/data ROOT/fgvc_aircraft");
  expect_found("SUN397", "sun397", "SUN397", "mv ROOT/SUN397 ROOT/sun397");
  expect_found("DescribableTextures", "dtd", "dtd-r1.0.1", "mv ROOT/dtd-r1.0.1 ROOT/dtd");
  expect_found("EuroSAT", "eurosat", "EuroSAT", "mv ROOT/EuroSAT ROOT/eurosat");
  expect_found("UCF101", "ucf101", "UCF-101", "mv ROOT/UCF-101 ROOT/ucf101");
  expect_found("ImageNetV2", "imagenetv2", "imagenet-v2", "mv ROOT/imagenet-v2 ROOT/imagenetv2");
  expect_found("ImageNetSketch", "imagenet-sketch", "ImageNet_Sketch",
               "mv ROOT/ImageNet_Sketch ROOT/imagenet-sketch");
  expect_found("ImageNetA", "imagenet-adversarial", "imagenet-a",
               "mv ROOT/imagenet-a ROOT/imagenet-adversarial");
  expect_found("ImageNetR", "imagenet-rendition", "ImageNetR", "mv ROOT/ImageNetR ROOT/imagenet-rendition");
}

BOOST_AUTO_TEST_CASE(pictures_at_the_places_of_well_known_copies_are_found) {
  expect_found("ImageNet", "imagenet/images", "imagenet/ILSVRC/Data/CLS-LOC",
               "mv ROOT/imagenet/ILSVRC/Data/CLS-LOC ROOT/imagenet/images");
  expect_mended(
      "ImageNet",
      [](const patient& p) {
        p.move("imagenet/images/train", "imagenet/train");
        p.move("imagenet/images/val", "imagenet/val");
      },
      {"mv ROOT/imagenet/train ROOT/imagenet/images/train", "mv ROOT/imagenet/val ROOT/imagenet/images/val"});
  expect_found(
      "Caltech101", "caltech-101/101_ObjectCategories", "caltech-101/caltech101/101_ObjectCategories",
      "ROOT/caltech-101/101_ObjectCategories: no such folder; it is in ROOT/caltech-101/caltech101/101_");
  expect_found("OxfordPets", "oxford_pets/images", "oxford_pets/inner/images/images",
               "ROOT/oxford_pets/images: no such");
  expect_found("OxfordFlowers", "oxford_flowers/jpg", "oxford_flowers/flowers-102/jpg", "flowers-102/jpg");
  expect_found("Food101", "food-101/images", "food-101/food-101/images", "mv ROOT/food-101/food-101/images");
  expect_found("SUN397", "sun397/SUN397", "sun397/inner/SUN397",
               "its pictures are in ROOT/sun397/inner/SUN397");
  expect_found("DescribableTextures", "dtd/images", "dtd/dtd/images",
               "mv ROOT/dtd/dtd/images ROOT/dtd/images");
  expect_found("EuroSAT", "eurosat/2750", "eurosat/EuroSAT_RGB",
               "mv ROOT/eurosat/EuroSAT_RGB ROOT/eurosat/2750");
  expect_found("EuroSAT", "eurosat/2750", "eurosat/EuroSAT/2750",
               "mv ROOT/eurosat/EuroSAT/2750 ROOT/eurosat/2750");
  expect_found("UCF101", "ucf101/UCF-101-midframes", "ucf101/ucf_101_midframes",
               "mv ROOT/ucf101/ucf_101_midframes ");
  expect_found("ImageNetV2", "imagenetv2/imagenetv2-matched-frequency-format-val",
               "imagenetv2/imagenetv2-matched-frequency",
               "mv ROOT/imagenetv2/imagenetv2-matched-frequency ROOT/");
  expect_found("ImageNetSketch", "imagenet-sketch/images", "imagenet-sketch/sketch",
               "mv ROOT/imagenet-sketch/sketch ");
  expect_mended("FGVCAircraft",
                [](const patient& p) {
                  p.move("fgvc_aircraft", "moved");
                  p.move("moved", "fgvc_aircraft/fgvc-aircraft-2013b/data");
                },
                {"mv ROOT/fgvc_aircraft/fgvc-aircraft-2013b/data/* ROOT/fgvc_aircraft/"});
  expect_mended(
      "StanfordCars",
      [](const patient& p) {
        int car = 0;
        for (const auto& [ours, theirs] :
             {std::pair{"cars_train", "train"}, std::pair{"cars_test", "test"}}) {
          for (const fs::path& file : coop::detail::sorted_entries(p.folder() / ours)) {
            p.move(file.lexically_relative(p.root.path()).string(),
                   std::string("stanford_cars/car_data/car_data/") + theirs + "/Car Model " +
                       std::to_string(++car / 4) + "/" + file.filename().string());
          }
          p.remove(std::string("stanford_cars/") + ours);
        }
      },
      {"ROOT/stanford_cars/cars_train: no such folder; it is in ROOT/stanford_cars/car_data/car_data/train",
       "find ROOT/stanford_cars/car_data/car_data/test -type f -exec mv -t ROOT/stanford_cars/cars_test {} "
       "+"});
  expect_mended("StanfordCars",
                [](const patient& p) {
                  p.move("stanford_cars/cars_test", "moved");
                  p.move("moved", "stanford_cars/cars_test/cars_test");
                },
                {"mv ROOT/stanford_cars/cars_test/cars_test/* ROOT/stanford_cars/cars_test/"});
}

BOOST_AUTO_TEST_CASE(a_folder_of_pictures_in_the_root_gets_the_folder_around_it) {
  for (const auto& [key, from, to] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"ImageNetA", "imagenet-adversarial/imagenet-a", "imagenet-a"},
           {"ImageNetR", "imagenet-rendition/imagenet-r", "imagenet-r"}}) {
    const patient p(key);
    p.move(from, to);
    p.remove(std::string(p.set.folder));
    replicas::write(p.root / "imagenet/classnames.txt",
                    "n01440764 tench\nn01443537 goldfish\nn01484850 great white shark\n");
    BOOST_TEST(
        says(p.text(), "mkdir -p ROOT/" + std::string(p.set.folder) + " && mv ROOT/" + to + " ROOT/" + from));
    BOOST_TEST(says(p.text(),
                    "cp ROOT/imagenet/classnames.txt ROOT/" + std::string(p.set.folder) + "/classnames.txt"));
    p.mend();
    BOOST_TEST(p.examine().readable(), p.text());
  }
}

BOOST_AUTO_TEST_CASE(the_folder_itself_given_as_root_is_recognised) {
  const patient p("OxfordPets");
  const std::string text = p.with_root(to_text(coop::examine(p.set, p.root / "oxford_pets")));
  BOOST_TEST(says(text, "ROOT/oxford_pets is the folder of the data set and not the root that holds it\n"));
  BOOST_TEST(says(text, "  mend: give the root ROOT\n"), text);
}

BOOST_AUTO_TEST_CASE(a_missing_split_file_is_named_with_where_it_belongs) {
  for (const std::string& name : replicas::names) {
    BOOST_TEST_CONTEXT(name) {
      const patient p(name);
      if (p.set.split.empty()) continue;
      const std::string split(p.set.split);
      p.remove(std::string(p.set.folder) + "/" + split);
      const std::string text = p.text();
      BOOST_TEST(says(text, (p.set.split_needed ? "error: ROOT/" : "warning: ROOT/") +
                                std::string(p.set.folder) + "/" + split + ": no such file; "),
                 text);
      BOOST_TEST(says(
          text, "  mend: put " + split + " there; DATASETS.md of github.com/KaiyangZhou/CoOp links to it"));
      BOOST_TEST(p.examine().readable() == !p.set.split_needed);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_split_file_of_another_name_or_place_is_found) {
  expect_found("Food101", "food-101/split_zhou_Food101.json", "food-101/images/split_zhou_Food101.json",
               "mv ROOT/food-101/images/split_zhou_Food101.json ROOT/food-101/split_zhou_Food101.json");
  expect_found("OxfordPets", "oxford_pets/split_zhou_OxfordPets.json",
               "oxford_pets/split_zhou_OxfordPets (1).json",
               "'ROOT/oxford_pets/split_zhou_OxfordPets (1).json'");
  expect_found("OxfordFlowers", "oxford_flowers/split_zhou_OxfordFlowers.json",
               "split_zhou_OxfordFlowers.json",
               "mv ROOT/split_zhou_OxfordFlowers.json ROOT/oxford_flowers/split_zhou_OxfordFlowers.json");
  const patient p("OxfordPets");
  replicas::write(p.folder() / std::string(p.set.split), "<html>Google Drive: too many downloads</html>");
  BOOST_TEST(says(p.text(), "split_zhou_OxfordPets.json: not valid JSON: "));
  BOOST_TEST(says(p.text(), "  mend: take the published split file again\n"));
}

BOOST_AUTO_TEST_CASE(missing_official_lists_are_named) {
  for (const std::string& name : replicas::names) {
    const patient p(name);
    if (p.set.annotations.empty()) continue;
    for (const std::string_view each : p.set.annotations) {
      BOOST_TEST_CONTEXT(name << " " << each) {
        const patient broken(name);
        if (!broken.set.split.empty())
          broken.remove(std::string(p.set.folder) + "/" + std::string(p.set.split));
        const std::string list = std::string(p.set.folder) + "/" + std::string(each);
        broken.remove(list);
        BOOST_TEST(says(broken.text(), "error: ROOT/" + list + ": no such file\n"), broken.text());
        BOOST_TEST(says(broken.text(), "  mend: put " + fs::path(each).filename().string() + " there"));
      }
    }
  }
  expect_found("FGVCAircraft", "fgvc_aircraft/variants.txt", "fgvc_aircraft/lists/Variants.txt",
               "mv ROOT/fgvc_aircraft/lists/Variants.txt ROOT/fgvc_aircraft/variants.txt");
}

BOOST_AUTO_TEST_CASE(renamed_classes_are_found_by_their_letters) {
  expect_found("ImageNet", "imagenet/images/val/n01443537", "imagenet/images/val/N01443537",
               "ROOT/imagenet/images/val/n01443537: no such class folder; N01443537 looks like it");
  expect_found("Caltech101", "caltech-101/101_ObjectCategories/Faces",
               "caltech-101/101_ObjectCategories/faces",
               "mv ROOT/caltech-101/101_ObjectCategories/faces ROOT/caltech-101/101_ObjectCategories/Faces");
  expect_found("StanfordCars", "stanford_cars/cars_test", "stanford_cars/Cars Test",
               "mv 'ROOT/stanford_cars/Cars Test' ROOT/stanford_cars/cars_test");
  expect_found("Food101", "food-101/images/baby_back_ribs", "food-101/images/Baby back ribs",
               "mv 'ROOT/food-101/images/Baby back ribs' ROOT/food-101/images/baby_back_ribs");
  expect_found("SUN397", "sun397/SUN397/c/church/outdoor", "sun397/SUN397/church_outdoor",
               "mv ROOT/sun397/SUN397/church_outdoor ROOT/sun397/SUN397/c/church/outdoor");
  expect_found("DescribableTextures", "dtd/images/polka-dotted", "dtd/images/polka_dotted",
               "polka_dotted looks like it");
  expect_found("EuroSAT", "eurosat/2750/SeaLake", "eurosat/2750/Sea Lake", "Sea Lake looks like it");
  expect_found("UCF101", "ucf101/UCF-101-midframes/Yo_Yo", "ucf101/UCF-101-midframes/YoYo",
               "YoYo looks like it");
  expect_found("ImageNetV2", "imagenetv2/imagenetv2-matched-frequency-format-val/2",
               "imagenetv2/imagenetv2-matched-frequency-format-val/0002",
               "val/2: no such class folder; 0002 looks like");
  expect_found("ImageNetSketch", "imagenet-sketch/images/n01484850",
               "imagenet-sketch/images/great_white_shark",
               "n01484850: no such class folder; great_white_shark looks like it");
  expect_found(
      "ImageNetA", "imagenet-adversarial/imagenet-a/n01443537", "imagenet-adversarial/imagenet-a/goldfish",
      "mv ROOT/imagenet-adversarial/imagenet-a/goldfish ROOT/imagenet-adversarial/imagenet-a/n01443537");
  expect_found("ImageNetR", "imagenet-rendition/imagenet-r/n01440764",
               "imagenet-rendition/imagenet-r/n01440764_", "n01440764_ looks like it");
}

BOOST_AUTO_TEST_CASE(pictures_whose_names_begin_or_end_otherwise_are_found) {
  const auto rename_all = [](const std::string& folder, const std::string& from, const std::string& to) {
    return [=](const patient& p) {
      for (const fs::path& file : coop::detail::sorted_entries(p.root / folder)) {
        std::string name = file.filename().string();
        const std::size_t at = name.find(from);
        if (at != std::string::npos) fs::rename(file, file.parent_path() / name.replace(at, from.size(), to));
      }
    };
  };
  expect_mended(
      "OxfordPets", rename_all("oxford_pets/images", "Abyssinian", "abyssinian"),
      {"no pictures Abyssinian_*; abyssinian_* look like them",
       "for f in ROOT/oxford_pets/images/abyssinian_*; do mv \"$f\" ROOT/oxford_pets/images/Abyssinian_\""});
  expect_mended("OxfordPets", rename_all("oxford_pets/images", "Maine_Coon", "Maine_Con"),
                {"Maine_Con_* look like them"});
  expect_mended("OxfordFlowers", rename_all("oxford_flowers/jpg", "image", "Image"),
                {"no pictures image_*; Image_*"});
  expect_mended("FGVCAircraft", rename_all("fgvc_aircraft/images", ".jpg", ".jpeg"),
                {"18 listed pictures end in .jpeg instead of .jpg"});
  expect_mended("DescribableTextures", rename_all("dtd/images/banded", ".jpg", ".png"),
                {"6 listed pictures end in .png instead of .jpg",
                 "instead of .jpg: a copy stored anew, whose pixels may differ"});
}

BOOST_AUTO_TEST_CASE(pictures_in_class_folders_that_belong_into_one_are_gathered) {
  expect_mended(
      "OxfordFlowers",
      [](const patient& p) {
        int count = 0;
        for (const fs::path& file : coop::detail::sorted_entries(p.folder() / "jpg")) {
          p.move(file.lexically_relative(p.root.path()).string(),
                 "oxford_flowers/jpg/train/" + std::to_string(count++ % 3) + "/" + file.filename().string());
        }
      },
      {"18 listed pictures of it lie elsewhere: train/0/image_00001.jpg, ",
       "find ROOT/oxford_flowers/jpg/train -type f -exec mv -t ROOT/oxford_flowers/jpg {} +"});
}

BOOST_AUTO_TEST_CASE(missing_and_extra_pictures_are_counted_and_the_first_are_named) {
  const patient p("Food101");
  for (int i = 1; i <= 6; ++i) p.remove("food-101/images/waffles/" + std::to_string(2000 + i) + ".jpg");
  p.remove("food-101/images/apple_pie/1.jpg");
  replicas::write_picture(p.root / "food-101/images/apple_pie/new.jpg");

  const std::string text = p.text();

  BOOST_TEST(
      says(text,
           "error: ROOT/food-101/images: 7 listed pictures missing: apple_pie/1.jpg, waffles/2001.jpg, "
           "waffles/2002.jpg, waffles/2003.jpg, waffles/2004.jpg and 2 more\n"),
      text);
  BOOST_TEST(
      says(text, "note: ROOT/food-101/images: 1 picture that no list names: apple_pie/new.jpg; not read\n"));
  BOOST_TEST(says(text, "  mend: unpack the archive of the pictures again\n"));
}

BOOST_AUTO_TEST_CASE(a_class_that_is_missing_is_not_confused_with_a_folder_of_other_pictures) {
  // Every class of Caltech101 has an image_0001.jpg, also the two that are left out.
  const patient p("Caltech101");
  p.remove("caltech-101/101_ObjectCategories/accordion");

  const std::string text = p.text();

  BOOST_TEST(says(text, "6 listed pictures missing: accordion/image_0001.jpg"), text);
  BOOST_TEST(!says(text, "looks like it"), text);
}

BOOST_AUTO_TEST_CASE(folders_of_imagenet_that_are_missing_strange_or_flat_are_named) {
  const patient p("ImageNet");
  p.move("imagenet/images/val/n01440764", "imagenet/images/val/birds");
  for (const fs::path& file : coop::detail::sorted_entries(p.root / "imagenet/images/val/n01484850"))
    p.move(file.lexically_relative(p.root.path()).string(),
           "imagenet/images/val/" + file.filename().string());

  const std::string text = p.text();

  BOOST_TEST(says(text, "ROOT/imagenet/images/val: 2 of 3 class folders missing: n01440764, n01484850\n"),
             text);
  BOOST_TEST(says(text, "ROOT/imagenet/images/val: folders that are no class of classnames.txt: birds\n"));
  BOOST_TEST(says(text, "val: pictures in no class folder: n01484850_1.JPEG, "));
}

BOOST_AUTO_TEST_CASE(renamed_variants_of_aircraft_and_videos_instead_of_frames_are_told) {
  const patient aircraft("FGVCAircraft");
  replicas::write(aircraft.folder() / "variants.txt", "707-320\nDC-10\nF-A-18\n");
  BOOST_TEST(says(aircraft.text(), "images_variant_train.txt:1: class 'F/A-18': expected one that "));

  const patient actions("UCF101");
  actions.remove("ucf101/UCF-101-midframes");
  replicas::write(actions.root / "ucf101/UCF-101/Archery/v_Archery_g01_c01.avi", "RIFF");
  BOOST_TEST(says(actions.text(), "ROOT/ucf101/UCF-101-midframes: no such folder\n"), actions.text());
  BOOST_TEST(says(actions.text(), "  mend: the folder holds videos: take the middle frame of each, as "));
}

BOOST_AUTO_TEST_CASE(data_sets_of_arrays_are_read_and_counted) {
  const temporary_folder root;
  const fs::path folder = fs::path(root.path()) / "cifar-10-batches-bin";
  replicas::write(folder / "batches.meta.txt", "a\nb\n");
  for (int i = 1; i <= 5; ++i)
    replicas::write(folder / ("data_batch_" + std::to_string(i) + ".bin"), std::string(3073, '\x01'));
  const auto text = [&] { return to_text(coop::examine(published::named("cifar10"), root.path())); };

  BOOST_TEST(says(text(), "test_batch.bin: no such file\n  mend: put test_batch.bin there"));
  replicas::write(folder / "test_batch.bin", std::string(3072, '\x01'));
  BOOST_TEST(says(text(), "test_batch.bin: size: expected a multiple of 3073 bytes, got 3072\n"));
  replicas::write(folder / "test_batch.bin", std::string(3073, '\x01'));
  BOOST_TEST(says(text(), "CIFAR10 in " + root.path() + ": 2 classes, 5 + 0 + 1 pictures"));
}

BOOST_AUTO_TEST_CASE(names_beyond_the_first_few_are_counted) {
  const patient p("Food101");
  coop::json none = coop::json::array();
  coop::json items = coop::json::array();
  for (int label = 0; label < 40; ++label) {
    const std::string name = "dish number " + std::to_string(label);
    items.push_back({name + "/x.jpg", label, name});
    replicas::write_picture(p.root / ("food-101/images/dish_number_" + std::to_string(label) + "/x.jpg"));
  }
  replicas::write(p.folder() / "split_zhou_Food101.json",
                  coop::json{{"train", items}, {"val", none}, {"test", none}}.dump());

  const coop::diagnosis found = p.examine();

  BOOST_TEST(says(to_text(found), "error: 35 more folders with other names\n  mend: likewise\n"),
             to_text(found));
  BOOST_TEST(found.findings.size() < 10u);
}

BOOST_AUTO_TEST_CASE(the_only_folder_with_pictures_is_tried_last) {
  expect_mended("Food101",
                [](const patient& p) {
                  for (const char* dish : {"apple_pie", "baby_back_ribs", "waffles"})
                    p.move(std::string("food-101/images/") + dish, std::string("food-101/x/Dish ") + dish);
                  p.remove("food-101/images");
                },
                {"ROOT/food-101/images: no such folder; the only one with pictures is ROOT/food-101/x",
                 "mv 'ROOT/food-101/images/Dish waffles' ROOT/food-101/images/waffles"});
  const patient p("EuroSAT");
  p.remove("eurosat/split_zhou_EuroSAT.json");
  p.move("eurosat/2750", "eurosat/land");
  BOOST_TEST(says(p.text(), "mv ROOT/eurosat/land ROOT/eurosat/2750"), p.text());
  BOOST_TEST(says(p.text(), ": 3 classes, 9 + 3 + 6 pictures"));
  expect_found("ImageNetA", "imagenet-adversarial/imagenet-a", "imagenet-adversarial/hard",
               "with pictures is ROOT/");
}

BOOST_AUTO_TEST_CASE(names_that_would_break_a_line_or_a_shell_are_tamed) {
  const patient p("Food101");
  p.move("food-101/images/waffles", "food-101/images/waffles'; rm -rf x;\n'");

  BOOST_TEST(says(p.text(), "waffles: no such folder; waffles'; rm -rf x;?' looks like it\n"), p.text());
  p.mend();
  BOOST_TEST(p.examine().readable(), p.text());
}

BOOST_AUTO_TEST_CASE(a_private_folder_is_counted_and_its_traps_named) {
  const temporary_folder root;
  for (const char* file :
       {"Big_cat/1.jpg", "Big_cat/2.PNG", "big cat/1.jpg", "dog/1.jpg", "dog/notes.txt", "list.csv"})
    replicas::write(root / file, "x");
  fs::create_directories(root / "eel");

  const std::string text = to_text(coop::examine_folder(root.path()));

  BOOST_TEST(says(text, ": 4 classes, 4 pictures\n"), text);
  BOOST_TEST(says(text, "error: " + root.path() + ": class folders without jpg, jpeg or png files: eel\n"),
             text);
  BOOST_TEST(
      says(text, "warning: class names that differ in case, blanks or marks alone: Big_cat, big cat\n"));
  BOOST_TEST(
      says(text, "warning: classes of one picture, which is learned from and never tested: big cat, dog\n"),
      text);
  BOOST_TEST(
      says(text, "note: 2 files that are not read as pictures (jpg, jpeg, png): dog/notes.txt, list.csv\n"),
      text);
}

BOOST_AUTO_TEST_CASE(a_divided_private_folder_is_compared_with_its_training_classes) {
  const temporary_folder root;
  for (const char* file :
       {"train/cat/1.jpg", "train/dog/1.jpg", "test/Cat/1.jpg", "test/dog/1.jpg", "test/walrus/1.jpg"})
    replicas::write(root / file, "x");

  const coop::diagnosis found = coop::examine_folder(root.path());
  const std::string text = to_text(found);

  BOOST_TEST(found.summary == "train 2 classes, 2 pictures; test 3 classes, 3 pictures");
  BOOST_TEST(says(text, "/test/Cat: train calls this class cat\n  mend: mv " + root.path() + "/test/Cat " +
                            root.path() + "/test/cat\n"),
             text);
  BOOST_TEST(says(text, "/test: classes that train does not have: walrus\n"), text);
  BOOST_TEST(!found.readable());
  BOOST_TEST(to_text(coop::examine_folder(root / "train/cat")).find(": no class folders\n") !=
             std::string::npos);
  BOOST_TEST(!coop::examine_folder(root / "nowhere").readable());
}

BOOST_AUTO_TEST_CASE(links_in_a_circle_are_findings_wherever_they_stand) {
  const temporary_folder root;
  const fs::path at = root.path();
  fs::create_symlink("loop", at / "loop");
  BOOST_TEST(to_text(coop::examine_folder(at / "loop")).find("loop: no such folder") != std::string::npos);

  for (const published::description& each : published::descriptions) {
    BOOST_TEST_CONTEXT(each.name) {
      // The root, the data set's folder, and each of its parts
      BOOST_TEST(!coop::examine(each, at / "loop").findings.empty());
      fs::create_symlink(std::string(each.folder), at / each.folder);
      const coop::diagnosis found = coop::examine(each, root.path());
      BOOST_TEST(!found.findings.empty());
      BOOST_TEST(to_text(found).find(std::string(each.folder) + ": no such folder") != std::string::npos);
      fs::remove(at / each.folder);
      for (const std::string_view part : {each.pictures, each.split}) {
        if (part.empty()) continue;
        const fs::path link = at / each.folder / part;
        fs::create_directories(link.parent_path());
        fs::create_symlink(link.filename(), link);
        BOOST_TEST(!coop::examine(each, root.path()).findings.empty());
        fs::remove_all(at / each.folder);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_link_to_the_folder_that_it_lies_in_is_followed_no_further) {
  const patient p("OxfordPets");
  const std::string before = p.text();
  fs::create_directory_symlink(".", p.folder() / "circle");
  fs::create_directory_symlink("../..", p.folder() / "images" / "above");

  BOOST_TEST(p.text() == before);
}

BOOST_AUTO_TEST_SUITE_END()
