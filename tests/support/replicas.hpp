// SPDX-License-Identifier: MIT
//
// Replicas of the published data sets: the folders, lists and split files of each with three classes of six
// pictures, laid out as the CoOp project lays them out. The pictures are one small JPEG many times over.
#ifndef COOP_TESTS_SUPPORT_REPLICAS_HPP
#define COOP_TESTS_SUPPORT_REPLICAS_HPP

#include "support/temporary_folder.hpp"

#include <coop/data/dataset.hpp>
#include <coop/io/atomic_file.hpp>
#include <coop/io/json.hpp>

#include <array>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace replicas {

namespace fs = std::filesystem;

/// The keys of the fifteen.
inline const std::vector<std::string> names{
    "ImageNet", "Caltech101",   "OxfordPets",     "StanfordCars",        "OxfordFlowers",
    "Food101",  "FGVCAircraft", "SUN397",         "DescribableTextures", "EuroSAT",
    "UCF101",   "ImageNetV2",   "ImageNetSketch", "ImageNetA",           "ImageNetR"};

/// Pictures of each class.
inline constexpr int of_class = 6;

inline void write(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), std::streamsize(bytes.size()));
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

inline void write_picture(const fs::path& path) {
  static const std::string bytes =
      coop::read_file((fs::path(__FILE__).parent_path().parent_path() / "data" / "jpeg_444.jpg").string());
  write(path, bytes);
}

/// "0042" of 42.
inline std::string digits(int number, int width) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%0*d", width, number);
  return text.data();
}

/// A picture of a list, below the folder of the pictures.
struct item {
  std::string path;
  int label;
  std::string name;
};

/// The lists of a data set.
struct lists {
  std::vector<item> train, val, test;
};

/// Of each class the third, first and second to learn from, the fourth as val, the rest to test.
template <class PathOf>
lists listed(const std::vector<std::string>& class_names, const std::vector<int>& label_order,
             PathOf path_of) {
  lists all;
  for (const int label : label_order) {
    const auto it = [&](int i) { return item{path_of(label, i), label, class_names[std::size_t(label)]}; };
    for (const int i : {3, 1, 2}) all.train.push_back(it(i));
    all.val.push_back(it(4));
    for (const int i : {5, 6}) all.test.push_back(it(i));
  }
  return all;
}

inline void write_split(const fs::path& file, const lists& all) {
  const auto array = [](const std::vector<item>& items) {
    coop::json list = coop::json::array();
    for (const item& each : items) list.push_back({each.path, each.label, each.name});
    return list;
  };
  write(file,
        coop::json{{"train", array(all.train)}, {"val", array(all.val)}, {"test", array(all.test)}}.dump(4));
}

inline void write_pictures(const fs::path& folder, const lists& all) {
  for (const auto* list : {&all.train, &all.val, &all.test}) {
    for (const item& each : *list) write_picture(folder / each.path);
  }
}

/// Class folders with pictures called by `file_of(i)`, and the split file.
template <class FileOf>
void folders(const fs::path& at, const std::string& pictures, const std::string& split,
             const std::vector<std::string>& of, const std::vector<std::string>& class_names,
             FileOf file_of) {
  const lists all = listed(class_names, {0, 1, 2}, [&](int label, int i) {
    return of[std::size_t(label)] + "/" + file_of(label, i);
  });
  write_pictures(at / pictures, all);
  write_split(at / split, all);
}

inline const std::vector<std::string> numbers{"n01440764", "n01443537", "n01484850"};

inline void wordnet(const fs::path& at, const std::vector<std::string>& below, bool more) {
  write(at / "classnames.txt", std::string(more ? "n01000000 absent\n" : "") +
                                   "n01440764 tench\nn01443537 goldfish\nn01484850 great white shark\n");
  for (const std::string& part : below) {
    for (const std::string& number : numbers) {
      for (int i = 1; i <= of_class; ++i)
        write_picture(at / part / number / (number + "_" + std::to_string(i) + ".JPEG"));
    }
  }
}

