#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Files that are none: pipes, devices, folders, empty files, links in a circle, names that no one should have, folders that
# may not be read, files that change while they are read. Each is an error that names it, or is handled; nothing hangs.
source "$(dirname "$0")/support.sh" "$@"
library=$3
need_weights
here=$(pwd -P)
soon=(timeout -s KILL 60)  # whoever waits for a pipe is ended by this, which is no expected code
mini=$COOP_MODELS/$weights.safetensors
train=("${soon[@]}" "$program" train --weights "$weights" --epochs 1 --threads 1 --quiet)
own=("${soon[@]}" "$program" train --vocab mini --epochs 1 --threads 1 --quiet)

mkfifo pipe pipe.png
: >empty && : >empty.png
mkdir folder folder.png
ln -s loop loop && ln -s loop.png loop.png && ln -s nowhere dangling

# As weights, features, a list, a vocabulary, a plan, a model, a picture
for thing in pipe /dev/zero; do
  expect_error 1 "$thing: not a regular file" "${own[@]}" --data drawn:actions --weights $thing --out run
  expect_error 1 "$thing: not a regular file" "${train[@]}" --data features:$thing --out run
  expect_error 1 "$thing: expected a regular file, got a pipe or a device" "${train[@]}" --data drawn:actions --vocab $thing --out run
  expect_error 1 "$thing: not a regular file" "${soon[@]}" "$program" inspect $thing
  expect_error 1 "$thing: not a regular file" "${soon[@]}" "$program" preprocess $thing --out pixels.npy
  expect_error 1 "$thing: not a regular file" "${soon[@]}" "$program" predict --model $thing "$pictures/png_rgb.png"
done
expect_error 1 "pipe: a pipe that nobody writes into" "${train[@]}" --data list:pipe --out run
expect_error 1 "pipe: a pipe that nobody writes into" "${soon[@]}" "$program" sweep pipe --out swept
expect_error 1 "pipe: a pipe that nobody writes into" "${soon[@]}" "$program" encode --weights "$weights" --texts pipe --out texts.npy
expect_error 1 "/dev/zero: expected a file, got a device" "${train[@]}" --data list:/dev/zero --out run
expect_error 1 "/dev/zero: expected a file, got a device" "${soon[@]}" "$program" sweep /dev/zero --out swept
expect_success bash -c '"$0" encode --weights "$1" --texts <(sleep 0.1; echo a cat) --out texts.npy --threads 1' "$program" "$weights"
[[ -s texts.npy ]] || fail "a pipe with a writer was not read"

for thing in folder loop dangling empty; do
  case $thing in
    folder) list="expected a file, got a directory" whole="folder: not a regular file" ;;
    loop) list="cannot open: Too many levels of symbolic links" whole=$list ;;
    dangling) list="cannot open: No such file or directory" whole=$list ;;
    empty) list="expected a list of pictures, got no line of one" whole="empty: " ;;
  esac
  expect_error 1 "$thing: $list" "${train[@]}" --data list:$thing --out run
  expect_error 1 "${whole/#cannot/$thing: cannot}" "${train[@]}" --data features:$thing --out run
  expect_error 1 "$thing: " "${soon[@]}" "$program" inspect $thing
  expect_error 1 "$thing: " "${train[@]}" --data drawn:actions --vocab $thing --out run
done
expect_error 1 "empty.png: empty file: expected a JPEG or PNG picture" "${soon[@]}" "$program" preprocess empty.png --out pixels.npy
expect_error 1 "folder.png: not a regular file" "${soon[@]}" "$program" preprocess folder.png --out pixels.npy
expect_error 1 "loop.png: cannot open: Too many levels" "${soon[@]}" "$program" preprocess loop.png --out pixels.npy
expect_absent run pixels.npy swept

