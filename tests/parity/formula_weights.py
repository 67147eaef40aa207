# SPDX-License-Identifier: MIT
"""Weights by formula, bit for bit those of tests/support/formula_weights.hpp, and a writer of safetensors files.

Every number follows from its tensor's name and its place: u = splitmix64(FNV-1a(name) + (i + 1) * golden ratio) as a
float32 in [-1, 1), w = u * scale + offset. The header says more.
"""

import json
import math
import struct

import numpy as np

MASK = (1 << 64) - 1


def hash_of(name):
    value = 14695981039346656037
    for byte in name.encode():
        value = ((value ^ byte) * 1099511628211) & MASK
    return value


def uniform(seed, count):
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + (np.arange(1, count + 1, dtype=np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.int64) - (1 << 23)).astype(np.float32) / np.float32(1 << 23)


def formula_of(name, extents):
    """Scale and offset of a tensor."""
    if name == "logit_scale":
        return 0.0, 4.6051702
    if name.endswith("running_mean"):
        return 0.1, 0.0
    if name.endswith("running_var"):
        return 0.25, 1.0
    if name.endswith("embedding") or name.endswith("token_embedding.weight"):
        return 0.1, 0.0
    if name.endswith("bn3.weight") and "layer" in name:
        return 0.05, 0.15
    if len(extents) == 1:
        return (0.1, 1.0) if name.endswith("weight") else (0.1, 0.0)
    inputs = extents[0] if name in ("visual.proj", "text_projection") else math.prod(extents[1:])
    return math.sqrt((6.0 if len(extents) == 4 else 3.0) / inputs), 0.0


def values(name, extents):
    scale, offset = formula_of(name, extents)
    u = uniform(hash_of(name), math.prod(extents))
    return (u * np.float32(scale) + np.float32(offset)).reshape(extents)


def pictures(count, size):
    """(count, size, size, 3)."""
    return uniform(hash_of("pictures"), count * size * size * 3).reshape(count, size, size, 3) * np.float32(2)


def write_safetensors(path, arrays, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, array in arrays.items():
        assert array.dtype == np.float32
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in arrays.values():
            file.write(np.ascontiguousarray(array).tobytes())
