// SPDX-License-Identifier: MIT
//
// The affine map: a value by hand, and the way back as the transpose of the way there.
#include <coop/nn/linear.hpp>

#include <coop/device/cpu.hpp>

#include "../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(linear)

using namespace coop;
using tests::as_matrix;
using tests::numbers;
using exact = device::basic_cpu<double>;

BOOST_AUTO_TEST_CASE(rows_are_multiplied_by_the_transposed_weight_and_shifted) {
  const device::cpu device;
  const std::vector<float> weight{1, 2, 3, 4, 5, 6};  // (3, 2)
  const nn::linear<device::cpu> layer(device, as_matrix(weight, 3, 2),
                                      nn::upload(device, std::vector<float>{10, 20, 30}, shape<1>{3}),
                                      nn::direction::forward_only);
  const std::vector<float> x{1, 1, 2, 0};
  std::vector<float> y(6);

  layer.forward(as_matrix(x, 2, 2), as_matrix(y, 2, 3));

  BOOST_TEST(y == (std::vector<float>{13, 27, 41, 12, 26, 40}));
  BOOST_TEST(layer.inputs() == 2);
  BOOST_TEST(layer.outputs() == 3);
}

BOOST_AUTO_TEST_CASE(without_a_bias_nothing_is_added) {
  const device::cpu device;
  const std::vector<float> weight{1, 2};
  const nn::linear<device::cpu> layer(device, as_matrix(weight, 1, 2), {}, nn::direction::forward_only);
  const std::vector<float> x{3, 4};
  std::vector<float> y{100};

  layer.forward(as_matrix(x, 1, 2), as_matrix(y, 1, 1));
  BOOST_TEST(y[0] == 11.0f);

  layer.forward(as_matrix(x, 1, 2), as_matrix(y, 1, 1), true);
  BOOST_TEST(y[0] == 22.0f);
}

BOOST_AUTO_TEST_CASE(a_transposed_projection_takes_its_matrix_as_clip_stores_it) {
  const device::cpu device;
  const std::vector<float> projection{1, 2, 3, 4, 5, 6};  // (K, O) = (2, 3)
  const nn::linear<device::cpu> layer(device, as_matrix(projection, 2, 3), {}, nn::direction::both,
                                      op::transposed);
  const std::vector<float> x{1, 10};
  std::vector<float> y(3);
  std::vector<float> dx(2);

  layer.forward(as_matrix(x, 1, 2), as_matrix(y, 1, 3));
  layer.backward(as_matrix(std::vector<float>{1, 0, 1}, 1, 3), as_matrix(dx, 1, 2));

  BOOST_TEST(y == (std::vector<float>{41, 52, 63}));
  BOOST_TEST(dx == (std::vector<float>{4, 10}));
}

BOOST_AUTO_TEST_CASE(the_way_back_equals_central_differences) {
  const exact device;
  const auto weight = numbers<double>(5 * 7, 1);
  for (const auto orientation : {op::as_is, op::transposed}) {
    const index_t outputs = orientation == op::as_is ? 5 : 7;
    const index_t inputs = 12 - outputs;
    const nn::linear<exact> layer(
        device, as_matrix(weight, 5, 7),
        nn::upload(device, numbers<float>(std::size_t(outputs), 2), shape<1>{outputs}), nn::direction::both,
        orientation);
    auto x = numbers<double>(std::size_t(3 * inputs), 3);
    const auto dy = numbers<double>(std::size_t(3 * outputs), 4);
    std::vector<double> dx(x.size());

    layer.backward(as_matrix(dy, 3, outputs), as_matrix(dx, 3, inputs));

    const auto numeric = tests::central_differences(x, [&] {
      std::vector<double> y(dy.size());
      layer.forward(as_matrix(std::as_const(x), 3, inputs), as_matrix(y, 3, outputs));
      return tests::dot(dy, y);
    });
    BOOST_TEST(tests::relative_difference(dx, numeric) < tests::tolerance::slope);
  }
}

BOOST_AUTO_TEST_CASE(the_way_back_adds_when_it_is_asked_to) {
  const device::cpu device;
  const std::vector<float> weight{1, 2};
  const nn::linear<device::cpu> layer(device, as_matrix(weight, 1, 2), {}, nn::direction::both);
  std::vector<float> dx{100, 200};

  layer.backward(as_matrix(std::vector<float>{3}, 1, 1), as_matrix(dx, 1, 2), true);

  BOOST_TEST(dx == (std::vector<float>{103, 206}));
}

BOOST_AUTO_TEST_CASE(a_second_direction_costs_a_second_packing) {
  const device::cpu device;
  const auto weight = numbers<float>(64 * 64, 1);
  const nn::linear<device::cpu> there(device, as_matrix(weight, 64, 64), {}, nn::direction::forward_only);
  const nn::linear<device::cpu> both(device, as_matrix(weight, 64, 64), {}, nn::direction::both);

  BOOST_TEST(there.bytes() == 64u * 64u * 4u);
  BOOST_TEST(both.bytes() == 2 * there.bytes());
}

namespace {

/// Gives whatever is asked for, by name.
struct few_tensors {
  std::map<std::string, std::vector<float>> all;
  [[nodiscard]] std::vector<float> read(const std::string& name, const std::vector<std::int64_t>&) const {
    return all.at(name);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_map_read_in_two_layers_is_the_map_in_parts) {
  const few_tensors archive{{{"w", {1, 2, 3, 4, 5, 6}}, {"b", {10, 20, 30}}}};
  const device::cpu device;
  const auto [first, rest] =
      nn::read_split_linear(device, archive, "w", "b", 3, 2, 1, nn::direction::forward_only);
  const std::vector<float> x{1, 1};
  std::vector<float> y(3);

  first.forward(as_matrix(x, 1, 2), view<float, 2>{y.data(), shape<2>{1, 1}});
  rest.forward(as_matrix(x, 1, 2), view<float, 2>{y.data() + 1, shape<2>{1, 2}});

  BOOST_TEST(y == (std::vector<float>{13, 27, 41}));
}

BOOST_AUTO_TEST_CASE(a_projection_is_read_as_clip_stores_it_in_either_precision) {
  const few_tensors archive{{{"p", {1, 2, 3, 4, 5, 6}}}};  // (K, O) = (2, 3)
  const std::vector<double> x{1, 10};
  std::vector<double> y(3);

  const auto layer = nn::read_projection(exact(), archive, "p", 2, 3, nn::direction::forward_only);
  layer.forward(as_matrix(x, 1, 2), as_matrix(y, 1, 3));

  BOOST_TEST(y == (std::vector<double>{41, 52, 63}));
}

BOOST_AUTO_TEST_SUITE_END()
