// SPDX-License-Identifier: MIT
// expect: constraints not satisfied
// expect: transform(picture)
#include <coop/data/transform.hpp>

template <coop::Transform Change>
coop::image change(const Change& transform, coop::image_view picture) {
  return transform(picture);
}

// A transform makes a picture of a picture; this one keeps what it made.
struct secretive {
#ifdef COOP_MUST_FAIL
  void operator()(coop::image_view) const {}
#else
  coop::image operator()(coop::image_view) const { return {}; }
#endif
};

int main() { return change(secretive{}, {}).width; }
