# SPDX-License-Identifier: MIT
#
# What the scripts here share; sourced with the program and the project's folder as arguments. Every script works
# in a folder of its own that goes away, counts what fails, and ends through `finish`.
set -uo pipefail
program=$1
project=$2
pictures=$project/tests/data
export COOP_MODELS=${COOP_MODELS:-$project/models}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failures=0
checks=0

fail() {
  failures=$((failures + 1))
  printf 'FAILED: %s\n' "$*"
  [[ -s err ]] && sed 's/^/    /' err | head -5
}

# expect_success COMMAND...: it ends with 0; its output is in the files out and err.
expect_success() {
  checks=$((checks + 1))
  "$@" >out 2>err </dev/null || fail "ended with $?, expected 0: $*"
}

# expect_error CODE TEXT COMMAND...: it ends with CODE, and its last line begins with "coop: " and contains TEXT.
expect_error() {
  local code=$1 text=$2 got=0
  shift 2
  checks=$((checks + 1))
  "$@" >out 2>err </dev/null || got=$?
  [[ $got == "$code" ]] || fail "ended with $got, expected $code: $*"
  [[ $(tail -n 1 err) == "coop: "*"$text"* ]] || fail "expected a last line 'coop: ...$text': $*"
}

# expect_text TEXT FILE: the file contains it.
expect_text() {
  checks=$((checks + 1))
  grep -qF -- "$1" "$2" || fail "$2: expected '$1'"
}

# expect_absent PATH...: nothing there, and no file half-written beside it.
expect_absent() {
  local path
  checks=$((checks + 1))
  for path in "$@"; do
    [[ ! -e $path ]] || fail "$path: expected nothing there"
    compgen -G "$path.partial.*" >/dev/null && fail "$path: a part of it was left behind"
  done
  return 0
}

# expect_same FILE FILE: the same bytes.
expect_same() {
  checks=$((checks + 1))
  cmp -s "$1" "$2" || fail "$1 and $2: expected the same bytes"
}

# Sets `weights` to built-in weights, or skips the script.
need_weights() {
  for weights in mini-vit mini-rn; do
    [[ -e $COOP_MODELS/$weights.safetensors && -e $COOP_MODELS/mini-vocab.txt ]] && return
  done
  echo "skipped: no built-in weights in $COOP_MODELS"
  exit 77
}

# safetensors FILE HEADER BYTES: a file of this header and so many zero bytes of data.
safetensors() {
  local length=${#2} i
  {
    for i in 0 8 16 24 32 40 48 56; do printf "\\x$(printf %x $(((length >> i) & 255)))"; done
    printf %s "$2"
    head -c "$3" /dev/zero
  } >"$1"
}

# accuracy: the one that the last command printed.
accuracy() { sed -n 's/^\* accuracy: \(.*\)%$/\1/p' out; }

finish() {
  echo "$checks checks, $failures failed"
  [[ $failures == 0 ]]
  exit
}
