#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# tests/fuzz/make_seeds.py: writes tests/fuzz/seeds, what a fuzzer begins with: small files of every kind that is read, and
# some that are not, for the way to an error is a way too. Needs Python alone. Larger fixtures are named in targets.txt.
# Writes those of tests/fuzz/regressions too that were thought of and not found by a fuzzer; it removes nothing.
import gzip
import io
import json
import pathlib
import struct
import zipfile
import zlib

here = pathlib.Path(__file__).parent
parted = b"\n----\n"


def put(target, name, data, kind="seeds"):
    folder = here / kind / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def safetensors(arrays, metadata=None):
    header = {"__metadata__": metadata} if metadata else {}
    data = b""
    for name, (dtype, shape, values) in arrays.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def longs(*values):
    return struct.pack(f"<{len(values)}q", *values)


# ---- safetensors, and the records that coop keeps in it ----------------------------------------------------------
every = {name: (name, [2], bytes(2 * size)) for name, size in
         {"F16": 2, "BF16": 2, "F32": 4, "F64": 8, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}.items()}
put("safetensors", "every_type", safetensors(every, {"format": "pt"}))
put("safetensors", "scalar_and_empty", safetensors({"s": ("F32", [], floats(1)), "e": ("F32", [0, 3], b"")}))
put("safetensors", "nothing", safetensors({}))
put("safetensors", "cut_header", safetensors(every)[:40])

names = json.dumps(["cat", "dog"])
context = {"format": "coop context 1", "context": "class-specific", "placement": "end", "names": names, "length": "1",
           "initialization": "noise", "weights_sha256": "", "epochs": "3"}
put("records", "context", safetensors({"ctx": ("F32", [2, 1, 2], floats(1, 2, 3, 4))}, context))
put("records", "state", safetensors(
    {"parameters": ("F32", [1, 2], floats(1, 2)), "optimizer.velocity": ("F32", [2], floats(3, 4))},
    {"format": "coop training state 1", "epochs_done": "2", "optimizer": "sgd", "steps": "5", "run": "run"}))
put("records", "features", safetensors(
    {"features": ("F32", [4, 2], floats(*range(8))), "labels": ("I64", [4], longs(0, 0, 1, 1))},
    {"names": names, "views": "2"}))
put("records", "classifier", safetensors(
    {"text_features": ("F32", [2, 2], floats(1, 0, 0, 1))},
    {"format": "coop classifier 1", "scale": "100", "names": names, "preprocessing": "", "weights_sha256": "",
     "method": "zero-shot"}))

# ---- weights under the three namings -----------------------------------------------------------------------------
def zeros(*shape):
    count = 1
    for extent in shape:
        count *= extent
    return ("F16", list(shape), bytes(2 * count))


text_tower = {"ln_final.weight": zeros(2), "transformer.resblocks.0.ln_1.weight": zeros(2), "text_projection": zeros(2, 2),
              "positional_embedding": zeros(3, 2), "token_embedding.weight": zeros(4, 2)}
put("weights", "openai_vit", safetensors(
    {**text_tower, "visual.proj": zeros(2, 2), "visual.conv1.weight": zeros(2, 3, 2, 2),
     "visual.positional_embedding": zeros(5, 2), "visual.transformer.resblocks.0.ln_1.weight": zeros(2)},
    {"activation": "gelu"}))
put("weights", "openai_resnet", safetensors(
    {**text_tower, **{f"visual.layer{i}.0.conv1.weight": zeros(2, 2, 1, 1) for i in (1, 2, 3, 4)},
     "visual.attnpool.positional_embedding": zeros(5, 2), "visual.attnpool.c_proj.weight": zeros(2, 2)}))
put("weights", "open_clip", safetensors(
    {"text." + name: value for name, value in text_tower.items()} | {"logit_scale": zeros(1)}))
layer = "text_model.encoder.layers.0."
put("weights", "hugging_face", safetensors(
    {layer + "self_attn." + part + "_proj.weight": zeros(2, 2) for part in "qkv"} |
    {"text_projection.weight": zeros(2, 3), "visual_projection.weight": zeros(2, 3)}))
