// SPDX-License-Identifier: MIT
//
// Image towers of full size with formula weights, by name and on any device. Operations are those of the definition (a
// 3x3 convolution is nine products a pixel), whatever way they are computed; a way that needs fewer shows as a larger
// share of the ceiling.
#ifndef COOP_BENCHMARKS_TOWERS_HPP
#define COOP_BENCHMARKS_TOWERS_HPP

#include <coop/clip/backbone.hpp>
#include <coop/clip/resnet.hpp>
#include <coop/clip/vit.hpp>
#include <coop/device/cpu.hpp>
#include <coop/dispatch.hpp>
#include <coop/io/atomic_file.hpp>
#include <coop/io/json.hpp>
#include <coop/type_list.hpp>

#include "../tests/support/formula_weights.hpp"
#include "measure.hpp"

#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace coop::benchmarks {

namespace detail {

constexpr double of_product(double rows, double inputs, double outputs) {
  return 2 * rows * inputs * outputs;
}

/// Floating-point operations a picture of the products in a vision transformer, whose last block thinks for the class
/// token alone.
template <index_t S, index_t P, index_t W, index_t N, index_t E>
constexpr double operations(vit_shape<S, P, W, N, E> shape) {
  constexpr double L = decltype(shape)::tokens;
  const double block = of_product(L, W, 12 * W) + 2 * of_product(L, W, L);
  const double last = of_product(L, W, 2 * W) + of_product(1, W, 10 * W) + 2 * of_product(1, W, L);
  return of_product(L - 1, 3 * P * P, W) + (N - 1) * block + last + of_product(1, W, E);
}

/// The same of a modified ResNet.
template <index_t S, index_t W, index_t E, index_t... B>
constexpr double operations(resnet_shape<S, W, E, B...> shape) {
  double pixels = double(S / 2) * (S / 2);
  double n = of_product(pixels, 27, W / 2) + of_product(pixels, 9 * (W / 2), W / 2) +
             of_product(pixels, 9 * (W / 2), W);
  pixels /= 4;
  double inputs = W;
  for (std::size_t stage = 0; stage < 4; ++stage) {
    const double planes = double(W << stage);
    for (index_t i = 0; i < shape.blocks[stage]; ++i) {
      n += of_product(pixels, inputs, planes) + of_product(pixels, 9 * planes, planes);
      if (i == 0 && stage > 0) pixels /= 4;
      n += of_product(pixels, planes, 4 * planes) + (i == 0 ? of_product(pixels, inputs, 4 * planes) : 0.0);
      inputs = 4 * planes;
    }
  }
  constexpr double C = decltype(shape)::channels;
  constexpr double L = decltype(shape)::tokens;
  return n + of_product(L, C, 2 * C) + of_product(1, C, C) + 2 * of_product(1, C, L) + of_product(1, C, E);
}

}  // namespace detail

/// An image tower of some backbone.
template <Device D>
struct encoder {
  using T = typename D::scalar;
  index_t side;       // of its pictures
  index_t embed;      // width of its features
  double operations;  // floating-point operations a picture, by the definition
  std::function<void(view<const T, 4>, view<T, 2>)> encode;  // numbers of the device
};

/// The tower of a backbone, one of a list; an unknown name is a choice_error.
template <Device D, class... B>
encoder<D> formula_encoder(const std::string& name, const D& device, type_list<B...> known) {
  using T = typename D::scalar;
  return dispatch(
      [&]<class Model>() -> encoder<D> {
        using tower_type = typename Model::template image_tower<D>;
        const auto tower = std::make_shared<const tower_type>(
            device, tests::formula_archive(tests::image_tensors(typename Model::image{})));
        return {.side = tower->size(),
                .embed = tower->embed(),
                .operations = detail::operations(typename Model::image{}),
                .encode = [tower](view<const T, 4> pictures, view<T, 2> features) {
                  tower->encode(pictures, features);
                }};
      },
      choose(known, "backbone", name));
}

/// The same of every backbone on the processor, which one source compiles (towers.cpp).
encoder<device::cpu> formula_encoder(const std::string& backbone, const device::cpu& device);

/// Formula pictures on a device, and room for their features.
template <Device D>
class formula_batch {
  using T = typename D::scalar;

