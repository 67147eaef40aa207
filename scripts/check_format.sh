#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/check_format.sh [--fix]
#
# Whether every source lies as .clang-format says, by clang-format 14 (other versions differ); --fix makes
# it so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

formatter=$(command -v clang-format-14 || command -v clang-format || true)
if [[ -z $formatter ]] || ! "$formatter" --version | grep -q 'version 14\.'; then
  echo "coop: check_format.sh: clang-format: expected 14 (package clang-format-14), got ${formatter:-none}" >&2
  exit 1
fi

folders=()
for folder in include tests examples benchmarks scripts; do
  if [[ -d $folder ]]; then folders+=("$folder"); fi
done
if [[ ${1:-} == --fix ]]; then
  find "${folders[@]}" \( -name '*.hpp' -o -name '*.cpp' -o -name '*.cu' \) -print0 | xargs -0 "$formatter" -i
  exit
fi
find "${folders[@]}" \( -name '*.hpp' -o -name '*.cpp' -o -name '*.cu' \) -print0 | xargs -0 "$formatter" --dry-run --Werror
echo "coop: every source lies as .clang-format says"