put("weights", "published_context", safetensors(
    {"ctx": zeros(2, 2), "token_prefix": zeros(1, 1, 2), "token_suffix": zeros(1, 3, 2)}))

# ---- zip, deflate, gzip ------------------------------------------------------------------------------------------
def zip_of(members, method=zipfile.ZIP_STORED, streamed=False):
    class stream(io.BytesIO):  # cannot be sought: sizes come after the data
        def seekable(self):
            return False

        def tell(self):
            raise OSError

    out = stream() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.compress_type = method
            archive.writestr(info, data)
    return out.getvalue()


two = {"a/b.txt": b"hello " * 20, "a/c.txt": b"x"}
put("zip_archive", "stored", zip_of(two))
put("zip_archive", "deflated", zip_of(two, zipfile.ZIP_DEFLATED))
put("zip_archive", "streamed", zip_of(two, zipfile.ZIP_DEFLATED, True))
put("zip_archive", "empty", zip_of({}))


def large_zip(name, data):
    """A zip file whose every number is in its zip64 fields."""
    crc = zlib.crc32(data)
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 45, 0, 0, 0, 0, crc, 0xffffffff, 0xffffffff, len(name), 0) + name + data
    extra = struct.pack("<2H3Q", 1, 24, len(data), len(data), 0)
    central = struct.pack("<4s6H3I5H2I", b"PK\1\2", 45, 45, 0, 0, 0, 0, crc, 0xffffffff, 0xffffffff, len(name), len(extra),
                          0, 0, 0, 0, 0xffffffff) + name + extra
    at = len(local) + len(central)
    end64 = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(central), len(local))
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, at, 1)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xffff, 0xffff, 0xffffffff, 0xffffffff, 0)
    return local + central + end64 + locator + end


put("zip_archive", "zip64", large_zip(b"a/b", b"data"))

words = b"hello " * 50
packer = zlib.compressobj(9, zlib.DEFLATED, -15)
put("compressed", "deflate", struct.pack(">I", len(words))[1:] + packer.compress(words) + packer.flush())
packed = gzip.compress(words, mtime=0)
put("compressed", "gzip", packed)
put("compressed", "gzip_twice", packed + packed)
put("compressed", "gzip_cut", packed[:-9])
put("compressed", "plain", words)

# ---- arrays ------------------------------------------------------------------------------------------------------
def npy(descr, shape, data, version=1):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(10 + len(header) + 1) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(header)) + header + data


put("npy", "floats", npy("<f4", (2, 3), bytes(24)))
put("npy", "halves_version_2", npy("<f2", (2,), bytes(4), 2))
put("npy", "booleans", npy("|b1", (), b"\1"))
put("npy", "longs", npy("<i8", (1, 0, 2), b""))


def idx(shape, data):
    return bytes([0, 0, 8, len(shape)]) + b"".join(struct.pack(">I", extent) for extent in shape) + data


put("arrays", "idx", b"i" + idx([2, 3], bytes(6)))
put("arrays", "idx_compressed", b"i" + gzip.compress(idx([2, 2, 2], bytes(8)), mtime=0))
part = idx([2, 2, 2], bytes(range(8))) + parted + idx([2], b"\1\2")
put("arrays", "fashion", b"f" + part + parted + part)
record = lambda label: bytes([label]) + bytes(3072)
put("arrays", "cifar", b"c" + b"cat\ndog\n" + parted + record(0) + parted + record(1))

# ---- words and lists ---------------------------------------------------------------------------------------------
put("json", "nested", '{"a": [1, -2.5e3, true, null, "\\u00e9\\ud83d\\ude00"], "b": {"c": []}}')
put("json", "names", '["cat", "a \\"dog\\""]')
item = '["a/1.jpg", 0, "cat"]'
put("json", "split", f'{{"train": [{item}, ["b/2.jpg", 1, "dog"]], "val": [], "test": [{item}]}}')

