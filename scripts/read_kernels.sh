#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/read_kernels.sh FILE [ARCHITECTURE]: what the compiler made of every kernel in an object file or a program for a
# GPU (build/cuda/.../*.o, build/cuda/bin/test_cuda), for sm_90 unless told: registers, bytes of stack and shared memory,
# spills to local memory, and how many of its loads and stores of global memory are of 16, 8, 4 and fewer bytes.
#
# It needs cuobjdump and nvdisasm, of the CUDA toolkit or of PyPI (pip install nvidia-cuda-cuobjdump nvidia-cuda-nvdisasm);
# $CUOBJDUMP and $NVDISASM name other places. No GPU.
set -euo pipefail
if (($# < 1)); then
  echo "usage: $0 FILE [sm_90]" >&2
  exit 2
fi
file=$1
architecture=${2:-sm_90}
find_tool() {  # NAME GIVEN
  local tool=${2:-$(command -v "$1" || echo "/usr/local/cuda/bin/$1")}
  if [[ ! -x $tool ]]; then
    echo "read_kernels.sh: $1: expected on PATH, in /usr/local/cuda/bin, or named by \$${1^^}; found nowhere" >&2
    exit 1
  fi
  echo "$tool"
}
cuobjdump=$(find_tool cuobjdump "${CUOBJDUMP:-}")
nvdisasm=$(find_tool nvdisasm "${NVDISASM:-}")
PATH=$(dirname "$nvdisasm"):$PATH  # cuobjdump calls it
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$cuobjdump" -arch "$architecture" -res-usage "$file" > "$folder/usage" 2>&1 || { cat "$folder/usage" >&2; exit 1; }
"$cuobjdump" -arch "$architecture" -sass "$file" > "$folder/sass"

printf '%4s %5s %6s %5s | %5s %5s %5s %5s | %5s %5s %5s %5s | %s\n' regs stack shared local \
  ld16 ld8 ld4 ld st16 st8 st4 st kernel
awk '
  FNR == NR {  # usage: a line that names the function, then its figures
    if ($1 == "Function") { name = $2; sub(/:$/, "", name) }
    else if ($0 ~ /REG:/) { usage[name] = $0 }
    next
  }
  $1 == "Function" {  # a program has a copy of a kernel from every source that starts it: one of them counts
    name = seen[$3]++ ? "" : $3
    if (name != "") order[++n] = name
  }
  name == "" { next }
  / LDG\./ { ++load[name, width($0)] }
  / STG\./ { ++store[name, width($0)] }
  / (LDL|STL)/ { ++spilled[name] }
  function width(line) {  # of the instruction, not of the registers that hold its address
    match(line, /(LDG|STG)[.A-Z0-9_]*/)
    line = substr(line, RSTART, RLENGTH) "."
    if (line ~ /\.128\./) return 16
    if (line ~ /\.64\./) return 8
    if (line ~ /\.[US](8|16)\./) return 1
    return 4
  }
  function figure(text, key,   m) { return match(text, key ":[0-9]+") ? substr(text, RSTART + length(key) + 1, RLENGTH - length(key) - 1) : "-" }
  END {
    for (i = 1; i <= n; ++i) {
      k = order[i]
      printf "%4s %5s %6s %5d | %5d %5d %5d %5d | %5d %5d %5d %5d | %s\n", figure(usage[k], "REG"), figure(usage[k], "STACK"),
        figure(usage[k], "SHARED"), spilled[k], load[k, 16], load[k, 8], load[k, 4], load[k, 1],
        store[k, 16], store[k, 8], store[k, 4], store[k, 1], k
    }
  }
' "$folder/usage" "$folder/sass" | c++filt | sed 's/coop::detail:://g; s/coop:://g' | sort -t'|' -k4
