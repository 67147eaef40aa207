# SPDX-License-Identifier: MIT
#
# cmake -DROOT=<source> -P one_preprocessor.cmake
#
# A .cpp and a .cu read the same bodies: only the headers below ask about the compiler, only devices.hpp
# looks at COOP_HAS_CUDA, and macros are defined in few places. Every header has its own guard and the
# licence line.
cmake_minimum_required(VERSION 3.22)
set(may_ask config.hpp device/instruction_set.hpp)
set(may_look config.hpp device/devices.hpp)
set(may_define config.hpp version.hpp error.hpp device/instruction_set.hpp device/detail/eigen.hpp)
set(compilers "__CUDA|__NVCC__|__GNUC__|__clang__|_MSC_VER|__x86_64__|__AVX|__SSE|__FMA__|_OPENMP|NDEBUG")

set(faults "")
file(GLOB_RECURSE headers RELATIVE ${ROOT}/include/coop ${ROOT}/include/coop/*.hpp)
foreach(header IN LISTS headers)
  set(file ${ROOT}/include/coop/${header})

  string(TOUPPER "COOP_${header}" guard)
  string(REGEX REPLACE "[/.]" "_" guard ${guard})
  file(STRINGS ${file} first LIMIT_COUNT 1)
  if(NOT first STREQUAL "// SPDX-License-Identifier: MIT")
    list(APPEND faults "${header}: first line: expected '// SPDX-License-Identifier: MIT', got '${first}'")
  endif()

  file(STRINGS ${file} lines REGEX "^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|define|pragma)")
  list(POP_FRONT lines first)
  list(POP_FRONT lines second)
  if(NOT first STREQUAL "#ifndef ${guard}" OR NOT second STREQUAL "#define ${guard}")
    list(APPEND faults "${header}: guard: expected ${guard}, got '${first}'")
  endif()
  foreach(line IN LISTS lines)
    if(line MATCHES "${compilers}" AND NOT header IN_LIST may_ask)
      list(APPEND faults "${header}: asks about the compiler: ${line}")
    endif()
    if(line MATCHES "COOP_HAS_CUDA" AND NOT header IN_LIST may_look)
      list(APPEND faults "${header}: looks at COOP_HAS_CUDA: ${line}")
    endif()
    if(line MATCHES "#[ \t]*define" AND NOT header IN_LIST may_define)
      list(APPEND faults "${header}: defines a macro: ${line}")
    endif()
    if(line MATCHES "pragma once")
      list(APPEND faults "${header}: expected a guard, got #pragma once")
    endif()
  endforeach()
endforeach()

if(faults)
  list(JOIN faults "\n  " text)
  message(FATAL_ERROR "one_preprocessor:\n  ${text}")
endif()
list(LENGTH headers count)
message(STATUS "one_preprocessor: ${count} headers read the same to every compiler")
