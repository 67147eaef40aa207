#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The whole comparison with PyTorch: every gradient and feature of the published models, and checkpoints of full size
# that PyTorch, safetensors, Hugging Face's and open_clip's names have. Not a part of CI, whose fixture is a part of
# these numbers: PyTorch is several gigabytes, and this takes the better part of an hour and some 8 GB of memory.
#
#   scripts/parity.sh [FOLDER]        everything is written below FOLDER, build/parity unless given
#
# COOP_PEERS_PYTHON names a Python that has torch, torchvision, transformers, open-clip-torch, ftfy, regex and
# safetensors; it is used as it is and nothing is installed into it. Without, an environment of its own is made in
# FOLDER. COOP_CLIP_VOCAB names CLIP's vocabulary, which scripts/fetch_clip_vocabulary.sh fetches otherwise.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "${1:-$root/build/parity}"
folder=$(cd "${1:-$root/build/parity}" && pwd)
cd "$root"

python=${COOP_PEERS_PYTHON:-}
if [ -z "$python" ]; then
  python=$folder/python/bin/python
  if [ ! -x "$python" ]; then
    python3 -m venv "$folder/python"
    "$python" -m pip install --quiet torch torchvision transformers open-clip-torch ftfy regex safetensors pillow numpy
  fi
fi

cmake -S . -B "$folder/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O2 > "$folder/cmake.log"
cmake --build "$folder/build" --target test_parity > "$folder/build.log"
"${CXX:-c++}" -std=c++20 -O2 -I include -I tests -isystem /usr/include/eigen3 tests/support/compare_files.cpp \
  -o "$folder/compare_files" -ljpeg -lpng -lz -lpthread

"$python" tests/parity/make_golden.py --whole "$folder/golden_whole.safetensors" | tee "$folder/golden.log"
"$python" tests/parity/make_golden.py --files "$folder/files"

COOP_GOLDEN=$folder/golden_whole.safetensors "$folder/build/bin/test_parity" --run_test=golden_images,golden_learning,token_lines \
  --log_level=message --color_output=no > "$folder/test.log" 2>&1 || { tail -n 40 "$folder/test.log"; exit 1; }

echo
echo "relative difference from PyTorch (norm of the difference over norm)"
sed -n 's/^\(.*\): \([0-9.e+-]*\)$/\2 \1/p; /lines, .* different/p' "$folder/test.log" |
  awk '{ figure = $1; $1 = ""; printf "%-12s%s\n", figure, $0 }'
echo
"$folder/compare_files" "$folder/files"
"$folder/compare_files" --load "$folder/files/ViT-B-16.pt"
