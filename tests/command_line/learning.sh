#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# From a task to a classifier that needs no text tower: zero-shot, train, evaluate, predict, on drawn pictures and on
# files, from pictures and from features.
source "$(dirname "$0")/support.sh" "$@"
need_weights

expect_success "$program" zero-shot --data drawn:actions --weights "$weights" --out words.safetensors
hand_written=$(accuracy)
expect_success "$program" train --data drawn:actions --weights "$weights" --shots 16 --epochs 30 --quiet --out run
for name in context.safetensors classifier.safetensors log.jsonl run.json state.safetensors; do
  [[ -s run/$name ]] || fail "run/$name: expected a file"
done
[[ $(wc -l <run/log.jsonl) -ge 30 ]] || fail "run/log.jsonl: expected a line for each step"
expect_text '"epoch":30' run/log.jsonl
for word in version options seed digest sha256 timings; do expect_text "\"$word\"" run/run.json; done
expect_success "$program" inspect run/context.safetensors
expect_text "(16, 128)" out

# Learning helps: more than the hand-written prompt gives, on pictures that nobody has learnt from.
expect_success "$program" evaluate --model run --data drawn:actions
learnt=$(accuracy)
expect_text "* macro_f1:" out
expect_text "* class: 0 (" out
awk -v a="$learnt" -v b="$hand_written" 'BEGIN { exit !(a > b) }' ||
  fail "accuracy: expected more than the hand-written prompt's $hand_written, got $learnt"

# The classifier alone is enough, and its guesses are probabilities in falling order.
mkdir moved && cp run/classifier.safetensors moved/
expect_success "$program" predict --model run --top 3 drawn:actions/test/0/0 "$pictures/png_rgb.png"
mv out table
expect_success "$program" predict --model moved/classifier.safetensors --top 3 drawn:actions/test/0/0 "$pictures/png_rgb.png"
expect_same out table
awk -F'\t' 'NF != 4 || $2 != (NR - 1) % 3 + 1 || $4 < 0 || $4 > 1 || ($2 > 1 && $4 > last) { bad = 1 } { last = $4 }
            END { exit bad || NR != 6 }' table || fail "predict: expected 2 x 3 lines of file, rank, name, probability"
expect_success "$program" predict --model words.safetensors drawn:actions/test/0/0

# Features that were encoded before serve as well as the pictures: the same accuracy.
expect_success "$program" encode --weights "$weights" --data drawn:actions --split test --out test.safetensors
expect_success "$program" evaluate --model run --data features:test.safetensors
[[ $(accuracy) == "$learnt" ]] || fail "evaluate of features: expected $learnt, got $(accuracy)"
expect_success "$program" encode --weights "$weights" --data drawn:actions --split train --out train.safetensors
expect_success "$program" train --data features:train.safetensors --weights "$weights" --shots 4 --epochs 3 --quiet --out from-features

# A classifier keeps the order of conversion that it was made with, and a replay begins as the published program.
mkdir -p clear/{one,two}
for class in one two; do cp "$pictures"/png_{rgba_holes,palette,grey_alpha,rgb}.png clear/$class/; done
expect_success "$program" train --data folder:clear --weights "$weights" --conversion clip --replay reference \
  --augment paper --length 4 --epochs 2 --quiet --out late
expect_text "conversion clip" late/classifier.safetensors
expect_text "seed 1, replay reference" late/context.safetensors
expect_success "$program" predict --model late "$pictures/png_rgba_holes.png" && mv out kept
expect_success "$program" predict --model late --conversion clip "$pictures/png_rgba_holes.png" && mv out same
expect_success "$program" predict --model late --conversion dassl "$pictures/png_rgba_holes.png" && mv out other
expect_same kept same
cmp -s kept other && fail "predict: expected --conversion dassl to change the features of a transparent picture"
expect_success "$program" train --data folder:clear --weights "$weights" --replay reference-fp16 --length 4 --epochs 1 \
  --quiet --out halves

# Every policy, augmentation, words and files to begin with, folders and lists.
mkdir -p photos/{cat,dog}
for class in cat dog; do
  for file in png_rgb.png jpeg_420.jpg jpeg_444.jpg png_rgba.png; do cp "$pictures/$file" photos/$class/; done
done
for context in unified class-specific; do
  for placement in end middle front; do
    expect_success "$program" train --data folder:photos --weights "$weights" --context $context --placement $placement \
      --length 3 --epochs 2 --quiet --out "$context-$placement"
  done
done
expect_success "$program" inspect class-specific-end/context.safetensors
expect_text "(2, 3, 128)" out
expect_success "$program" train --data folder:photos --weights "$weights" --augment paper --order sequential \
  --schedule constant --epochs 2 --quiet --init "a photo of a" --out augmented
expect_success "$program" inspect augmented/context.safetensors
expect_text "(4, 128)" out
expect_success "$program" train --data folder:photos --weights "$weights" --context class-specific --epochs 1 --quiet \
  --init augmented/context.safetensors --out continued
expect_success "$program" train --data folder:photos --weights "$weights" --epochs 1 --quiet --overwrite --out continued
expect_success "$program" evaluate --model continued --data folder:photos --split train

# Three fixed views of each picture, in place of new ones in every epoch.
expect_success "$program" train --data folder:photos --weights "$weights" --augment views:3 --epochs 4 --quiet --out views
expect_text '"augment": "views:3"' views/run.json
expect_error 2 "unknown augmentation 'views:0'; known: none, paper, views:K" "$program" train --data folder:photos \
  --weights "$weights" --augment views:0 --out none

# Features that a cache has are not encoded again, and other pictures under the same names are not taken for them.
for turn in 1 2; do
  expect_success "$program" evaluate --model views --data folder:photos --split train --cache stored
  cp out "cached-$turn"
  [[ $(ls stored/*.safetensors | wc -l) == 1 ]] || fail "expected one file of features, got $(ls stored)"
done
expect_success "$program" evaluate --model views --data folder:photos --split train
expect_same out cached-1
expect_same out cached-2
cp photos/cat/png_rgb.png aside.png
cp "$pictures/jpeg_422_progressive.jpg" photos/cat/png_rgb.png
expect_success "$program" evaluate --model views --data folder:photos --split train --cache stored
[[ $(ls stored/*.safetensors | wc -l) == 2 ]] || fail "expected two files of features, got $(ls stored)"
mv aside.png photos/cat/png_rgb.png
expect_error 2 "not with --broken skip" "$program" evaluate --model views --data folder:photos --split train --cache stored \
  --broken skip

# A protocol decides what is not written out; what is changed changes its name.
expect_success "$program" train --data folder:photos --weights "$weights" --protocol coop-fewshot --shots 1 --quiet \
  --augment none --epochs 3 --out few
expect_text "protocol coop-fewshot/1{augment=none,epochs=3}" err
expect_text '"protocol": "coop-fewshot/1{augment=none,epochs=3}"' few/run.json
expect_text '"batch": 32' few/run.json
expect_success "$program" train --data drawn:objects --weights "$weights" --protocol cocoop-base-to-new --shots 1 --quiet \
  --augment none --out base
expect_text "12 classes, 12 pictures, 50 epochs" out
expect_text '"init": "a photo of a"' base/run.json
expect_error 2 "unknown protocol 'coop'; known: coop-fewshot, coop-shift" "$program" train --data folder:photos \
  --weights "$weights" --protocol coop --out none
finish
