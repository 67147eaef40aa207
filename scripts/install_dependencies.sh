#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/install_dependencies.sh [quickstart|test|ci|docs|fuzz|lint|package|valgrind]
#
# Sees to it that what coop is built with is there: looks first, and when all is found does nothing and
# needs no network. What is missing is installed with apt where root or sudo allows; else it says what to
# install and fails.
set -euo pipefail

purpose=${1:-quickstart}

# <Debian and Ubuntu package>  <how to know that it is there: a command, a header, or that clang++ links with a flag>
needs=(
  "g++ command:${CXX:-c++}"
  "cmake command:cmake"
  "ninja-build command:ninja"
  "libeigen3-dev header:eigen3/Eigen/Core"
  "liblbfgspp-dev header:LBFGS.h"
  "libxtensor-dev header:xtensor/xtensor.hpp"
  "nlohmann-json3-dev header:nlohmann/json.hpp"
  "zlib1g-dev header:zlib.h"
  "libjpeg-dev header:jpeglib.h"
  "libpng-dev header:png.h"
  "libcli11-dev header:CLI/CLI.hpp"
  "libtomlplusplus-dev header:toml++/toml.h"
)
# Wanted but not needed: without gnuplot the quickstart draws no curves and says so; without a BLAS its tests are skipped.
wishes=("gnuplot-nox command:gnuplot")
case $purpose in
  quickstart) ;;
  test) needs+=("libboost-test-dev header:boost/test/unit_test.hpp") wishes=("libopenblas-dev header:cblas.h") ;;
  ci) wishes=("libopenblas-dev header:cblas.h") needs+=("libboost-test-dev header:boost/test/unit_test.hpp" "clang command:clang++"
              "clang-format-14 command:clang-format-14" "git command:git" "pkg-config command:pkg-config"
              "doxygen command:doxygen" "python3 command:python3") ;;
  docs) needs=("doxygen command:doxygen" "python3 command:python3") wishes=() ;;
  fuzz) wishes=() needs+=("clang command:clang++" "libclang-rt-14-dev links:-fsanitize=fuzzer,address,undefined") ;;
  lint) wishes=() needs+=("clang-tidy-14 command:clang-tidy-14" "cppcheck command:cppcheck") ;;
  package) needs+=("python3-venv command:python3" "libopenblas-dev header:cblas.h") wishes=() ;;
  valgrind) wishes=() needs+=("libboost-test-dev header:boost/test/unit_test.hpp" "valgrind command:valgrind") ;;
  *)
    echo "coop: install_dependencies.sh: unknown purpose '$purpose'; known: quickstart, test, ci, docs, fuzz, lint," \
      "package, valgrind" >&2
    exit 2 ;;
esac

header_folders() {
  local IFS=:
  printf '%s\n' /usr/include /usr/local/include /usr/include/*-linux-gnu ${CPATH:-} ${CPLUS_INCLUDE_PATH:-}
  for prefix in ${CMAKE_PREFIX_PATH:-}; do printf '%s\n' "$prefix/include"; done
}

is_there() {  # is_there command:cmake
  local what=${1#*:}
  case $1 in
    command:*) command -v "$what" >/dev/null ;;
    links:*)
      clang++ -x c++ - "$what" -o /dev/null 2>/dev/null \
        <<<'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' ;;
    header:*)
      while IFS= read -r folder; do
        [[ -e $folder/$what ]] && return 0
      done < <(header_folders)
      return 1 ;;
  esac
}

missing_of() {  # missing_of "package probe"...: the packages whose probe fails, one a line
  local need
  for need in "$@"; do
    is_there "${need#* }" || echo "${need%% *}"
  done
}

mapfile -t missing < <(missing_of "${needs[@]}")
mapfile -t wished < <(missing_of ${wishes[@]+"${wishes[@]}"})
if ((${#missing[@]} == 0 && ${#wished[@]} == 0)); then
  echo "coop: everything that is needed to build is there"
  exit 0
fi

root=()
if ((EUID != 0)); then root=(sudo); fi
may_install() {
  command -v apt-get >/dev/null || return 1
  ((EUID == 0)) && return 0
  command -v sudo >/dev/null || return 1
  sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo -v; }
}

install() {
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

if may_install; then
  echo "coop: installing ${missing[*]} ${wished[*]}"
  "${root[@]}" apt-get update -q || echo "coop: apt-get update failed; the lists may be old" >&2
  if ((${#missing[@]})); then install "${missing[@]}" || true; fi
  if ((${#wished[@]})); then install "${wished[@]}" || true; fi
  hash -r
  mapfile -t missing < <(missing_of "${needs[@]}")
  mapfile -t wished < <(missing_of ${wishes[@]+"${wishes[@]}"})
fi

if ((${#wished[@]})); then echo "coop: going on without ${wished[*]}"; fi
if ((${#missing[@]})); then
  {
    echo "coop: these packages are missing and could not be installed from here: ${missing[*]}"
    echo "coop: as root:  apt-get install ${missing[*]}"
    echo "coop: on another system: the same libraries under its own names, found by cmake (CMAKE_PREFIX_PATH)"
  } >&2
  exit 1
fi
