# SPDX-License-Identifier: MIT
#
# The program test_headers: every header is the first line of a source of its own, so it must be complete,
# and all of them meet again in one more source, so that whatever lacks `inline` is defined twice and does
# not link. The library headers_together is the last of these sources alone: what a second compiler says of
# all headers, for the price of one.
function(coop_header_tests)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/include
       ${PROJECT_SOURCE_DIR}/include/coop/*.hpp)
  if(NOT TARGET coop::pictures)
    list(REMOVE_ITEM headers coop/data/decoders.hpp)
  endif()
  if(NOT TARGET coop::probe)
    list(REMOVE_ITEM headers coop/train/lbfgs.hpp coop/train/linear_probe.hpp)
  endif()

  set(folder ${CMAKE_CURRENT_BINARY_DIR}/headers)
  set(sources ${CMAKE_CURRENT_SOURCE_DIR}/headers/main.cpp)
  set(together "")
  foreach(header IN LISTS headers)
    string(REGEX REPLACE "[/.]" "_" name ${header})
    set(source ${folder}/${name}.cpp)
    file(CONFIGURE OUTPUT ${source}
         CONTENT "#include <${header}>\n#include <${header}>  // the guard holds\n")
    list(APPEND sources ${source})
    string(APPEND together "#include <${header}>\n")
  endforeach()
  file(CONFIGURE OUTPUT ${folder}/together.cpp CONTENT "${together}")

  add_executable(test_headers ${sources} ${folder}/together.cpp)
  add_library(headers_together OBJECT EXCLUDE_FROM_ALL ${folder}/together.cpp)
  foreach(target test_headers headers_together)
    target_link_libraries(${target} PRIVATE coop::coop coop_strict $<TARGET_NAME_IF_EXISTS:coop::pictures>
                                            $<TARGET_NAME_IF_EXISTS:coop::probe>)
    target_compile_options(${target} PRIVATE -O0 -g0)
  endforeach()
  add_test(NAME headers COMMAND test_headers)
  set_tests_properties(headers PROPERTIES LABELS structure)
endfunction()
