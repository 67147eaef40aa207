#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes tests/data/token_lines.txt.gz: texts of many scripts and the ids that open-clip-torch's tokenizer gives them.

tests/data/make_tokens.py states the published algorithm once more and holds real names; this script asks the tokenizer
that others run, about lines made by formula. Needs open-clip-torch with ftfy and regex.

    python3 tests/parity/make_token_lines.py

A line of the unpacked file is the ids, a tab, and the text escaped as in tokens.txt. Left out are texts in which ftfy
finds wrong code pages to repair, which coop does not do, code points that this Python's tables do not know, and CLIP's
two marks written out, which open_clip spells <start_of_text> and <end_of_text>; tokens.txt has them.
"""
import gzip
import pathlib
import random
import sys
import unicodedata

import ftfy
import open_clip.tokenizer

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
sys.path.insert(0, str(DATA))
from make_tokens import escaped  # noqa: E402

COUNT = 5200


def span(first, last):
    return [chr(c) for c in range(first, last + 1) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]


SCRIPTS = {
    "latin": list("etaoinshrdlu") * 4 + span(0x41, 0x5A) + span(0x61, 0x7A),
    "accents": list("aeiou") + span(0xC0, 0x24F) + span(0x1E00, 0x1EFF),
    "marks": list("aeioncs") + span(0x300, 0x345),
    "cyrillic": span(0x400, 0x4FF),
    "greek": span(0x370, 0x3FF) + span(0x1F00, 0x1FFF),
    "arabic": span(0x620, 0x6D3),
    "hebrew": span(0x5D0, 0x5EA) + span(0x5B0, 0x5C2),
    "devanagari": span(0x904, 0x97F),
    "thai": span(0xE01, 0xE3A) + span(0xE40, 0xE5B),
    "cjk": span(0x4E00, 0x4EFF) + span(0x3041, 0x30FF) + span(0x3001, 0x3011),
    "hangul": span(0xAC00, 0xAD00) + span(0x1100, 0x1112) + span(0x1161, 0x1175),
    "emoji": span(0x1F600, 0x1F64F) + span(0x1F300, 0x1F360) + ["\u200d", "\ufe0f"] + span(0x1F3FB, 0x1F3FF),
    "digits": list("0123456789") + span(0x660, 0x669) + span(0x2160, 0x217F) + span(0xB2, 0xB3) + span(0xBC, 0xBE),
    "punctuation": list("!\"#%&'()*+,-./:;<=>?@[\\]^_`{|}~") + ["...", "--", "?!", "''"],
    "full-width": span(0xFF01, 0xFF5E) + span(0xFF66, 0xFF9F),
    "quotes": list("abst") + ["\u2018", "\u2019", "\u201c", "\u201d", "\u201a", "\u201e", "\u02bc", "\u2039"],
    "ligatures": list("aeo") + span(0xFB00, 0xFB06) + ["\u0132", "\u0133", "\u0149", "\u01c4", "\u01f2"],
    "symbols": span(0x20A0, 0x20BF) + span(0x2190, 0x21FF) + span(0x2200, 0x22FF) + span(0x2460, 0x24FF),
    "entities": ["&amp;", "&lt;", "&gt;", "&quot;", "&eacute;", "&Eacute;", "&nbsp;", "&#39;", "&#x27;", "&#233;", "&copy",
                 "&notit;", "&hearts;", "&rsquo;", "&amp;amp;", "&AMP", "&;", "&#;", "&euro;", "&frac12;", "x", "a "],
    "contractions": ["it's", "don't", "WE'LL", "they're", "I'm", "she'd", "we've", "'s", "'RE", "o'clock", "'em", "n't"],
    "words": ["a photo of a ", "the ", "dog", "cat", "Gnocchi", "truck.", "water", "itap of ", "T-shirt", "(art)", "X "],
    "pieces of marks": ["<|", "|>", "endoftext", "startoftext", "end", "of", "text", "<", ">", "|"],
}  # fmt: skip
BLANKS = [" ", " ", " ", "  ", "\t", "\n", "\u00a0", "\u2003", "\u3000", "\u2009", "\r\n", "\u2028", "\x1f", "\u0085"]


def lines():
    """Half of one script, half of two."""
    draw, names = random.Random(11), list(SCRIPTS)
    made, seen = 0, set()
    while made < COUNT:
        pools = [SCRIPTS[names[made % len(names)]]]
        if draw.random() < 0.5:
            pools.append(SCRIPTS[draw.choice(names)])
        text = ""
        for _ in range(draw.randrange(1, 9)):
            text += draw.choice(draw.choice(pools))
            if draw.random() < 0.2:
                text += draw.choice(BLANKS)
        if text in seen or "<|startoftext|>" in text.lower() or "<|endoftext|>" in text.lower():
            continue
        if ftfy.fix_text(text) != ftfy.fix_text(text, fix_encoding=False):
            continue
        seen.add(text)
        made += 1
        yield text


def main():
    encode = open_clip.tokenizer.SimpleTokenizer().encode
    out = "".join(" ".join(map(str, encode(text))) + "\t" + escaped(text) + "\n" for text in lines())
    path = DATA / "token_lines.txt.gz"
    with open(path, "wb") as file, gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=9, mtime=0) as packed:
        packed.write(out.encode())
    print(f"{path}: {COUNT} lines, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
