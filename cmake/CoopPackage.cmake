# SPDX-License-Identifier: MIT
#
# What is installed beside headers, targets and models: files for pkg-config, and what the licences ask for. And, where
# coop is the top project, archives: `cpack --config CPackSourceConfig.cmake` is a release's source, `cpack` what
# `cmake --install` installs. Nothing that is installed names a folder of this machine; the test consume/installation
# holds it.

# ---- pkg-config: prefix and folders follow from where the .pc lies ------------------------------------------
if(COOP_INSTALL)
  set(pc_dir ${CMAKE_INSTALL_DATADIR}/pkgconfig)  # not of one architecture: headers only
  file(RELATIVE_PATH to_prefix /prefix/${pc_dir} /prefix)

  # coop_pkg_config(<name> <description> <requires> <cflags> <libs>)
  function(coop_pkg_config pc_name pc_description pc_requires pc_cflags pc_libs)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/coop.pc.in ${PROJECT_BINARY_DIR}/${pc_name}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${pc_name}.pc DESTINATION ${pc_dir})
  endfunction()

  coop_pkg_config(coop "${PROJECT_DESCRIPTION}" "eigen3 >= 3.4, xtensor, nlohmann_json, zlib"
                  "-I\${includedir} -pthread" -pthread)
  if(TARGET coop_pictures)
    coop_pkg_config(coop-pictures "JPEG and PNG files for coop" "coop = ${PROJECT_VERSION}, libjpeg, libpng" "" "")
  endif()

  install(FILES THIRD_PARTY_NOTICES.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()

# ---- Archives ----------------------------------------------------------------------------------------------
if(PROJECT_IS_TOP_LEVEL)
  set(CPACK_GENERATOR TGZ)
  set(CPACK_PACKAGE_VENDOR "coop contributors")
  set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
  set(CPACK_SOURCE_GENERATOR TGZ)
  set(CPACK_SOURCE_PACKAGE_FILE_NAME coop-${PROJECT_VERSION})
  set(CPACK_VERBATIM_VARIABLES TRUE)
  string(REGEX REPLACE "([][+.*()^$?|\\])" "\\\\\\1" here "${PROJECT_SOURCE_DIR}")
  # What .gitignore names, and the repository itself.
  set(CPACK_SOURCE_IGNORE_FILES "^${here}/(build|quickstart-results|results|\\.cache|\\.git)(/|$)"
                                "^${here}/(compile_commands|CMakeUserPresets)\\.json$" "/__pycache__/|\\.pyc$|\\.swp$|~$")
  include(CPack)
endif()
