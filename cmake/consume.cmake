# SPDX-License-Identifier: MIT
#
# cmake -DKIND=installed -DROOT=... -DBUILD=... -DGENERATOR=... -DCOMPILER=... [-DCUDA_COMPILER=...] -P consume.cmake
#
# Copies tests/consume/main.cpp and what one kind has into an empty directory, builds them against coop (installed under a
# fresh prefix, with or without its component cuda, as a subdirectory, or as a bare include path), and runs the program.
cmake_minimum_required(VERSION 3.22)
set(folder ${BUILD}/consume/${KIND})
file(REMOVE_RECURSE ${folder})
file(COPY ${ROOT}/tests/consume/main.cpp ${ROOT}/tests/consume/${KIND}/ DESTINATION ${folder})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "consume/${KIND}: failed (${status}): ${command}\n${text}")
  endif()
  message("${text}")
endfunction()

set(where -DCOOP_ROOT=${ROOT})
if(KIND MATCHES "^(installed|cuda)$")
  run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${folder}/prefix)
  set(where -DCMAKE_PREFIX_PATH=${folder}/prefix)
endif()
if(KIND STREQUAL "cuda")
  list(APPEND where -DCMAKE_CUDA_COMPILER=${CUDA_COMPILER} -DCMAKE_CUDA_ARCHITECTURES=90)
endif()
run(${CMAKE_COMMAND} -S ${folder} -B ${folder}/build -G ${GENERATOR} -DCMAKE_BUILD_TYPE=Release
    "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG"  # how it is found is what matters here
    -DCMAKE_CXX_COMPILER=${COMPILER} ${where})
run(${CMAKE_COMMAND} --build ${folder}/build)
run(${folder}/build/app ${ROOT}/models)