inline void pets(const fs::path& at) {
  const std::vector<std::string> breeds{"Abyssinian", "Maine_Coon", "beagle"};
  const auto path = [&](int label, int i) {
    return breeds[std::size_t(label)] + "_" + std::to_string(i) + ".jpg";
  };
  const lists all = listed({"abyssinian", "maine_coon", "beagle"}, {0, 1, 2}, path);
  write_pictures(at / "images", all);
  write_split(at / "split_zhou_OxfordPets.json", all);
  std::string trainval;
  std::string test;
  for (int label = 0; label < 3; ++label) {
    for (int i = 1; i <= of_class; ++i) {
      const std::string picture = path(label, i);
      (i <= 4 ? trainval : test) +=
          picture.substr(0, picture.size() - 4) + " " + std::to_string(label + 1) + " 1 1\n";
    }
  }
  write(at / "annotations/trainval.txt", trainval);
  write(at / "annotations/test.txt", test);
}

inline void cars(const fs::path& at) {
  const std::vector<std::string> models{"2000 AM General Hummer SUV", "2012 Acura RL Sedan",
                                        "2012 Dodge Ram C/V"};
  const lists all = listed(models, {2, 0, 1}, [](int label, int i) {
    return (i <= 4 ? "cars_train/" : "cars_test/") + digits(label * of_class + i, 5) + ".jpg";
  });
  write_pictures(at, all);
  write_split(at / "split_zhou_StanfordCars.json", all);
}

inline void flowers(const fs::path& at) {
  const lists all =
      listed({"pink primrose", "canterbury bells", "colt's foot"}, {1, 2, 0},
             [](int label, int i) { return "image_" + digits(label * of_class + i, 5) + ".jpg"; });
  write_pictures(at / "jpg", all);
  write_split(at / "split_zhou_OxfordFlowers.json", all);
}

inline void aircraft(const fs::path& at) {
  const std::vector<std::string> variants{"707-320", "DC-10", "F/A-18"};
  std::string of_train;
  std::string of_val;
  std::string of_test;
  for (int i = 1; i <= of_class; ++i) {
    for (int label = 2; label >= 0; --label) {
      const std::string number = digits(label * 1000 + i, 7);
      write_picture(at / "images" / (number + ".jpg"));
      (i <= 3 ? of_train : i == 4 ? of_val : of_test) += number + " " + variants[std::size_t(label)] + "\n";
    }
  }
  write(at / "variants.txt", "707-320\nDC-10\nF/A-18\n");
  write(at / "images_variant_train.txt", of_train);
  write(at / "images_variant_val.txt", of_val);
  write(at / "images_variant_test.txt", of_test);
}

inline void scenes(const fs::path& at) {
  const std::vector<std::string> paths{"a/abbey", "c/church/indoor", "c/church/outdoor"};
  folders(at, "SUN397", "split_zhou_SUN397.json", paths, {"abbey", "indoor church", "outdoor church"},
          [](int label, int i) {
            return "sun_" + std::string(1, char('a' + label)) + std::to_string(i) + ".jpg";
          });
  std::string classes;
  std::string training;
  std::string testing;
  for (std::size_t label = 0; label < paths.size(); ++label) {
    classes += "/" + paths[label] + "\n";
    for (int i = 1; i <= of_class; ++i) {
      (i <= 4 ? training : testing) += "/" + paths[label] + "/sun_" + std::string(1, char('a' + int(label))) +
                                       std::to_string(i) + ".jpg\n";
    }
  }
  write(at / "ClassName.txt", classes);
  write(at / "Training_01.txt", training);
  write(at / "Testing_01.txt", testing);
}

inline void actions(const fs::path& at) {
  const std::vector<std::string> spelt{"ApplyEyeMakeup", "Archery", "YoYo"};
  const auto video = [&](int label, int i) {
    return "v_" + spelt[std::size_t(label)] + "_g" + digits(i, 2) + "_c01";
  };
  const std::vector<std::string> in_words{"Apply_Eye_Makeup", "Archery", "Yo_Yo"};
  folders(at, "UCF-101-midframes", "split_zhou_UCF101.json", in_words, in_words,
          [&](int label, int i) { return video(label, i) + ".jpg"; });
  std::string training;
  std::string testing;
  for (int label = 0; label < 3; ++label) {
    for (int i = 1; i <= of_class; ++i) {
      const std::string line = spelt[std::size_t(label)] + "/" + video(label, i) + ".avi";
      (i <= 4 ? training : testing) += i <= 4 ? line + " " + std::to_string(label + 1) + "\n" : line + "\n";
    }
  }
  write(at / "ucfTrainTestlist/classInd.txt", "1 ApplyEyeMakeup\n2 Archery\n3 YoYo\n");
  write(at / "ucfTrainTestlist/trainlist01.txt", training);
  write(at / "ucfTrainTestlist/testlist01.txt", testing);
}

