# SPDX-License-Identifier: MIT
#
# cmake -DROOT=... -DBUILD=... -DGENERATOR=... -DCOMPILER=... -DVERSION=0.1.0 -P installation.cmake
#
# What `cmake --install` leaves behind: every header, licences, models and targets, nothing else, and no folder of this
# machine in any text; an installation may be moved; versions and components that cannot be had are refused in words.
cmake_minimum_required(VERSION 3.22)
set(folder ${BUILD}/consume/installation)
file(REMOVE_RECURSE ${folder})
set(faults "")

execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${folder}/made OUTPUT_QUIET
                RESULT_VARIABLE status ERROR_VARIABLE text)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "installation: cmake --install failed (${status}):\n${text}")
endif()
file(RENAME ${folder}/made ${folder}/moved)
set(prefix ${folder}/moved)

# ---- What is there -----------------------------------------------------------------------------------------
file(GLOB_RECURSE installed RELATIVE ${prefix} ${prefix}/*)
file(GLOB_RECURSE headers RELATIVE ${ROOT} ${ROOT}/include/*.hpp)
file(GLOB models RELATIVE ${ROOT} ${ROOT}/models/*)
list(TRANSFORM models PREPEND share/coop/)
set(expected ${headers} ${models} share/doc/coop/LICENSE share/doc/coop/THIRD_PARTY_NOTICES.md share/pkgconfig/coop.pc)
set(package "")
foreach(name Config ConfigVersion Targets CudaTargets)
  list(APPEND package coop${name}.cmake)
endforeach()
set(remaining ${installed})
foreach(file IN LISTS expected)
  if(NOT file IN_LIST installed)
    list(APPEND faults "expected ${file}, got none")
  endif()
endforeach()
list(REMOVE_ITEM remaining ${expected})
file(GLOB_RECURSE config ${prefix}/*/coopConfig.cmake)
get_filename_component(package_dir "${config}" DIRECTORY)
foreach(file IN LISTS package)
  if(NOT EXISTS ${package_dir}/${file})
    list(APPEND faults "${package_dir}: expected ${file}, got none")
  endif()
endforeach()
# What depends on the libraries of this system and on what was built.
list(FILTER remaining EXCLUDE REGEX "/cmake/coop/coop[A-Za-z]+\\.cmake$|^bin/coop$|^share/pkgconfig/coop-pictures\\.pc$")
foreach(file IN LISTS remaining)
  list(APPEND faults "expected no ${file}")
endforeach()

# ---- No folder of this machine -----------------------------------------------------------------------------
foreach(file IN LISTS installed)
  if(file MATCHES "\\.(hpp|cmake|pc|md|txt)$")
    file(READ ${prefix}/${file} text)
    foreach(place ${ROOT} ${BUILD} ${folder})
      string(FIND "${text}" "${place}" found)
      if(NOT found EQUAL -1)
        list(APPEND faults "${file}: expected no folder of the machine that installs, got ${place}")
      endif()
    endforeach()
    if(file MATCHES "\\.(cmake|pc)$" AND text MATCHES "[ \";=](/(usr|opt|home|root|tmp)[^ \";\n]*)")
      list(APPEND faults "${file}: expected relative folders, got ${CMAKE_MATCH_1}")
    endif()
  endif()
endforeach()

# ---- What find_package says --------------------------------------------------------------------------------
file(WRITE ${folder}/project/CMakeLists.txt [[
cmake_minimum_required(VERSION 3.22)
project(app LANGUAGES CXX)
if(BREAK)  # as where a component's libraries are not to be had
  set(${BREAK} "${BREAK}-NOTFOUND")
endif()
string(REPLACE "," ";" arguments "${ARGUMENTS}")
find_package(coop ${arguments})
foreach(part coop pictures probe blas cuda)
  if(TARGET coop::${part})
    message(STATUS "target: ${part}")
  endif()
endforeach()
message(STATUS "coop_FOUND: ${coop_FOUND}, models: ${coop_MODELS}")
]])

