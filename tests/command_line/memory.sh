#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Memory runs out: an allocation gets nothing, alone or with all after it (support/memory_faults.cpp), or the system gives
# the program so much and no more. Each command ends by itself, with one line that says why; what was to be written is
# there whole or not at all, and the same command, or `--resume`, then comes to the bytes of an undisturbed run. Some
# allocations of each command are tried, evenly spread: 3, or COOP_SAMPLES.
source "$(dirname "$0")/support.sh" "$@"
library=$3
need_weights
if grep -q __asan_init "$program" || grep -q __tsan_init "$program"; then
  echo "skipped: a sanitizer ends the program where memory ends"
  exit 77
fi
samples=${COOP_SAMPLES:-3}
mini=$COOP_MODELS/$weights.safetensors

expect_success "$program" encode --weights "$weights" --data drawn:actions --split val --threads 1 --out features.safetensors
train=("$program" train --data features:"$PWD"/features.safetensors --weights "$weights" --length 4 --epochs 2 --threads 1 --quiet)
expect_success "${train[@]}" --out model
mkdir photos photos/cat photos/dog
cp "$pictures/png_rgb.png" "$pictures/jpeg_420.jpg" photos/cat
cp "$pictures/png_palette.png" "$pictures/jpeg_422_progressive.jpg" photos/dog

# limited FAULTS COMMAND...: with this allocation failing; the exit code is in `code`.
limited() {
  local faults=$1
  shift
  code=0
  exec 9>&2 2>/dev/null  # the shell remarks upon a program that is ended by a signal
  COOP_MEMORY_FAULTS=$faults LD_PRELOAD=$library "$@" >out 2>err </dev/null || code=$?
  exec 2>&9 9>&-
}

# ended_well WHAT: by itself, and in words when something was amiss. A thread's first use of what it will destroy takes 32
# bytes of glibc, which ends the program when it has none and lets nobody hinder it.
ended_well() {
  [[ $code == 134 && $(tail -n 1 err) == "Fatal glibc error: failed to register TLS destructor: out of memory" ]] && return
  [[ $code == 0 || ($code == 1 && $(tail -n 1 err) == "coop: "*) ]] || fail "$1: ended with $code"
}

# same PATH PATH: files or folders of the same bytes; of a run what depends on the clock is left out.
same() {
  if [[ -d $1 ]]; then
    local name
    for name in context classifier state; do cmp -s "$1/$name.safetensors" "$2/$name.safetensors" || return 1; done
    cmp -s "$1/log.jsonl" "$2/log.jsonl" && [[ $(ls "$1") == $(ls "$2") ]]
  else
    cmp -s "$1" "$2"
  fi
}

# spread TOTAL: so many numbers from 1 to TOTAL, not in step with anything.
spread() { awk -v total="$1" -v n="$samples" 'BEGIN { for (i = 0; i < n; ++i) print 1 + int((i + 0.37) * total / n) }'; }

# prints COMMAND...: a command that writes to standard output alone.
prints() {
  COOP_MEMORY_COUNTS=counts limited 0 "$@"
  [[ $code == 0 ]] || fail "ended with $code: $*"
  cp out expected.out
  tried=0 refused=0
  for number in $(spread "$(<counts)"); do
    for kind in "" +; do
      limited "$number$kind" "$@"
      ended_well "$2, allocation $number$kind"
      tried=$((tried + 1))
      [[ $code == 0 ]] || { refused=$((refused + 1)) && continue; }
      cmp -s out expected.out || fail "$2, allocation $number$kind: another output without an error"
    done
  done
  tally "$2" "$(<counts)"
}

# writes PATH COMMAND...: a command that leaves PATH.
writes() {
  local path=$1
  shift
  rm -rf "$path"
  COOP_MEMORY_COUNTS=counts limited 0 "$@"
  [[ $code == 0 ]] || fail "ended with $code: $*"
  rm -rf expected
  mv "$path" expected
  tried=0 refused=0
  for number in $(spread "$(<counts)"); do
    for kind in "" +; do
      rm -rf "$path"
      limited "$number$kind" "$@"
      ended_well "$2, allocation $number$kind"
      tried=$((tried + 1))
      if [[ $code == 0 ]]; then
        same "$path" expected || fail "$2, allocation $number$kind: another result without an error"
        continue
      fi
      refused=$((refused + 1))
      again "$path" "$number$kind" "$@"
    done
  done
  tally "$2" "$(<counts)"
}

