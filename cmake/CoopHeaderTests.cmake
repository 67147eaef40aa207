# SPDX-License-Identifier: MIT
#
# The program test_headers: every header is the first include of some source, so it must be complete. For most that
# is their unit test (structure/listed holds it); the others get a source of their own here, unless sources are joined,
# when nobody comes first. And all of them meet twice more, in two sources, so that whatever lacks `inline` is defined twice
# and does not link. The library headers_together is one of these two: what a second compiler says of all headers, for the
# price of one.
function(coop_header_tests)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/include
       ${PROJECT_SOURCE_DIR}/include/coop/*.hpp)
  list(FILTER headers EXCLUDE REGEX "/cuda(_[a-z_]+)?\\.hpp$")  # for nvcc: tests/CMakeLists.txt
  if(NOT TARGET coop::pictures)
    list(REMOVE_ITEM headers coop/data/decoders.hpp)
  endif()
  if(NOT TARGET coop::probe)
    list(REMOVE_ITEM headers coop/train/lbfgs.hpp coop/train/linear_probe.hpp)
  endif()

  set(folder ${CMAKE_CURRENT_BINARY_DIR}/headers)
  set(sources ${CMAKE_CURRENT_SOURCE_DIR}/headers/main.cpp)
  set(forwards "")
  set(backwards "")
  foreach(header IN LISTS headers)
    string(APPEND forwards "#include <${header}>\n")
    string(PREPEND backwards "#include <${header}>\n")
    string(REGEX REPLACE "^coop/(.*)\\.hpp$" "\\1_test.cpp" test ${header})
    if(COOP_JOIN_SOURCES OR EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${test} OR EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/roof/${test})
      continue()
    endif()
    string(REGEX REPLACE "[/.]" "_" name ${header})
    set(source ${folder}/${name}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include <${header}>\n")
    list(APPEND sources ${source})
  endforeach()
  file(CONFIGURE OUTPUT ${folder}/forwards.cpp CONTENT "${forwards}")
  file(CONFIGURE OUTPUT ${folder}/backwards.cpp CONTENT "${backwards}")

  add_executable(test_headers ${sources} ${folder}/forwards.cpp ${folder}/backwards.cpp)
  add_library(headers_together OBJECT EXCLUDE_FROM_ALL ${folder}/forwards.cpp)
  foreach(target test_headers headers_together)
    target_link_libraries(${target} PRIVATE coop::coop coop_strict $<TARGET_NAME_IF_EXISTS:coop::pictures>
                                            $<TARGET_NAME_IF_EXISTS:coop::probe>)
    target_compile_options(${target} PRIVATE -O0 -g0)
  endforeach()
  add_test(NAME headers COMMAND test_headers)
  set_tests_properties(headers PROPERTIES LABELS structure)
endfunction()
