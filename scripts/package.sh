#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/package.sh [conan] [archives]      both without an argument
#
# Makes coop's packages and uses each of them, all below build/packaging; nothing of the system is changed.
#   conan      Conan 2 from PyPI in an environment of its own; `conan create` with the requirements that this system has
#              (packaging/conan/system.profile), once for each set of components; no remote is asked
#   archives   the source archive, configured, installed and used from where it was unpacked; the archive of what is
#              installed, used from where it was unpacked
# What ctest does without further tools is not repeated here: ctest -R consume.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

root=$PWD
work=$root/build/packaging
done_with=()
scripts/install_dependencies.sh package
mkdir -p "$work"

step() { printf '\n==== package: %s\n' "$*"; }
fail() { echo "coop: package.sh: $*" >&2; exit 1; }

conan() {
  step "Conan, in an environment of its own"
  local conan=$work/venv/bin/conan
  if [[ ! -x $conan ]]; then
    python3 -m venv "$work/venv" || fail "python3 -m venv: expected to work (Debian: apt-get install python3-venv)"
    "$work/venv/bin/pip" --quiet --disable-pip-version-check install "conan>=2.8,<3"
  fi
  export CONAN_HOME=$work/conan_home
  rm -rf "$CONAN_HOME"
  "$conan" --version
  "$conan" profile detect
  "$conan" remote disable "*"  # what is not here is missing, and said

  local -a settings=(-pr:a packaging/conan/system.profile -c:a tools.cmake.cmaketoolchain:user_presets=
                     -c:a "tools.cmake.cmake_layout:test_folder=$work/conan_test" -c:a "tools.build:jobs=${COOP_JOBS:-$(nproc)}")
  local components
  for components in "pictures=True probe=False blas=False" "pictures=False probe=True blas=True"; do
    step "conan create: $components"
    local -a options=()
    local option
    for option in $components; do options+=(-o:a "coop/*:$option"); done
    "$conan" create packaging/conan "${settings[@]}" "${options[@]}"
    done_with+=("conan create, $components: the test package was built and ran")
  done
  "$conan" list "coop/*:*"
}

# use_package <prefix> <name>: a project finds coop there, is built and runs.
use_package() {
  local app=$work/use_$2
  rm -rf "$app"
  mkdir -p "$app"
  cp tests/consume/narrow.cpp tests/consume/subdirectory/CMakeLists.txt "$app"
  sed -i 's/^add_subdirectory.*/find_package(coop REQUIRED)/' "$app/CMakeLists.txt"
  cmake -S "$app" -B "$app/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_PREFIX_PATH="$1" >"$app/log"
  grep -q "^coop_DIR:PATH=$1/" "$app/build/CMakeCache.txt" || fail "$2: expected coop of $1, got another"
  cmake --build "$app/build"
  "$app/build/app" "$1/share/coop/models"
}

archives() {
  step "source archive"
  rm -rf "$work/build" "$work/source" "$work/binary" "$work/archives"
  cmake -S . -B "$work/build" -G Ninja -DCOOP_BUILD_TESTS=OFF -DCOOP_BUILD_EXAMPLES=OFF -DCOOP_BUILD_BENCHMARKS=OFF >/dev/null
  (cd "$work/build" && cpack --config CPackSourceConfig.cmake -B "$work/archives")
  local source
  source=$(ls "$work"/archives/coop-*.tar.gz)
  mkdir -p "$work/source"
  tar -xzf "$source" -C "$work/source" --strip-components=1
  # Everything that the repository has, and nothing that it has not.
  if git rev-parse --git-dir >/dev/null 2>&1; then
    diff <(git ls-files --cached --others --exclude-standard | sort) <(cd "$work/source" && find . -type f | cut -c3- | sort) ||
      fail "source archive: expected the files of the repository (<), got others (>)"
  fi
  cmake -S "$work/source" -B "$work/source/build" -G Ninja -DCOOP_BUILD_TESTS=OFF -DCOOP_BUILD_EXAMPLES=OFF \
    -DCOOP_BUILD_BENCHMARKS=OFF >/dev/null
  cmake --install "$work/source/build" --prefix "$work/source/prefix" >/dev/null
  use_package "$work/source/prefix" source
  done_with+=("source archive: $(basename "$source"), $(du -h "$source" | cut -f1); installed from and used")

  step "archive of what is installed"
  rm -rf "$work/archives/_CPack_Packages" "$source"
  (cd "$work/build" && cpack -G TGZ -B "$work/archives")
  local binary
  binary=$(ls "$work"/archives/coop-*.tar.gz)
  mkdir -p "$work/binary"
  tar -xzf "$binary" -C "$work/binary" --strip-components=1
  use_package "$work/binary" binary
  done_with+=("archive of what is installed: $(basename "$binary"), $(du -h "$binary" | cut -f1); unpacked and used")
}

if (($# == 0)); then set -- conan archives; fi
for what in "$@"; do
  case $what in
    conan | archives) "$what" ;;
    *) echo "coop: package.sh: unknown package '$what'; known: conan, archives" >&2; exit 2 ;;
  esac
done

step "what was done"
printf '%s\n' "${done_with[@]}" "not done here: vcpkg itself; the port's steps run in ctest -R consume/vcpkg, with a stand-in for its functions"