put("lists", "tabs", "l" "path\tlabel\tname\tsplit\na.jpg\t0\tcat\ttrain\nb.jpg\t1\tdog\ttest\n")
put("lists", "commas", "l" 'a.jpg,0,"a, ""cat"""\r\n# remark\r\nb.jpg,1,dog\r\n')
put("lists", "digests", "l" "a.jpg\t0\tcat\ttrain\t" + 64 * "0" + "\n")
dashes = parted.decode()
put("lists", "aircraft", "a" + dashes.join(["707-320\nA300B4", "0034309 707-320", "0034958 A300B4", "1025794 707-320"]))
put("lists", "pets", "p" + dashes.join(["Abyssinian_100 1 1 1\nbeagle_1 2 2 1", "Abyssinian_2 1 1 1"]))
put("lists", "scenes", "s" + dashes.join(["/a/abbey\n/c/church/outdoor", "/a/abbey/1.jpg", "/c/church/outdoor/2.jpg"]))
put("lists", "actions", "u" + dashes.join(["1 ApplyEyeMakeup\n2 YoYo", "YoYo/v_YoYo_g01_c01.avi 2",
                                           "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi"]))
put("lists", "wordnet", "w" "n01440764 tench\nn01443537 goldfish\n")

merges = "#version: 0.2\nc a\nca t</w>\n) .</w>\nca ca\nd o\ndo g</w>\n"
put("vocabulary", "merges", merges + dashes + "A cat, catcatcat; dogs (dog).")
put("vocabulary", "gzip", gzip.compress(merges.encode(), mtime=0))
put("vocabulary", "long_word", merges + dashes + 30 * "caca" + " x")
put("vocabulary", "byte_symbols", "\u0120 \u0120</w>\n\u00e2 \u013b\n".encode() + parted + "\u2019 \u00a0".encode())

put("tokenizer_text", "plain", "A photo of a cat's HOUSE, 3 birds & a tern.")
put("tokenizer_text", "references", "&amp;amp;lt; &eacute; &eacute &#233; &#xE9; &SZLIG; &#128; &#0; &notit;")
put("tokenizer_text", "marks", "<|startoftext|> it's <|endoftext|> \u017f")
put("tokenizer_text", "unicode", "e\u0301 \u1100\u1161\u11a8 \u0344 \u03a3\u03a3 \u0130 \ufb03 \uff21 \u201cq\u201d \u2028 \u0345")
put("tokenizer_text", "broken", b"\xc3\xa9 \xc3 \xe2\x82 \xf0\x9f \xed\xa0\x80 \xff \x1b[31m \x00")

# ---- plans and results of the program ----------------------------------------------------------------------------
put("plan", "toml", "t" """title = "t"
protocol = "coop-fewshot"
weights = "w"
data = ["drawn:objects", {word = "folder:a/b", name = "b", prompt = "a {}.", shift = "drawn:x"}]
shots = [1, 2]
seeds = [1]
[change]
epochs = 2
[[method]]
name = "coop"
contexts = "unified"
lengths = [4, 16]
words = ["", "a photo of a"]
""")
put("plan", "json", "j" '{"protocol": "coop-fewshot", "weights": "w", "data": ["drawn:objects"], "method": [{"name": "zero-shot"}]}')
counts = {"total": 2, "correct": 1, "accuracy": 50.0, "macro_f1": 0.5}
run = {"id": "a", "protocol": "p", "program": "coop", "version": "0", "seed": 1, "shots": 2, "method": "coop",
       "data": {"word": "w", "name": "n", "digest": "d", "class_names": ["x", "y"], "classes": 2},
       "weights": {"word": "w", "sha256": "s", "backbone": "b"}, "context": "unified", "placement": "end", "length": 1,
       "init": "", **counts, "confusion": [[1, 0], [1, 0]], "others": [{"kind": "shift", "name": "o", **counts}],
       "words": {"nearest": [["cat", 0.5]], "random": [0.1]}, "loss": 1.5, "scarce": [["x", 1]], "seconds": 2.5}
put("plan", "directory", "d" '{"protocol": "p", "weights": "w", "words": {"a": "b"}}')
put("plan", "run", "r" + json.dumps(run))
put("plan", "sweep", "s" + json.dumps({"title": "t", "runs": ["a"], "data": ["n"]}) + dashes + json.dumps(run))

