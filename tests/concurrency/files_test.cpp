// SPDX-License-Identifier: MIT
//
// Files that many threads read: one decoder for all pictures, with libjpeg and libpng behind it, and one opened archive
// for all tensors.
#include <coop/data/decoders.hpp>
#include <coop/io/any_archive.hpp>

#include "data/pictures.hpp"
#include "support/at_once.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(files_of_many_readers)

using namespace coop;
using tests::at_once;
using tests::in_turn;

BOOST_AUTO_TEST_CASE(many_decode_pictures_of_every_mode_and_broken_ones) {
  const picture_decoder decoder;
  const auto decoded = [&](index_t caller) {
    std::vector<std::uint8_t> all;
    for (std::size_t i = 0; i < pictures::every_mode.size(); ++i) {
      const std::size_t which = (i + std::size_t(caller)) % pictures::every_mode.size();
      const image picture = decoder(pictures::file_of(pictures::every_mode[which]));
      all.insert(all.end(), picture.pixels.begin(), picture.pixels.end());
      try {
        static_cast<void>(decoder(pictures::path_of("pictures.hpp")));
      } catch (const io_error& e) {
        const std::string what = e.what();
        all.insert(all.end(), what.begin(), what.end());
      }
    }
    return all;
  };

  const auto alone = in_turn(decoded);

  BOOST_TEST((at_once(decoded) == alone));
}

BOOST_AUTO_TEST_CASE(many_read_tensors_of_one_opened_archive) {
  for (const std::string name : {"clip_open_clip.pt", "torch_legacy.pt", "torch_plain.pt",
                                 "torch_scripted.pt", "towers.safetensors"}) {
    const any_archive archive = open_archive(pictures::path_of(name));
    const auto read = [&](index_t caller) {
      std::vector<float> all;
      const std::size_t count = archive.entries().size();
      for (std::size_t i = 0; i < count; ++i) {
        const archive_entry& entry = archive.entries()[(i + std::size_t(caller)) % count];
        if (!is_floating(entry.type)) continue;
        const std::vector<float> values = archive.read(entry.name);
        all.insert(all.end(), values.begin(), values.end());
      }
      return all;
    };

    const auto alone = in_turn(read);

    BOOST_TEST(!alone.front().empty(), name);
    BOOST_TEST((at_once(read) == alone), name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
