// SPDX-License-Identifier: MIT
//
// Texts of some twenty scripts against the tokenizer of open-clip-torch (parity/make_token_lines.py).
#include <coop/io/gzip.hpp>
#include <coop/prompt/tokenizer.hpp>

#include "support/clip_vocabulary.hpp"
#include "support/escaped.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(token_lines)

using coop::test::has_clip_vocabulary;
namespace utf = boost::unit_test;

BOOST_AUTO_TEST_CASE(lines_of_all_scripts_have_open_clips_ids,
                     *utf::label("slow") * utf::precondition(has_clip_vocabulary)) {
  const coop::tokenizer words = coop::load_tokenizer(coop::test::clip_vocabulary());
  std::istringstream lines(
      coop::read_text_or_gzip((coop::test::folder() / "data" / "token_lines.txt.gz").string()));
  std::size_t count = 0;
  std::size_t different = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto tab = line.find('\t');
    std::istringstream numbers(line.substr(0, tab));
    const std::vector<std::int32_t> expected{std::istream_iterator<std::int32_t>(numbers), {}};
    const auto found = words.ids(coop::tests::unescaped(line.substr(tab + 1)));
    BOOST_TEST_CONTEXT(line) BOOST_TEST(found == expected, boost::test_tools::per_element());
    different += found == expected ? 0 : 1;
  }
  BOOST_TEST_MESSAGE(count << " lines, " << different << " different");
  BOOST_TEST(count == 5200u);
}

BOOST_AUTO_TEST_SUITE_END()