# ---- regressions that were thought of ----------------------------------------------------------------------------
def finding(target, name, data):
    put(target, name, data, "regressions")


huge = 1 << 62
empty = lambda *shape: ("F32", list(shape), b"")
finding("safetensors", "extents_beyond_64_bits_beside_a_zero", safetensors({"a": empty(huge, 0, huge)}))
vit = {**text_tower, "visual.proj": zeros(2, 2), "visual.transformer.resblocks.0.ln_1.weight": zeros(2)}
finding("weights", "grid_of_2_to_62_rows", safetensors(
    {**vit, "visual.conv1.weight": zeros(2, 3, 2, 2), "visual.positional_embedding": empty(huge, 0)}))
finding("weights", "patch_of_2_to_62", safetensors(
    {**vit, "visual.conv1.weight": empty(2, 0, 1, huge), "visual.positional_embedding": zeros(5, 2)}))
finding("weights", "queries_keys_and_values_of_2_to_62_rows", safetensors(
    {layer + "self_attn." + part + "_proj.weight": empty(huge, 0) for part in "qkv"}))
finding("weights", "prefix_that_is_a_scalar", safetensors({"token_prefix": zeros()}))


# Pickles: PyTorch's opcodes, as far as they are needed.
def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def integer(value):
    return b"\x8a\x08" + struct.pack("<q", value)


def tuple_of(*items):
    return b"(" + b"".join(items) + b"t"


def integers(*values):
    return tuple_of(*map(integer, values))


def rebuilt(key, elements, offset, size, stride):
    storage = tuple_of(text("storage"), b"ctorch\nFloatStorage\n", text(key), text("cpu"), integer(elements)) + b"Q"
    return (b"ctorch._utils\n_rebuild_tensor_v2\n" +
            tuple_of(storage, integer(offset), size, stride, b"\x89", b"ccollections\nOrderedDict\n)R") + b"R")


def pickle_of(opcodes):
    return b"\x80\x02" + opcodes + b"."


large = 1 << 40
beyond = pickle_of(b"}" + text("w") + rebuilt("0", 16, 0, integers(0, large, large), integers(1, large, 1)) + b"s")
finding("pickle", "extents_beyond_64_bits_beside_a_zero", beyond)
finding("weights", "torch_extents_beyond_64_bits_beside_a_zero", zip_of({"a/data.pkl": beyond, "a/data/0": bytes(64)}))
put("pickle", "tensor", pickle_of(b"}" + text("w") + rebuilt("0", 16, 2, integers(2, 3), integers(1, 2)) + b"s"))

shared = b"}q\0" + text("w") + rebuilt("2", 0, 0, integers(0), integers(1)) + b"s"  # each dict holds the one before it often
for level in range(1, 6):
    shared += b"0}(" + b"".join(integer(i) + b"h" + bytes([level - 1]) for i in range(16)) + b"uq" + bytes([level])
finding("pickle", "a_million_names_by_sharing", pickle_of(shared))
key = text("a" * 4000) + b"q\1"
nested = b"}q\0" + key + b"Ns"  # a dict; and in it, by one key of 4000 letters, another, fifty times
for level in range(2, 52):
    nested += b"}q" + bytes([level]) + b"h\1h" + bytes([0 if level == 2 else level - 1]) + b"s"
# What is below on the stack is taken away: only the last dict is the pickle's value.
finding("pickle", "long_names_within_each_other", pickle_of(b"(" + nested + b"lq\xff0}" + text("x") + b"h\x33s"))


def lying_zip(size):
    """A zip file of one deflated member of two bytes that is said to be large."""
    name, data = b"a/b", b"\x03\x00"
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(data), size, len(name), 0) + name + data
    central = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, len(data), size, len(name), 0, 0, 0, 0, 0, 0) + name
    return local + central + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local), 0)


