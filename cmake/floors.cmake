# SPDX-License-Identifier: MIT
#
# cmake -DROOT=<source> -P floors.cmake
#
# The house stands: a header includes its own room or lower floors only; the devices are known to the roof
# alone; and each library of others is included from the one header that answers for it.
cmake_minimum_required(VERSION 3.22)
set(floor_root 0)
set(floor_tensor 1)
set(floor_device 2)
set(floor_io 2)
set(floor_nn 3)
set(floor_data 3)
set(floor_prompt 4)
set(floor_clip 4)
set(floor_train 4)
set(floor_model 5)
set(floor_analysis 5)
set(roof coop.hpp dispatch.hpp)

# What only nvcc compiles, all behind device/cuda.hpp.
file(GLOB cuda_headers RELATIVE ${ROOT}/include/coop ${ROOT}/include/coop/device/detail/cuda_*.hpp)
list(JOIN cuda_headers "," cuda_headers)

# <start of the included name>|<the headers that may include it>
set(doors
  "Eigen/|device/detail/eigen.hpp" "unsupported/Eigen|" "LBFGS|train/lbfgs.hpp"
  "xtensor|tensor/array.hpp" "xtl/|tensor/array.hpp"
  "nlohmann/|io/json.hpp" "zlib.h|io/gzip.hpp,io/deflate.hpp" "jpeglib.h|data/decoders.hpp" "jerror.h|data/decoders.hpp"
  "turbojpeg.h|data/decoders.hpp" "png.h|data/decoders.hpp" "iostream|" "regex|" "coop/coop.hpp|"
  "cblas.h|device/detail/blas.hpp" "immintrin.h|device/detail/product.hpp,data/detail/resampling.hpp,io/sha256.hpp,io/half.hpp"
  "coop/device/cpu.hpp|device/devices.hpp" "coop/device/cuda.hpp|device/devices.hpp"
  "coop/device/detail/cuda_|device/cuda.hpp,${cuda_headers}" "cuda|${cuda_headers}" "cublas|${cuda_headers}"
  "coop/device/devices.hpp|coop.hpp,dispatch.hpp")

set(faults "")
file(GLOB_RECURSE headers RELATIVE ${ROOT}/include/coop ${ROOT}/include/coop/*.hpp)
foreach(header IN LISTS headers)
  set(room root)
  if(header MATCHES "^([a-z_]+)/")
    set(room ${CMAKE_MATCH_1})
  endif()
  if(NOT DEFINED floor_${room})
    list(APPEND faults "${header}: room '${room}': expected a room of CONTRIBUTING.md, got a new one")
    continue()
  endif()
  set(floor ${floor_${room}})
  if(header IN_LIST roof)
    set(floor 6)
  endif()

  file(STRINGS ${ROOT}/include/coop/${header} lines REGEX "^[ \t]*#[ \t]*include")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[^<\"]*[<\"]([^>\"]*)[>\"].*$" "\\1" name "${line}")
    foreach(door IN LISTS doors)
      string(REGEX MATCH "^([^|]*)\\|(.*)$" door "${door}")
      set(start ${CMAKE_MATCH_1})
      string(REPLACE "," ";" keepers "${CMAKE_MATCH_2}")
      string(FIND "${name}" "${start}" place)
      if(place EQUAL 0 AND NOT header IN_LIST keepers)
        list(APPEND faults "${header}: includes <${name}>: expected only in: ${keepers}")
      endif()
    endforeach()
    if(line MATCHES "include[ \t]*\"")
      list(APPEND faults "${header}: includes \"${name}\": expected <coop/...>")
    endif()

    set(other root)
    if(name MATCHES "^coop/([a-z_]+)/")
      set(other ${CMAKE_MATCH_1})
    elseif(NOT name MATCHES "^coop/")
      continue()
    endif()
    if(NOT other STREQUAL room AND NOT "${floor_${other}}" LESS floor)
      string(CONCAT fault "${header} (room ${room}, floor ${floor}): includes <${name}> "
                          "(room ${other}, floor ${floor_${other}}): expected its own room or a lower floor")
      list(APPEND faults "${fault}")
    endif()
  endforeach()
endforeach()

if(faults)
  list(JOIN faults "\n  " text)
  message(FATAL_ERROR "floors:\n  ${text}")
endif()
list(LENGTH headers count)
message(STATUS "floors: ${count} headers stand where they belong")
