// SPDX-License-Identifier: MIT
//
// What CUDA and its products answer, as errors of this library; and whether there is a GPU to ask. Every call goes
// through here, so that an error names the call that failed.
#ifndef COOP_DEVICE_DETAIL_CUDA_CHECK_HPP
#define COOP_DEVICE_DETAIL_CUDA_CHECK_HPP

#include <coop/error.hpp>

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <string>

namespace coop::detail {

/// A status other than success is a device_error that names the call.
inline void check_cuda(cudaError_t status, const char* call) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // one that does not last is told once
  throw device_error("CUDA: " + std::string(call) + ": " + cudaGetErrorName(status) + ": " +
                     cudaGetErrorString(status));
}

inline void check_blas(cublasStatus_t status, const char* call) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw device_error("cuBLASLt: " + std::string(call) + ": " + cublasLtGetStatusName(status) + ": " +
                     cublasLtGetStatusString(status));
}

/// "13.0" of CUDA's number 13000.
inline std::string cuda_version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

/// Why cudaGetDeviceCount() answered `status`, in words. `driver` is the CUDA that the driver knows, 0 without one.
inline std::string why_no_cuda_device(cudaError_t status, int driver) {
  const std::string none = "no CUDA device: ";
  if (status == cudaErrorInsufficientDriver && driver == 0) return none + "this machine has no NVIDIA driver";
  if (status == cudaErrorInsufficientDriver) {
    return none + "the NVIDIA driver is too old: expected one for CUDA " + cuda_version_text(CUDART_VERSION) +
           ", got one for CUDA " + cuda_version_text(driver);
  }
  if (status == cudaSuccess || status == cudaErrorNoDevice) {
    return none + "the NVIDIA driver sees none (CUDA_VISIBLE_DEVICES hides those it does not name)";
  }
  return none + cudaGetErrorName(status) + ": " + cudaGetErrorString(status);
}

/// How many GPUs there are; 0 without a driver.
inline int cuda_devices() noexcept {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) cudaGetLastError();
  return status == cudaSuccess ? count : 0;
}

/// What is known of the GPU of this number, which can run the kernels; else a device_error says what is missing.
inline cudaDeviceProp expect_cuda_device(int ordinal) {
  int count = 0;
  int driver = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  cudaDriverGetVersion(&driver);
  if (status != cudaSuccess || count == 0) {
    cudaGetLastError();
    throw device_error(why_no_cuda_device(status, driver));
  }
  check<device_error>(ordinal >= 0 && ordinal < count, [&] {
    return "CUDA device " + std::to_string(ordinal) + ": expected a number from 0 to " +
           std::to_string(count - 1);
  });
  cudaDeviceProp what{};
  check_cuda(cudaGetDeviceProperties(&what, ordinal), "cudaGetDeviceProperties");
  check<device_error>(what.major >= 8, [&] {
    return "CUDA device " + std::to_string(ordinal) + " (" + what.name +
           "): compute capability: expected at least 8.0, got " + std::to_string(what.major) + "." +
           std::to_string(what.minor);
  });
  check<device_error>(what.memoryPoolsSupported != 0, [&] {
    return "CUDA device " + std::to_string(ordinal) + " (" + what.name + "): expected memory pools, has none";
  });
  return what;
}

}  // namespace coop::detail

#endif
