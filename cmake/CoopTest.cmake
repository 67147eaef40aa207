# SPDX-License-Identifier: MIT
#
# One function for each kind of test: a room's program of unit tests, a source that must not compile, a
# script over the tree, and a project that uses coop from outside.

# What the rooms that read foreign bytes share, compiled once; the flags are those of a room's program.
if(COOP_PRECOMPILE_TESTS)
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp "")
  add_library(coop_test_precompiled OBJECT ${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(coop_test_precompiled PRIVATE coop_test_main coop::coop coop_strict)
  foreach(part pictures probe)
    if(TARGET coop::${part})
      target_link_libraries(coop_test_precompiled PRIVATE coop::${part})
    endif()
  endforeach()
  target_precompile_headers(coop_test_precompiled PRIVATE support/precompiled.hpp)
endif()

# The rooms whose tests are compiled as users compile: kernels as the optimiser leaves them, and full-size towers. Those
# that compute next to nothing are not optimised, which halves their compilers' time; the others are compiled at -O1. The
# program `coop` and the examples follow the preset: -O2, and -O1 in `ci`.
set(fast_rooms device nn parity)
set(light_rooms analysis command_line concurrency data io laws model roof tensor train)

# coop_room_test(<room> <source>...): the program test_<room>. Cases labelled "slow" run as a test of their
# own.
function(coop_room_test room)
  add_executable(test_${room} ${ARGN})
  target_link_libraries(test_${room} PRIVATE coop_test_main coop::coop coop_strict)
  foreach(part pictures probe)
    if(TARGET coop::${part})
      target_link_libraries(test_${room} PRIVATE coop::${part})
    endif()
  endforeach()
  target_include_directories(test_${room} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  if(room IN_LIST light_rooms)
    target_compile_options(test_${room} PRIVATE $<$<CONFIG:Release>:-O0>)
  elseif(room IN_LIST fast_rooms)
    target_compile_options(test_${room} PRIVATE $<$<CONFIG:Release>:-O2>)
  else()
    target_compile_options(test_${room} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  coop_join_sources(test_${room})
  if(room STREQUAL "device" AND TARGET coop::blas)
    target_link_libraries(test_${room} PRIVATE coop::blas)  # defines a macro: what is precompiled would not fit
  elseif(COOP_PRECOMPILE_TESTS)
    target_precompile_headers(test_${room} REUSE_FROM coop_test_precompiled)
  endif()

  set(quick 0)
  set(slow 0)
  foreach(source IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})  # a new label is a new test
    file(STRINGS ${source} cases REGEX "_TEST_CASE(_TEMPLATE)?\\(")
    file(STRINGS ${source} marks REGEX "label\\(\"slow\"\\)")
    set(whole_suite FALSE)
    if(marks MATCHES "TEST_SUITE")
      set(whole_suite TRUE)
    endif()
    list(LENGTH cases cases)
    list(LENGTH marks marks)
    math(EXPR slow "${slow} + ${marks}")
    if(marks LESS cases AND NOT whole_suite)
      math(EXPR quick "${quick} + 1")
    endif()
  endforeach()
  if(quick)  # Boost.Test takes a choice of no case for an error
    add_test(NAME ${room} COMMAND test_${room} --color_output=no --run_test=!@slow)
    set_tests_properties(${room} PROPERTIES LABELS cpu TIMEOUT 600 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
  if(slow)
    add_test(NAME ${room}_slow COMMAND test_${room} --color_output=no --run_test=@slow)
    set_tests_properties(${room}_slow PROPERTIES LABELS "cpu;slow" TIMEOUT 1200
                                                 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
endfunction()

# coop_must_fail_test(<source>): the compiler must refuse the source with the text of its `// expect:` lines.
function(coop_must_fail_test source)
  get_filename_component(name ${source} NAME_WE)
  get_target_property(eigen Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)
  add_test(NAME must_fail/${name}
           COMMAND ${CMAKE_COMMAND} -DCOMPILER=${CMAKE_CXX_COMPILER} -DSOURCE=${source}
                   "-DINCLUDES=${PROJECT_SOURCE_DIR}/include;${eigen}"
                   -P ${PROJECT_SOURCE_DIR}/cmake/must_fail.cmake)
  set_tests_properties(must_fail/${name} PROPERTIES LABELS cpu TIMEOUT 300)
endfunction()

# coop_structure_test(<name>): cmake/<name>.cmake passes over the tree.
function(coop_structure_test name)
  add_test(NAME structure/${name}
           COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -P ${PROJECT_SOURCE_DIR}/cmake/${name}.cmake)
  set_tests_properties(structure/${name} PROPERTIES LABELS structure TIMEOUT 60)
endfunction()

# coop_repeatability_test(): a little of everything with fixed seeds, computed again by one program: threads, runs and
# instruction sets. scripts/repeatability.sh does it across compilers.
function(coop_repeatability_test)
  set(folder ${PROJECT_SOURCE_DIR}/tests/repeatability)
  add_executable(repeatability ${folder}/digests.cpp)
  add_executable(repeatability_compare ${folder}/compare.cpp)
  target_link_libraries(repeatability PRIVATE coop::coop coop_strict)
  target_link_libraries(repeatability_compare PRIVATE coop_strict)
  add_test(NAME repeatability COMMAND bash ${folder}/run.sh $<TARGET_FILE:repeatability> $<TARGET_FILE:repeatability_compare>)
  set_tests_properties(repeatability PROPERTIES LABELS cpu TIMEOUT 600)
endfunction()

# coop_consume_test(<kind>): tests/consume/<kind> builds against coop the way its name says, and its program
# runs.
function(coop_consume_test kind)
  get_target_property(eigen Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)
  add_test(NAME consume/${kind}
           COMMAND ${CMAKE_COMMAND} -DKIND=${kind} -DROOT=${PROJECT_SOURCE_DIR} -DBUILD=${PROJECT_BINARY_DIR}
                   -DGENERATOR=${CMAKE_GENERATOR} -DCOMPILER=${CMAKE_CXX_COMPILER}
                   "-DCUDA_COMPILER=${CMAKE_CUDA_COMPILER}" -DCMAKE_CPACK_COMMAND=${CMAKE_CPACK_COMMAND}
                   -DVERSION=${PROJECT_VERSION} -DEIGEN=${eigen}
                   -P ${PROJECT_SOURCE_DIR}/cmake/consume.cmake)
  set_tests_properties(consume/${kind} PROPERTIES LABELS structure TIMEOUT 900
                                                  SKIP_REGULAR_EXPRESSION "consume/${kind}: skipped: no")
endfunction()

# coop_package_test(<name>): cmake/<name>.cmake over what packagers take: `installation`, what `cmake --install` leaves
# behind; `vcpkg_port`.
function(coop_package_test name)
  add_test(NAME consume/${name}
           COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DBUILD=${PROJECT_BINARY_DIR} -DVERSION=${PROJECT_VERSION}
                   -DGENERATOR=${CMAKE_GENERATOR} -DCOMPILER=${CMAKE_CXX_COMPILER}
                   -P ${PROJECT_SOURCE_DIR}/cmake/${name}.cmake)
  set_tests_properties(consume/${name} PROPERTIES LABELS structure TIMEOUT 900)
endfunction()

# coop_cuda_test(): test_cuda of all tests/**/*_test.cu, and support/cuda_instances.cu, which is there to be compiled; and
# by nvcc, where the roll of devices has one more, test_cuda_laws of tests/laws and test_cuda_parity of what tests/parity
# asks of a device. What needs a GPU runs as a test of its own, which is skipped without one.
function(coop_cuda_test)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/*_test.cu)
  add_executable(test_cuda ${sources} ${PROJECT_SOURCE_DIR}/tests/support/cuda_instances.cu)
  set(laws)
  foreach(name devices layers learning pictures towers)
    set(unit ${CMAKE_CURRENT_BINARY_DIR}/cuda_laws/${name}_test.cu)
    file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"${PROJECT_SOURCE_DIR}/tests/laws/${name}_test.cpp\"\n")
    list(APPEND laws ${unit})
  endforeach()
  add_executable(test_cuda_laws ${laws})
  # A functor that one of the devices runs on the host is host-only there, whatever the team's own functions are.
  set(host_only $<$<COMPILE_LANGUAGE:CUDA>:-diag-suppress=20011,20012,20013,20014,20015>)
  set(programs test_cuda test_cuda_laws)
  if(TARGET coop::pictures)
    set(parity)
    foreach(name golden_images golden_learning drawn_training)
      set(unit ${CMAKE_CURRENT_BINARY_DIR}/cuda_parity/${name}_test.cu)
      file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"${PROJECT_SOURCE_DIR}/tests/parity/${name}_test.cpp\"\n")
      list(APPEND parity ${unit})
    endforeach()
    add_executable(test_cuda_parity ${parity})
    target_link_libraries(test_cuda_parity PRIVATE coop::pictures)
    list(APPEND programs test_cuda_parity)
  endif()
  foreach(program IN LISTS programs)
    target_link_libraries(${program} PRIVATE coop_test_main coop::cuda coop_cuda_strict)
    target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    if(NOT program STREQUAL "test_cuda")
      target_compile_options(${program} PRIVATE ${host_only})
    endif()
  endforeach()

  add_test(NAME cuda COMMAND test_cuda --color_output=no --run_test=!@gpu)
  add_test(NAME cuda_on_a_gpu COMMAND test_cuda --color_output=no --run_test=@gpu)
  add_test(NAME cuda_laws COMMAND test_cuda_laws --color_output=no --run_test=!*/*basic_cuda*)
  add_test(NAME cuda_laws_on_a_gpu COMMAND test_cuda_laws --color_output=no --run_test=*/*basic_cuda*)
  set(of_a_gpu cuda_on_a_gpu cuda_laws_on_a_gpu)
  if(TARGET test_cuda_parity)
    add_test(NAME cuda_parity_on_a_gpu COMMAND test_cuda_parity --color_output=no --run_test=*/*basic_cuda*)
    list(APPEND of_a_gpu cuda_parity_on_a_gpu)
  endif()
  set_tests_properties(cuda cuda_laws ${of_a_gpu} PROPERTIES LABELS cuda TIMEOUT 600 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${of_a_gpu} PROPERTIES SKIP_REGULAR_EXPRESSION "skipped: no (CUDA|cuda) device")
endfunction()
