#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The words of the command line: help for each command, and unknown words answered with the known ones.
source "$(dirname "$0")/support.sh" "$@"

expect_success "$program" --version
expect_text "coop " out
expect_success "$program" --help
for command in train evaluate zero-shot predict export encode tokens preprocess inspect convert sweep report interpret subset doctor; do
  expect_text "$command" out
done
for command in train evaluate zero-shot predict export encode tokens preprocess inspect convert sweep report interpret subset doctor; do
  expect_success "$program" "$command" --help
  expect_text "Options:" out
done

known="train, evaluate, zero-shot, predict, export, encode, tokens, preprocess, inspect, convert, sweep, report, interpret, subset, doctor"
expect_error 2 "known: $known" "$program"
expect_error 2 "unknown command 'trian'; known: $known" "$program" trian
expect_error 2 "--frobnicate" "$program" tokens --vocab x --frobnicate
expect_error 2 "known: --help, --vocab" "$program" tokens --vocab x --frobnicate
expect_error 2 "--vocab is required" "$program" tokens

train=("$program" train --data drawn:objects --weights mini-vit --out run)
expect_error 2 "unknown placement 'centre'; known: end, middle, front" "${train[@]}" --placement centre
expect_error 2 "unknown context 'shared'; known: unified, class-specific" "${train[@]}" --context shared
expect_error 2 "unknown augmentation 'some'; known: none, paper" "${train[@]}" --augment some
expect_error 2 "unknown order 'random'; known: shuffled, sequential" "${train[@]}" --order random
expect_error 2 "unknown activation 'relu'; known: quick-gelu, gelu" "${train[@]}" --activation relu
expect_error 2 "unknown schedule 'step'; known: paper, constant" "${train[@]}" --schedule step
expect_error 2 "unknown conversion 'pil'; known: dassl, clip" "${train[@]}" --conversion pil
expect_error 2 "unknown replay 'exact'; known: none, reference, reference-fp16" "${train[@]}" --replay exact
expect_error 2 "--replay has an order of its own" "${train[@]}" --replay reference --order sequential
expect_error 2 "expected a --seed of at least 1, got 0" "${train[@]}" --replay reference --seed 0
expect_error 2 "unknown split 'all'; known: train, val, test" "$program" evaluate --model m --data drawn:objects --split all
expect_error 2 "expected a number of at least 1, got '0'" "${train[@]}" --epochs 0
expect_error 2 "expected a number of at least 0, got '-1'" "${train[@]}" --shots -1
expect_error 2 "expected a positive number, got 'quick'" "${train[@]}" --rate quick
expect_error 2 "--overwrite" "${train[@]}" --resume --overwrite
expect_error 2 "--data is required" "$program" train --weights mini-vit --out run
expect_error 2 "one of --images, --texts and --data" "$program" encode --weights mini-vit --out f.npy
expect_error 1 "unknown data 'photos'; known: drawn:TASK, folder:DIR, list:FILE, features:FILE.safetensors" \
  "$program" train --data photos --weights mini-vit --out run
expect_error 1 "unknown drawn task 'cars'; known: objects" "$program" train --data drawn:cars --weights mini-vit --out run
expect_absent run f.npy
finish
