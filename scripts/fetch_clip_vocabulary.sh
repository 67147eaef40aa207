#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Puts CLIP's vocabulary, bpe_simple_vocab_16e6.txt.gz, at DEST. It is taken from PyPI's package open-clip-torch, which
# carries OpenAI's file; nothing of the package is installed. A file that is there and intact is left alone.
#
# Usage: scripts/fetch_clip_vocabulary.sh DEST      exit 0: it is there; 77: it cannot be had; 2: wrong usage
set -euo pipefail

readonly sha256=924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a
readonly name=bpe_simple_vocab_16e6.txt.gz

if [[ $# -ne 1 || $1 == -* ]]; then
  echo "usage: $0 DEST" >&2
  exit 2
fi
dest=$1

intact() { [[ -f $1 ]] && echo "$sha256  $1" | sha256sum --check --status -; }
give_up() {
  echo "fetch_clip_vocabulary: $1" >&2
  exit 77
}

if intact "$dest"; then exit 0; fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m pip --version >/dev/null 2>&1 || give_up "python3 with pip is needed (Debian: apt-get install python3-pip)"
python3 -m pip --disable-pip-version-check --timeout 20 --retries 1 download --quiet --no-deps --only-binary :all: \
  --dest "$scratch" open-clip-torch >"$scratch/log" 2>&1 ||
  give_up "open-clip-torch cannot be downloaded from PyPI: $(tail -n 1 "$scratch/log")"
# A wheel is a zip file, and Python is there already: unzip may not be.
python3 - "$scratch" "$name" <<'PYTHON' || give_up "the package open-clip-torch does not hold $name"
import glob, os, sys, zipfile
folder, name = sys.argv[1:]
with zipfile.ZipFile(glob.glob(os.path.join(folder, "*.whl"))[0]) as wheel:
    entry = next((e for e in wheel.namelist() if e.endswith("/" + name)), None)
    if entry is None:
        sys.exit(1)
    with open(os.path.join(folder, name), "wb") as out:
        out.write(wheel.read(entry))
PYTHON
intact "$scratch/$name" || give_up "$name has another SHA-256 than OpenAI's file"
mkdir -p "$(dirname "$dest")" 2>/dev/null || give_up "the folder of $dest cannot be made"
# By a neighbour and a rename: two fetches at once leave one whole file.
cp "$scratch/$name" "$dest.partial.$$" || give_up "$dest cannot be written"
mv "$dest.partial.$$" "$dest"
