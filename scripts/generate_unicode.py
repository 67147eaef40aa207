#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes include/coop/prompt/unicode_tables.hpp from the Unicode data that ICU carries.

Usage: scripts/generate_unicode.py [DEST]      (Debian: apt-get install libicu72, which holds Unicode 15.0)

The version is pinned: another Unicode gives other letters and so other tokens. Nothing but ICU is asked, so that
classes, lower case and normal forms are of one version.
"""
import ctypes
import os
import sys

ICU = "72"
UNICODE = "15.0"
LIMIT = 0x110000
CASED, CASE_IGNORABLE = 49, 50  # UProperty of uchar.h
CATEGORIES = {"letters": (1, 2, 3, 4, 5), "numbers": (9, 10, 11)}  # UCharCategory: L*, N*

try:
    icu = ctypes.CDLL(f"libicuuc.so.{ICU}")
except OSError as failure:
    sys.exit(f"generate_unicode: ICU {ICU} is needed ({failure})")


def function(name, result=ctypes.c_int32):
    found = getattr(icu, f"{name}_{ICU}")
    found.restype = result
    return found


def check_version():
    numbers = (ctypes.c_uint8 * 4)()
    function("u_getUnicodeVersion", None)(numbers)
    found = f"{numbers[0]}.{numbers[1]}"
    if found != UNICODE:
        sys.exit(f"generate_unicode: expected Unicode {UNICODE}, ICU has {found}")


def boundaries(holds):
    """Code points where the answer changes: the set is [b0, b1), [b2, b3), ..."""
    edges, inside = [], False
    for c in range(LIMIT + 1):
        now = c < LIMIT and bool(holds(c))
        if now != inside:
            edges.append(c)
            inside = now
    return edges


def lower_ranges():
    """(first, last, step, difference): every step-th code point of first..last is lowered by adding the difference."""
    lower = function("u_tolower")
    ranges = []
    for c in range(LIMIT):
        difference = lower(c) - c
        if not difference:
            continue
        if ranges:
            first, last, step, before = ranges[-1]
            if before == difference and c - last in (1, 2) and (last == first or step == c - last):
                ranges[-1] = (first, c, c - last, difference)
                continue
        ranges.append((c, c, 1, difference))
    return ranges


def decompositions():
    """(whole, first, second or 0), one canonical step; Hangul is arithmetic and left out."""
    error = ctypes.c_int32(0)
    nfc = ctypes.c_void_p(function("unorm2_getNFCInstance", ctypes.c_void_p)(ctypes.byref(error)))
    raw = function("unorm2_getRawDecomposition")
    pair = function("unorm2_composePair")
    buffer = (ctypes.c_uint16 * 8)()
    rows, composable = [], []
    for c in range(LIMIT):
        if 0xAC00 <= c < 0xD7A4 or 0xD800 <= c < 0xE000:
            continue
        count = raw(nfc, c, buffer, 8, ctypes.byref(error))
        if count < 0:
            continue
        parts = bytes(bytearray(b for unit in buffer[:count] for b in (unit & 255, unit >> 8))).decode("utf-16-le")
        assert 1 <= len(parts) <= 2 and error.value == 0
        first, second = ord(parts[0]), ord(parts[1]) if len(parts) == 2 else 0
        if second and pair(nfc, first, second) == c:
            composable.append((first, second, len(rows)))
        rows.append((c, first, second))
    return rows, [row for _, _, row in sorted(composable)]


def combining_ranges():
    """(first, last, class) for canonical combining classes other than 0."""
    of = function("u_getCombiningClass", ctypes.c_uint8)
    ranges = []
    for c in range(LIMIT):
        value = of(c)
        if not value:
            continue
        if ranges and ranges[-1][1] == c - 1 and ranges[-1][2] == value:
            ranges[-1] = (ranges[-1][0], c, value)
        else:
            ranges.append((c, c, value))
    return ranges


def halfwidth():
    """Compatibility forms of U+FF5F..U+FFEF, 0 where there is none. U+FFE3 has two code points and is left to code."""
    error = ctypes.c_int32(0)
    nfkc = ctypes.c_void_p(function("unorm2_getNFKCInstance", ctypes.c_void_p)(ctypes.byref(error)))
    normalize = function("unorm2_normalize")
    buffer = (ctypes.c_uint16 * 8)()
    forms = []
    for c in range(0xFF01, 0xFFF0):
        count = normalize(nfkc, (ctypes.c_uint16 * 1)(c), 1, buffer, 8, ctypes.byref(error))
        assert error.value == 0
        if c < 0xFF5F:
            assert count == 1 and buffer[0] == c - 0xFEE0
        elif c == 0xFFE3:
            assert list(buffer[:count]) == [0x20, 0x304]
            forms.append(0)
        else:
            assert count == 1
            forms.append(0 if buffer[0] == c else buffer[0])
    return forms


def lines(cells, indent="    ", width=108):
    line, out = indent, []
    for cell in cells:
        if len(line) + len(cell) + 1 > width:
            out.append(line.rstrip())
            line = indent
        line += cell + ", " if not cell.startswith("{") else cell + ","
    return "\n".join(out + [line.rstrip()]).rstrip(",") + "\n"


def array(comment, declaration, cells):
    return f"/// {comment}\ninline constexpr {declaration}[] = {{\n{lines(cells)}}};\n\n"


def number(value):
    return str(value) if value < 10 else f"0x{value:X}"


def row(values):
    return "{" + ",".join(number(v) if v >= 0 else str(v) for v in values) + "}"


def main():
    check_version()
    category = function("u_charType", ctypes.c_int8)
    has = function("u_hasBinaryProperty", ctypes.c_int8)
    text = f"""// SPDX-License-Identifier: MIT
