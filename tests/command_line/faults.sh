#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Power goes, disks fill, calls fail: after each, the directory of a run holds what `--resume` or the same command takes to
# the bytes of an undisturbed run. The faults are support/faults.cpp, loaded before the program. Random kills: 12 of them,
# or COOP_KILLS; COOP_EVERY=1 takes every call where otherwise some are taken.
source "$(dirname "$0")/support.sh" "$@"
library=$3
need_weights
kills=${COOP_KILLS:-12}
every=${COOP_EVERY:-7}
here=$(pwd -P)

expect_success "$program" encode --weights "$weights" --data drawn:actions --split val --threads 1 --out features.safetensors
long=("$program" train --data features:"$here"/features.safetensors --weights "$weights" --length 4 --threads 1 --quiet)
train=("${long[@]}" --epochs 4)
results="context.safetensors classifier.safetensors log.jsonl state.safetensors"

# faulted FAULTS COMMAND...: with these faults on files below the scratch folder; the exit code is in `code`.
faulted() {
  local faults=$1
  shift
  code=0
  exec 9>&2 2>/dev/null  # the shell remarks upon every kill
  COOP_FAULTS=$faults COOP_FAULTS_UNDER=$here LD_PRELOAD=$library "$@" >out 2>err </dev/null || code=$?
  exec 2>&9 9>&-
}

# count CALL: how many of them the last counted run made.
count() { sed -n "s/^$1 //p" counts; }

# next DIR: sets `next` to what a user would do now, whatever a fault has left there.
next() {
  if [[ -e $1/run.json || -e $1/earlier ]]; then
    next=("$program" train --resume --out "$1" --threads 1 --quiet)
  else
    next=("${train[@]}" --out "$1")
  fi
}
restart() {
  next "$1"
  "${next[@]}" >out 2>err </dev/null
}

# survived DIR WHOLE: all results there, with the same bytes, and nothing else.
survived() {
  local name
  for name in $results; do cmp -s "$2/$name" "$1/$name" || return 1; done
  grep -q '"finished": true' "$1/run.json" || return 1
  [[ $(ls "$1" | wc -l) == 5 ]]
}

# outlives DIR WHAT: what is there now is whole, and going on with it comes to the bytes of the folder `whole`.
outlives() {
  local name
  tried=$((tried + 1))
  for name in context.safetensors classifier.safetensors; do
    if [[ -e $1/$name ]] && ! cmp -s whole/$name "$1/$name"; then
      fail "$2: $name is neither absent nor whole"
      return
    fi
  done
  if restart "$1" && survived "$1" whole; then
    kept=$((kept + 1))
  else
    fail "$2: not gone on with: $(ls "$1" 2>/dev/null | tr '\n' ' ')"
  fi
}

tally() { # WHAT
  echo "$1: survived $kept of $tried"
  checks=$((checks + tried))
  kept=0 tried=0
}
kept=0 tried=0

COOP_FAULTS_COUNTS=$here/counts faulted "" "${train[@]}" --out whole
[[ $code == 0 ]] || fail "an undisturbed run ended with $code"
renames=$(count rename) opens=$(count open) writes=$(count write) syncs=$(count sync)
[[ $renames == 8 && $writes -gt 20 && $syncs -ge 16 ]] || fail "the faults do not see the run: $(tr '\n' ' ' <counts)"

# Killed before and after every renaming: those are the moments at which something changes for others.
for ((i = 1; i <= renames; ++i)); do
  for what in kill kill-after; do
    faulted "rename:$i:$what" "${train[@]}" --out at
    [[ $code == 137 ]] || fail "rename:$i:$what ended with $code"
    outlives at "rename:$i:$what"
    rm -rf at
  done
done
tally "killed at a renaming"

# Killed at other calls.
for kind in open write sync; do
  most=$(count $kind)
  for ((i = 1; i <= most; i += every)); do
    faulted "$kind:$i:kill" "${train[@]}" --out at
    [[ $code == 137 ]] || fail "$kind:$i:kill ended with $code"
    outlives at "$kind:$i:kill"
    rm -rf at
  done
done
tally "killed at an opening, writing or syncing"

# A call that fails is an error with a name, or does not matter; it is never the end of what was there.
for fault in write:ENOSPC sync:EIO rename:EIO open:ENOSPC write:EIO; do
  kind=${fault%:*}
  most=$(count $kind)
  for ((i = 1; i <= most; i += every)); do
    faulted "$kind:$i:${fault#*:}" "${train[@]}" --out at
    [[ $code == 0 || ($code == 1 && $(tail -n 1 err) == "coop: "*) ]] || fail "$kind:$i:$fault ended with $code"
    outlives at "$kind:$i:${fault#*:}"
    rm -rf at
  done
