// SPDX-License-Identifier: MIT
//
// Folding of batch norms, and layers cut from or stacked of tensors.
#include <coop/clip/weights.hpp>
#include <coop/device/cpu.hpp>

#include "support/towers.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(weights)

using namespace coop;

namespace {

/// A handful of tensors by name.
struct small_archive {
  std::map<std::string, std::vector<float>> tensors;
  std::string where = "small";

  [[nodiscard]] const std::string& path() const { return where; }
  [[nodiscard]] std::vector<float> read(const std::string& name, const std::vector<std::int64_t>&) const {
    return tensors.at(name);
  }
};

std::vector<float> applied(const nn::linear<device::cpu>& layer, const std::vector<float>& x) {
  const index_t rows = index_t(x.size()) / layer.inputs();
  std::vector<float> y(std::size_t(rows * layer.outputs()));
  layer.forward(view<const float, 2>{x.data(), shape<2>{rows, layer.inputs()}},
                view<float, 2>{y.data(), shape<2>{rows, layer.outputs()}});
  return y;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_folded_batch_norm_is_the_norm_after_the_convolution) {
  const small_archive archive{{{"c.weight", {2, -3}},
                               {"n.weight", {0.5f, 2}},
                               {"n.bias", {1, -1}},
                               {"n.running_mean", {0.25f, 4}},
                               {"n.running_var", {4, 0}}}};

  const auto folded = read_folded(archive, "c", "n", 2, 1, 1);

  const auto norm = [](double x, double mean, double variance, double gain, double shift) {
    return (x - mean) / std::sqrt(variance + 1e-5) * gain + shift;
  };
  for (const double x : {0.0, 1.0, -2.0}) {
    BOOST_TEST(std::abs(folded.weight[0] * x + folded.bias[0] - norm(2 * x, 0.25, 4, 0.5, 1)) < 1e-6);
    BOOST_TEST(std::abs(folded.weight[1] * x + folded.bias[1] - norm(-3 * x, 4, 0, 2, -1)) < 1e-3);
  }
}

BOOST_AUTO_TEST_CASE(a_negative_variance_is_an_error_with_its_channel) {
  const small_archive archive{{{"c.weight", {1, 1}},
                               {"n.weight", {1, 1}},
                               {"n.bias", {0, 0}},
                               {"n.running_mean", {0, 0}},
                               {"n.running_var", {1, -1}}}};

  BOOST_CHECK_EXCEPTION(read_folded(archive, "c", "n", 2, 1, 1), io_error, [](const io_error& e) {
    return std::string(e.what()) ==
           "coop: small: tensor 'n.running_var': expected variances, got -1.000000 in channel 1";
  });
}

BOOST_AUTO_TEST_CASE(stacked_maps_are_the_whole) {
  const device::cpu device(1);
  const small_archive archive{
      {{"k.weight", {1, 0, 0, 1}}, {"k.bias", {1, 1}}, {"v.weight", {0, 2, 2, 0}}, {"v.bias", {0, 0}}}};

  const auto whole = read_stacked_linear(device, archive, {"k", "v"}, 2, 2);

  BOOST_TEST(applied(whole, {3, 5}) == (std::vector<float>{4, 6, 10, 6}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(formula_weights_are_the_numbers_that_the_python_twin_makes) {
  const auto values = tests::formula_values("visual.conv1.weight", {4, 3, 2, 2});
  const auto means = tests::formula_values("visual.bn1.running_mean", {3});

  BOOST_TEST(values.size() == 48u);
  BOOST_TEST(values[0] == 0.0970001295208931f);
  BOOST_TEST(values[47] == 0.5885448455810547f);
  BOOST_TEST(means[2] == 0.05057583004236221f);
}

BOOST_AUTO_TEST_SUITE_END()
