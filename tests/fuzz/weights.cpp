// SPDX-License-Identifier: MIT
//
// Weights of any format under any of the three namings: OpenAI's names over them, the architecture that they tell, the
// activation, and a context of CoOp's own.
#include <coop/clip/activation.hpp>
#include <coop/clip/architecture.hpp>
#include <coop/model/published_context.hpp>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace coop;
  const fuzz::memory_file file(fuzz::text_of(data, size));
  fuzz::is_read(size, [&] {
    const any_archive archive = open_archive(file.path());
    fuzz::is_read(size, [&] {
      const openai_names names(archive);
      for (const archive_entry& e : names.entries()) {
        fuzz::is_read(size, [&] {
          const std::vector<float> values = names.read(e.name, e.extents);
          std::vector<float> again(values.size());
          names.read_into(e.name, e.extents, again);
        });
      }
      fuzz::is_read(size, [&] {
        const architecture found = infer_architecture(names);
        static_cast<void>(describe(found));
        if (!match(found)) static_cast<void>(why_no_match(found));
      });
      fuzz::is_read(size, [&] { static_cast<void>(infer_image_architecture(names)); });
      fuzz::is_read(size, [&] { static_cast<void>(infer_text_architecture(names)); });
      fuzz::is_read(size, [&] { static_cast<void>(find_activation(names)); });
    });
    fuzz::is_read(size, [&] {
      const prompt_buffers theirs = read_prompt_buffers(archive);
      const prompt_buffers ours{.prefix_extents = {1, 1, 2},
                                .prefix = {0, 0},
                                .suffix_extents = {1, 3, 2},
                                .suffix = std::vector<float>(6)};
      fuzz::is_read(size, [&] { expect_same_weights(archive.path(), theirs, ours); });
      fuzz::is_read(size, [&] { expect_same_classes(archive.path(), theirs, ours, {"cat"}); });
    });
  });
  return 0;
}