/// Lays out the data set of that key below `root`.
inline void make(const std::string& name, const fs::path& root) {
  const auto image = [](int, int i) { return "image_" + digits(i, 4) + ".jpg"; };
  if (name == "Caltech101") {
    const fs::path at = root / "caltech-101";
    folders(at, "101_ObjectCategories", "split_zhou_Caltech101.json", {"Faces", "accordion", "airplanes"},
            {"face", "accordion", "airplane"}, image);
    for (const char* ignored : {"BACKGROUND_Google", "Faces_easy"}) {
      for (int i = 1; i <= of_class; ++i) write_picture(at / "101_ObjectCategories" / ignored / image(0, i));
    }
  } else if (name == "OxfordPets") {
    pets(root / "oxford_pets");
  } else if (name == "StanfordCars") {
    cars(root / "stanford_cars");
  } else if (name == "OxfordFlowers") {
    flowers(root / "oxford_flowers");
  } else if (name == "Food101") {
    const std::vector<std::string> dishes{"apple_pie", "baby_back_ribs", "waffles"};
    folders(root / "food-101", "images", "split_zhou_Food101.json", dishes, dishes,
            [](int label, int i) { return std::to_string(1000 * label + i) + ".jpg"; });
  } else if (name == "FGVCAircraft") {
    aircraft(root / "fgvc_aircraft");
  } else if (name == "SUN397") {
    scenes(root / "sun397");
  } else if (name == "DescribableTextures") {
    const std::vector<std::string> textures{"banded", "polka-dotted", "zigzagged"};
    folders(root / "dtd", "images", "split_zhou_DescribableTextures.json", textures, textures,
            [&](int label, int i) { return textures[std::size_t(label)] + "_" + digits(i, 4) + ".jpg"; });
  } else if (name == "EuroSAT") {
    const std::vector<std::string> land{"AnnualCrop", "Forest", "SeaLake"};
    folders(root / "eurosat", "2750", "split_zhou_EuroSAT.json", land,
            {"Annual Crop Land", "Forest", "Sea or Lake"},
            [&](int label, int i) { return land[std::size_t(label)] + "_" + std::to_string(i) + ".jpg"; });
  } else if (name == "UCF101") {
    actions(root / "ucf101");
  } else if (name == "ImageNet") {
    wordnet(root / "imagenet", {"images/train", "images/val"}, false);
  } else if (name == "ImageNetV2") {
    wordnet(root / "imagenetv2", {}, false);
    for (int label = 0; label < 3; ++label) {
      for (int i = 1; i <= of_class; ++i) {
        write_picture(root / "imagenetv2/imagenetv2-matched-frequency-format-val" / std::to_string(label) /
                      (std::to_string(i) + ".jpeg"));
      }
    }
  } else if (name == "ImageNetSketch") {
    wordnet(root / "imagenet-sketch", {"images"}, false);
  } else if (name == "ImageNetA") {
    wordnet(root / "imagenet-adversarial", {"imagenet-a"}, true);
    write(root / "imagenet-adversarial/imagenet-a/README.txt", "read me\n");
  } else if (name == "ImageNetR") {
    wordnet(root / "imagenet-rendition", {"imagenet-r"}, true);
  } else {
    throw std::runtime_error("no replica of " + name);
  }
}

/// "a/1.jpg:0 b/2.jpg:1", paths from `folder` on.
inline std::string summary(const fs::path& folder, const std::vector<coop::sample>& samples) {
  std::string text;
  for (const coop::sample& s : samples) {
    text += (text.empty() ? "" : " ") + fs::path(s.path).lexically_relative(folder).string() + ":" +
            std::to_string(s.label);
  }
  return text;
}

}  // namespace replicas

#endif
