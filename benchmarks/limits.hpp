// SPDX-License-Identifier: MIT
//
// A device's own limits, for other figures to be read against: bytes copied within it and between it and the host, what
// it costs to ask for work, and lone products by frozen matrices in the precision that it was asked for.
#ifndef COOP_BENCHMARKS_LIMITS_HPP
#define COOP_BENCHMARKS_LIMITS_HPP

#include <coop/device/concepts.hpp>
#include <coop/io/json.hpp>

#include "measure.hpp"

#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace coop::benchmarks {

/// y (rows, n) = x (rows, k) w (k, n).
struct product_extents {
  index_t rows, k, n;
};

/// The matrices of a text tower's and of an image tower's blocks with as many rows as a few steps and calls have, and a
/// large square.
inline std::vector<product_extents> tower_products() {
  std::vector<product_extents> all;
  for (const index_t rows : {68, 423, 4216, 16384}) {
    for (const auto& [k, n] : {std::pair{512, 512}, {512, 1536}, {512, 2048}, {2048, 512}})
      all.push_back({rows, k, n});
  }
  for (const auto& [k, n] : {std::pair{768, 3072}, {3072, 768}}) all.push_back({256 * 197, k, n});
  all.push_back({8192, 8192, 8192});
  return all;
}

/// The least work: to(i) = 1.
template <class T>
struct one_each {
  T* to;
  COOP_HOST_DEVICE void operator()(index_t i) const { to[i] = T(1); }
};

/// How fast numbers move.
template <Device D>
json measured_transport(const D& device, std::size_t bytes, const repetition& how) {
  using T = typename D::scalar;
  const shape<2> extents{index_t(bytes / sizeof(T) / 1024), 1024};
  const double size = double(extents.size() * sizeof(T));
  tensor<T, 2, D> from(device, extents), to(device, extents);
  std::vector<T> host(extents.size(), T(1));
  const view<T, 2> numbers{host.data(), extents};
  device.fill(from.view(), T(1));
  const auto seconds = [&](const auto& f) { return repeat(device, how, f).median.wall; };
  const view<const T, 2> source = std::as_const(from).view();
  return {{"bytes", size},
          {"copied_bytes_per_second", 2 * size / seconds([&] { device.copy(source, to.view()); })},
          {"filled_bytes_per_second", size / seconds([&] { device.fill(to.view(), T(0)); })},
          {"uploaded_bytes_per_second",
           size / seconds([&] { device.upload(view<const T, 2>(numbers), to.view()); })},
          {"downloaded_bytes_per_second", size / seconds([&] { device.download(source, numbers); })},
          {"seconds_to_ask", seconds([&] { device.for_each(1, one_each<T>{to.view().data}); })},
          {"seconds_to_ask_and_wait", seconds([&] {
             device.for_each(1, one_each<T>{to.view().data});
             device.synchronize();
           })}};
}

/// A lone product as a layer asks for it: operands are float32 before and after.
template <Device D>
json measured_product(const D& device, const product_extents& p, const repetition& how) {
  using T = typename D::scalar;
  const auto x = noise(device, shape<2>{p.rows, p.k});
  const auto w = noise(device, shape<2>{p.k, p.n});
  tensor<T, 2, D> y(device, shape<2>{p.rows, p.n});
  const auto frozen = device.freeze(w.view(), op::as_is, rounding::allowed);
  const repeated_call once =
      repeat(device, how, [&] { device.multiply(x.view(), frozen, {}, false, y.view()); });
  const double operations = 2.0 * p.rows * p.k * p.n;
  return {{"by", "coop"},
          {"device", device.description()},
          {"rows", p.rows},
          {"k", p.k},
          {"n", p.n},
          {"seconds", once.median.wall},
          {"rate", operations / once.median.wall}};
}

inline void print_product(const json& r) {
  std::printf("%-40s %-10s (%6d, %5d) by (%5d, %5d) %10.6f s %9.0f GFLOP/s\n",
              r["device"].get<std::string>().c_str(), r["by"].get<std::string>().c_str(),
              r["rows"].get<int>(), r["k"].get<int>(), r["k"].get<int>(), r["n"].get<int>(),
              r["seconds"].get<double>(), r["rate"].get<double>() / 1e9);
  std::fflush(stdout);
}

}  // namespace coop::benchmarks

#endif
