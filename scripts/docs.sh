#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/docs.sh
#
# Builds the reference, build/docs/html/index.html, with Doxygen. It fails when a
# public name has no comment, when a comment has a fault, or when a link leads nowhere. docs/filter.py says what counts
# as a comment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/install_dependencies.sh docs
rm -rf build/docs
mkdir -p build/docs
python3 docs/filter.py include build/docs/include
# The main page is README.md; what it links to beside the headers is not part of the reference.
sed -E 's/\[([^]]*)\]\([^):]*\)/\1/g' README.md >build/docs/README.md
doxygen docs/Doxyfile
sed -E "s|$PWD/build/docs/||" build/docs/warnings.txt | sort -u >build/docs/faults.txt
if [[ -s build/docs/faults.txt ]]; then
  cat build/docs/faults.txt >&2
  echo "coop: docs.sh: expected no warning, got $(wc -l <build/docs/faults.txt)" >&2
  exit 1
fi
echo "coop: the reference is in build/docs/html: $(find build/docs/html -name '*.html' | wc -l) pages, every public name documented"
