// SPDX-License-Identifier: MIT
//
// The modified ResNet against PyTorch: a tiny one in both precisions, RN50 with formula weights.
#include <coop/clip/resnet.hpp>
#include <coop/device/cpu.hpp>

#include "support/towers.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(resnet)

using namespace coop;
namespace utf = boost::unit_test;

namespace {

using tiny_resnet = resnet_shape<64, 4, 12, 2, 1, 1, 2>;

template <class D>
resnet_tower<tiny_resnet, D> tiny_resnet_on(const D& device) {
  return {device, tests::formula_archive(tests::image_tensors(tiny_resnet{}))};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_tiny_resnet_has_pytorchs_features_in_double) {
  const auto tower = tiny_resnet_on(device::basic_cpu<double>(1));

  // Folding rounds each weight to float32 once.
  BOOST_TEST(tests::greatest_difference(tests::features_of(tower, 3), tests::reference("tiny-rn")) < 2e-6);
}

BOOST_AUTO_TEST_CASE(a_tiny_resnet_has_pytorchs_features_in_single_precision) {
  const auto tower = tiny_resnet_on(device::cpu(2));

  BOOST_TEST(tests::greatest_difference(tests::features_of(tower, 3), tests::reference("tiny-rn")) <
             tests::tolerance::tower);
}

BOOST_AUTO_TEST_CASE(features_do_not_depend_on_the_batch_or_the_threads) {
  const auto one = tiny_resnet_on(device::cpu(1));
  const auto two = tiny_resnet_on(device::cpu(2));
  const auto few = tests::features_of(one, 2);  // before the larger batch: buffers must grow

  const auto many = tests::features_of(one, 11);

  BOOST_TEST((many == tests::features_of(two, 11)));
  BOOST_TEST((few == std::vector<float>(many.begin(), many.begin() + index_t(few.size()))));
  BOOST_TEST((few == tests::features_of(one, 2)));
}

BOOST_AUTO_TEST_CASE(a_missing_statistic_is_named) {
  tests::formula_archive archive(tests::image_tensors(tiny_resnet{}), "rn.safetensors");
  archive.remove("visual.layer2.0.downsample.1.running_var");

  BOOST_CHECK_EXCEPTION((resnet_tower<tiny_resnet, device::cpu>(device::cpu(1), archive)), io_error,
                        [](const io_error& e) {
                          return std::string(e.what()) ==
                                 "coop: rn.safetensors: no tensor 'visual.layer2.0.downsample.1.running_var'";
                        });
}

BOOST_AUTO_TEST_CASE(rn50_has_pytorchs_features, *utf::label("slow")) {
  using rn50 = backbone::rn50;
  const resnet_tower<rn50::image, device::cpu> tower(
      device::cpu(2), tests::formula_archive(tests::image_tensors(rn50::image{})));

  BOOST_TEST(tests::greatest_difference(tests::features_of(tower, 2), tests::reference("RN50")) <
             tests::tolerance::tower);
}

BOOST_AUTO_TEST_SUITE_END()
