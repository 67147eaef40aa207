// SPDX-License-Identifier: MIT
//
// Lists of pictures and classes: tables of tabs and commas, and the official lists of the published data sets. The
// first byte says which; files are parted by a line "----".
#include <coop/data/datasets/fgvc_aircraft.hpp>
#include <coop/data/datasets/oxford_pets.hpp>
#include <coop/data/datasets/sun397.hpp>
#include <coop/data/datasets/ucf101.hpp>
#include <coop/data/datasets/wordnet_folders.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace coop;
  fuzz::parts parts(fuzz::text_of(data, size));
  static const fuzz::private_folder folder;
  const auto expect_labels = [](const dataset& set) {
    for (const auto* samples : {&set.train, &set.val, &set.test}) {
      for (const sample& s : *samples)
        fuzz::expect(std::size_t(s.label) < set.class_names.size(), "a label without a name");
    }
  };
  const auto read_as = [&]<class Set>(Set, std::initializer_list<const char*> files) {
    for (const char* file : files) folder.put(std::string(Set::folder) + "/" + file, parts.part());
    const std::string at = folder.path() + "/" + std::string(Set::folder);
    fuzz::is_read(size, [&] { expect_labels(Set::read_at({at, "pictures", ""})); });
  };
  switch (parts.byte()) {
    case 'a':
      read_as(published::fgvc_aircraft{}, {"variants.txt", "images_variant_train.txt",
                                           "images_variant_val.txt", "images_variant_test.txt"});
      break;
    case 'p':
      read_as(published::oxford_pets{}, {"annotations/trainval.txt", "annotations/test.txt"});
      break;
    case 's':
      read_as(published::sun397{}, {"ClassName.txt", "Training_01.txt", "Testing_01.txt"});
      break;
    case 'u':
      read_as(published::ucf101{}, {"ucfTrainTestlist/classInd.txt", "ucfTrainTestlist/trainlist01.txt",
                                    "ucfTrainTestlist/testlist01.txt"});
      break;
    case 'w':
      folder.put(detail::wordnet_file, parts.rest());
      fuzz::is_read(size, [&] {
        const auto classes = detail::read_wordnet_classes(folder.path());
        fuzz::expect(classes.names.size() == classes.numbers.names().size(), "a number for each name");
      });
      break;
    default: {
      const fuzz::memory_file file(parts.rest());
      // Digests are of other files, which are not part of the input.
      fuzz::is_read(size, [&] { expect_labels(list_dataset(file.path(), {}, list_digests::ignored)); });
    }
  }
  return 0;
}
