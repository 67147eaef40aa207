# SPDX-License-Identifier: MIT
#
# coop doctor: a published data set under another name, mended by the commands that it prints, and read by its
# data word; a draw of it as a list with digests; a private folder with its traps.
source "$(dirname "$0")/support.sh" "$@"

need_weights
mkdir -p data/oxford-iiit-pet/images
for breed in Abyssinian beagle; do
  for i in 1 2 3; do cp "$pictures/jpeg_444.jpg" "data/oxford-iiit-pet/images/${breed}_$i.jpg"; done
done
cat >data/oxford-iiit-pet/split_zhou_OxfordPets.json <<'JSON'
{"train": [["Abyssinian_1.jpg", 0, "abyssinian"], ["beagle_1.jpg", 1, "beagle"]],
 "val": [["Abyssinian_2.jpg", 0, "abyssinian"], ["beagle_2.jpg", 1, "beagle"]],
 "test": [["Abyssinian_3.jpg", 0, "abyssinian"], ["beagle_3.jpg", 1, "beagle"]]}
JSON

expect_error 1 "data: 1 thing prevents reading OxfordPets" "$program" doctor OxfordPets data
expect_text "error: data/oxford_pets: no such folder; data/oxford-iiit-pet looks like it" out
expect_text "  mend: mv data/oxford-iiit-pet data/oxford_pets" out
mend=$(sed -n 's/^  mend: \(mv .*\)$/\1/p' out)
expect_error 1 "data/oxford_pets: expected the folder of OxfordPets, got none; \`coop doctor OxfordPets data\` looks for it" \
  "$program" encode --data OxfordPets:data --weights "$weights" --out f.safetensors
bash -c "$mend"
expect_success "$program" doctor oxfordpets data
expect_text "OxfordPets in data: 2 classes, 2 + 2 + 2 pictures (train, val, test)" out
expect_text "warning: numbers: expected 37 classes" out
expect_success "$program" encode --data OxfordPets:data --split test --weights "$weights" --out f.safetensors

expect_success "$program" subset --data OxfordPets:data --shots 1 --seed 1 --out lists.tsv
expect_text "lists.tsv: 2 classes, 2 + 2 + 2 pictures (train, val, test)" out
expect_text "data/oxford_pets/images/beagle_3.jpg" lists.tsv
expect_success "$program" encode --data list:lists.tsv --weights "$weights" --out f.safetensors
cp "$pictures/jpeg_420.jpg" data/oxford_pets/images/beagle_3.jpg
expect_error 1 "lists.tsv:7: data/oxford_pets/images/beagle_3.jpg: the picture has changed: SHA-256: expected" \
  "$program" encode --data list:lists.tsv --weights "$weights" --out g.safetensors
expect_error 1 "drawn:objects: expected a data set of picture files" "$program" subset --data drawn:objects --out d.tsv
expect_absent g.safetensors d.tsv

expect_error 1 "unknown data set 'Pets'; known: folder, ImageNet, Caltech101" "$program" doctor Pets data
expect_error 2 "root is required" "$program" doctor OxfordPets

mkdir -p photos/cat photos/Cat photos/eel
cp "$pictures/jpeg_444.jpg" photos/cat/1.jpg
cp "$pictures/jpeg_444.jpg" photos/Cat/2.jpg
expect_error 1 "photos: 1 thing prevents reading it as folder:DIR" "$program" doctor folder photos
expect_text "class folders without jpg, jpeg or png files: eel" out
expect_text "class names that differ in case, blanks or marks alone: Cat, cat" out
finish