# says(<arguments of find_package, with commas> <succeeds: TRUE or FALSE> <option> <regex>...): configuring says all of them.
function(says arguments succeeds option)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${folder}/project -B ${folder}/build -G ${GENERATOR}
                          -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${prefix} -DARGUMENTS=${arguments} -DBREAK=
                          ${option} RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
  string(REGEX REPLACE "[ \n]+" " " text "${text}")  # CMake breaks lines of errors
  if(NOT ((succeeds AND status EQUAL 0) OR (NOT succeeds AND NOT status EQUAL 0)))
    list(APPEND faults "find_package(coop ${arguments}): expected success: ${succeeds}, got ${status}: ${text}")
  endif()
  foreach(expected IN LISTS ARGN)
    if(NOT text MATCHES "${expected}")
      list(APPEND faults "find_package(coop ${arguments}): expected '${expected}', got: ${text}")
    endif()
  endforeach()
  set(faults "${faults}" PARENT_SCOPE)
endfunction()

says(${VERSION},REQUIRED TRUE -DX= "target: coop" "models: ${prefix}/share/coop/models")
says(0.0,REQUIRED FALSE -DX= "version: ${VERSION}")
says(0.2,REQUIRED FALSE -DX= "version: ${VERSION}")
says(1,REQUIRED FALSE -DX= "version: ${VERSION}")
says(0.1,REQUIRED,COMPONENTS,nonsense FALSE -DX=
     "coop: component nonsense: expected one of pictures, probe, blas, cuda, got 'nonsense'")
says(0.1,REQUIRED,OPTIONAL_COMPONENTS,nonsense TRUE -DX= "coop: component nonsense: expected one of" "target: coop")
says(0.1,REQUIRED,COMPONENTS,cuda FALSE -DCMAKE_DISABLE_FIND_PACKAGE_CUDAToolkit=ON
     "coop: component cuda: expected a CUDA toolkit of 12.0 or later, got none")
says(0.1,COMPONENTS,cuda TRUE -UCMAKE_DISABLE_FIND_PACKAGE_CUDAToolkit "coop_FOUND")

set(switch_pictures -DCMAKE_DISABLE_FIND_PACKAGE_PNG=ON)
set(switch_probe -DLBFGSPP_INCLUDE_DIR=OFF)
set(switch_blas -DCBLAS_LIBRARY=OFF)
set(back_pictures -UCMAKE_DISABLE_FIND_PACKAGE_PNG)
set(back_probe -ULBFGSPP_INCLUDE_DIR)
set(back_blas -UCBLAS_LIBRARY)
foreach(part pictures probe blas)
  string(SUBSTRING ${part} 0 1 first)
  string(TOUPPER ${first} first)
  string(SUBSTRING ${part} 1 -1 rest)
  set(file ${first}${rest})
  if(NOT EXISTS ${package_dir}/coop${file}Targets.cmake)  # installed where its libraries were not found
    says(0.1,REQUIRED,COMPONENTS,${part} FALSE -DX= "coop: component ${part}: expected [^ ]*Targets.cmake, got none")
    continue()
  endif()
  says(0.1,REQUIRED,COMPONENTS,${part} FALSE ${switch_${part}} "coop: component ${part}: expected [^,]* and|coop: component ${part}: expected LBFGS.h")
  says(0.1,REQUIRED,OPTIONAL_COMPONENTS,${part} TRUE ${switch_${part}} "coop: component ${part}: expected" "target: coop")
  says(0.1,REQUIRED,COMPONENTS,${part} TRUE ${back_${part}} "target: ${part}")
  file(RENAME ${package_dir}/coop${file}Targets.cmake ${folder}/away)
  says(0.1,REQUIRED,COMPONENTS,${part} FALSE -DX= "coop: component ${part}: expected [^ ]*Targets.cmake, got none")
  file(RENAME ${folder}/away ${package_dir}/coop${file}Targets.cmake)
endforeach()

if(faults)
  list(JOIN faults "\n  " text)
  message(FATAL_ERROR "installation:\n  ${text}")
endif()
list(LENGTH installed count)
message(STATUS "installation: ${count} files, all of them expected")
