// SPDX-License-Identifier: MIT
//
// RN50, RN101, ViT-B/32 and ViT-B/16 at full size against PyTorch's float32 (parity/make_golden.py): pixels as
// Pillow gives them, and image features on every device in every precision. Every figure seen is a message of the test.
#include "golden.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <span>
#include <string>

using namespace coop;
using namespace coop::tests;
namespace utf = boost::unit_test;

BOOST_AUTO_TEST_SUITE(golden_images, *utf::label("slow"))

namespace {

template <Backbone B, class M>
void image_features_agree() {
  if (!available<typename M::device_type>()) return;
  const double apart = golden::apart(golden::image_features<B, M>(), std::string(B::name) + ".image");
  const std::string title = std::string(B::name) + " image features, " + M::title();
  BOOST_TEST_MESSAGE(title << ": " << apart);
  BOOST_TEST_CONTEXT(title) BOOST_TEST(apart < features_bound(M::products));
}

}  // namespace

BOOST_AUTO_TEST_CASE(pictures_of_every_kind_and_size_have_pillows_bytes) {
  const auto& set = golden::pictures();
  for (std::size_t i = 0; i < set.pixels.size(); ++i) {
    const auto bytes = std::as_bytes(std::span(set.pixels[i].pixels));
    BOOST_TEST_CONTEXT(set.names[i])
    BOOST_TEST(sha256_hex(bytes) == golden::reference().metadata().at("picture." + std::to_string(i)));
  }
  BOOST_TEST(set.pixels.size() == 32u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(rn50_has_pytorchs_image_features, M, machines) {
  image_features_agree<backbone::rn50, M>();
}
BOOST_AUTO_TEST_CASE_TEMPLATE(rn101_has_pytorchs_image_features, M, machines) {
  image_features_agree<backbone::rn101, M>();
}
BOOST_AUTO_TEST_CASE_TEMPLATE(vit_b32_has_pytorchs_image_features, M, machines) {
  image_features_agree<backbone::vit_b32, M>();
}
BOOST_AUTO_TEST_CASE_TEMPLATE(vit_b16_has_pytorchs_image_features, M, machines) {
  image_features_agree<backbone::vit_b16, M>();
}

BOOST_AUTO_TEST_SUITE_END()
