#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Wrong inputs, each with its message; after each, nothing is half-written. The README of the program has the table.
source "$(dirname "$0")/support.sh" "$@"
need_weights
train=("$program" train --weights "$weights" --epochs 2 --quiet)

# Missing files
expect_error 1 "no-such.safetensors: no such file, nor built-in weights of that name; known: mini-vit, mini-rn" \
  "$program" train --data drawn:objects --weights no-such.safetensors --out run
expect_error 1 "no-such.safetensors: cannot open" "$program" evaluate --model no-such.safetensors --data drawn:objects
expect_error 1 "nowhere: expected a folder of pictures, got none" "${train[@]}" --data folder:nowhere --out run
expect_error 1 "nowhere.csv: cannot open" "${train[@]}" --data list:nowhere.csv --out run
expect_error 1 "nowhere.txt: cannot open" "${train[@]}" --data drawn:objects --vocab nowhere.txt --out run
cp "$COOP_MODELS/$weights.safetensors" own.safetensors
expect_error 1 "own.safetensors: which vocabulary?" "$program" train --data drawn:objects --weights own.safetensors --out run
expect_absent run

# Truncated safetensors, and something else altogether
head -c 5 own.safetensors >cut.safetensors
expect_error 1 "cut.safetensors: expected safetensors or a file of PyTorch, got neither" "$program" inspect cut.safetensors
head -c 500 own.safetensors >cut.safetensors
expect_error 1 "cut.safetensors: truncated: expected a header of" "$program" inspect cut.safetensors
head -c 1000000 own.safetensors >cut.safetensors
expect_error 1 "cut.safetensors: tensor '" "$program" train --data drawn:objects --weights cut.safetensors --vocab mini --out run
cp "$pictures/jpeg_420.jpg" picture.safetensors
expect_error 1 "picture.safetensors: expected safetensors or a file of PyTorch, got neither" "$program" inspect picture.safetensors
expect_absent run

# Wrong shapes, and weights of another backbone
safetensors odd.safetensors '{"ctx":{"dtype":"F32","shape":[4,7],"data_offsets":[0,112]}}' 112
expect_error 1 "odd.safetensors: tensor 'ctx': shape: expected 4 vectors of width 128, got (4, 7)" \
  "${train[@]}" --data drawn:objects --shots 1 --init odd.safetensors --out run
expect_error 1 "odd.safetensors: expected a CLIP with tensor 'visual.proj'" \
  "$program" train --data drawn:objects --weights odd.safetensors --vocab mini --out run
safetensors narrow.safetensors '{"features":{"dtype":"F32","shape":[2,3],"data_offsets":[16,40]},"labels":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},"__metadata__":{"names":"[\"cat\",\"dog\"]"}}' 40
expect_error 1 "width of the features: expected 128 as of $weights, got 3" \
  "${train[@]}" --data features:narrow.safetensors --out run
safetensors mislabelled.safetensors '{"features":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},"labels":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"__metadata__":{"names":"[\"cat\",\"dog\"]"}}' 32
expect_error 1 "mislabelled.safetensors: tensor 'labels': shape: expected (2), got (1)" \
  "${train[@]}" --data features:mislabelled.safetensors --out run
expect_absent run

# Pictures: an empty class folder, an unreadable picture, fewer pictures than shots, no training pictures
mkdir -p photos/{cat,dog}
for class in cat dog; do
  cp "$pictures/png_rgb.png" photos/$class/1.png
  cp "$pictures/jpeg_420.jpg" photos/$class/2.jpg
  cp "$pictures/jpeg_444.jpg" photos/$class/3.jpg
  cp "$pictures/png_rgba.png" photos/$class/4.png
done
mkdir photos/eel
expect_error 1 "photos/eel: empty class folder: expected jpg, jpeg or png files, got none" "${train[@]}" --data folder:photos --out run
rmdir photos/eel
expect_success "${train[@]}" --data folder:photos --shots 16 --out few
expect_text "class 'cat' has 2 pictures, 16 were asked for" err
printf '%s,0,cat,train\n%s,1,dog,test\n' photos/cat/1.png photos/dog/1.png >list.csv
expect_error 1 "class 'dog': no training pictures: expected 4" "${train[@]}" --data list:list.csv --shots 4 --out run
for i in 1 2 3 4; do printf 'no picture' >photos/dog/$i.jpg; done
expect_error 1 ".jpg: not a picture" "${train[@]}" --data folder:photos --out run
head -c 1500 "$pictures/jpeg_444.jpg" >photos/dog/1.jpg
expect_error 1 "photos/dog/1.jpg: broken JPEG: truncated" "$program" preprocess photos/dog/1.jpg --out pixels.npy
expect_success "$program" encode --weights "$weights" --images photos --broken skip --out some.npy
expect_text "skipped 4 of" err
expect_error 1 "broken JPEG" "$program" encode --weights "$weights" --images photos/dog --out all.npy
expect_error 1 "photos/none.png: cannot open" "$program" preprocess photos/none.png --out pixels.npy
expect_absent run pixels.npy all.npy

