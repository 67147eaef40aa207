#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Weights in every format, by every naming: what inspect says of them, what convert makes of them, and when the
# activation has to be said. The files are those of tests/io/make_torch_files.py.
source "$(dirname "$0")/support.sh" "$@"
need_weights

# What a file is
expect_success "$program" inspect "$pictures/torch_coop.pth.tar"
expect_text "torch_coop.pth.tar: torch.save: 3 tensors, 704 bytes" out
expect_text "val_result = 0.875" out
expect_success "$program" inspect "$pictures/torch_scripted.pt"
expect_text "TorchScript: 20 tensors" out
expect_success "$program" inspect "$pictures/torch_legacy.pt"
expect_text "torch.save before PyTorch 1.6: 5 tensors" out
expect_success "$program" inspect "$pictures/clip_hugging_face.safetensors"
expect_text "backbone: none: no known backbone; nearest mini-vit" out
expect_text "names: Hugging Face" out
expect_text "activation: not known: to be said with --activation" out
expect_success "$program" inspect "$pictures/clip_open_clip.pt"
expect_text "text.text_projection.weight" out
expect_text "name = tiny" out
expect_text "backbone: none: expected tensors called 'visual.transformer.resblocks....', got none" out
expect_success "$program" inspect "$weights"
expect_text "safetensors: " out
expect_text "names: OpenAI" out
expect_text "activation: quick_gelu, as metadata says" out

# One file from another: OpenAI's names, the activation, where it came from
hugging=$pictures/clip_hugging_face.safetensors
expect_error 1 "which activation? expected --activation quick-gelu" "$program" convert "$hugging" out.safetensors
expect_error 1 "torch_coop.pth.tar: expected a CLIP with tensor 'visual.proj'" \
  "$program" convert "$pictures/torch_coop.pth.tar" out.safetensors --activation gelu
expect_absent out.safetensors
expect_success "$program" convert "$hugging" converted.safetensors --activation gelu
expect_success "$program" inspect converted.safetensors
expect_text "visual.transformer.resblocks.0.attn.in_proj_weight" out
expect_text "(192, 64)" out
expect_text "source = clip_hugging_face.safetensors" out
expect_text "source_sha256 = $(sha256sum "$hugging" | cut -d' ' -f1)" out
expect_text "activation: gelu, as metadata says" out
expect_error 1 "converted.safetensors: activation: expected gelu as metadata says, got quick_gelu" \
  "$program" convert converted.safetensors again.safetensors --activation quick-gelu
expect_absent again.safetensors

# A copy is the model; a file that does not say its activation is asked about it, once for a run
printf 'a photo of a cat.\na dog\n' >texts
encode=("$program" encode --texts texts --vocab mini)
expect_success "$program" convert "$weights" copy.safetensors
expect_success "${encode[@]}" --weights "$weights" --out own.npy
expect_success "${encode[@]}" --weights copy.safetensors --out copy.npy
expect_same own.npy copy.npy
expect_success "$program" convert "$weights" halves.safetensors --half
expect_success "${encode[@]}" --weights halves.safetensors --out halves.npy
expect_same own.npy halves.npy  # the built-in weights are in half precision already
sed 's/"activation":"quick_gelu"/"activation_":"quick_gel"/' copy.safetensors >silent.safetensors
expect_error 1 "silent.safetensors: which activation?" "${encode[@]}" --weights silent.safetensors --out silent.npy
expect_absent silent.npy
expect_success "${encode[@]}" --weights silent.safetensors --activation quick-gelu --out quick.npy
expect_same own.npy quick.npy
expect_success "${encode[@]}" --weights silent.safetensors --activation gelu --out exact.npy
cmp -s own.npy exact.npy && fail "exact.npy: expected other features with another activation"
expect_error 1 "activation: expected quick_gelu as metadata says, got gelu" \
  "${encode[@]}" --weights copy.safetensors --activation gelu --out wrong.npy
expect_success "$program" train --data drawn:objects --shots 1 --epochs 1 --quiet --vocab mini \
  --weights silent.safetensors --activation gelu --out run
expect_text '"activation": "gelu"' run/run.json
expect_success "$program" evaluate --model run --data drawn:objects
expect_error 1 "tensor 'ctx': shape: expected" "$program" train --data drawn:objects --shots 1 --weights "$weights" \
  --init "$pictures/torch_coop.pth.tar" --out other
expect_absent other wrong.npy
finish