done
tally "a failing call"

# A device that is full from some write on.
for ((i = 2; i <= writes; i += 2 * every)); do
  faults=""
  for ((j = i; j <= writes; ++j)); do faults+="write:$j:ENOSPC,"; done
  faulted "${faults%,}" "${train[@]}" --out at
  [[ $code == 1 && $(tail -n 1 err) == "coop: "*": cannot write: No space left on device" ]] || fail "full from write $i on: ended with $code"
  outlives at "full from write $i on"
  rm -rf at
done
tally "a full device"

# Signals and half-done calls change nothing.
faulted "read:even:EINTR,write:even:EINTR,sync:even:EINTR,open:even:EINTR" "${train[@]}" --out at
tried=1
[[ $code == 0 ]] && survived at whole && kept=1 || fail "interrupted calls: ended with $code"
rm -rf at
faulted "read:every:short,write:every:short" "${train[@]}" --out at
tried=2
[[ $code == 0 ]] && survived at whole && kept=$((kept + 1)) || fail "half-done calls: ended with $code"
rm -rf at
tally "interrupted and half-done calls"

# Killed while a finished run is overwritten: one of the two is there, whole.
expect_success "${train[@]}" --seed 2 --out other
for ((i = 1; i <= renames + 6; ++i)); do
  for what in kill kill-after; do
    cp -r other at
    faulted "rename:$i:$what" "${train[@]}" --overwrite --out at
    [[ $code == 137 ]] || fail "--overwrite, rename:$i:$what ended with $code"
    tried=$((tried + 1))
    if restart at && { survived at whole || survived at other; }; then
      kept=$((kept + 1))
    else
      fail "--overwrite, rename:$i:$what: neither run is whole: $(ls at | tr '\n' ' ')"
    fi
    rm -rf at
  done
done
tally "killed while overwriting"

# At random moments, twice over in the same directory now and then.
begin=$(date +%s%N)
expect_success "${train[@]}" --out timed
span=$(($(date +%s%N) - begin))
RANDOM=20
for ((i = 0; i < kills; ++i)); do
  for again in 1 2; do
    [[ $again == 2 && $((i % 3)) != 0 ]] && break
    next at
    "${next[@]}" >/dev/null 2>&1 </dev/null &
    victim=$!
    exec 9>&2 2>/dev/null
    sleep "$(awk -v span=$span -v r=$RANDOM 'BEGIN { printf "%.4f", span / 1e9 * r / 32768 }')"
    kill -KILL $victim
    wait $victim
    exec 2>&9 9>&-
  done
  outlives at "random kill $i"
  rm -rf at
done
tally "killed at random"

# A file system that is really full, and then is given room.
if [[ $(id -u) == 0 ]] && mkdir small && mount -t tmpfs -o size=4m none small 2>/dev/null; then
  trap 'cd /; umount "$scratch/small"; rm -rf "$scratch"' EXIT
  full=0
  for size in 8k 16k 24k 32k 40k; do
    mount -o remount,size=$size small
    code=0
    "${train[@]}" --out small/at >out 2>err </dev/null || code=$?
    [[ $code == 0 || ($code == 1 && $(tail -n 1 err) == "coop: "*"No space left on device"*) ]] || fail "$size of space: ended with $code"
    [[ $code == 0 ]] || full=$((full + 1))
    mount -o remount,size=4m small
    outlives small/at "$size of space"
    rm -rf small/at
  done
  [[ $full -ge 2 ]] || fail "a full file system: $full of 5 runs were short of space"
  tally "a full file system"
else
  echo "skipped: a full file system: no leave to mount a tmpfs"
fi

# Two processes, one directory: one has it, the other is told who; a kill gives it free.
"${long[@]}" --epochs 100000 --out shared >/dev/null 2>&1 &
holder=$!
for ((i = 0; i < 6000; ++i)); do
  [[ -e shared/state.safetensors ]] && break
  sleep 0.01
done
expect_error 1 "shared: in use: expected to be alone, got process $holder on " "${train[@]}" --out shared
expect_error 1 "shared: in use: expected to be alone, got process $holder on " "$program" train --resume --out shared
expect_error 1 "shared: in use: expected to be alone, got process $holder on " "${train[@]}" --overwrite --out shared
kill -KILL $holder
wait $holder 2>/dev/null
expect_error 1 "shared: holds another run" "${train[@]}" --out shared
expect_success "$program" train --resume --out shared --stop-after 1 --threads 1 --quiet
expect_success "${train[@]}" --overwrite --out shared
checks=$((checks + 1))
survived shared whole || fail "a directory of which a killed process had the lock"

