#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What files say they were made by is compared when they are used: weights, preprocessing, vocabulary, device, pictures.
source "$(dirname "$0")/support.sh" "$@"
need_weights
plain=("$program" train --length 4 --threads 1 --quiet)
train=("${plain[@]}" --weights "$weights" --epochs 1)
encode=("$program" encode --data drawn:actions --split val --threads 1)

# The same backbone with other numbers
expect_success "$program" convert "$COOP_MODELS/$weights.safetensors" half.safetensors --half
expect_success "${encode[@]}" --weights "$weights" --out features.safetensors
expect_success "${encode[@]}" --weights "$weights" --conversion clip --out clip.safetensors
expect_success "${encode[@]}" --weights half.safetensors --out of_half.safetensors
ours=$(sha256sum "$COOP_MODELS/$weights.safetensors" | cut -c 1-64)
theirs=$(sha256sum half.safetensors | cut -c 1-64)

# Features say whose they are; so does what is learnt from them.
expect_text "\"weights_sha256\":\"$ours\"" features.safetensors
expect_text "conversion clip" clip.safetensors
expect_success "${train[@]}" --data features:features.safetensors --out run
expect_text "conversion dassl" run/classifier.safetensors
expect_text "conversion dassl" run/context.safetensors
expect_success "${train[@]}" --data features:clip.safetensors --out by_clip
expect_text "conversion clip" by_clip/classifier.safetensors
expect_text '"conversion": "clip"' by_clip/run.json
expect_text "\"sha256\": \"$ours\"" run/run.json
expect_text "\"sha256\": \"$(sha256sum "$COOP_MODELS/mini-vocab.txt" | cut -c 1-64)\"" run/run.json
expect_success "$program" train --resume --out by_clip --threads 1 --quiet

# Features of other weights, or of pictures prepared otherwise
expect_error 1 "features:of_half.safetensors: SHA-256 of the weights: expected '$ours' as of " \
  "${train[@]}" --data features:of_half.safetensors --out refused
expect_error 1 "features:clip.safetensors: conversion: expected dassl as --conversion says, got clip" \
  "${train[@]}" --data features:clip.safetensors --conversion dassl --out refused
expect_error 1 "features:of_half.safetensors: SHA-256 of the weights: expected '$ours' as of the classifier, got '$theirs'" \
  "$program" evaluate --model run --data features:of_half.safetensors
expect_error 1 "features:clip.safetensors: preprocessing: expected 'size 64 " "$program" evaluate --model run --data features:clip.safetensors
expect_error 1 "features:features.safetensors: preprocessing: expected 'size 64 " "$program" evaluate --model by_clip --data features:features.safetensors
expect_error 1 "features:features.safetensors: preprocessing: expected 'size 64 " \
  "$program" evaluate --model by_clip/context.safetensors --data features:features.safetensors
expect_error 1 "features:clip.safetensors: preprocessing: expected" "$program" zero-shot --weights "$weights" --data features:clip.safetensors
expect_success "$program" zero-shot --weights "$weights" --conversion clip --data features:clip.safetensors
expect_success "$program" evaluate --model by_clip --data features:clip.safetensors
by_run=$(accuracy)
expect_success "$program" evaluate --model by_clip/context.safetensors --data features:clip.safetensors
checks=$((checks + 1))
[[ -n $by_run && $(accuracy) == "$by_run" ]] || fail "a run has $by_run %, its context $(accuracy) %"
expect_success "$program" evaluate --model run --data drawn:actions --split val --conversion clip  # asked for on purpose
expect_absent refused

# Features of which nothing is known are what the caller says they are.
sed 's/"preprocessing":/"whatever_else":/; s/"weights_sha256":/"weights_sha25?":/' of_half.safetensors >silent.safetensors
expect_success "$program" evaluate --model run --data features:silent.safetensors

# A run goes on as what it was.
expect_success "${plain[@]}" --weights "$weights" --data features:features.safetensors --epochs 3 --stop-after 1 --out paused
expect_error 1 'paused: --device: the run to resume has "cpu", got "cuda"' "$program" train --resume --device cuda --out paused
expect_error 1 'paused: --precision: the run to resume has "float32", got "bfloat16"' "$program" train --resume --precision bfloat16 --out paused
cp "$COOP_MODELS/$weights.safetensors" weights.safetensors && cp "$COOP_MODELS/mini-vocab.txt" vocab.txt
expect_success "${plain[@]}" --weights weights.safetensors --vocab vocab.txt --data features:features.safetensors --epochs 3 --stop-after 1 --out mine
expect_success "$program" train --resume --stop-after 1 --out mine --threads 1 --quiet
cp half.safetensors weights.safetensors
expect_error 1 "mine: the weights are others than those of the run to resume: weights.safetensors" "$program" train --resume --out mine
cp "$COOP_MODELS/$weights.safetensors" weights.safetensors
printf '\n' >>vocab.txt
expect_error 1 "mine: the vocabulary is another than that of the run to resume: vocab.txt" "$program" train --resume --out mine
cp "$COOP_MODELS/mini-vocab.txt" vocab.txt
cp features.safetensors kept.safetensors && cp clip.safetensors features.safetensors
expect_error 1 "mine: --conversion" "$program" train --resume --conversion clip --out mine
expect_error 1 "features:features.safetensors: conversion: expected dassl as the run to resume has, got clip" "$program" train --resume --out mine
cp kept.safetensors features.safetensors
expect_success "$program" train --resume --out mine --threads 1 --quiet
printf '\n' >>vocab.txt
expect_error 1 "vocab.txt: not the vocabulary of mine/context.safetensors: SHA-256: expected" \
  "$program" evaluate --model mine/context.safetensors --data features:features.safetensors
expect_error 1 "vocab.txt: not the vocabulary of mine: SHA-256: expected" "$program" export --model mine --out mine.pth.tar

# A cached file under another's name, and a state and a description that a disk has spoilt
expect_success "${train[@]}" --data drawn:actions --shots 1 --cache cache --out cached
expect_success "${train[@]}" --data drawn:actions --shots 1 --conversion clip --cache cache --out cached_clip
files=(cache/*.safetensors)
[[ ${#files[@]} == 2 ]] || fail "expected two cached files, got ${#files[@]}"
for conversion in dassl clip; do  # in either direction
  cp -r cache swapped && cp "${files[0]}" swapped/first && cp "${files[1]}" "${files[0]/cache/swapped}" && mv swapped/first "${files[1]/cache/swapped}"
  expect_error 1 "not the features that its name says: remove it" \
    "${train[@]}" --data drawn:actions --shots 1 --conversion $conversion --cache swapped --out refused
  rm -r swapped
done
head -c 300 paused/state.safetensors >cut && cp cut paused/state.safetensors
expect_error 1 "paused/state.safetensors: truncated" "$program" train --resume --out paused
: >paused/state.safetensors
expect_error 1 "paused/state.safetensors: not a safetensors file" "$program" train --resume --out paused
printf '{"options":' >paused/run.json
expect_error 1 "paused/run.json: not valid JSON" "$program" train --resume --out paused
expect_absent refused
finish
