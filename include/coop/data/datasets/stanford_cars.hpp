// SPDX-License-Identifier: MIT
//
// Stanford Cars (J. Krause, M. Stark, J. Deng, L. Fei-Fei): 196 models of cars. The official annotations are
// files of MATLAB, which are not read here: the published split file is needed. Its paths begin with
// cars_train or cars_test.
#ifndef COOP_DATA_DATASETS_STANFORD_CARS_HPP
#define COOP_DATA_DATASETS_STANFORD_CARS_HPP

#include <coop/data/dataset.hpp>
#include <coop/data/datasets/published.hpp>

#include <array>
#include <string_view>

namespace coop::published {

/// Makes, models and years of cars.
struct stanford_cars : defaults<stanford_cars> {
  static constexpr std::string_view name = "StanfordCars";
  static constexpr std::string_view folder = "stanford_cars";
  static constexpr std::string_view pictures = {};  // the folder itself
  static constexpr std::string_view split = "split_zhou_StanfordCars.json";
  static constexpr counts size{.classes = 196, .train = 6509, .val = 1635, .test = 8041};
  static constexpr bool split_needed = true;  ///< the official lists are files of MATLAB
  static constexpr std::array parts{std::string_view("cars_train"), std::string_view("cars_test")};
  static constexpr std::array other_folders{std::string_view("stanford-cars-dataset"),
                                            std::string_view("stanford-car-dataset-by-classes-folder"),
                                            std::string_view("cars")};
  static constexpr std::array other_places{other_place{"cars_train/cars_train", "cars_train"},
                                           other_place{"cars_test/cars_test", "cars_test"},
                                           other_place{"car_data/car_data/train", "cars_train", true},
                                           other_place{"car_data/car_data/test", "cars_test", true},
                                           other_place{"car_data/train", "cars_train", true},
                                           other_place{"car_data/test", "cars_test", true}};

  /// By the split file, and in no other way.
  static dataset read_at(const places& at) {
    return read_split_alone(
        at, split, "devkit/cars_train_annos.mat, devkit/cars_meta.mat, cars_test_annos_withlabels.mat");
  }
};

}  // namespace coop::published

#endif
