#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A run that was paused, or killed in the middle, gives what an unbroken one gives, byte for byte on one thread.
source "$(dirname "$0")/support.sh" "$@"
need_weights
train=("$program" train --data drawn:actions --weights "$weights" --shots 4 --epochs 12 --threads 1 --quiet)
results="context.safetensors classifier.safetensors log.jsonl state.safetensors"

expect_success "${train[@]}" --out whole

# Paused twice; the options need not be repeated.
expect_success "${train[@]}" --out paused --stop-after 5
expect_text "coop train --resume --out paused goes on" err
expect_absent paused/context.safetensors paused/classifier.safetensors
expect_success "$program" train --resume --out paused --threads 1 --quiet --stop-after 4
expect_success "$program" train --resume --out paused --threads 1 --quiet
for name in $results; do expect_same whole/$name paused/$name; done

# Killed, and what the unfinished epoch has logged is not logged twice.
"${train[@]}" --out killed >out 2>err &
victim=$!
for ((i = 0; i < 3000; ++i)); do
  [[ -e killed/state.safetensors ]] && break
  sleep 0.01
done
kill -KILL $victim 2>/dev/null
wait $victim 2>/dev/null
printf '{"epoch":99,"batch":1}\n{"epoch":9' >>killed/log.jsonl
expect_success "$program" train --resume --out killed --threads 1 --quiet
for name in $results; do expect_same whole/$name killed/$name; done

# A replayed run goes on with the published program's batches and crops.
replayed=("$program" train --data drawn:actions --weights "$weights" --shots 4 --epochs 4 --threads 1 --quiet
  --augment paper --replay reference)
expect_success "${replayed[@]}" --out replayed
expect_success "${replayed[@]}" --out halted --stop-after 2
expect_success "$program" train --resume --out halted --threads 1 --quiet
for name in $results; do expect_same replayed/$name halted/$name; done

# A finished run that is resumed stays what it is.
expect_success "$program" train --resume --out killed --threads 1 --quiet
for name in $results; do expect_same whole/$name killed/$name; done
finish
