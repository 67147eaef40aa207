// SPDX-License-Identifier: MIT
//
// The published models at full size against PyTorch's float32: what make_golden.py wrote, the same pictures,
// names, weights and first contexts from this side, and how far the two are apart.
#ifndef COOP_TESTS_PARITY_GOLDEN_HPP
#define COOP_TESTS_PARITY_GOLDEN_HPP

#include <coop/clip/clip.hpp>
#include <coop/data/decoders.hpp>
#include <coop/io/archive.hpp>
#include <coop/io/sha256.hpp>
#include <coop/model/learner.hpp>
#include <coop/train/loss.hpp>
#include <coop/train/optimizer.hpp>
#include <coop/train/schedule.hpp>

#include "support/devices.hpp"
#include "support/formula_weights.hpp"
#include "support/machines.hpp"
#include "support/numeric.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace coop::tests::golden {

/// A quantity, how far it is from PyTorch's (norm of the difference over norm), and how far it may be.
struct finding {
  std::string what;
  double apart;
  double bound;
};
using findings = std::vector<finding>;

inline constexpr double steps_bound = 1e-3;  // ten steps in float32, each through the whole text tower

inline std::filesystem::path data_folder() {
  return std::filesystem::path(__FILE__).parent_path().parent_path() / "data";
}

/// The numbers to compare with: tests/data/golden.safetensors, or the whole ones that COOP_GOLDEN names.
inline const safetensors& reference() {
  static const safetensors archive([] {
    const char* given = std::getenv("COOP_GOLDEN");
    return given && *given ? std::string(given) : (data_folder() / "golden.safetensors").string();
  }());
  return archive;
}

/// |found - expected| / |expected|.
inline double apart(const std::vector<float>& found, const std::string& name) {
  return relative_difference(found, reference().read(name));
}

/// A matrix of so many columns against all of PyTorch's numbers, or against some of its rows and the norm and
/// the product with formula numbers of every one: the worst of the three.
inline double apart_in_parts(const std::vector<float>& found, std::size_t columns, const std::string& name) {
  if (reference().contains(name)) return apart(found, name);
  std::vector<float> norms;
  std::vector<float> products;
  const std::uint64_t probe = hash_of("probe");
  for (std::size_t begin = 0; begin < found.size(); begin += columns) {
    double square = 0;
    double product = 0;
    for (std::size_t i = 0; i < columns; ++i) {
      const double x = found[begin + i];
      square += x * x;
      product += x * double(uniform(probe, i));
    }
    norms.push_back(float(std::sqrt(square)));
    products.push_back(float(product));
  }
  std::vector<float> rows;
  for (const float which : reference().read(name + ".which")) {
    const auto row = found.begin() + std::ptrdiff_t(which) * std::ptrdiff_t(columns);
    rows.insert(rows.end(), row, row + std::ptrdiff_t(columns));
  }
  return std::max(
      {apart(rows, name + ".rows"), apart(norms, name + ".norms"), apart(products, name + ".products")});
}

/// Files of tests/data, and after them drawn pictures: make_golden.py's lists.
inline constexpr std::array<const char*, 15> files{"jpeg_420.jpg",       "jpeg_422_progressive.jpg",
                                                   "jpeg_444.jpg",       "jpeg_cmyk.jpg",
                                                   "jpeg_exif.jpg",      "jpeg_grey.jpg",
                                                   "png_grey.png",       "png_grey_alpha.png",
                                                   "png_interlaced.png", "png_one_bit.png",
                                                   "png_palette.png",    "png_palette_transparent.png",
                                                   "png_rgb.png",        "png_rgb_16.png",
                                                   "png_rgba.png"};
inline constexpr std::array<std::array<index_t, 2>, 17> sizes{{{224, 224},
                                                               {224, 300},
                                                               {300, 224},
                                                               {97, 131},
                                                               {131, 97},
                                                               {64, 64},
                                                               {333, 500},
                                                               {240, 180},
                                                               {448, 448},
                                                               {17, 23},
                                                               {1, 1},
                                                               {5, 40},
                                                               {256, 257},
                                                               {480, 640},
                                                               {31, 200},
                                                               {225, 223},
                                                               {700, 501}}};
inline constexpr index_t picture_count = index_t(files.size() + sizes.size());

/// Slopes that wrap, a chequerboard and noise, all in integers.
inline image drawn(index_t number, index_t height, index_t width) {
  image picture(height, width);
  const std::uint64_t hash = hash_of("picture " + std::to_string(number));
  std::uint64_t i = 0;
  for (index_t y = 0; y < height; ++y) {
    for (index_t x = 0; x < width; ++x) {
      for (index_t c = 0; c < 3; ++c) {
        const index_t slope = ((x * (2 * number + 3) + y * (number + 5)) * (c + 1) / 4) % 128;
        const index_t board = ((x / (4 + number % 5) + y / (3 + number % 7)) % 2) * 64;
        const auto noise = index_t(uniform(hash, i++) * 16 + 16);
        picture.at(y, x)[c] = std::uint8_t(slope + board + noise);
      }
    }
  }
  return picture;
}

