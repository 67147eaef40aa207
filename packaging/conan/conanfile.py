# SPDX-License-Identifier: MIT
"""coop for Conan 2: headers, its own CMake package and the miniature models, from the tree that this recipe lies in.

    conan create packaging/conan                 with requirements from a remote
    scripts/package.sh                           with those of this system, in an environment of its own

An option is a component of find_package(coop COMPONENTS ...). `cuda` needs none: coop::cuda is always there, and the
toolkit is the system's. LBFGSpp, for `probe`, is taken from the system.
"""
import pathlib
import re
import shutil

from conan import ConanFile
from conan.errors import ConanException
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load

required_conan_version = ">=2.0"


class Coop(ConanFile):
    name = "coop"
    description = "CoOp prompt learning for a frozen CLIP: a header-only C++20 library"
    license = "MIT"
    topics = ("clip", "prompt-learning", "few-shot", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"pictures": [True, False], "probe": [True, False], "blas": [True, False]}
    default_options = {"pictures": True, "probe": False, "blas": False}

    @property
    def _root(self):
        return pathlib.Path(self.recipe_folder).parent.parent

    def set_version(self):
        text = load(self, str(self._root / "include/coop/version.hpp"))
        parts = [re.search(rf"#define COOP_VERSION_{part} (\d+)", text)[1] for part in ("MAJOR", "MINOR", "PATCH")]
        self.version = ".".join(parts)

    def export_sources(self):
        for file in ("CMakeLists.txt", "LICENSE", "THIRD_PARTY_NOTICES.md"):
            shutil.copy(self._root / file, self.export_sources_folder)
        for folder in ("cmake", "include", "models"):  # and not the root, whose build folders would be searched too
            copy(self, "*", str(self._root / folder), str(pathlib.Path(self.export_sources_folder) / folder))

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        self.requires("eigen/[>=3.4 <4]", transitive_headers=True)
        self.requires("xtensor/[>=0.24 <1]", transitive_headers=True)
        self.requires("nlohmann_json/[>=3.11 <4]", transitive_headers=True)
        self.requires("zlib/[>=1.2 <2]", transitive_headers=True, transitive_libs=True)
        if self.options.pictures:
            self.requires("libjpeg-turbo/[>=2 <4]", transitive_headers=True, transitive_libs=True)
            self.requires("libpng/[>=1.6 <2]", transitive_headers=True, transitive_libs=True)
        if self.options.blas:
            self.requires("openblas/[>=0.3 <1]", transitive_headers=True, transitive_libs=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def package_id(self):
        self.info.settings.clear()  # headers only; the options say which targets are offered
        self.info.requires.clear()

    def generate(self):
        toolchain = CMakeToolchain(self)
        for what in ("TESTS", "EXAMPLES", "BENCHMARKS"):
            toolchain.cache_variables[f"COOP_BUILD_{what}"] = False
        if not self.options.pictures:
            toolchain.cache_variables["CMAKE_DISABLE_FIND_PACKAGE_JPEG"] = True
        if not self.options.probe:
            toolchain.cache_variables["LBFGSPP_INCLUDE_DIR"] = "OFF"
        if not self.options.blas:
            toolchain.cache_variables["CBLAS_LIBRARY"] = "OFF"
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        CMake(self).configure()

    def package(self):
        CMake(self).install()
        for pattern in ("LICENSE", "THIRD_PARTY_NOTICES.md"):
            copy(self, pattern, self.source_folder, str(pathlib.Path(self.package_folder) / "licenses"))
        found = {path.name for path in pathlib.Path(self.package_folder).rglob("coop*Targets.cmake")}
        for option, value in self.options.items():
            target = f"coop{option.capitalize()}Targets.cmake"
            if (str(value) == "True") != (target in found):
                raise ConanException(f"coop: option {option}={value}: expected {target} accordingly, got {sorted(found)}")

    def package_info(self):
        # coop brings its own package with components; Conan's generated one would know none of them.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = ["lib/cmake/coop"]
        self.cpp_info.set_property("pkg_config_name", "coop")
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        if self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["pthread"]
