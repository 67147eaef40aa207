#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/lint.sh [tidy|cppcheck]
#
# clang-tidy 14 by .clang-tidy and cppcheck over every header of include/, all of them in one source; what either finds is
# an error. cppcheck takes 20 seconds of a core and clang-tidy some minutes. What only nvcc compiles is not looked at.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/install_dependencies.sh lint
what=${1:-both}
case $what in tidy | cppcheck | both) ;; *)
  echo "coop: lint.sh: '$what': expected tidy or cppcheck, or nothing for both" >&2
  exit 2 ;;
esac
mkdir -p build
source=$PWD/build/lint.cpp
(cd include && find coop -name '*.hpp' | grep -Ev '/cuda(_[a-z_]+)?\.hpp$' | LC_ALL=C sort | sed 's/.*/#include <&>/') >"$source"

# Left out, and why:
exceptions=(
  missingInclude                                              # other libraries' headers are not asked for
  duplInheritedMember                                         # a data set replaces what its defaults say, by that name
  'accessMoved:*/device/recording.hpp'                        # the first move stands in a requires, which does nothing
  'arrayIndexThenCheck:*/train/loss.hpp'                      # c < target is no bound of the row: it breaks ties
  'duplicateAssignExpression:*/clip/literal_text.hpp'         # two workspaces of one size
  'incorrectStringCompare:*/prompt/tokenizer.hpp'             # U+017F is two bytes
  'passedByValue:*/data/source_picture.hpp'                   # its pixels are moved on
)
if [[ $what != tidy ]]; then
  cppcheck --quiet --language=c++ --std=c++20 --enable=warning,performance,portability --error-exitcode=1 \
    --inline-suppr "${exceptions[@]/#/--suppress=}" -Iinclude -D__x86_64__ -D__linux__ -D__GNUC__=12 \
    --template='{file}:{line}: {id}: {message}' "$source"
  echo "coop: lint.sh: cppcheck found nothing"
fi
if [[ $what != cppcheck ]]; then
  tidy=$(command -v clang-tidy-14 || command -v clang-tidy)
  read -r eigen < <(pkg-config --cflags-only-I eigen3 2>/dev/null || echo -I/usr/include/eigen3)
  if ! "$tidy" --quiet "$source" -- -std=c++20 "-I$PWD/include" "${eigen/-I/-isystem}" >build/lint.txt 2>&1; then
    grep -v 'warnings generated' build/lint.txt
    exit 1
  fi
  echo "coop: lint.sh: clang-tidy found nothing"
fi
