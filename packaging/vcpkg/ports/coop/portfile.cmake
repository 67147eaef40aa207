# An overlay port of the tree that it lies in: vcpkg install coop --overlay-ports=packaging/vcpkg/ports
# A port in a registry would begin with vcpkg_from_github() instead of the next line.
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../../.." ABSOLUTE)
set(VCPKG_BUILD_TYPE release)  # headers only

# What a feature does not ask for is not looked for. A variable of find_path or find_library that is OFF finds nothing.
set(without "")
if(NOT "pictures" IN_LIST FEATURES)
  list(APPEND without -DCMAKE_DISABLE_FIND_PACKAGE_JPEG=ON)
endif()
if(NOT "probe" IN_LIST FEATURES)
  list(APPEND without -DLBFGSPP_INCLUDE_DIR=OFF)
endif()
if(NOT "blas" IN_LIST FEATURES)
  list(APPEND without -DCBLAS_LIBRARY=OFF)
endif()

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    -DCOOP_BUILD_TESTS=OFF
    -DCOOP_BUILD_EXAMPLES=OFF
    -DCOOP_BUILD_BENCHMARKS=OFF
    -DCOOP_INSTALL_CMAKEDIR=share/coop
    ${without}
  MAYBE_UNUSED_VARIABLES
    CMAKE_DISABLE_FIND_PACKAGE_JPEG
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup()
vcpkg_fixup_pkgconfig()

file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE" "${SOURCE_PATH}/THIRD_PARTY_NOTICES.md")
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/doc")  # the licences are in share/coop/copyright
