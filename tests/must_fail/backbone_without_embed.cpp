// SPDX-License-Identifier: MIT
// expect: constraints not satisfied
// expect: B::embed
#include <coop/clip/backbone.hpp>

template <coop::Backbone B>
int features() {
  return B::image::embed;
}

// A model of a user's own: the miniature's towers under another name.
struct homemade {
  static constexpr const char* name = "homemade";
  static constexpr coop::index_t image_size = coop::backbone::mini_vit::image_size;
#ifndef COOP_MUST_FAIL
  static constexpr coop::index_t embed = coop::backbone::mini_vit::embed;
#endif
  using image = coop::backbone::mini_vit::image;
  using text = coop::backbone::mini_vit::text;
};

int main() { return features<homemade>() == 0; }
