// SPDX-License-Identifier: MIT
//
// What a GPU can do, and what it is: bytes, the cost of asking, products as layers ask for them, and cuBLASLt's alone
// with operands that lie in their precision already, whose results are float32.
#include "drivers_limits.hpp"
#include "gpu.hpp"
#include "programs.hpp"

#include <coop/device/detail/cuda_products.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace coop::benchmarks {

namespace {

/// Two marks on a stream and the seconds between them.
class stopwatch {
 public:
  explicit stopwatch(cudaStream_t stream) : stream_(stream) {
    for (cudaEvent_t& mark : marks_) coop::detail::check_cuda(cudaEventCreate(&mark), "cudaEventCreate");
  }
  stopwatch(const stopwatch&) = delete;
  stopwatch& operator=(const stopwatch&) = delete;
  ~stopwatch() {
    for (cudaEvent_t mark : marks_) cudaEventDestroy(mark);
  }
  template <class F>
  double seconds(const F& f) {
    coop::detail::check_cuda(cudaEventRecord(marks_[0], stream_), "cudaEventRecord");
    f();
    coop::detail::check_cuda(cudaEventRecord(marks_[1], stream_), "cudaEventRecord");
    coop::detail::check_cuda(cudaEventSynchronize(marks_[1]), "cudaEventSynchronize");
    float milliseconds = 0;
    coop::detail::check_cuda(cudaEventElapsedTime(&milliseconds, marks_[0], marks_[1]),
                             "cudaEventElapsedTime");
    return double(milliseconds) / 1e3;
  }

 private:
  cudaStream_t stream_;
  cudaEvent_t marks_[2] = {};
};

/// The way to cuBLASLt beside the device's own: a stream and plans.
struct lone_products {
  explicit lone_products(int ordinal)
      : context(std::make_shared<coop::detail::cuda_context>(ordinal)), plans(context) {}
  std::shared_ptr<coop::detail::cuda_context> context;
  coop::detail::cuda_products plans;
};

/// Operands of type In, by the marks of the stream: median of seven, each of at least 20 ms.
template <class In>
json lone_product(const device::cuda& device, lone_products& lone, coop::detail::product_kind kind,
                  const product_extents& p) {
  const auto numbers = [&](index_t rows, index_t columns) {
    const auto wide = noise(device, shape<2>{rows, columns});
    tensor<In, 2, device::cuda> narrow(device, wide.extents());
    if constexpr (std::is_same_v<In, float>) {
      device.copy(wide.view(), narrow.view());
    } else {
      device.for_each_row(rows, coop::detail::narrow_row<In>{wide.view(), narrow.view()});
    }
    device.synchronize();
    return narrow;
  };
  const auto x = numbers(p.rows, p.k);
  const auto w = numbers(p.n, p.k);  // as device::cuda keeps frozen matrices
  tensor<float, 2, device::cuda> y(device, shape<2>{p.rows, p.n});
  device.synchronize();
  const coop::detail::product_shape shape{.kind = kind,
                                          .rows = p.rows,
                                          .inner = p.k,
                                          .columns = p.n,
                                          .op_a = op::as_is,
                                          .op_b = op::transposed,
                                          .stride_a = p.k,
                                          .stride_b = p.k,
                                          .stride_c = p.n};
  const auto multiply = [&] {
    lone.plans.run(shape, 1.0f, x.view().data, w.view().data, 0.0f, y.view().data,
                   static_cast<const float*>(nullptr));
  };
  stopwatch watch(lone.context->stream());
  multiply();
  const double once = watch.seconds(multiply);
  const int at_once = int(std::clamp(0.02 / once, 1.0, 1000.0));
  std::vector<double> all;
  for (int i = 0; i < 7; ++i) {
    all.push_back(watch.seconds([&] {
      for (int j = 0; j < at_once; ++j) multiply();
    }) / at_once);
  }
  const double each = median(all);
  return {
      {"by", "cuBLASLt"}, {"device", device.description()},         {"rows", p.rows}, {"k", p.k}, {"n", p.n},
      {"seconds", each},  {"rate", 2.0 * p.rows * p.k * p.n / each}};
}

json lone_product_in(precision products, const device::cuda& device, lone_products& lone,
                     const product_extents& p) {
  using coop::detail::product_kind;
  switch (products) {
    case precision::tf32:
      return lone_product<float>(device, lone, product_kind::tf32, p);
    case precision::bfloat16:
      return lone_product<__nv_bfloat16>(device, lone, product_kind::bfloat16, p);
    case precision::float16:
      return lone_product<__half>(device, lone, product_kind::float16, p);
    case precision::float32:
      break;
  }
  return lone_product<float>(device, lone, product_kind::float32, p);
}

int attribute(cudaDeviceAttr which, int ordinal) {
  int value = 0;
  coop::detail::check_cuda(cudaDeviceGetAttribute(&value, which, ordinal), "cudaDeviceGetAttribute");
  return value;
}

}  // namespace

no_gpu why_no_gpu() {
  int count = 0;
  int driver = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  cudaDriverGetVersion(&driver);
  if (status == cudaSuccess && count > 0) return {};
  cudaGetLastError();
  return {.built = true, .why = coop::detail::why_no_cuda_device(status, driver)};
}

template <>
json facts<on_gpu>(const options& o) {
  const int ordinal = o.number("gpu");
  const cudaDeviceProp what = coop::detail::expect_cuda_device(ordinal);
  int driver = 0;
  cudaDriverGetVersion(&driver);
  return {{"device", what.name},
          {"compute_capability", std::to_string(what.major) + "." + std::to_string(what.minor)},
          {"processors", what.multiProcessorCount},
          {"clock_hertz", 1e3 * attribute(cudaDevAttrClockRate, ordinal)},
          {"memory_clock_hertz", 1e3 * attribute(cudaDevAttrMemoryClockRate, ordinal)},
          {"memory_bus_bits", attribute(cudaDevAttrGlobalMemoryBusWidth, ordinal)},
          {"memory_bytes", what.totalGlobalMem},
          {"second_level_cache_bytes", what.l2CacheSize},
          {"driver_cuda", coop::detail::cuda_version_text(driver)},
          {"runtime_cuda", coop::detail::cuda_version_text(CUDART_VERSION)}};
}

template <>
json ceilings<on_gpu>(const options& o) {
  const auto open = gpu(o);
  const auto device = open(precision::float32);
  lone_products lone(o.number("gpu"));
  return ceiling_rows(o, open, [&](precision products, const product_extents& p, const repetition&) {
    return std::vector<json>{lone_product_in(products, device, lone, p)};
  });
}

}  // namespace coop::benchmarks
