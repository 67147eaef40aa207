#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What coop exports, read by PyTorch, NumPy, onnx.checker and ONNX Runtime (tests/io/check_exports.py). Runs where
# COOP_PEERS_PYTHON is a Python that has them, else is skipped.
source "$(dirname "$0")/support.sh" "$@"
python=${COOP_PEERS_PYTHON:-}
if [[ -z $python ]] || ! "$python" -c 'import numpy, onnx, onnxruntime, torch'; then
  echo "skipped: COOP_PEERS_PYTHON: expected a Python with numpy, onnx, onnxruntime and torch, got '$python'"
  exit 77
fi
need_weights

expect_success "$program" train --data drawn:boats --weights "$weights" --shots 2 --epochs 4 --length 5 --quiet --out run
expect_success "$program" export --model run --out model.pth.tar-4
expect_success "$program" export --model run --dtype float16 --out half.pth.tar-4
expect_success "$program" export --model run --out classifier.npy
expect_success "$program" export --model run --out classifier.onnx

mkdir some && cp "$pictures"/png_rgb{,a}.png "$pictures"/jpeg_4{20,44}.jpg some
expect_success "$program" encode --weights "$weights" --images some --out features.npy
classes=$("$python" -c 'import numpy; print(len(numpy.load("classifier.npy")))')
expect_success "$program" predict --model run --top "$classes" some/*
cp out predictions.tsv

expect_success "$python" "$project/tests/io/check_exports.py" "$project/tests/data/exports" --made . \
  --weights "$COOP_MODELS/$weights.safetensors"
cat out
finish
