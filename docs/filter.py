#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes every header as Doxygen should see it: `filter.py FROM TO`, two folders.

The house writes comments for readers of the source, and Doxygen is told what they see:
  * the paragraph at a header's head is the header's description;
  * a comment behind a member is its documentation, with // as with ///<;
  * one `///` line speaks for all one-line declarations below it, up to an empty line;
  * what every policy and functor has by the rules of its concept is documented here, once (COMMON).
Line numbers do not change, so that a warning names the line of the source.
"""
import pathlib
import re
import sys

# Members whose meaning follows from a concept or a convention: <a line of code without its indent> -> what it is.
NODISCARD = r"(\[\[nodiscard\]\] )?(COOP_HOST_DEVICE )?(constexpr |static )*"
COMMON = [(re.compile(pattern), text) for pattern, text in (
    # of everything
    (r"friend .*operator==\(.*\) = default;", "Equal in all members."),
    (r"using error::error;", "From the text behind \"coop: \"."),
    (r"\w+\(\w+&& ?\w*\) noexcept", "Moves."),
    (r"\w+& operator=\(\w+&& ?\w*\) noexcept", "Moves."),
    (r"\w+\(\) = default;", "Empty."),
    # of policies, layers and what computes
    (r"static constexpr (const char\*|std::string_view) name = ", "Its word, in command lines and in files."),
    (r"using scalar = ", "The type of the numbers it computes with."),
    (r"using device_type = ", "The device that it computes on."),
    (r"using activation = ", "The activation of its blocks."),
    (NODISCARD + r"(const )?D&? device\(\) const", "The device that it computes on."),
    (NODISCARD + r"index_t (inputs|outputs)\(\) const", "Columns of its operand (inputs) and of its result (outputs)."),
    (NODISCARD + r"std::size_t bytes\(\) const", "Bytes that it holds in its device's memory."),
    (NODISCARD + r"void operator\(\)\(const M&( team)?, index_t( row| i)?\) const", "The work on one row, by all workers of the team."),
    (NODISCARD + r"void operator\(\)\(const M&( team)?, index_t( row)?, index_t( begin)?, index_t( end)?\) const",
     "The work on the elements [begin, end) of a product's finished row."),
    (NODISCARD + r"void operator\(\)\(index_t i\) const", "The work on one index."),
    (r"view<(const )?[\w:]+, [1-4]> \w+;", "An operand on the device, called as in the line above its functor."),
    # of a device: coop::Memory, coop::Algebra, coop::Loops, coop::Team
    (r"using buffer = ", "Memory of the device for n elements; given back when it goes."),
    (NODISCARD + r"buffer<U> allocate\(", "Memory for n elements, uninitialised (coop::Memory)."),
    (NODISCARD + r"void (upload|download|copy)\(", "From the host, to the host, or within the device; equal extents (coop::Memory)."),
    (NODISCARD + r"void fill\(", "Every element becomes the value (coop::Memory)."),
    (NODISCARD + r"void synchronize\(\) const", "Returns when all that was asked for is done (coop::Memory)."),
    (NODISCARD + r"void gemm\(", "out = alpha op(left) op(right) + beta out (coop::Algebra)."),
    (NODISCARD + r"void gemm_each\(", "The same for many pairs of operands, given by index (coop::Algebra)."),
    (NODISCARD + r"frozen freeze(_from_host)?\(", "A matrix in the device's own layout, for multiply (coop::Algebra)."),
    (NODISCARD + r"void multiply\(", "y = x w + bias, or y + x w + bias, then the finish (coop::Algebra)."),
    (NODISCARD + r"void multiply_each\(", "The same for many operands, given by index (coop::Algebra)."),
    (NODISCARD + r"void for_each\(", "f(i) for i in [0, n) (coop::Loops)."),
    (NODISCARD + r"void for_each_row\(", "f(team, row) for row in [0, rows) (coop::Loops)."),
    (NODISCARD + r"index_t lanes = ", "Neighbouring workers that read neighbouring elements (coop::Team)."),
    (NODISCARD + r"index_t (first|stride)\(\)", "Where this worker begins in a row, and its step (coop::Team)."),
    (NODISCARD + r"void sync\(\)", "All workers meet (coop::Team)."),
    (NODISCARD + r"\w+ (sum|max)\(", "Over all workers, the same for each; they meet (coop::Team)."),
    (NODISCARD + r"(const )?\w+\* data\(\)", "The first element."),
    # of an archive: safetensors, torch_archive, any_archive
    (NODISCARD + r"const std::string& path\(\) const", "The file's name, as it was opened."),
    (NODISCARD + r".*\bmetadata\(\) const", "The texts that a writer left beside the tensors, by key."),
    (NODISCARD + r".*\bentries\(\) const", "What the file holds, in its order."),
    (NODISCARD + r"bool contains\(std::string_view name\) const", "Whether there is an entry of that name."),
    (NODISCARD + r"const \w+& entry\(std::string_view name\) const", "The entry of that name; none is an io_error."),
    # of an optimizer's state: coop::Optimizer; of a schedule: coop::Schedule
    (NODISCARD + r"void step\(", "Changes the parameters by one step against the gradient; both (rows, columns) on the device."),
    (NODISCARD + r"optimizer_memory save\(\) const", "What it must remember to go on after a break."),
    (NODISCARD + r"void restore\(const optimizer_memory", "Goes on from what save() gave; other extents are a shape_error."),
    (NODISCARD + r"index_t epochs_total\(\) const", "Epochs of the whole schedule."),
    (NODISCARD + r"double at\(index_t", "The learning rate in an epoch, from 0."),
    # of a published data set: coop::published::description
    (r"static constexpr published::arrangement arrangement", "What says which pictures and classes there are."),
    (r"static constexpr std::string_view folder", "Below the root."),
    (r"static constexpr std::string_view pictures", "Below the folder; empty: the folder itself."),
    (r"static constexpr std::string_view split", "The published split file in the folder; empty: none."),
    (r"static constexpr std::string_view prompt", "The hand-written prompt; {} stands for the class's name."),
    (r"static constexpr counts size", "Classes and pictures, as published."),
    (r"static constexpr .*\bannotations\b", "Official lists that are read where there is no split file."),
    (r"static constexpr .*\bparts\b", "Folders within that of the pictures."),
    (r"static constexpr .*\bother_folders\b", "What copies call the folder."),
    (r"static constexpr .*\bother_places\b", "Where other copies keep a part."),
)]

DECLARATION = re.compile(r"^\s*(?!//|#|\}|public:|private:|protected:|namespace|return|if|for|while|switch|case|else|"
                         r"template|using namespace|static_assert|friend class|requires)[\w\[:~].*[;}]\s*(//.*)?$")
TEMPLATE = re.compile(r"(template <|requires\b)")
BEHIND = re.compile(r"([;,{}\w)\]])(\s{1,})// (?!NOLINT|clang-format|namespace )(.*)$")


def balanced(code):
    return all(code.count(a) == code.count(b) for a, b in ("()", "{}", "[]"))


def several(line, text):
    """`T a, b;` as two declarations, so that what is said of both is said of each."""
    match = re.match(r"((?:static |constexpr |const )*[\w:<>]+)\s+(\w+[^()]*,[^()]*);\s*(//.*)?$", line)
    if not match or re.search(r"[{<][^}>]*,", line):
        return line
    names = [name.strip() for name in match[2].split(",")]
    return f" /** {text} */ ".join(f"{match[1]} {name};" for name in names)


def seen(path):
    lines = open(path, encoding="utf-8").read().split("\n")
    result = []
    # The head: the comment between the licence and the guard.
    head = True
    speaks = None  # the `///` line that speaks for the declarations below it
    said = []      # the block of `///` lines just read
    template = False
    for number, line in enumerate(lines):
        stripped = line.strip()
        code = stripped.split("//")[0].rstrip()
        if head:
            if number == 0:
                result.append("/// @file")
            elif stripped.startswith("//"):
                result.append("///" + stripped[2:])
            else:
                head = False
                result.append(line)
            continue
        if stripped.startswith("///") and not stripped.startswith("///<"):
            said.append(stripped[3:].strip())
            result.append(line)
            continue
        if not stripped:
            speaks, said = None, []
            result.append(line)
            continue
        line = BEHIND.sub(r"\1\2///< \3", line)
        indent = line[:len(line) - len(line.lstrip())]
        prefix = ""
        declaration = stripped  # what a template's lines lead to
        for following in lines[number + 1:]:
            if not TEMPLATE.match(declaration) or template:
                break
            declaration = following.strip()
        common = next((text for pattern, text in COMMON if pattern.match(declaration)), None)
        one_line = bool(DECLARATION.match(line)) and balanced(code)
        if said:
            speaks = " ".join(said) if one_line or TEMPLATE.match(stripped) or code.startswith("#define") else None
            if one_line:
                line = indent + several(line.strip(), speaks)
            said = []
        elif template:
            if not one_line and not TEMPLATE.match(stripped):
                speaks = None  # of a whole class or function, not of what is in it
        elif one_line and "///<" in line:
            line, behind = line.split("///<", 1)
            line = several(line.strip(), behind.strip())
            prefix = f"/** {behind.strip()} */ "
        elif common:
            prefix = f"/** {common} */ "
        elif speaks and (one_line or TEMPLATE.match(stripped)):
            line = several(line.strip(), speaks)
            prefix = f"/** {speaks} */ "
        elif speaks and stripped.startswith("#define"):
            prefix = f"/** {speaks} */ "
        elif not one_line:
            speaks = None
        template = bool(TEMPLATE.match(stripped))
        result.append(indent + prefix + line.lstrip().rstrip() if prefix else line)
    return "\n".join(result)


def main(source, destination):
    for path in sorted(pathlib.Path(source).rglob("*.hpp")):
        target = pathlib.Path(destination) / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(seen(path), encoding="utf-8")


main(*sys.argv[1:])