/// Resized and cropped pictures, and what each is called.
struct picture_set {
  std::vector<image> pixels;
  std::vector<std::string> names;
};
inline const picture_set& pictures() {
  static const picture_set all = [] {
    picture_set made;
    const test_transform transform{224};
    for (const char* name : files) {
      made.pixels.push_back(transform(picture_decoder()((data_folder() / name).string())));
      made.names.emplace_back(name);
    }
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      made.pixels.push_back(transform(drawn(index_t(i), sizes[i][0], sizes[i][1])));
      made.names.push_back("drawn " + std::to_string(sizes[i][0]) + " x " + std::to_string(sizes[i][1]));
    }
    return made;
  }();
  return all;
}

/// The tower's input, (32, 224, 224, 3).
inline const std::vector<float>& tower_input() {
  static const std::vector<float> values = [] {
    constexpr std::size_t each = 224 * 224 * 3;
    std::vector<float> all(std::size_t(picture_count) * each);
    for (std::size_t i = 0; i < std::size_t(picture_count); ++i) {
      clip_normalization(pictures().pixels[i], all.data() + i * each);
    }
    return all;
  }();
  return values;
}

/// What a tower makes of all pictures.
template <class Tower>
std::vector<float> features_of(const Tower& tower) {
  const auto& device = tower.device();
  const auto given = on(device, tower_input(), shape<4>{picture_count, 224, 224, 3});
  auto features = room_on(device, shape<2>{picture_count, Tower::embed()});
  tower.encode(given.view(), features.view());
  return off(device, features);
}

/// The image features of backbone B under formula weights; computed once.
template <Backbone B, class M>
const std::vector<float>& image_features() {
  static const std::vector<float> features = [] {
    const typename B::template image_tower<typename M::device_type> tower(
        M::opened(), formula_archive(image_tensors(typename B::image{})));
    return features_of(tower);
  }();
  return features;
}

/// Rows of length one.
inline std::vector<float> unit_rows(std::vector<float> rows, std::size_t columns) {
  for (std::size_t begin = 0; begin < rows.size(); begin += columns) {
    double square = 0;
    for (std::size_t i = begin; i < begin + columns; ++i) square += double(rows[i]) * double(rows[i]);
    const auto norm = float(std::sqrt(square));
    for (std::size_t i = begin; i < begin + columns; ++i) rows[i] /= norm;
  }
  return rows;
}

/// A class name with its ids, alone and with a full stop: golden_names.txt.
struct named {
  std::string name;
  std::vector<std::int32_t> alone;
  std::vector<std::int32_t> stopped;
};
inline std::vector<named> names_and_ids() {
  std::ifstream file(data_folder() / "golden_names.txt");
  std::vector<named> all;
  const auto numbers = [](const std::string& text) {
    std::istringstream stream(text);
    return std::vector<std::int32_t>{std::istream_iterator<std::int32_t>(stream), {}};
  };
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const auto first = line.find('\t');
    const auto second = line.find('\t', first + 1);
    all.push_back({line.substr(0, first), numbers(line.substr(first + 1, second - first - 1)),
                   numbers(line.substr(second + 1))});
  }
  return all;
}

/// The first so many class names.
inline std::vector<std::string> class_names(std::size_t count) {
  std::vector<std::string> names;
  for (const auto& each : names_and_ids()) names.push_back(each.name);
  names.resize(count);
  return names;
}

/// A learner with the context that make_golden.py begins with.
template <Context C, Placement P, class Tower>
auto make_learner(const Tower& tower, const tokenizer& words, std::size_t classes, index_t length) {
  prompt_learner learner(tower, words, class_names(classes), prompt<C, P>{.length = length});
  const auto parameters = learner.parameters();
  const std::uint64_t hash = hash_of("context");
  std::vector<float> context(parameters.size());
  for (std::size_t i = 0; i < context.size(); ++i) context[i] = uniform(hash, i) * 0.04f;
  learner.device().upload(view<const float, 2>{context.data(), parameters.extents}, parameters);
  return learner;
}

inline std::vector<index_t> labels_of(index_t count, index_t classes) {
  std::vector<index_t> labels;
  for (index_t b = 0; b < count; ++b) labels.push_back((7 * b + 3) % classes);
  return labels;
}

