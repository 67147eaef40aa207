# SPDX-License-Identifier: MIT
"""A program that finds coop as Conan made it, by coop's own CMake package, and runs."""
import pathlib

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout


class CoopTest(ConanFile):
    settings = "os", "arch", "compiler", "build_type"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        coop = self.dependencies["coop"]
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["COMPONENTS"] = ";".join(o for o, value in coop.options.items() if str(value) == "True")
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def test(self):
        if can_run(self):
            models = pathlib.Path(self.dependencies["coop"].package_folder) / "share/coop/models"
            programs = pathlib.Path(self.build_folder) / self.cpp.build.bindir
            self.run(f'"{programs / "app"}" "{models}"', env="conanrun")
            if self.dependencies["coop"].options.pictures:
                data = pathlib.Path(self.recipe_folder).parents[2] / "tests/data"
                self.run(f'"{programs / "picture"}" "{data / "jpeg_420.jpg"}" "{data / "png_rgb.png"}"', env="conanrun")
