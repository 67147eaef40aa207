# SPDX-License-Identifier: MIT
#
# cmake -DCOMPILER=c++ -DSOURCE=x.cpp -DINCLUDES=a;b -P must_fail.cmake
#
# The source must not compile with COOP_MUST_FAIL defined, and the compiler must print the text of each of
# its lines `// expect: <text>`. Without that definition it must compile: a refusal for another reason is no
# proof.
cmake_minimum_required(VERSION 3.22)
set(command ${COMPILER} -std=c++20 -fsyntax-only)
foreach(folder IN LISTS INCLUDES)
  list(APPEND command -isystem ${folder})
endforeach()

file(STRINGS ${SOURCE} expected REGEX "^// expect: ")
if(NOT expected)
  message(FATAL_ERROR "${SOURCE}: expected a line '// expect: <text of the error>', got none")
endif()
file(STRINGS ${SOURCE} switch REGEX "COOP_MUST_FAIL")
if(NOT switch)
  message(FATAL_ERROR "${SOURCE}: expected '#ifdef COOP_MUST_FAIL' around what must fail, got none")
endif()

execute_process(COMMAND ${command} ${SOURCE} RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${SOURCE}: must compile without COOP_MUST_FAIL:\n${text}")
endif()

execute_process(COMMAND ${command} -DCOOP_MUST_FAIL ${SOURCE}
                RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
if(status EQUAL 0)
  message(FATAL_ERROR "${SOURCE}: must not compile, but does")
endif()
foreach(line IN LISTS expected)
  string(REGEX REPLACE "^// expect: " "" line "${line}")
  string(FIND "${text}" "${line}" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "${SOURCE}: the compiler's message: expected '${line}', got:\n${text}")
  endif()
endforeach()
