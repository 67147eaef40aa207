#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# --device: the processor by its name, a device that nobody knows, and what a program says that lacks CUDA, or a GPU.
source "$(dirname "$0")/support.sh" "$@"
need_weights
train=("$program" train --data drawn:objects --shots 1 --epochs 1 --weights "$weights")

expect_error 1 "unknown device 'tpu'; known: cpu" "${train[@]}" --device tpu --out run
expect_absent run
for precision in tf32 float16; do
  expect_error 1 "device cpu: precision of products: expected one of float32, bfloat16, got $precision" \
    "${train[@]}" --precision "$precision" --out run
done
expect_absent run

# Without a GPU (where one is, tests/device/cuda_test.cu says more).
if "${train[@]}" --device cuda --out on_cuda >out 2>err; then
  expect_text ", float32 products" err
else
  grep -qF -e "coop: device 'cuda': this program was built without CUDA (cmake -DCOOP_BUILD_CUDA=ON builds it with); known: cpu" \
    -e "coop: no CUDA device: " err || fail "--device cuda: expected to be told what is missing, got: $(cat err)"
  expect_absent on_cuda
fi

expect_success "${train[@]}" --device cpu --out named
expect_success "${train[@]}" --out default
for file in context classifier; do expect_same named/$file.safetensors default/$file.safetensors; done
finish
