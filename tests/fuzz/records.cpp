// SPDX-License-Identifier: MIT
//
// The files that coop writes, which may come back from anywhere: contexts, training states, features and classifiers.
#include <coop/data/feature_set.hpp>
#include <coop/model/checkpoint.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace coop;
  const fuzz::memory_file file(fuzz::text_of(data, size));
  fuzz::is_read(size, [&] {
    const context_record record = load_context(file.path());
    fuzz::expect(record.length() >= 0 && record.width() >= 0, "a context without extents");
  });
  fuzz::is_read(size, [&] {
    const training_state state = load_state(file.path(), "sgd", "run");
    fuzz::expect(state.epochs_done >= 0, "epochs");
  });
  fuzz::is_read(size, [&] {
    const feature_set set = load_feature_set(file.path());
    for (index_t i = 0; i < set.size(); ++i) {
      fuzz::expect(std::size_t(set.labels[std::size_t(i)]) < set.class_names.size(),
                   "a label without a name");
      fuzz::expect(set.row(i).size() == std::size_t(set.width), "a row");
    }
    fuzz::expect(set.pictures() * set.views == set.size(), "views");
  });
  fuzz::is_read(size, [&] {
    const classifier_record record = read_classifier(file.path());
    fuzz::expect(record.text_features.size() == std::size_t(record.classes()) * std::size_t(record.width),
                 "a text feature for each class");
  });
  return 0;
}
