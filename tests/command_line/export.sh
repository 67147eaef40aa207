#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What leaves for other programs, and CoOp's checkpoints on their way in: coop export, and coop evaluate and
# coop train --init of files that hold context vectors.
source "$(dirname "$0")/support.sh" "$@"
need_weights
train=("$program" train --weights "$weights" --quiet)
evaluate=("$program" evaluate --data drawn:boats)

expect_success "${train[@]}" --data drawn:boats --shots 2 --epochs 4 --length 5 --placement middle --out run
expect_success "${evaluate[@]}" --model run
learnt=$(accuracy)

# Three forms, told by their names or by --format; the same run gives the same bytes.
for name in model.pth.tar-4 text.npy classifier.onnx; do
  expect_success "$program" export --model run --out $name
done
expect_success "$program" export --model run/context.safetensors --format pth.tar --out again
expect_same model.pth.tar-4 again
expect_success "$program" export --model run/classifier.safetensors --format npy --out again
expect_same text.npy again
expect_success "$program" export --model run/classifier.safetensors --format onnx --out again
expect_same classifier.onnx again
expect_text "'descr': '<f4'" text.npy
expect_text "Gemm" classifier.onnx
expect_text "archive/data.pkl" model.pth.tar-4
expect_success "$program" export --model run --dtype float16 --out half.pth.tar-4
expect_text 'for CoOp'"'"'s code: TRAINER.COOP.N_CTX 5, CTX_INIT "", CSC False, CLASS_TOKEN_POSITION "middle"' err
[[ $(wc -c <half.pth.tar-4) -lt $(wc -c <model.pth.tar-4) ]] || fail "half.pth.tar-4: expected fewer bytes"

# What left comes in again: the run's accuracy, from a file that knows neither names nor placement.
expect_success "${evaluate[@]}" --model model.pth.tar-4 --weights "$weights" --placement middle
[[ $(accuracy) == "$learnt" ]] || fail "model.pth.tar-4: expected the run's accuracy $learnt, got $(accuracy)"
expect_text "model.pth.tar-4: 5 vectors of width 128, unified, epoch 4, name at: middle, classes of drawn:boats" err
expect_success "${evaluate[@]}" --model half.pth.tar-4 --weights "$weights"
expect_text "name at: end (assumed; the file does not say, see --placement)" err
expect_success "${evaluate[@]}" --model run/context.safetensors
[[ $(accuracy) == "$learnt" ]] || fail "context.safetensors: expected the run's accuracy $learnt, got $(accuracy)"
expect_success "$program" evaluate --model run/context.safetensors --data drawn:badges  # other names, same context
expect_success "${train[@]}" --data drawn:boats --shots 1 --epochs 1 --init model.pth.tar-4 --out continued
expect_success "$program" inspect continued/context.safetensors
expect_text "(5, 128)" out

# Words to begin with are in CoOp's settings.
expect_success "${train[@]}" --data drawn:boats --shots 1 --epochs 1 --init "a photo of a" --out worded
expect_success "$program" export --model worded --out words.pth.tar-1
expect_text 'N_CTX 4, CTX_INIT "a_photo_of_a"' err

# Class-specific vectors are for the classes they were learnt for, in their order.
for names in "cat dog" "cat eel" "ant cat" "ant cat dog"; do
  for class in $names; do
    mkdir -p "${names// /-}/$class"
    cp "$pictures/png_rgb.png" "$pictures/png_rgba.png" "$pictures"/jpeg_4{20,44}.jpg "${names// /-}/$class"
  done
done
expect_success "${train[@]}" --data folder:cat-dog --context class-specific --length 2 --epochs 2 --out own
expect_success "$program" export --model own --out own.pth.tar-2
expect_text 'CSC True, CLASS_TOKEN_POSITION "end"' err
expect_success "$program" evaluate --model own --data folder:cat-dog --split train
learnt=$(accuracy)
expect_success "$program" evaluate --model own.pth.tar-2 --weights "$weights" --data folder:cat-dog --split train
[[ $(accuracy) == "$learnt" ]] || fail "own.pth.tar-2: expected the run's accuracy $learnt, got $(accuracy)"
expect_success "${train[@]}" --data folder:cat-dog --context class-specific --epochs 1 --init own.pth.tar-2 --out own-continued
others="class-specific vectors of other classes"
for model in own.pth.tar-2 own/context.safetensors; do
  judge=("$program" evaluate --model $model --weights "$weights")
  expect_error 1 "$model: $others: class 1: expected 'eel', got" "${judge[@]}" --data folder:cat-eel
  expect_error 1 "$model: $others: class 0: expected 'ant', got" "${judge[@]}" --data folder:ant-cat