 public:
  formula_batch(const encoder<D>& tower, const D& device, index_t count)
      : tower_(&tower), device_(device), features_(device, shape<2>{count, tower.embed}) {
    const auto pixels = tests::formula_pictures(count, tower.side);
    const std::vector<T> values(pixels.begin(), pixels.end());
    pictures_ =
        to_device(device, view<const T, 4>{values.data(), shape<4>{count, tower.side, tower.side, 3}});
  }
  [[nodiscard]] index_t count() const { return pictures_.extent(0); }
  void encode() { tower_->encode(std::as_const(pictures_).view(), features_.view()); }
  [[nodiscard]] std::vector<float> features() const {
    const auto values = to_host(device_, features_.view());
    return {values.begin(), values.end()};
  }

 private:
  const encoder<D>* tower_;
  D device_;
  tensor<T, 4, D> pictures_;
  tensor<T, 2, D> features_;
};

/// Pictures a second at so many a call, operations a second, and what share of the best product that is.
template <Device D>
json measured_encoding(const encoder<D>& tower, const D& device, const std::string& backbone, index_t count,
                       const repetition& how, index_t ceiling_rows = 896) {
  const double best = ceiling(device, 768, 20, ceiling_rows).wall;
  const memory_meter meter(device);
  formula_batch<D> batch(tower, device, count);
  const repeated_call once = repeat(device, how, [&] { batch.encode(); });
  const double rate = double(count) * tower.operations / once.median.wall;
  return {{"device", device.description()},
          {"backbone", backbone},
          {"pictures", count},
          {"calls", once.calls},
          {"seconds", once.median.wall},
          {"pictures_per_second", double(count) / once.median.wall},
          {"operations_per_picture", tower.operations},
          {"rate", rate},
          {"ceiling", best},
          {"share", rate / best},
          {"used_bytes", meter.most()}};
}

inline void print_encoding_heading() {
  std::printf("%-10s %8s %10s %12s %9s %6s %9s\n", "backbone", "pictures", "seconds", "pictures/s", "GFLOP/s",
              "share", "used MB");
}
/// A line of measured_encoding(), or of what went wrong: {"backbone", "pictures", "error"}.
inline void print_encoding(const json& r) {
  std::printf("%-10s %8d ", r["backbone"].get<std::string>().c_str(), r["pictures"].get<int>());
  if (r.contains("error")) {
    std::printf("%s\n", r["error"].get<std::string>().c_str());
  } else {
    std::printf("%10.5f %12.1f %9.0f %4.0f %% %9.0f\n", r["seconds"].get<double>(),
                r["pictures_per_second"].get<double>(), r["rate"].get<double>() / 1e9,
                100 * r["share"].get<double>(), r["used_bytes"].get<double>() / 1e6);
  }
  std::fflush(stdout);
}

/// Image features on request, for a program that compares: it starts this one, asks by a line on standard input, encodes
/// itself, asks again. So both are timed in the same minutes of the same machine. Weights and pictures are by formula, so
/// the other side holds the same bits.
///
/// First comes a line of JSON with the pictures' side, the width of the features and the device. Then for each line that
/// is read: "encode N" answers the seconds that N pictures took, which the device holds already, by the wall's clock and
/// by the processor's; "encodes N TIMES" those of one of so many calls that follow each other; "features N FILE" writes
/// their features as float32; "ceiling" answers the floating-point operations a second of the best product of a try, by
/// both clocks.
template <Device D>
void answer_requests(const encoder<D>& tower, const D& device, json head, index_t ceiling_rows = 896) {
  head.update({{"side", tower.side}, {"embed", tower.embed}, {"device", device.description()}});
  std::cout << head.dump() << std::endl;
  std::unique_ptr<formula_batch<D>> batch;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb, rest;
    index_t count = 0;
    words >> verb >> count >> rest;
    if (verb == "ceiling") {
      const auto best = ceiling(device, 768, 4, ceiling_rows);
      std::cout << best.wall << ' ' << best.processor << std::endl;
      continue;
    }
    const int times = verb == "encodes" ? std::atoi(rest.c_str()) : 1;
    check(count > 0 && times > 0 &&
              (verb == "encode" || verb == "encodes" || (verb == "features" && !rest.empty())),
          [&] {
            return "answer_encode: request: expected 'encode N', 'encodes N TIMES', 'features N FILE' or "
                   "'ceiling', got '" +
                   line + "'";
          });
    if (!batch || batch->count() != count) {
      batch.reset();
      batch = std::make_unique<formula_batch<D>>(tower, device, count);
    }
    const auto passed = time_on(device, [&] {
      for (int i = 0; i < times; ++i) batch->encode();
    });
    if (verb == "features") {
      const auto values = batch->features();
      write_file(rest, std::as_bytes(std::span(values)));
    }
    std::cout << passed.wall / times << ' ' << passed.processor / times << std::endl;
  }
}

}  // namespace coop::benchmarks

#endif
