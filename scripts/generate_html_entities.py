#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes include/coop/prompt/html_entities.hpp from the names of HTML 5 that Python's html.entities carries.

Usage: scripts/generate_html_entities.py [DEST]
"""
import html.entities
import os
import sys

HEAD = """// SPDX-License-Identifier: MIT
//
// The named characters of HTML 5, {count} of them, as one sorted text of "name \\1 character \\2" (UTF-8). A name
// without ';' is one of the old ones that need none. Written by scripts/generate_html_entities.py; not for editing.
#ifndef COOP_PROMPT_HTML_ENTITIES_HPP
#define COOP_PROMPT_HTML_ENTITIES_HPP

#include <string_view>

namespace coop::detail {{

// clang-format off
/// Sorted by the bytes of the names; html.hpp searches it.
inline constexpr std::string_view html_entities =
"""
TAIL = """// clang-format on

}  // namespace coop::detail

#endif
"""


def escaped(data):
    return "".join(chr(b) if 32 < b < 127 and b not in b'"\\?' else f"\\{b:03o}" for b in data)


def main():
    lines, line = [], ""
    for name, character in sorted(html.entities.html5.items(), key=lambda item: item[0].encode("ascii")):
        value = character.encode()
        assert not set(value) & {1, 2}
        cell = escaped(name.encode() + b"\1" + value + b"\2")
        if len(line) + len(cell) > 104:
            lines.append(line)
            line = ""
        line += cell
    lines.append(line)
    here = os.path.dirname(os.path.abspath(__file__))
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "../include/coop/prompt/html_entities.hpp")
    with open(target, "w", encoding="ascii") as out:
        out.write(HEAD.format(count=len(html.entities.html5)))
        out.write("\n".join(f'    "{line}"' for line in lines) + ";\n" + TAIL)


if __name__ == "__main__":
    main()
