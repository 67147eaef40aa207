# SPDX-License-Identifier: MIT
"""Reading and writing safetensors: eight bytes of header length, a JSON header, the tensors' bytes."""

import json
import os
import struct

import torch

TYPES = {torch.float16: "F16", torch.float32: "F32", torch.int64: "I64"}
NAMES = {name: kind for kind, name in TYPES.items()}


def write(path, tensors, metadata):
    """Writes beside `path` and renames, so that a reader never sees half a file."""
    header, blobs, offset = {"__metadata__": metadata}, [], 0
    for name in sorted(tensors):
        tensor = tensors[name].detach().contiguous()
        blob = tensor.numpy().tobytes()
        header[name] = {
            "dtype": TYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(blob)],
        }
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    os.replace(path + ".part", path)


def read(path):
    """The tensors and the metadata of a file."""
    with open(path, "rb") as file:
        blob = bytearray(file.read())
    length = struct.unpack("<Q", blob[:8])[0]
    header = json.loads(blob[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + at for at in entry["data_offsets"])
        flat = torch.frombuffer(blob[begin:end], dtype=NAMES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"]).clone()
    return tensors, metadata
