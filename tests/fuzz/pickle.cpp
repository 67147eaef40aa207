// SPDX-License-Identifier: MIT
//
// Pickles, alone and as the objects of a PyTorch file. The input is the opcodes; around them is put the zip file that
// torch.save and TorchScript write, with three small storages, so that no byte of the input is spent on the frame.
#include <coop/io/torch_archive.hpp>

#include "../support/torch_bytes.hpp"
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace coop;
  const std::string input(fuzz::text_of(data, size));
  fuzz::is_read(size, [&] {
    const pickle objects(fuzz::bytes_of(input), "input");
    fuzz::expect(objects.size() <= size && objects.root() < objects.nodes().size(), "no root");
    fuzz::expect(objects.nodes().size() <= size, "more values than bytes");
    for (pickle_ref ref = 0; ref < objects.nodes().size(); ++ref) static_cast<void>(objects.describe(ref));
    static_cast<void>(objects.find(objects.root(), "state_dict"));
  });

  const std::string storage(64, '\x3c');
  for (const bool scripted : {false, true}) {
    std::vector<tests::zip_member> members{{.name = "a/data.pkl", .data = input},
                                           {.name = "a/data/0", .data = storage},
                                           {.name = "a/data/1", .data = storage.substr(0, 4)},
                                           {.name = "a/data/2", .data = {}}};
    if (scripted) {
      members.push_back({.name = "a/constants.pkl", .data = input});
      members.push_back({.name = "a/constants/0", .data = storage});
    }
    const std::string whole = tests::zip_of(members);
    const fuzz::memory_file file(whole);
    fuzz::is_read(whole.size(), [&] {
      const torch_archive archive(file.path());
      for (const archive_entry& e : archive.entries()) {
        fuzz::expect(bytes(e) <= storage.size(), "a tensor that holds more than its storage");
        fuzz::is_read(whole.size(), [&] { static_cast<void>(archive.read(e.name, e.extents)); });
        fuzz::is_read(whole.size(), [&] { static_cast<void>(archive.read_integers(e.name)); });
      }
      fuzz::is_read(whole.size(), [&] { static_cast<void>(archive.scalar_constants()); });
    });
  }
  return 0;
}
