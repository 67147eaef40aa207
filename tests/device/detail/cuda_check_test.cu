// SPDX-License-Identifier: MIT
//
// What CUDA answers, in words. Runs without a GPU.
#include <coop/device/detail/cuda_check.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace coop;
using namespace coop::detail;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_check)

BOOST_AUTO_TEST_CASE(a_failed_call_is_named) {
  BOOST_CHECK_NO_THROW(check_cuda(cudaSuccess, "cudaNothing"));
  BOOST_CHECK_EXCEPTION(
      check_cuda(cudaErrorInvalidValue, "cudaNothing"), device_error, [](const device_error& e) {
        return std::string(e.what()) == "coop: CUDA: cudaNothing: cudaErrorInvalidValue: invalid argument";
      });
  BOOST_CHECK_NO_THROW(check_blas(CUBLAS_STATUS_SUCCESS, "cublasLtNothing"));
  BOOST_CHECK_EXCEPTION(
      check_blas(CUBLAS_STATUS_NOT_SUPPORTED, "cublasLtNothing"), device_error, [](const device_error& e) {
        return has(e.what(), "coop: cuBLASLt: cublasLtNothing: CUBLAS_STATUS_NOT_SUPPORTED");
      });
}

BOOST_AUTO_TEST_CASE(no_driver_an_old_driver_and_no_device_are_told_apart) {
  BOOST_TEST(why_no_cuda_device(cudaErrorInsufficientDriver, 0) ==
             "no CUDA device: this machine has no NVIDIA driver");
  const auto old = why_no_cuda_device(cudaErrorInsufficientDriver, 11040);
  BOOST_TEST(has(old, "no CUDA device: the NVIDIA driver is too old: expected one for CUDA " +
                          cuda_version_text(CUDART_VERSION) + ", got one for CUDA 11.4"));
  const std::string none = "no CUDA device: the NVIDIA driver sees none";
  BOOST_TEST(has(why_no_cuda_device(cudaErrorNoDevice, 13000), none));
  BOOST_TEST(has(why_no_cuda_device(cudaSuccess, 13000), none));
  BOOST_TEST(has(why_no_cuda_device(cudaErrorSystemNotReady, 13000), "cudaErrorSystemNotReady"));
}

BOOST_AUTO_TEST_CASE(versions_read_as_people_write_them) {
  BOOST_TEST(cuda_version_text(13000) == "13.0");
  BOOST_TEST(cuda_version_text(12090) == "12.9");
}

BOOST_AUTO_TEST_CASE(a_device_that_is_not_there_is_a_device_error) {
  const int count = cuda_devices();
  BOOST_CHECK_EXCEPTION(expect_cuda_device(count), device_error, [&](const device_error& e) {
    return has(e.what(), count == 0 ? "coop: no CUDA device: " : "expected a number from 0 to ");
  });
}

BOOST_AUTO_TEST_SUITE_END()
