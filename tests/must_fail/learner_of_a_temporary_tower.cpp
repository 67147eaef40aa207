// SPDX-License-Identifier: MIT
// expect: deleted
// expect: prompt_learner
#include <coop/device/archetype.hpp>
#include <coop/model/learner.hpp>

// A learner points to its tower, so a tower that dies with the line is refused.
using tower = coop::text_tower<coop::text_shape<64, 1, 1, 8>, coop::device::archetype>;
using learner = coop::prompt_learner<coop::context::unified, coop::placement::end, tower>;

tower make();

bool begin(const tower& kept, const coop::tokenizer& words) {
#ifdef COOP_MUST_FAIL
  return noexcept(learner(make(), words, {"cat"}, coop::unified_end{}));
#else
  return noexcept(learner(kept, words, {"cat"}, coop::unified_end{}));
#endif
}

int main() { return 0; }
