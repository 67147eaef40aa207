// SPDX-License-Identifier: MIT
//
// JSON: any value, a list of texts as metadata has them, and the published split files.
#include <coop/data/dataset.hpp>
#include <coop/io/json.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace coop;
  const std::string_view input = fuzz::text_of(data, size);
  fuzz::is_read(size, [&] {
    const json value = parse_json(input, "input");
    fuzz::expect(parse_json(json_text(value, "input"), "input") == value, "JSON that is not what it was");
  });
  fuzz::is_read(size, [&] {
    const auto list = parse_list(input, "input");
    fuzz::expect(parse_list(list_text(list, "input"), "input") == list, "a list that is not what it was");
  });
  const fuzz::memory_file file(input);
  fuzz::is_read(size, [&] {
    const dataset set = split_file_dataset(file.path(), "pictures");
    for (const auto* samples : {&set.train, &set.val, &set.test}) {
      for (const sample& s : *samples)
        fuzz::expect(std::size_t(s.label) < set.class_names.size(), "a label without a name");
    }
  });
  return 0;
}