//
// Unicode {UNICODE}: what the tokenizer must know of it. Written by scripts/generate_unicode.py from ICU {ICU}; not for
// editing. A set is a list of boundaries [b0, b1), [b2, b3), ...; unicode.hpp asks all of these tables.
#ifndef COOP_PROMPT_UNICODE_TABLES_HPP
#define COOP_PROMPT_UNICODE_TABLES_HPP

#include <cstdint>

namespace coop::unicode {{

/// The version of Unicode that all tables are of.
inline constexpr const char* version = "{UNICODE}";

namespace tables {{

/// Every step-th code point of first..last becomes lower case by adding `difference`.
struct lower_range {{
  char32_t first, last;
  std::int32_t step, difference;
}};

/// One canonical step: whole -> first second, or whole -> first when second is 0.
struct decomposition {{
  char32_t whole, first, second;
}};

/// Code points first..last have this canonical combining class.
struct combining_range {{
  char32_t first, last;
  std::uint8_t value;
}};

// clang-format off

"""
    for name, kinds in CATEGORIES.items():
        edges = boundaries(lambda c: category(c) in kinds)
        count = sum(b - a for a, b in zip(edges[::2], edges[1::2]))
        text += array(f"General category {name[0].upper()}*: {count} code points.", f"char32_t {name}", map(number, edges))
    for name, key in (("cased", CASED), ("case_ignorable", CASE_IGNORABLE)):
        edges = boundaries(lambda c: has(c, key))
        text += array(f"Derived property {name.title()}: which sigma ends a word.", f"char32_t {name}", map(number, edges))
    text += array("Simple lower-case mappings.", "lower_range lower", map(row, lower_ranges()))
    rows, composable = decompositions()
    text += array("Canonical decompositions without Hangul, by whole.", "decomposition decompositions", map(row, rows))
    text += array("Rows of `decompositions` that compose again, by (first, second).", "std::uint16_t compositions",
                  map(str, composable))
    text += array("Canonical combining classes other than 0.", "combining_range combining", map(row, combining_ranges()))
    text += array("What U+FF5F to U+FFEF are in ordinary width; 0: nothing else.", "char16_t halfwidth",
                  map(number, halfwidth()))
    text += """// clang-format on

}  // namespace tables

}  // namespace coop::unicode

#endif
"""
    here = os.path.dirname(os.path.abspath(__file__))
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "../include/coop/prompt/unicode_tables.hpp")
    with open(target, "w", encoding="ascii") as out:
        out.write(text)


if __name__ == "__main__":
    main()
