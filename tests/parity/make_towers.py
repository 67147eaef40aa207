# SPDX-License-Identifier: MIT
"""Writes tests/data/towers.safetensors: features of CLIP's towers under formula weights, computed by PyTorch.

Tiny towers and two pictures for each of the published ones, in float64: what the unit tests of the towers compare
with. The published system's own float32 is make_golden.py's. Run with a Python that has torch and numpy:

    python3 tests/parity/make_towers.py tests/data/towers.safetensors
"""

import sys

import numpy as np
import torch
import torch.nn.functional as F

import formula_weights
from published_clip import IMAGE, ModifiedResNet, TextTower, VisionTransformer, filled


def main(path):
    torch.set_grad_enabled(False)

    def features(tower, count, size):
        pictures = torch.from_numpy(formula_weights.pictures(count, size)).double().permute(0, 3, 1, 2)
        return filled(tower, "visual.", torch.float64)(pictures)

    def text(tower, ids):
        return filled(tower, "", torch.float64).encode_text(torch.tensor(ids))

    out = {}
    out["tiny-vit"] = features(VisionTransformer(24, 8, 128, 3, 10), 3, 24)
    out["tiny-vit.gelu"] = features(VisionTransformer(24, 8, 128, 3, 10, F.gelu), 3, 24)
    out["tiny-rn"] = features(ModifiedResNet(64, 4, (2, 1, 1, 2), 12), 3, 64)
    out["tiny-text"] = text(
        TextTower(128, 2, 10, 50, 9), [[48, 3, 4, 5, 49, 0, 0], [48, 3, 9, 49, 0, 0, 0], [48, 3, 4, 7, 8, 9, 49]]
    )
    for name in ("RN50", "ViT-B/32", "ViT-B/16"):
        out[name] = features(IMAGE[name](), 2, 224)
    ids = [[49406, 320, 1125, 539, 49407, 0], [49406, 320, 2368, 269, 518, 49407]]
    out["ViT-B/16.text"] = text(TextTower(512, 12, 512), ids)
    arrays = {name: value.numpy().astype(np.float32) for name, value in out.items()}
    for name, array in arrays.items():
        print(f"{name:16} {array.shape} deviation {array.std():.3f}")
    formula_weights.write_safetensors(path, arrays, {"torch": torch.__version__, "precision": "float64, stored float32"})


if __name__ == "__main__":
    main(sys.argv[1])
