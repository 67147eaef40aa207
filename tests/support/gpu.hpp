// SPDX-License-Identifier: MIT
//
// What a test that needs a GPU is marked with: without one it is skipped and says so, and never passes.
#ifndef COOP_TESTS_GPU_HPP
#define COOP_TESTS_GPU_HPP

#include <coop/device/cuda.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdio>

namespace coop::tests {

/// A precondition of a suite: there is a GPU.
inline boost::test_tools::assertion_result on_a_gpu(boost::unit_test::test_unit_id) {
  if (device::cuda::available()) return true;
  std::fputs("skipped: no CUDA device\n", stderr);  // ctest looks for it
  boost::test_tools::assertion_result absent(false);
  absent.message() << "no CUDA device";
  return absent;
}

}  // namespace coop::tests

#endif