# As targets
expect_error 1 "pipe: cannot be replaced: not a regular file" "${soon[@]}" "$program" preprocess "$pictures/png_rgb.png" --out pipe
expect_error 1 "folder: cannot be replaced: not a regular file" "${soon[@]}" "$program" preprocess "$pictures/png_rgb.png" --out folder
expect_error 1 "loop: cannot follow the link" "${soon[@]}" "$program" preprocess "$pictures/png_rgb.png" --out loop
expect_error 1 "pipe/run: cannot be written: expected a directory" "${train[@]}" --data drawn:actions --shots 1 --out pipe/run
expect_error 1 "loop" "${train[@]}" --data drawn:actions --shots 1 --out loop/run
[[ -p pipe && -d folder && -L loop ]] || fail "a target that is no file was changed"
mkdir log && mkfifo log/log.jsonl
expect_error 1 "log: holds another run" "${train[@]}" --data drawn:actions --shots 1 --out log
expect_success "${train[@]}" --data drawn:actions --shots 1 --overwrite --out log

# A folder of pictures with names that no one should have, and with things between them that are no pictures
line=$'new\nline' bytes=$'\xff\xfe'
mkdir -p "photos/cat" "photos/dog"
for class in cat dog; do
  cp "$pictures/png_rgb.png" "photos/$class/$line.png"
  cp "$pictures/jpeg_420.jpg" "photos/$class/$bytes.jpg"
  cp "$pictures/jpeg_444.jpg" "photos/$class/ leading and *?\"' .jpg"
  cp "$pictures/png_rgba.png" "photos/$class/-rf.png"
done
mkdir photos/cat/sub.png
ln -s . photos/cat/circle
ln -s ../../photos photos/dog/above
ln -s nowhere photos/gone && ln -s itself photos/itself
expect_success "${train[@]}" --data folder:photos --out plain
expect_success "${train[@]}" --data folder:photos --cache cached --out again
expect_same plain/context.safetensors again/context.safetensors
expect_success "${soon[@]}" "$program" encode --weights "$weights" --images photos --threads 1 --out all.npy
expect_success "${soon[@]}" "$program" predict --model plain --threads 1 -- "photos/cat/$line.png" "photos/dog/$bytes.jpg"
checks=$((checks + 1))
[[ $(wc -l <out) == 4 && $(grep -c 'new line.png' out) == 2 ]] || fail "predict: a name with a line break breaks the table: $(cat out)"
ln -s itself.png photos/cat/itself.png
expect_error 1 "itself.png: cannot open: Too many levels of symbolic links" "${soon[@]}" "$program" encode --weights "$weights" --images photos --threads 1 --out none.npy
expect_success "${soon[@]}" "$program" encode --weights "$weights" --images photos --broken skip --threads 1 --out some.npy
expect_text "skipped 1 of 9" err
expect_absent none.npy
mkfifo photos/dog/pipe.jpg
expect_error 1 "photos/dog/pipe.jpg: not a regular file" "${soon[@]}" "$program" preprocess photos/dog/pipe.jpg --out pixels.npy
rm photos/cat/itself.png photos/dog/pipe.jpg
mkdir -p "odd/$bytes" odd/cat && cp "$pictures/png_rgb.png" "odd/$bytes/1.png" && cp "$pictures/png_rgb.png" odd/cat/1.png
expect_error 1 "folder:odd: class names: cannot be written as JSON" "${train[@]}" --data folder:odd --shots 1 --out run
expect_success "${train[@]}" --data folder:photos --out "out $line"
expect_success "${soon[@]}" "$program" train --resume --out "out $line" --threads 1 --quiet
expect_same plain/context.safetensors "out $line/context.safetensors"
expect_absent run

# Without a current directory
mkdir gone
expect_error 1 "run: cannot be found: expected a current directory, got none" \
  bash -c 'cd gone && rmdir ../gone && exec "$@"' - "${train[@]}" --data drawn:actions --shots 1 --out run
mkdir gone
expect_success bash -c 'cd gone && rmdir ../gone && exec "$@"' - "${train[@]}" --data drawn:actions --shots 1 --out "$here/absolute"

