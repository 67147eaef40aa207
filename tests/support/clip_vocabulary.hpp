// SPDX-License-Identifier: MIT
//
// Where tests find CLIP's vocabulary: at $COOP_CLIP_VOCAB, or in the user's cache, where
// scripts/fetch_clip_vocabulary.sh puts it. Cases that need it carry has_clip_vocabulary as a precondition
// and are reported as skipped without it.
#ifndef COOP_TESTS_SUPPORT_CLIP_VOCABULARY_HPP
#define COOP_TESTS_SUPPORT_CLIP_VOCABULARY_HPP

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace coop::test {

/// The folder of the tests, whatever the program's working directory is.
inline std::filesystem::path folder() { return std::filesystem::path(__FILE__).parent_path().parent_path(); }

/// The path of the vocabulary file, or an empty one. Looks, and fetches, once.
inline const std::string& clip_vocabulary() {
  static const std::string path = []() -> std::string {
    if (const char* given = std::getenv("COOP_CLIP_VOCAB"); given && *given) return given;
    const char* cache = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    const auto parent = cache && *cache ? std::filesystem::path(cache)
                        : home && *home ? std::filesystem::path(home) / ".cache"
                                        : std::filesystem::temp_directory_path();
    const auto file = parent / "coop" / "bpe_simple_vocab_16e6.txt.gz";
    const auto script = folder().parent_path() / "scripts" / "fetch_clip_vocabulary.sh";
    const std::string command = "'" + script.string() + "' '" + file.string() + "'";
    return std::system(command.c_str()) == 0 ? file.string() : std::string();
  }();
  return path;
}

/// Precondition of the cases that need the vocabulary.
inline boost::test_tools::assertion_result has_clip_vocabulary(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result(!clip_vocabulary().empty());
  if (!result) result.message() << "CLIP's vocabulary is neither at $COOP_CLIP_VOCAB nor to be had from PyPI";
  return result;
}

}  // namespace coop::test

#endif
