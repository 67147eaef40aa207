#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Numbers for other programs: tokens, pixels, features; and what inspect says of a file.
source "$(dirname "$0")/support.sh" "$@"

# Pixels: the golden file is Pillow's, of the same picture.
expect_success "$program" preprocess "$pictures/png_rgb.png" "$pictures/jpeg_420.jpg" --size 32 --out pixels.npy
expect_text "'descr': '|u1'" pixels.npy
expect_text "'shape': (2, 32, 32, 3)" pixels.npy

# Both orders of the conversion to RGB, on every mode of a file: Pillow's pixels again.
modes=()
for name in jpeg_420 jpeg_grey jpeg_cmyk jpeg_ycck; do modes+=("$pictures/$name.jpg"); done
for name in one_bit grey grey_alpha palette palette_transparent palette_2 rgb rgba rgba_holes rgba_16 grey_alpha_16; do
  modes+=("$pictures/png_$name.png")
done
for order in dassl clip; do
  expect_success "$program" preprocess "${modes[@]}" --size 24 --conversion $order --out $order.npy
  tail -c $((15 * 24 * 24 * 3)) $order.npy >got
  tail -c $((15 * 24 * 24 * 3)) "$pictures/conversion_${order}_24.npy" >expected
  expect_same got expected
done
expect_success "$program" preprocess "${modes[@]}" --size 24 --out unsaid.npy
expect_same unsaid.npy dassl.npy

[[ -e $COOP_MODELS/mini-vocab.txt ]] || finish
ids() { "$program" tokens --vocab "$COOP_MODELS/mini-vocab.txt"; }
printf 'A Photo  of a ring.\n\na photo of a ring.\n' | ids >out 2>err || fail "tokens"
[[ $(wc -l <out) == 3 ]] || fail "tokens: expected a line for each line"
[[ $(sed -n 1p out) == "$(sed -n 3p out)" && -n $(sed -n 1p out) ]] || fail "tokens: expected case and spaces not to count"
[[ -z $(sed -n 2p out) ]] || fail "tokens: expected an empty line of an empty line"

need_weights
expect_success "$program" inspect "$weights"
expect_text "backbone: $weights" out
expect_text "token_embedding.weight" out
safetensors odd.safetensors '{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}' 24
expect_success "$program" inspect odd.safetensors
expect_text "(2, 3)" out
expect_text "backbone: none: " out

# Features: a picture gives the same numbers alone and among others, and texts in listed order.
mkdir -p some/b && cp "$pictures/png_rgb.png" some/b/one.png && cp "$pictures/jpeg_420.jpg" some/a.jpg
printf 'some/a.jpg\nsome/b/one.png\n' >list.txt
expect_success "$program" encode --weights "$weights" --images some --out folder.npy
expect_success "$program" encode --weights "$weights" --images list.txt --out list.npy
expect_same folder.npy list.npy
expect_text "'descr': '<f4'" folder.npy
expect_text "'shape': (2, 128)" folder.npy
printf 'a red ring.\na sketch of a boat.\n' >texts.txt
expect_success "$program" encode --weights "$weights" --texts texts.txt --out texts.npy
expect_text "'shape': (2, 128)" texts.npy
finish