# Words: a class name too long, an unknown class, a template without a place for the name
long=$(printf 'ring %.0s' {1..45})
mkdir -p "names/$long" names/cat
cp "$pictures/png_rgb.png" "names/$long/1.png"
cp "$pictures/png_rgb.png" names/cat/1.png
expect_error 1 "tokens: expected at most" "${train[@]}" --data folder:names --out run
expect_error 1 "class 'ring ring" "${train[@]}" --data folder:names --out run
expect_error 1 "expected exactly one {} for the class name" "$program" zero-shot --data drawn:objects --weights "$weights" --template "a photo"
expect_error 1 "drawn:objects: class '" "$program" evaluate --model few --data drawn:objects
expect_absent run

# Models: not a run, not a classifier, other weights than the model's
mkdir empty
expect_error 1 "empty: no classifier.safetensors: expected the directory of a finished run" "$program" evaluate --model empty --data drawn:objects
expect_error 1 "own.safetensors: metadata 'format'" "$program" predict --model own.safetensors "$pictures/png_rgb.png"
sed 's/mini/mono/' own.safetensors >other.safetensors
cmp -s own.safetensors other.safetensors || expect_error 1 "not the weights of few: SHA-256: expected" \
  "$program" predict --model few --weights other.safetensors "$pictures/png_rgb.png"

# A run knows the stamp of its weights' file; one whose bytes have changed under the same size and the same time is noticed.
cp "$COOP_MODELS/$weights.safetensors" known.safetensors
expect_success "$program" train --data drawn:objects --weights known.safetensors --vocab mini --shots 1 --epochs 1 --quiet --out knowing
expect_text '"stamp"' knowing/run.json
expect_success "$program" predict --model knowing "$pictures/png_rgb.png"
touch -r known.safetensors time
printf '\001' | dd of=known.safetensors bs=1 seek=$(($(stat -c %s known.safetensors) - 1)) conv=notrunc status=none
touch -r time known.safetensors
expect_error 1 "not the weights of knowing: SHA-256: expected" "$program" predict --model knowing "$pictures/png_rgb.png"

# Runs: a directory that holds one, and one that holds none
cp few/context.safetensors before
expect_error 1 "few: holds another run: expected an empty or new directory, or --resume, or --overwrite" "${train[@]}" --data folder:photos --out few
expect_same few/context.safetensors before
expect_error 1 "none: nothing to resume: run.json is missing" "$program" train --resume --out none
expect_error 1 "few: --epochs: the run to resume has 2, got 3" "$program" train --resume --out few --epochs 3
expect_absent none

# Outputs that cannot be written: no directory, a full device, a full disk (a limit on the size of files)
printf x >file
expect_error 1 "file/run: " "${train[@]}" --data drawn:objects --shots 1 --out file/run
expect_error 1 "no-directory/f.npy: cannot create" "$program" preprocess "$pictures/png_rgb.png" --out no-directory/f.npy
expect_error 1 "standard output: cannot write" bash -c '"$0" inspect "$1" > /dev/full' "$program" "$weights"
expect_error 1 "standard output: cannot write" bash -c '"$0" --help > /dev/full' "$program"
expect_error 1 "big.npy: cannot write: File too large" bash -c 'ulimit -f 4; exec "$0" preprocess "$1" --out big.npy' "$program" "$pictures/png_rgb.png"
expect_absent big.npy
expect_error 1 "cannot write: File too large" bash -c 'ulimit -f 1; exec "$@" --data drawn:objects --shots 1 --out full' - "${train[@]}"
expect_absent full
cp -r few kept
expect_error 1 "cannot write: File too large" bash -c 'ulimit -f 1; exec "$@" --data drawn:objects --shots 1 --overwrite --out few' - "${train[@]}"
for name in run.json context.safetensors classifier.safetensors log.jsonl state.safetensors; do expect_same few/$name kept/$name; done
[[ -z $(find . -name '*.partial.*') ]] || fail "parts of files were left behind: $(find . -name '*.partial.*')"
finish
