// SPDX-License-Identifier: MIT
//
// The published data sets, as a list of types and as a table that programs look names up in: the fifteen of
// the CoOp paper in its order, then two that are at hand without them.
#ifndef COOP_DATA_DATASETS_ALL_HPP
#define COOP_DATA_DATASETS_ALL_HPP

#include <coop/data/datasets/caltech101.hpp>
#include <coop/data/datasets/cifar10.hpp>
#include <coop/data/datasets/describable_textures.hpp>
#include <coop/data/datasets/eurosat.hpp>
#include <coop/data/datasets/fashion_mnist.hpp>
#include <coop/data/datasets/fgvc_aircraft.hpp>
#include <coop/data/datasets/food101.hpp>
#include <coop/data/datasets/imagenet.hpp>
#include <coop/data/datasets/imagenet_a.hpp>
#include <coop/data/datasets/imagenet_r.hpp>
#include <coop/data/datasets/imagenet_sketch.hpp>
#include <coop/data/datasets/imagenet_v2.hpp>
#include <coop/data/datasets/oxford_flowers.hpp>
#include <coop/data/datasets/oxford_pets.hpp>
#include <coop/data/datasets/published.hpp>
#include <coop/data/datasets/stanford_cars.hpp>
#include <coop/data/datasets/sun397.hpp>
#include <coop/data/datasets/ucf101.hpp>
#include <coop/error.hpp>
#include <coop/io/text.hpp>  // ascii_lower
#include <coop/type_list.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace coop::published {

/// Every published data set.
using all = type_list<imagenet, caltech101, oxford_pets, stanford_cars, oxford_flowers, food101,
                      fgvc_aircraft, sun397, describable_textures, eurosat, ucf101, imagenet_v2,
                      imagenet_sketch, imagenet_a, imagenet_r, fashion_mnist, cifar10>;

namespace table {

/// The plain values of a list of data sets.
template <class... Sets>
constexpr std::array<description, sizeof...(Sets)> of(type_list<Sets...>) {
  return {describe<Sets>()...};
}

}  // namespace table

/// Their plain values, in that order.
inline constexpr std::array<description, all::size> descriptions = table::of(all{});

/// "ImageNet, Caltech101, ...": for usage texts and error messages.
inline std::string known_names() {
  std::string text;
  for (const description& each : descriptions) text += (text.empty() ? "" : ", ") + std::string(each.name);
  return text;
}

/// The data set of that name, whatever its case; none is a null pointer.
inline const description* find(std::string_view name) {
  const auto same = [](char a, char b) { return ascii_lower(a) == ascii_lower(b); };
  for (const description& each : descriptions) {
    if (std::equal(name.begin(), name.end(), each.name.begin(), each.name.end(), same)) return &each;
  }
  return nullptr;
}

/// The same; an unknown name is answered with the known ones.
inline const description& named(std::string_view name) {
  const description* found = find(name);
  check<choice_error>(found != nullptr, [&] {
    return "unknown data set '" + std::string(name) + "'; known: " + known_names();
  });
  return *found;
}

}  // namespace coop::published

#endif