finding("zip_archive", "two_bytes_that_claim_two_gigabytes", lying_zip((1 << 31) - 1))
finding("npy", "more_axes_than_numpy_has", npy("<f4", (0,) * 70, b""))
many = (1 << 20) + 1
packed = gzip.compress(idx([many, 1, 1], bytes(many)), mtime=0) + parted + gzip.compress(idx([many], bytes(many)), mtime=0)
finding("arrays", "a_million_pictures_of_one_pixel", b"f" + packed + parted + part)

fixtures = here.parent / "data"
progressive = (fixtures / "jpeg_422_progressive.jpg").read_bytes()
last = progressive.rindex(b"\xff\xda")
scan = progressive[last:last + 2 + int.from_bytes(progressive[last + 2:last + 4], "big")]  # its head; no data is a grey warning
finding("pictures", "jpeg_of_a_thousand_scans", progressive[:-2] + 1000 * scan + progressive[-2:])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, data, more=b""):
    head = chunk(b"IHDR", struct.pack(">2I5B", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


finding("pictures", "png_of_a_million_pixels_in_a_hundred_bytes", png(1000, 1000, b""))
texts = chunk(b"zTXt", b"t\0\0" + zlib.compress(bytes(7_000_000), 9))
finding("pictures", "png_with_a_text_of_megabytes", png(8, 1, b"\0\0", texts))

axes = ", ".join(str(i) for i in range(1, 400))
finding("plan", "a_million_runs", f't protocol = "coop-fewshot"\nweights = "w"\ndata = ["drawn:x"]\nshots = [{axes}]\n'
        f'seeds = [{axes}]\nlengths = [{axes}]\n'.replace("t ", "t", 1))
finding("plan", "an_infinite_rate", 't' 'protocol = "coop-fewshot"\nweights = "w"\ndata = ["drawn:x"]\n[change]\nrate = "inf"\n')
for name, line in {"table_that_begins_with_a_dot": "[ .a]", "table_that_begins_with_nothing": "[", "letter_with_an_accent":
                   "\u00e9 = 1", "accent_behind_a_number": "a = 1\u00e9", "accent_in_a_table": "[a\u00e9]"}.items():
    finding("plan", "toml_" + name, "t" + line + "\n")  # found by libFuzzer, made small: toml++ 3.3
finding("plan", "a_directory_without_words", "d" '{"protocol": "p", "weights": "w"}')
greatest = 1 << 53
classes = [str(i) for i in range(33)]  # 33 * 33 numbers of 2^53 are beyond 2^63
overflow = {**run, "data": {**run["data"], "class_names": classes, "classes": 33}, "confusion": [[greatest] * 33] * 33}
finding("plan", "counts_whose_sum_leaves_64_bits", "r" + json.dumps(overflow))

# Nesting and repetition: nothing of it is a level of a stack or a pass over the rest.
finding("json", "two_thousand_brackets", "[" * 2000)
finding("json", "two_thousand_names", '{"a":' * 2000)
finding("plan", "two_thousand_brackets_of_toml", "t" + "a = " + "[" * 2000)
finding("plan", "a_thousand_nested_tables_of_toml", "t" + "[" + "a." * 1000 + "b]\n")
finding("pickle", "two_thousand_marks", pickle_of(b"(" * 2000))
finding("pickle", "two_thousand_tuples_within_each_other", pickle_of(b"}" + text("w") + b"N" + b"\x85" * 2000 + b"s"))
finding("tokenizer_text", "ampersands_of_ampersands", "&" + "amp;" * 1000 + "lt;")
finding("tokenizer_text", "two_thousand_marks_on_one_letter", "a" + "\u0301\u0316" * 1000)
finding("tokenizer_text", "a_thousand_sigmas_between_dots", "\u03a3" + "'" * 1000 + "\u03a3." * 500)
finding("tokenizer_text", "a_thousand_escapes", "\x1b[1" * 1000)
finding("vocabulary", "one_word_of_four_thousand_letters", merges + dashes + "ca" * 2000)
finding("lists", "two_thousand_fields", "l" + "a," * 2000)
finding("npy", "two_thousand_numbers_of_a_shape", npy("<f4", (0,) * 2000, b""))