done
expect_error 1 "own.pth.tar-2: tensor 'token_suffix': shape: expected (3, " "$program" evaluate --model own.pth.tar-2 \
  --weights "$weights" --data folder:ant-cat-dog
expect_error 1 "own.pth.tar-2: $others: class 1: expected 'eel', got another name" "${train[@]}" --data folder:cat-eel \
  --context class-specific --epochs 1 --init own.pth.tar-2 --out run-eel
safetensors nameless.safetensors '{"ctx":{"dtype":"F32","shape":[2,1,128],"data_offsets":[0,1024]}}' 1024
expect_error 1 "nameless.safetensors: class-specific vectors without 'token_suffix'" "${train[@]}" --data folder:cat-dog \
  --context class-specific --epochs 1 --init nameless.safetensors --out run-eel
expect_absent run-eel

# Wrong words and wrong files
export=("$program" export --model run)
expect_error 2 "unknown format 'tf'; known: pth.tar, npy, onnx" "${export[@]}" --format tf --out f
expect_error 2 "f.bin: which format? expected --format pth.tar, npy or onnx" "${export[@]}" --out f.bin
expect_error 2 "unknown dtype 'int8'; known: float32, float16" "${export[@]}" --dtype int8 --out f.pth
expect_error 2 "belong to --format pth.tar, got npy" "${export[@]}" --vocab mini --out f.npy
expect_error 1 "run/classifier.safetensors: metadata 'format': expected 'coop context 1', got 'coop classifier 1'" \
  "$program" export --model run/classifier.safetensors --out f.pth
expect_error 1 "nowhere: cannot open" "$program" export --model nowhere --out f.npy
expect_error 1 "no-directory/f.onnx: cannot create" "${export[@]}" --out no-directory/f.onnx
expect_error 1 "f.pth: cannot write: File too large" bash -c 'ulimit -f 4; exec "$0" export --model run --out f.pth' "$program"
cp "$COOP_MODELS/$weights.safetensors" own.safetensors
mkdir bare && cp run/context.safetensors bare/
expect_success "$program" export --model bare/context.safetensors --weights own.safetensors --vocab mini --out bare.pth
expect_same bare.pth model.pth.tar-4
expect_error 1 "own.safetensors: which vocabulary?" "$program" export --model bare/context.safetensors --weights own.safetensors --out f.pth
expect_error 1 "model.pth.tar-4: which weights? expected --weights" "${evaluate[@]}" --model model.pth.tar-4
expect_error 2 "--vocab and --placement belong to a file of context vectors, got run" "${evaluate[@]}" --model run --placement end
expect_error 1 "run/context.safetensors: placement: expected 'middle' as it was learnt, got 'front'" \
  "${evaluate[@]}" --model run/context.safetensors --placement front
expect_error 1 "torch_coop.pth.tar: tensor 'ctx': shape: expected" \
  "${evaluate[@]}" --model "$pictures/torch_coop.pth.tar" --weights "$weights"

# Weights whose start mark has another embedding: its row is all zero here.
entry=$(head -c 100000 own.safetensors | grep -ao '"token_embedding.weight":{[^}]*}' | tr -c '0-9\n' ' ')
read -r type rows width begin end <<<"$entry"
head=$(od -An -t u8 -N 8 own.safetensors)
row=$(((end - begin) / rows))
head -c $row /dev/zero | dd of=own.safetensors bs=1 seek=$((8 + head + begin + (rows - 2) * row)) conv=notrunc status=none
expect_error 1 "model.pth.tar-4: learnt with other weights: expected a token_prefix" "${evaluate[@]}" \
  --model model.pth.tar-4 --weights own.safetensors --vocab mini
expect_absent f f.bin f.pth f.npy
finish
