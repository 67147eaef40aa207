#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/test.sh [options of ctest]      e.g.  scripts/test.sh -L structure,  scripts/test.sh -LE slow
#
# Builds everything and runs all tests; the last lines are ctest's summary. COOP_PRESET chooses the preset
# (release).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

preset=${COOP_PRESET:-release}
scripts/install_dependencies.sh test

# The tokenizer's tests on CLIP's own vocabulary need the file; without it they are skipped and say so.
if [[ -z ${COOP_CLIP_VOCAB:-} && -x scripts/fetch_clip_vocabulary.sh ]]; then
  vocabulary=$PWD/build/bpe_simple_vocab_16e6.txt.gz
  mkdir -p build
  if [[ -s $vocabulary ]] || scripts/fetch_clip_vocabulary.sh "$vocabulary"; then
    export COOP_CLIP_VOCAB=$vocabulary
  fi
fi

cmake --preset "$preset" -DCOOP_BUILD_TESTS=ON
cmake --build --preset "$preset"
ctest --preset "$preset" --parallel "$(nproc)" "$@"
