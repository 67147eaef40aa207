#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# benchmarks/cuda/run.sh BIN VOCABULARY OUT [DEVICE]: everything that is measured on a GPU, in at most eight minutes.
#
# BIN is the folder of coop_benchmark_cuda, built anywhere (cmake --preset cuda -DCOOP_BUILD_BENCHMARKS=ON; build its
# target); VOCABULARY is CLIP's file; OUT gets a JSON document of each part, all of them as results.json, and tables in
# results.md. Of the machine it asks a driver, cuBLASLt (the CUDA toolkit's or PyTorch's) and, for the comparisons, python3
# with torch and numpy ($PYTHON); nothing is downloaded. Each part has a time of its own, after which the next begins; what
# failed is told in the table. The exit status is 0 when all parts were done, else 1; 3 where there is no GPU.
#
# DEVICE is cuda. With cpu or far the same parts run at small sizes on the processor: a rehearsal.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
if (($# < 3)); then
  echo "usage: $0 BIN VOCABULARY OUT [cuda|cpu|far]" >&2
  exit 2
fi
program=$1/coop_benchmark_cuda
vocabulary=$2
out=$3
device=${4:-cuda}
python=${PYTHON:-python3}
mkdir -p "$out"

# cuBLASLt comes with the toolkit, or with PyTorch in a folder that no loader knows.
if ldd "$program" | grep -q 'libcublasLt.*not found'; then
  folder=$("$python" - <<'PYTHON'
import pathlib, site, sys
for place in site.getsitepackages() + [site.getusersitepackages()] + sys.path:
    for found in pathlib.Path(place).glob("nvidia/**/libcublasLt.so.*"):
        print(found.parent)
        sys.exit()
PYTHON
)
  export LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
fi

"$program" facts --device "$device" --json "$out/facts.json" || exit $?

failed=0
# part NAME SECONDS COMMAND...: its words go to NAME.log, its status and seconds to parts.txt.
: > "$out/parts.txt"
part() {
  local name=$1 limit=$2 begin=$SECONDS status=0
  shift 2
  timeout --kill-after=5 "$limit" "$@" > "$out/$name.log" 2>&1 || status=$?
  echo "$name $status $((SECONDS - begin)) $limit" >> "$out/parts.txt"
  echo "== $name: status $status, $((SECONDS - begin)) s of $limit"
  if ((status != 0)); then
    failed=1
    tail -n 3 "$out/$name.log"
  fi
}
ours() {
  local name=$1 limit=$2 verb=$3
  shift 3
  part "$name" "$limit" "$program" "$verb" --device "$device" --json "$out/$name.json" "$@"
}

if [[ $device == cuda ]]; then
  # The seconds allowed are eight minutes in all.
  compare_steps=("$python" "$here/peers/step.py" "$program" "$vocabulary" --rounds 3 --calls 3)
  ours ceiling 45 ceiling --seconds 0.1
  ours step 60 step --vocabulary "$vocabulary" --classes 100,1000 --seconds 0.2
  part step_peers 90 "${compare_steps[@]}" --until 60 --cases unified:end:1000 unified:end:100 class-specific:end:100 \
    --json "$out/step_peers.json"
  ours encode 30 encode --precision float32,bfloat16 --pictures 1,256 --seconds 0.2
  part encode_peers 60 "$python" "$here/peers/encode.py" "$program" --until 35 --rounds 3 --calls 3 --batches 256 \
    --backbones ViT-B/16 RN50 ViT-B/32 RN101 --json "$out/encode_peers.json"
  ours whole_drawn 15 whole --vocabulary "$vocabulary" --models "$root/models" --task objects,badges --pool 24 --seeds 2
  ours whole_imagenet 60 whole --vocabulary "$vocabulary" --task imagenet --epochs 50 --seconds 40
  ours files 50 files --vocabulary "$vocabulary" --folder "$out/pictures" --views 1 --epochs 4
  part step_compiled 70 "${compare_steps[@]}" --cases unified:end:100 --compiled unified:end:100 --precisions bfloat16 \
    --json "$out/step_compiled.json"
else
  mini=$root/models/mini-vocab.txt
  text=(--backbone mini-vit --vocabulary "$mini" --precision float32)
  ours ceiling 120 ceiling --precision float32 --rows 64 --bytes 1048576 --seconds 0.01
  ours step 240 step "${text[@]}" --classes 4,8 --length 4 --seconds 0.05 --ceiling-rows 64
  towers=mini-vit,mini-rn
  if [[ $device == far ]]; then towers=mini-vit; fi  # by plain loops, convolutions take minutes
  ours encode 240 encode --backbone $towers --precision float32 --pictures 1,3 --seconds 0.05 --ceiling-rows 64
  if [[ $device != far ]]; then  # and so do three hundred pictures
    ours whole_drawn 240 whole --vocabulary "$mini" --models "$root/models" --task aerial --precision float32 --pool 2 \
      --shots 2 --epochs 1
  fi
  ours whole_imagenet 240 whole "${text[@]}" --task imagenet --classes 8 --shots 4 --epochs 2
  ours files 240 files "${text[@]}" --folder "$out/pictures" --classes 4 --shots 2 --epochs 2 --batch 4
  if [[ $device == cpu ]] && "$python" -c 'import torch' 2> /dev/null; then
    part step_peers 600 "$python" "$here/peers/step.py" "$program" "$vocabulary" --device cpu --rounds 1 --calls 1 \
      --threads 2 --cases unified:end:3 --precisions float32 bfloat16 --json "$out/step_peers.json"
    part encode_peers 600 "$python" "$here/peers/encode.py" "$program" --device cpu --rounds 1 --calls 1 --threads 2 \
      --backbones ViT-B/32 --batches 2 --precisions float32 bfloat16 --json "$out/encode_peers.json"
  fi
fi
rm -rf "$out/pictures"

python3 "$here/tables.py" "$out" || failed=1
exit $failed