/// All that one context, placement and length give with the backbones of one embedding width.
template <class M, Context C, Placement P, class Tower, class... B>
findings learning(const Tower& tower, const tokenizer& words, index_t length, type_list<B...>) {
  using D = typename Tower::device_type;
  constexpr index_t E = Tower::embed();
  const D& device = tower.device();
  auto learner = make_learner<C, P>(tower, words, 100, length);
  const auto unit = learner.forward();
  const std::string kind = std::string(C::name) + "." + P::name + "." + std::to_string(length);
  findings found;

  // The learner's features have length one: PyTorch's are brought there too, part by part.
  std::vector<float> text = off(device, unit);
  const auto raw_norms = [&] {
    const std::string name = std::to_string(E) + "." + kind + ".text";
    if (!reference().contains(name)) return reference().read(name + ".norms");
    const auto whole = reference().read(name);
    std::vector<float> norms;
    for (std::size_t c = 0; c < 100; ++c) {
      double square = 0;
      for (std::size_t e = 0; e < std::size_t(E); ++e)
        square += std::pow(double(whole[c * std::size_t(E) + e]), 2);
      norms.push_back(float(std::sqrt(square)));
    }
    return norms;
  }();
  for (std::size_t i = 0; i < text.size(); ++i) text[i] *= raw_norms[i / std::size_t(E)];
  found.push_back({std::to_string(E) + " " + kind + ": text features",
                   apart_in_parts(text, std::size_t(E), std::to_string(E) + "." + kind + ".text"),
                   features_bound(M::products)});

  loss_workspace<D> space;
  tensor<float, 2, D> dtext(device, shape<2>{100, E});
  const auto labels = labels_of(picture_count, 100);
  const auto with = [&]<class Model>(tag<Model>) {
    const auto pictures = unit_rows(image_features<Model, M>(), std::size_t(E));
    const auto given = on(device, pictures, shape<2>{picture_count, E});
    auto logits = room_on(device, shape<2>{picture_count, 100});
    device.gemm(op::as_is, op::transposed, learner.scale(), given.view(), unit, 0.0f, logits.view());
    const auto loss =
        cross_entropy(device, given.view(), unit, labels, learner.scale(), dtext.view(), space).loss;
    learner.backward(dtext.view());
    const std::string prefix = std::string(Model::name) + "." + kind;
    const std::string title = std::string(Model::name) + " " + kind + ": ";
    found.push_back({title + "logits", apart_in_parts(off(device, logits), 100, prefix + ".logits"),
                     features_bound(M::products)});
    found.push_back({title + "loss", apart({float(loss)}, prefix + ".loss"), features_bound(M::products)});
    found.push_back(
        {title + "gradient",
         apart_in_parts(off(device, learner.gradient()), std::size_t(Tower::width()), prefix + ".gradient"),
         gradient_bound(M::products)});
  };
  (with(tag<B>{}), ...);
  return found;
}

/// Ten steps of SGD with momentum and weight decay, at the paper's rates, over four batches of eight.
template <class M, Backbone B, Context C, Placement P, class Tower>
findings ten_steps(const Tower& tower, const tokenizer& words, std::size_t classes) {
  using D = typename Tower::device_type;
  constexpr index_t E = Tower::embed();
  auto learner = make_learner<C, P>(tower, words, classes, 16);
  const auto pictures =
      on(tower.device(), unit_rows(image_features<B, M>(), std::size_t(E)), shape<2>{picture_count, E});
  const auto given = pictures.view();
  const auto labels = labels_of(picture_count, index_t(classes));
  const auto parameters = learner.parameters();
  typename sgd::template state<D> optimizer(sgd{}, tower.device(), parameters.extents);
  loss_workspace<D> space;
  tensor<float, 2, D> dtext(tower.device(), shape<2>{index_t(classes), E});
  const auto schedule = paper_schedule(200);
  std::vector<float> losses;
  for (index_t step = 0; step < 10; ++step) {
    const index_t begin = 8 * (step % 4);
    const auto unit = learner.forward();
    losses.push_back(float(cross_entropy(tower.device(), given.slice(begin, begin + 8), unit,
                                         std::span(labels).subspan(std::size_t(begin), 8), learner.scale(),
                                         dtext.view(), space)
                               .loss));
    learner.backward(dtext.view());
    optimizer.step(parameters, learner.gradient(), schedule.at(step));
  }
  const std::string prefix = std::string(B::name) + "." + C::name + "." + P::name + ".steps";
  const std::string title = std::string(B::name) + " " + C::name + " " + P::name + ", ten steps: ";
  return {{title + "losses", apart(losses, prefix + ".loss"), steps_bound},
          {title + "context",
           apart_in_parts(to_host(tower.device(), view<const float, 2>(parameters)),
                          std::size_t(Tower::width()), prefix + ".context"),
           steps_bound}};
}

/// The text tower of RN50 (E = 1024) or of the three others (512) under formula weights.
template <index_t E, class M>
auto formula_text_tower() {
  using text = text_shape<512, 8, 12, E>;
  return text_tower<text, typename M::device_type>(M::opened(), formula_archive(text_tensors<text>()));
}

}  // namespace coop::tests::golden

#endif
