// SPDX-License-Identifier: MIT
//
// The laws of the prompt's policies. Whoever writes a placement or a context checks it with these: each
// returns what is broken as a sentence, or an empty text.
#ifndef COOP_TESTS_LAWS_HPP
#define COOP_TESTS_LAWS_HPP

#include <coop/prompt/context.hpp>
#include <coop/prompt/placement.hpp>

#include <string>
#include <vector>

namespace coop::laws {

/// before(n) is in [0, n] for every n up to `most`, and a vector more never moves one from before the name to
/// behind it.
template <Placement P>
std::string broken_placement(index_t most = 64) {
  for (index_t n = 0; n <= most; ++n) {
    const index_t before = P::before(n);
    const std::string call = std::string(P::name) + ": before(" + std::to_string(n) + ")";
    if (before < 0 || before > n) {
      return call + ": expected 0 to " + std::to_string(n) + ", got " + std::to_string(before);
    }
    if (n > 0 && before < P::before(n - 1))
      return call + ": expected at least before(" + std::to_string(n - 1) + ")";
  }
  return {};
}

/// row maps (class, slot) onto exactly [0, rows): no row outside, none unused; the slots of one class are
/// distinct.
template <Context C>
std::string broken_context(index_t most_classes = 5, index_t most_length = 7) {
  for (index_t classes = 1; classes <= most_classes; ++classes) {
    for (index_t n = 1; n <= most_length; ++n) {
      const index_t rows = C::rows(classes, n);
      const std::string call = std::string(C::name) + " of " + std::to_string(classes) + " classes and " +
                               std::to_string(n) + " vectors";
      if (rows < 1) return call + ": expected at least one row, got " + std::to_string(rows);
      std::vector<index_t> last_class(std::size_t(rows), -1);
      for (index_t c = 0; c < classes; ++c) {
        for (index_t i = 0; i < n; ++i) {
          const index_t row = C::row(c, i, n);
          if (row < 0 || row >= rows) {
            return call + ": row: expected 0 to " + std::to_string(rows - 1) + ", got " + std::to_string(row);
          }
          if (last_class[std::size_t(row)] == c)
            return call + ": row " + std::to_string(row) + " serves two slots of a class";
          last_class[std::size_t(row)] = c;
        }
      }
      for (index_t row = 0; row < rows; ++row) {
        if (last_class[std::size_t(row)] < 0)
          return call + ": row " + std::to_string(row) + " serves no slot";
      }
    }
  }
  return {};
}

}  // namespace coop::laws

#endif
