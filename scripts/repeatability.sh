#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/repeatability.sh [folder]
#
# What CONTRIBUTING.md promises under "Repeatability", across programs: tests/repeatability is compiled by g++ and
# clang++, without and with optimisation and for this very machine, each program is held to itself (run.sh: runs, threads,
# instruction sets), and all of them to the first. Compiles eight programs, some five minutes of one core; the folder
# (build/repeatability) keeps them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=${1:-build/repeatability}
mkdir -p "$folder"
source=tests/repeatability
read -r eigen < <(pkg-config --cflags-only-I eigen3 2>/dev/null || echo -I/usr/include/eigen3)  # without its last space
flags=(-std=c++20 -Iinclude "${eigen/-I/-isystem}" -pthread)
libraries=(-lz)
failures=0

# <name>|<compiler and its options>; numbers without FMA have the bits of the first of these in all that end in a *
builds=(
  "gcc-O2*|g++ -O2"
  "gcc-O0*|g++ -O0"
  "gcc-O3*|g++ -O3"
  "gcc-native|g++ -O2 -march=native -Wno-maybe-uninitialized"
  "clang-O2*|clang++ -O2 -Wno-pass-failed"
  "clang-O0*|clang++ -O0"
  "clang-O3*|clang++ -O3 -Wno-pass-failed"
  "clang-native|clang++ -O2 -march=native -Wno-pass-failed"
)

same() {  # same FILE FILE [TOLERANCE]
  echo "$1 and $2:"
  "$folder/compare" "$folder/$1" "$folder/$2" "${@:3}" || failures=$((failures + 1))
}

g++ -std=c++20 -O1 "$source/compare.cpp" -o "$folder/compare"
for build in "${builds[@]}"; do
  name=${build%%|*}
  plain=${name%\*}
  read -ra compiler <<<"${build#*|}"
  echo "== $plain: ${compiler[*]}"
  # shellcheck disable=SC2086
  "${compiler[@]}" "${flags[@]}" $source/digests.cpp -o "$folder/$plain" "${libraries[@]}"
  bash $source/run.sh "$folder/$plain" "$folder/compare" >"$folder/$plain.log" || {
    cat "$folder/$plain.log"
    failures=$((failures + 1))
  }
  "$folder/$plain" "$folder/$plain.auto" 2
  "$folder/$plain" "$folder/$plain.portable" 2 portable
  same "$plain.auto" gcc-O2.auto 1e-5
  if [[ $name == *\* ]]; then same "$plain.portable" gcc-O2.portable; fi
done
echo "repeatability.sh: $failures comparisons failed"
((failures == 0))
