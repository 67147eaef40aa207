#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What run.sh measured as one document and one page of tables.

    tables.py OUT

Reads OUT/parts.txt and the JSON documents of the parts, as many as there are; writes OUT/results.json and OUT/results.md.
Standard library only.
"""

import json
import pathlib
import sys


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def tera(rate):
    return f"{rate / 1e12:.3g}"


def share(part, whole):
    return f"{100 * part / whole:.0f} %" if whole else "-"


def parts_table(parts):
    return table(["part", "status", "seconds", "limit"],
                 [(name, "done" if status == "0" else f"failed: {status}", seconds, limit)
                  for name, status, seconds, limit in parts])  # fmt: skip


def ceilings(document):
    """The best lone product of each precision, by whom."""
    best = {}
    for row in document["rows"]["products"]:
        key = row["precision"], row["by"]
        best[key] = max(best.get(key, 0), row["rate"])
    return best


def ceiling_page(document):
    move = document["rows"]["transport"]
    text = table(["what", "figure"], [
        ("copied within the device", f"{move['copied_bytes_per_second'] / 1e9:.0f} GB/s, read and written"),
        ("from the host", f"{move['uploaded_bytes_per_second'] / 1e9:.1f} GB/s"),
        ("to the host", f"{move['downloaded_bytes_per_second'] / 1e9:.1f} GB/s"),
        ("to ask for work", f"{move['seconds_to_ask'] * 1e6:.1f} us"),
        ("to ask and wait", f"{move['seconds_to_ask_and_wait'] * 1e6:.1f} us"),
    ])  # fmt: skip
    shapes = {}
    for row in document["rows"]["products"]:
        shapes.setdefault((row["rows"], row["k"], row["n"]), {})[row["precision"], row["by"]] = row["rate"]
    heads = sorted({key for of in shapes.values() for key in of})
    return text + "\n" + table(["TFLOP/s of (rows, k) by (k, n)"] + [f"{p}, {by}" for p, by in heads],
                               [(f"({r}, {k}) by ({k}, {n})", *(tera(of.get(h, 0)) for h in heads))
                                for (r, k, n), of in shapes.items()])  # fmt: skip


def step_page(document, best):
    rows = []
    for r in document["rows"]:
        where = r["precision"], r["context"], r["placement"], r["classes"]
        if "error" in r:
            rows.append((*where, r["error"], *[""] * 6))
            continue
        fastest = min(r["seconds"], r.get("recorded_seconds", r["seconds"]))
        rows.append((*where, r["nodes"], f"{r['seconds'] * 1e3:.3f}", f"{r.get('recorded_seconds', 0) * 1e3:.3f}",
                     tera(r["operations"] / fastest), share(r["operations"] / fastest, r["ceiling"]),
                     share(r["operations"] / fastest, best.get((r["precision"], "cuBLASLt"), 0)),
                     f"{r['used_bytes'] / 1e6:.0f}"))  # fmt: skip
    return table(["precision", "context", "name at", "classes", "nodes", "ms", "ms recorded", "TFLOP/s",
                  "of a lone product of a layer", "of cuBLASLt's best", "used MB"], rows)  # fmt: skip


def encode_page(document):
    rows = []
    for r in document["rows"]:
        if "error" in r:
            rows.append((r["precision"], r["backbone"], r["pictures"], r["error"], "", "", ""))
        else:
            rows.append((r["precision"], r["backbone"], r["pictures"], f"{r['pictures_per_second']:.0f}",
                         tera(r["rate"]), share(r["rate"], r["ceiling"]), f"{r['used_bytes'] / 1e6:.0f}"))  # fmt: skip
    return table(["precision", "tower", "pictures", "pictures/s", "TFLOP/s", "of a lone product", "used MB"], rows)


def step_peers_page(document):
    rows = []
    for r in document["rows"]:
        if "peers" not in r:
            continue
        case = f"{r['context']}, {r['placement']}, {r['classes']}"
        for name, seconds in r["coop"].items():
            rows.append((case, name, f"{seconds * 1e3:.3f}", "", ""))
        for name, why in r["coop_differs"].items():
            rows.append((case, f"coop {name}", "", "", why))
        for name, peer in r["peers"].items():
            if "error" in peer:
                rows.append((case, name, "", "", peer["error"]))
            else:
                rows.append((case, name, f"{peer['seconds'] * 1e3:.3f}", f"{peer['gradient']:.1e}", ""))
        for kind in ("published", "cut"):
            if (best := r.get(f"best_{kind}")) is not None:
                rows.append((case, f"**{best['peer']} / {best['coop']}**", f"**{best['times']:.1f} times**", "", ""))
    return table(["case", "by", "ms a step", "gradient from coop's float32", "not timed because"], rows)


def encode_peers_page(document):
    rows = []
    for r in document["rows"]:
        if "peers" not in r:
            continue
        case = f"{r['backbone']}, {r['batch']}"
        for name, seconds in r["coop"].items():
            rows.append((case, name, f"{r['batch'] / seconds:.0f}", f"{r['apart'][name.split()[1]]:.1e}", ""))
        for name, peer in r["peers"].items():
            if "error" in peer:
                rows.append((case, f"PyTorch {name}", "", "", peer["error"]))
            else:
                rows.append((case, f"PyTorch {name}", f"{r['batch'] / peer['seconds']:.0f}", f"{peer['apart']:.1e}", ""))
        if "best" in r:
            best = r["best"]
            rows.append((case, f"**{best['coop']} / PyTorch {best['peer']}**", f"**{best['times']:.2f} times**", "", ""))
    return table(["case", "by", "pictures/s", "features from coop's float32", "not timed because"], rows)


def whole_page(document):
    rows = []
    for r in document["rows"]:
        rows.append((r["task"], r["precision"], r["classes"], r["pictures"], f"{r['epochs_done']} of {r['epochs']}",
                     f"{r['seconds']:.2f}", f"{r['seconds_a_step'] * 1e3:.3f}",
                     f"{r['first_loss']:.3f} to {r['last_loss']:.3f}", f"{r['accuracy']:.1f}",
                     f"{r['used_bytes'] / 1e6:.0f}"))  # fmt: skip
    return table(["task", "precision", "classes", "pictures", "epochs", "s", "ms a step", "loss", "% right", "used MB"], rows)


def files_page(document):
    text = ""
    for r in document["rows"]:
        text += (f"{r['backbone']} in {r['precision']}: {r['pictures']} files of {r['classes']} classes, {r['views']} views, "
                 f"{r['epochs']} epochs of {r['steps'] // max(1, r['epochs'])} steps.\n\n")  # fmt: skip
        text += table(["part", "s", "of the whole"],
                      [(part.replace("_", " "), f"{r[part]:.3f}", share(r[part], r["total"]))
                       for part in ("open_towers", "encode_views", "prepare_learner", "train", "save", "total",
                                    "decode_and_crop_alone", "image_tower_alone")])  # fmt: skip
    return text


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: tables.py OUT")
    out = pathlib.Path(sys.argv[1])
    parts = [line.split() for line in (out / "parts.txt").read_text().splitlines()]
    documents = {name: json.loads((out / f"{name}.json").read_text())
                 for name in ["facts", *(p[0] for p in parts)] if (out / f"{name}.json").exists()}  # fmt: skip
    (out / "results.json").write_text(json.dumps({"parts": parts, **documents}, indent=1) + "\n")

    best = ceilings(documents["ceiling"]) if "ceiling" in documents else {}
    pages = [
        ("Ceilings", "ceiling", ceiling_page),
        ("A training step", "step", lambda d: step_page(d, best)),
        ("A training step beside PyTorch", "step_peers", step_peers_page),
        ("The same, PyTorch compiled too", "step_compiled", step_peers_page),
        ("Image towers", "encode", encode_page),
        ("Image towers beside PyTorch", "encode_peers", encode_peers_page),
        ("Drawn tasks", "whole_drawn", whole_page),
        ("A whole training run", "whole_imagenet", whole_page),
        ("From files to a classifier", "files", files_page),
    ]
    machine = documents.get("facts", {}).get("machine", {})
    text = "# On " + str(machine.get("device", "?")) + "\n\n```\n" + json.dumps(machine, indent=1) + "\n```\n\n"
    text += parts_table(parts)
    for title, name, page in pages:
        if name in documents:
            text += f"\n## {title}\n\n" + page(documents[name])
    (out / "results.md").write_text(text)
    print(out / "results.md")


if __name__ == "__main__":
    main()