# Two that begin at the same moment in a new directory: one wins, and its run is whole.
for i in 1 2 3; do
  "${train[@]}" --out race >/dev/null 2>first.err &
  first=$!
  "${train[@]}" --out race >/dev/null 2>second.err &
  second=$!
  won=0
  wait $first && won=$((won + 1))
  wait $second && won=$((won + 1))
  checks=$((checks + 1))
  [[ $won == 1 ]] && survived race whole || fail "a race: $won won: $(cat first.err second.err)"
  grep -qE "race: (in use|holds another run): expected" first.err second.err || fail "a race: $(cat first.err second.err)"
  rm -rf race
done

# One file each: absent, or as it was before, until it is whole.
one_file() { # NAME COMMAND...
  local name=$1 i what
  shift
  rm -f "$name"
  COOP_FAULTS_COUNTS=$here/counts faulted "" "$@"
  [[ $code == 0 ]] || fail "$name: ended with $code"
  mv "$name" expected
  for fault in rename:1:kill rename:1:kill-after rename:1:EIO sync:1:kill sync:1:EIO write:1:kill write:1:ENOSPC; do
    for before in none old; do
      rm -f "$name" "$name".partial.*
      [[ $before == none ]] || cp own "$name"
      faulted "$fault" "$@"
      tried=$((tried + 1))
      [[ $code == 137 || $code == 1 ]] || fail "$name: $fault ended with $code"
      if [[ -e $name ]] && ! cmp -s "$name" expected && ! { [[ $before == old ]] && cmp -s "$name" own; }; then
        fail "$name: $fault: neither as before nor whole"
        continue
      fi
      faulted "" "$@"
      if [[ $code == 0 ]] && cmp -s "$name" expected && ! compgen -G "$name.partial.*" >/dev/null; then
        kept=$((kept + 1))
      else
        fail "$name: $fault: the same command afterwards: ended with $code"
      fi
    done
  done
}
printf 'what was there before\n' >own
one_file pixels.npy "$program" preprocess "$pictures/png_rgb.png" --out pixels.npy
one_file half.safetensors "$program" convert "$COOP_MODELS/$weights.safetensors" half.safetensors --half
one_file context.npy "$program" export --model whole --out context.npy
one_file classifier.onnx "$program" export --model whole --out classifier.onnx
tally "single files"

# A sweep and its report, killed at every renaming; features are there already.
cat >plan.toml <<TOML
title = "Small"
protocol = "coop-fewshot"
weights = "$weights"
shots = [1]
seeds = [1]
change = { augment = "none", epochs = 2 }
data = [{ word = "drawn:actions" }]
[[method]]
name = ["zero-shot", "nearest-mean"]
TOML
expect_success "$program" sweep plan.toml --out swept --processes 1
mv swept/features features && rm -rf swept
sums() { for file in "$1"/runs/*; do echo "${file##*/} $(sed -E 's/"seconds": *[0-9.e+-]+//' "$file" | sha256sum)"; done; }
cp -r features kept-features
mkdir swept && mv kept-features swept/features
COOP_FAULTS_COUNTS=$here/counts faulted "" "$program" sweep plan.toml --out swept --processes 1
sums swept >sums.expected
most=$(count rename)
for ((i = 1; i <= most; ++i)); do
  for what in kill kill-after; do
    mkdir at && cp -r features at/features
    faulted "rename:$i:$what" "$program" sweep plan.toml --out at --processes 1
    [[ $code == 137 ]] || fail "sweep, rename:$i:$what ended with $code"
    tried=$((tried + 1))
    faulted "" "$program" sweep plan.toml --out at --processes 1
    sums at >sums.at
    if [[ $code == 0 ]] && cmp -s sums.expected sums.at; then kept=$((kept + 1)); else fail "sweep, rename:$i:$what: ended with $code"; fi
    rm -rf at
  done
done
tally "a sweep"
expect_success "$program" report swept --out report
for fault in rename:1:kill rename:2:kill-after write:3:kill; do
  faulted "$fault" "$program" report swept --out again
  [[ $code == 137 ]] || fail "report, $fault ended with $code"
  expect_success "$program" report swept --out again
  checks=$((checks + 1))
  diff -r report again >/dev/null || fail "report, $fault: not the same tables afterwards: $(diff -rq report again | head -3)"
  rm -rf again
done
finish
