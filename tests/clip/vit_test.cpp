// SPDX-License-Identifier: MIT
//
// The vision transformer against PyTorch: a tiny one in both precisions, the published sizes with formula
// weights.
#include <coop/clip/vit.hpp>
#include <coop/device/cpu.hpp>

#include "support/towers.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>
#include <vector>

BOOST_AUTO_TEST_SUITE(vit)

using namespace coop;
namespace utf = boost::unit_test;

namespace {

using tiny_vit = vit_shape<24, 8, 128, 3, 10>;

template <class D, nn::Activation A = nn::quick_gelu>
vit_tower<tiny_vit, D, A> tiny_vit_on(const D& device) {
  return {device, tests::formula_archive(tests::image_tensors(tiny_vit{}))};
}

template <Backbone B>
double difference_of_published_vit() {
  const device::cpu device(2);
  const typename B::template image_tower<device::cpu> tower(
      device, tests::formula_archive(tests::image_tensors(typename B::image{})));
  return tests::greatest_difference(tests::features_of(tower, 2), tests::reference(B::name));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_tiny_transformer_has_pytorchs_features_in_double) {
  const auto tower = tiny_vit_on(device::basic_cpu<double>(1));

  BOOST_TEST(tests::greatest_difference(tests::features_of(tower, 3), tests::reference("tiny-vit")) <
             tests::tolerance::exact);
}

BOOST_AUTO_TEST_CASE(a_tiny_transformer_has_pytorchs_features_in_single_precision) {
  const auto tower = tiny_vit_on(device::cpu(2));

  BOOST_TEST(tests::greatest_difference(tests::features_of(tower, 3), tests::reference("tiny-vit")) <
             tests::tolerance::tower);
}

BOOST_AUTO_TEST_CASE(the_exact_gelu_is_another_tower) {
  const auto tower = tiny_vit_on<device::basic_cpu<double>, nn::gelu>(device::basic_cpu<double>(1));

  const auto features = tests::features_of(tower, 3);

  BOOST_TEST(tests::greatest_difference(features, tests::reference("tiny-vit.gelu")) <
             tests::tolerance::exact);
  BOOST_TEST(tests::greatest_difference(features, tests::reference("tiny-vit")) > 1e-3);
}

BOOST_AUTO_TEST_CASE(features_do_not_depend_on_the_batch_or_the_threads) {
  const auto one = tiny_vit_on(device::cpu(1));
  const auto two = tiny_vit_on(device::cpu(2));
  const auto many = tests::features_of(one, 19);  // more than the tower takes at once

  const auto few = tests::features_of(one, 2);

  BOOST_TEST((many == tests::features_of(two, 19)));
  BOOST_TEST((few == std::vector<float>(many.begin(), many.begin() + index_t(few.size()))));
}

BOOST_AUTO_TEST_CASE(one_tower_serves_several_threads) {
  const auto tower = tiny_vit_on(device::cpu(2));
  const auto expected = tests::features_of(tower, 5);
  std::vector<std::vector<float>> found(4);
  std::vector<std::thread> callers;

  for (auto& features : found) {
    callers.emplace_back([&] {
      for (int round = 0; round < 5; ++round) features = tests::features_of(tower, 5);
    });
  }
  for (auto& caller : callers) caller.join();

  for (const auto& features : found) BOOST_TEST((features == expected));
}

BOOST_AUTO_TEST_CASE(a_tower_moves_and_still_encodes) {
  auto tower = tiny_vit_on(device::cpu(1));
  const auto expected = tests::features_of(tower, 1);

  const auto moved = std::move(tower);

  BOOST_TEST((tests::features_of(moved, 1) == expected));
}

BOOST_AUTO_TEST_CASE(vit_b32_has_pytorchs_features, *utf::label("slow")) {
  BOOST_TEST(difference_of_published_vit<backbone::vit_b32>() < tests::tolerance::tower);
}

BOOST_AUTO_TEST_CASE(vit_b16_has_pytorchs_features, *utf::label("slow")) {
  BOOST_TEST(difference_of_published_vit<backbone::vit_b16>() < tests::tolerance::tower);
}

BOOST_AUTO_TEST_SUITE_END()