# again PATH WHAT COMMAND...: nothing at PATH is half, and going on comes to what is expected.
again() {
  local path=$1 what=$2 name
  shift 2
  if [[ -f $path ]] && ! same "$path" expected; then fail "$2, allocation $what: half a file"; fi
  for name in context classifier; do
    [[ ! -e $path/$name.safetensors ]] || cmp -s "$path/$name.safetensors" "expected/$name.safetensors" ||
      "$program" evaluate --model "$path/$name.safetensors" --data drawn:actions --weights "$weights" --vocab mini >/dev/null 2>&1 ||
      fail "$2, allocation $what: $name is neither absent nor whole"
  done
  if [[ -e $path/run.json ]]; then
    "$program" train --resume --out "$path" --threads 1 --quiet >out 2>err </dev/null || fail "$2, allocation $what: --resume failed"
  else
    "$@" >out 2>err </dev/null || fail "$2, allocation $what: the same command afterwards failed"
  fi
  same "$path" expected || fail "$2, allocation $what: going on comes to other bytes"
  compgen -G "$path.partial.*" >/dev/null && fail "$2, allocation $what: a part was left behind"
  return 0
}

tally() { # COMMAND COUNT
  echo "$1: $tried of $2 allocations failed, $refused times the command"
  checks=$((checks + tried))
  [[ $refused -gt $((tried / 2)) ]] || fail "$1: the faults do not see the program"
}

writes run "${train[@]}" --out run
writes seen "$program" train --data folder:photos --weights "$weights" --length 2 --epochs 1 --threads 2 --broken skip --quiet --out seen
writes all.npy "$program" encode --weights "$weights" --images photos --broken skip --threads 2 --out all.npy
writes half.safetensors "$program" convert "$mini" half.safetensors --half
writes context.npy "$program" export --model model --out context.npy
prints "$program" evaluate --model model --data features:features.safetensors --split val
prints "$program" predict --model model --threads 2 "$pictures/png_rgb.png" "$pictures/jpeg_420.jpg"
prints "$program" inspect "$mini"
prints "$program" doctor folder photos

# The system's own limit, from where the program can just begin, in steps of 3 MB (or COOP_STEP kB) until it has enough.
step=${COOP_STEP:-3000}
bounded() { # KILOBYTES COMMAND...
  local size=$1
  shift
  code=0
  exec 9>&2 2>/dev/null
  (ulimit -v "$size" && exec "$@") >out 2>err </dev/null || code=$?
  exec 2>&9 9>&-
}
least=4000
until bounded $least "$program" --version && [[ $code == 0 ]]; do least=$((least + 500)); done
upwards() { # PATH COMMAND...
  local path=$1 size tried=0
  shift
  rm -rf "$path" expected
  "$@" >out 2>err </dev/null && mv "$path" expected || fail "ended with $?: $*"
  for ((size = least; size < least + 300000; size += step)); do
    rm -rf "$path"
    bounded $size "$@"
    ended_well "$2 within $size kB"
    tried=$((tried + 1))
    [[ $code != 0 ]] || break
    again "$path" "$size kB" "$@"
  done
  [[ $code == 0 && $tried -gt 1 ]] && same "$path" expected || fail "$2: with $size kB: ended with $code"
  echo "$2: from $least to $size kB, $tried limits"
  checks=$((checks + tried))
}
upwards run "${train[@]}" --out run
upwards all.npy "$program" encode --weights "$weights" --images photos --broken skip --threads 2 --out all.npy
upwards half.safetensors "$program" convert "$mini" half.safetensors --half

# A file that claims a terabyte, and has it: as a hole
header='{"features":{"dtype":"F32","shape":[500000000,512],"data_offsets":[0,1024000000000]},"labels":{"dtype":"I64","shape":[500000000],"data_offsets":[1024000000000,1028000000000]},"__metadata__":{"names":"[\"a\",\"b\"]"}}'
safetensors huge.safetensors "$header" 0
truncate -s $((8 + ${#header} + 1028000000000)) huge.safetensors
with_little_memory() { (ulimit -v $((1028000000000 / 1024 + 150000)) && exec "$@"); }  # beside places for the file
expect_success with_little_memory "$program" inspect huge.safetensors
expect_error 1 "huge.safetensors: tensor 'labels': no memory for it: expected room for 500000000 elements of 8 bytes" \
  with_little_memory "$program" train --data features:huge.safetensors --weights "$weights" --epochs 1 --threads 1 --quiet --out none
expect_error 1 "huge.safetensors: " with_little_memory "$program" convert huge.safetensors none.safetensors
expect_absent none none.safetensors
finish
