#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh <repeatability> <repeatability_compare>
#
# One program, many runs: the same bits again, on 1, 2 and 5 threads, under every instruction set and precision that this
# processor has. In float32 AVX2 and AVX-512 give the same bits too; what has no FMA is near them.
set -euo pipefail
program=$(realpath "$1")  # both are called from another folder
compare=$(realpath "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
failures=0

same() {  # same FILE FILE [TOLERANCE]
  echo "$1 and $2:"
  "$compare" "$@" || failures=$((failures + 1))
}

sets=()
for set in portable avx2 avx512 avx512_bf16 amx_bf16; do
  if "$program" "$set.float32.1" 1 "$set" 2>refusal; then
    sets+=("$set")
  elif grep -q "expected one that this processor has" refusal; then
    echo "left out: this processor has no $set"
  else
    cat refusal >&2
    exit 1
  fi
done

for set in "${sets[@]}"; do
  for precision in float32 bfloat16; do
    for threads in 1 2 5; do "$program" "$set.$precision.$threads" "$threads" "$set" "$precision"; done
    "$program" "$set.$precision.again" 5 "$set" "$precision"
    same "$set.$precision.2" "$set.$precision.1"
    same "$set.$precision.5" "$set.$precision.1"
    same "$set.$precision.again" "$set.$precision.5"
  done
  if [[ $set == avx2 ]]; then
    same avx2.float32.1 portable.float32.1 1e-5
  elif [[ $set != portable ]]; then
    same "$set.float32.1" avx2.float32.1
  fi
done
echo "repeatability: $failures pairs differ"
((failures == 0))
