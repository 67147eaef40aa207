#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the pictures and golden arrays beside this file that the tests of the data room compare with.

Everything golden comes from Pillow (9.4.0 with libjpeg-turbo 2.1.5 wrote the files here) and is drawn from formulas
and a fixed seed, so that running the script again changes nothing. Usage: python3 make_pictures.py
"""

import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image

here = pathlib.Path(__file__).parent
random = np.random.RandomState(7)


def scene(height, width):
    """Smooth colours, hard edges and a little noise: what resampling and JPEG blocks react to."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 127 + 120 * np.sin(x / 7 + y / 13)
    green = 255 * ((x // 6 + y // 5) % 2)
    blue = 255 * x / max(width - 1, 1)
    noise = random.randint(-20, 21, (height, width, 3))
    return np.clip(np.stack([red, green, blue], -1) + noise, 0, 255).astype(np.uint8)


def golden(name, picture):
    np.save(here / f"{name}.npy", np.asarray(picture))


def jpeg(name, picture, **options):
    """A JPEG and what Pillow makes of it."""
    path = here / f"{name}.jpg"
    picture.save(path, **options)
    golden(name, Image.open(path).convert("RGB"))


def png(name, picture, **options):
    path = here / f"{name}.png"
    picture.save(path, **options)
    golden(name, Image.open(path).convert("RGB"))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def raw_png(name, depth, colour, rows, *extra, height, width):
    """A PNG of a kind that Pillow does not write."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(extra) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    (here / f"{name}.png").write_bytes(data)


# Decoders: each kind of file with Pillow's pixels.
colour = Image.fromarray(scene(37, 50))
jpeg("jpeg_420", colour, quality=85)
jpeg("jpeg_444", colour, quality=92, subsampling=0)
jpeg("jpeg_422_progressive", colour, quality=75, subsampling=1, progressive=True)
jpeg("jpeg_grey", colour.convert("L"), quality=80)
jpeg("jpeg_cmyk", colour.convert("CMYK"), quality=90)
turned = Image.Exif()
turned[0x0112] = 6  # "rotate by 90 degrees", which nothing in the pipeline of CLIP applies
jpeg("jpeg_exif", colour, quality=85, exif=turned)
png("png_rgb", colour)
png("png_grey", colour.convert("L"))
png("png_palette", colour.quantize(23))
png("png_one_bit", colour.convert("1"))
with_alpha = np.dstack([np.asarray(colour), random.randint(0, 256, (37, 50), dtype=np.uint8)])
png("png_rgba", Image.fromarray(with_alpha, "RGBA"))
png("png_grey_alpha", Image.fromarray(with_alpha, "RGBA").convert("LA"))
palette = colour.quantize(16)
palette.info["transparency"] = 3
png("png_palette_transparent", palette, transparency=3)

# Sixteen bits: the high byte of every sample.
deep = random.randint(0, 65536, (9, 11, 3)).astype(">u2")
raw_png("png_rgb_16", 16, 2, [row.tobytes() for row in deep], height=9, width=11)
golden("png_rgb_16", (deep >> 8).astype(np.uint8))
assert np.array_equal(np.asarray(Image.open(here / "png_rgb_16.png").convert("RGB")), (deep >> 8).astype(np.uint8))
grey = deep[:, :, 0]
raw_png("png_grey_16", 16, 0, [row.tobytes() for row in grey], height=9, width=11)
golden("png_grey_16", np.repeat((grey >> 8).astype(np.uint8)[:, :, None], 3, axis=2))

# Interlaced, four bits of grey: rows of each of Adam7's passes.
four = random.randint(0, 16, (8, 8)).astype(np.uint8)
rows = []
for y0, x0, dy, dx in [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]:
    for row in four[y0::dy, x0::dx]:
        padded = np.append(row, np.zeros(len(row) % 2, np.uint8))
        rows.append(bytes(padded[0::2] << 4 | padded[1::2]))
header = struct.pack(">IIBBBBB", 8, 8, 4, 0, 0, 0, 1)
data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
data += chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))) + chunk(b"IEND", b"")
(here / "png_interlaced.png").write_bytes(data)
golden("png_interlaced", Image.open(here / "png_interlaced.png").convert("RGB"))
assert np.array_equal(np.asarray(Image.open(here / "png_interlaced.png").convert("RGB"))[:, :, 0], four * 17)

# Resizing: one source, (height, width) of each target in the name; up, down, odd, one direction only, extreme.
source = scene(61, 83)
golden("resize_source", source)
for height, width in [(32, 32), (224, 97), (61, 40), (45, 83), (7, 200), (1, 1), (122, 166), (60, 82)]:
    golden(f"resize_{height}x{width}", Image.fromarray(source).resize((width, height), Image.BICUBIC))


# The whole test transform, as torchvision's Resize and CenterCrop do it.
def test_transform(picture, size):
    w, h = picture.size
    if min(w, h) != size:
        w, h = (size, int(size * h / w)) if w <= h else (int(size * w / h), size)
        picture = picture.resize((w, h), Image.BICUBIC)
    top, left = int(round((h - size) / 2.0)), int(round((w - size) / 2.0))
    return picture.crop((left, top, left + size, top + size))


golden("test_transform_32", test_transform(Image.fromarray(source), 32))
golden("test_transform_64", test_transform(Image.fromarray(source), 64))
golden("test_transform_tall_33", test_transform(Image.fromarray(source.transpose(1, 0, 2).copy()), 33))

# A random crop's pixels never come from outside of it: crop, then resize.
golden("crop_resize_24", Image.fromarray(source).crop((20, 10, 61, 43)).resize((24, 24), Image.BICUBIC))


# Four inks: Pillow takes every such file for inverted, as Adobe's programs write them, whether it says so or not. The
# transform byte of Adobe's marker makes the same data YCCK; without the marker the same data are plain inks.
inks = (here / "jpeg_cmyk.jpg").read_bytes()
adobe = inks.index(b"\xff\xee")
assert inks[adobe + 4 : adobe + 9] == b"Adobe" and inks[adobe + 15] == 0
for name, data in {
    "jpeg_ycck": inks[: adobe + 15] + b"\2" + inks[adobe + 16 :],
    "jpeg_cmyk_unmarked": inks[:adobe] + inks[adobe + 16 :],
}.items():
    (here / f"{name}.jpg").write_bytes(data)
    golden(name, Image.open(here / f"{name}.jpg").convert("RGB"))

# Three components that are red, green and blue: the marker again, on data without sub-sampling.
three = (here / "jpeg_444.jpg").read_bytes()
jfif = three.index(b"\xff\xe0")
data = three[:jfif] + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0" + three[jfif + 18 :]
(here / "jpeg_rgb.jpg").write_bytes(data)
golden("jpeg_rgb", Image.open(here / "jpeg_rgb.jpg").convert("RGB"))

# Kinds of PNG that are seldom seen: sixteen bits with alpha, two bits of grey or of a palette.
alphas = random.randint(0, 65536, (9, 11, 4)).astype(">u2")
alphas[2:5, 3:7, 3] = 0
raw_png("png_rgba_16", 16, 6, [row.tobytes() for row in alphas], height=9, width=11)
raw_png("png_grey_alpha_16", 16, 4, [row.tobytes() for row in alphas[:, :, 1::2]], height=9, width=11)
few = random.randint(0, 4, (9, 12)).astype(np.uint8)
packed = [bytes(r[0::4] << 6 | r[1::4] << 4 | r[2::4] << 2 | r[3::4]) for r in few]
raw_png("png_grey_2", 2, 0, packed, height=9, width=12)
entries = chunk(b"PLTE", bytes([9, 80, 7, 200, 30, 140, 66, 255, 0, 31, 32, 33]))
raw_png("png_palette_2", 2, 3, packed, entries, height=9, width=12)
for name in ["png_rgba_16", "png_grey_alpha_16", "png_grey_2", "png_palette_2"]:
    golden(name, Image.open(here / f"{name}.png").convert("RGB"))

# Holes: colours under an alpha of zero, and edges that overshoot.
holes = np.asarray(colour).copy()
mask = np.full((37, 50), 255, np.uint8)
mask[4:18, 6:23] = 0
mask[20:33, 18:40] = 60
mask[::9, :] = 7
png("png_rgba_holes", Image.fromarray(np.dstack([holes, mask])))


# Both orders of the conversion to RGB: Dassl's at loading, CLIP's own after resizing and cropping in the picture's mode.
MODES = (
    "jpeg_420 jpeg_grey jpeg_cmyk jpeg_ycck png_one_bit png_grey png_grey_alpha png_palette png_palette_transparent "
    "png_palette_2 png_rgb png_rgba png_rgba_holes png_rgba_16 png_grey_alpha_16"
).split()
DIFFERENT = "jpeg_cmyk png_one_bit png_grey_alpha png_palette png_rgba_holes".split()


def opened(name):
    return Image.open(here / (name + (".jpg" if name.startswith("jpeg") else ".png")))


def stack(name, pictures):
    np.save(here / f"{name}.npy", np.stack([np.asarray(p) for p in pictures]))


stack("conversion_dassl_24", [test_transform(opened(name).convert("RGB"), 24) for name in MODES])
stack("conversion_clip_24", [test_transform(opened(name), 24).convert("RGB") for name in MODES])
stack("conversion_clip_40", [test_transform(opened(name), 40).convert("RGB") for name in DIFFERENT])
stack("conversion_clip_37", [test_transform(opened(name), 37).convert("RGB") for name in DIFFERENT[:3]])


def training_crop(picture):
    """top 6, left 9, 21 x 33, mirrored: what a random resized crop and a flip come to."""
    return picture.crop((9, 6, 42, 27)).resize((20, 20), Image.BICUBIC).transpose(Image.FLIP_LEFT_RIGHT)


stack("conversion_clip_crop_20", [training_crop(opened(name)).convert("RGB") for name in DIFFERENT])