# Folders and files that may not be read, as somebody who is not root
if [[ $(id -u) != 0 ]]; then
  user=()
elif setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$program" -a -r "$mini" 2>/dev/null; then
  user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
else
  user=(none)
fi
if [[ ${user[*]-} != none ]]; then
  chmod 755 . && mkdir -m 777 open
  cp -r photos locked && chmod 000 locked/dog
  expect_error 1 "locked/dog: cannot read the folder: Permission denied" "${user[@]}" "${train[@]}" --data folder:locked --out open/run
  expect_error 1 "locked: cannot read the folder: Permission denied" "${user[@]}" "${soon[@]}" "$program" encode --weights "$weights" --images locked --out open/all.npy
  chmod 755 locked/dog && chmod 444 locked
  expect_error 1 "cannot be looked at: Permission denied" "${user[@]}" "${train[@]}" --data folder:locked --out open/run
  chmod 755 locked && chmod 000 "locked/cat/-rf.png"
  expect_error 1 "locked/cat/-rf.png: cannot open: Permission denied" "${user[@]}" "${train[@]}" --data folder:locked --out open/run
  mkdir -m 555 closed
  expect_error 1 "closed/run: cannot be written: expected a directory that may be written to" "${user[@]}" "${train[@]}" --data drawn:actions --shots 1 --out closed/run
  expect_error 1 "closed/pixels.npy: cannot create: Permission denied" "${user[@]}" "${soon[@]}" "$program" preprocess "$pictures/png_rgb.png" --out closed/pixels.npy
  expect_absent open/run open/all.npy
  chmod -R 755 locked closed
else
  echo "skipped: what may not be read: the program or the weights are not everybody's to read"
fi

# Files that are cut short, change, or cannot be read while they are read; counted from their first reading on
disturbed() { # FAULTS COMMAND...
  local faults=$1
  shift
  env COOP_FAULTS="$faults" COOP_FAULTS_UNDER="$here/moving" LD_PRELOAD="$library" "$@"
}
mkdir moving
fresh() { cp "$mini" moving/weights.safetensors; cp "$pictures/jpeg_444.jpg" moving/picture.jpg; }
for at in 2 3 9; do
  fresh
  expect_error 1 "moving/weights.safetensors: cut short while it was read: expected" \
    disturbed read:$at:shrink "${own[@]}" --data drawn:actions --shots 1 --weights moving/weights.safetensors --out run
  fresh
  expect_error 1 "moving/weights.safetensors: has changed while it was read" \
    disturbed read:$at:touch "${own[@]}" --data drawn:actions --shots 1 --weights moving/weights.safetensors --out run
  fresh
  expect_error 1 "moving/weights.safetensors: cannot read: Input/output error" \
    disturbed read:$at:EIO "${own[@]}" --data drawn:actions --shots 1 --weights moving/weights.safetensors --out run
done
fresh
expect_error 1 "moving/picture.jpg: cut short while it was read" disturbed read:1:shrink "${soon[@]}" "$program" preprocess moving/picture.jpg --out pixels.npy
fresh
expect_error 1 "moving/picture.jpg: cannot read: Input/output error" disturbed read:1:EIO "${soon[@]}" "$program" preprocess moving/picture.jpg --out pixels.npy
mkdir -p moving/photos/{cat,dog} && cp photos/cat/*.jpg photos/cat/*.png moving/photos/cat 2>/dev/null
cp photos/dog/*.jpg moving/photos/dog
expect_error 1 "folder:moving/photos: the training pictures have changed while they were read" \
  disturbed read:2:touch "${train[@]}" --data folder:moving/photos --out run
expect_error 1 "pictures have changed while they were read" \
  disturbed read:2:touch "${train[@]}" --data folder:moving/photos --cache moving/cache --out run
expect_success "${train[@]}" --data folder:moving/photos --cache moving/cache --out steady
expect_absent run pixels.npy
finish
