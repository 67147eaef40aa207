// SPDX-License-Identifier: MIT
//
// The first outputs that the authors publish with their program, and the standard's condition on mt19937.
#include <coop/data/mersenne_twister.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <random>
#include <span>

BOOST_AUTO_TEST_SUITE(mersenne_twister)

BOOST_AUTO_TEST_CASE(seeding_by_array_gives_the_authors_outputs) {
  const std::array<std::uint32_t, 4> words{0x123, 0x234, 0x345, 0x456};
  coop::mersenne_twister generator{std::span<const std::uint32_t>(words)};

  for (const std::uint32_t expected : {1067595299u, 955945823u, 477289528u, 4107218783u, 4228976476u}) {
    BOOST_TEST(generator() == expected);
  }
}

BOOST_AUTO_TEST_CASE(seeding_by_a_word_equals_the_standard_engine) {
  coop::mersenne_twister generator(5489u);
  std::mt19937 standard(5489u);

  for (int i = 0; i < 2000; ++i) BOOST_REQUIRE(generator() == standard());
}

BOOST_AUTO_TEST_CASE(skipping_equals_drawing) {
  for (const std::uint64_t count : {0u, 1u, 623u, 624u, 625u, 5000u}) {
    coop::mersenne_twister skipped(3u);
    std::mt19937 drawn(3u);
    skipped();
    drawn();

    skipped.skip(count);
    drawn.discard(count);

    BOOST_TEST(skipped() == drawn());
  }
}

BOOST_AUTO_TEST_SUITE_END()
