# SPDX-License-Identifier: MIT
#
# The CUDA language for what is built here, where the option COOP_BUILD_CUDA asks for it. Kernels are compiled for an
# A100 and an H100 or H200, and kept in a form that drivers compile for later GPUs.
if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX} AND EXISTS /usr/local/cuda/bin/nvcc)
  set(CMAKE_CUDA_COMPILER /usr/local/cuda/bin/nvcc)  # where NVIDIA's packages put it, on nobody's PATH
endif()
include(CheckLanguage)
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  message(FATAL_ERROR "coop: COOP_BUILD_CUDA: expected nvcc, found none: set CUDACXX or CMAKE_CUDA_COMPILER")
endif()
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 90-virtual)
endif()
enable_language(CUDA)
find_package(CUDAToolkit 12.0 REQUIRED)

# What .cu files of ours are compiled with; never exported. -Wpedantic would complain of what nvcc writes.
add_library(coop_cuda_strict INTERFACE)
target_compile_options(coop_cuda_strict INTERFACE
  $<$<COMPILE_LANG_AND_ID:CUDA,NVIDIA>:-Werror=all-warnings>
  $<$<COMPILE_LANG_AND_ID:CUDA,NVIDIA>:-Xcompiler=-Wall,-Wextra,-Wconversion,-Wshadow>)
