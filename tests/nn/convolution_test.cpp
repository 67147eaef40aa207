// SPDX-License-Identifier: MIT
//
// Convolutions against the definition, written as five loops in double.
#include <coop/nn/convolution.hpp>

#include <coop/device/cpu.hpp>

#include "support/towers.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

BOOST_AUTO_TEST_SUITE(convolution)

using namespace coop;

namespace {

struct convolution_case {
  index_t pictures, height, width, channels, outputs;
  nn::window kernel;
};

std::vector<float> numbers(std::string_view name, std::size_t n) {
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = tests::uniform(tests::hash_of(name), i);
  return values;
}

/// sum over the window of pixel * weight, plus bias; pixels outside are zero.
std::vector<double> by_definition(const convolution_case& c, const std::vector<float>& x,
                                  const std::vector<float>& weight, const std::vector<float>& bias) {
  const index_t height = c.kernel.outputs(c.height);
  const index_t width = c.kernel.outputs(c.width);
  std::vector<double> y;
  for (index_t b = 0; b < c.pictures; ++b) {
    for (index_t v = 0; v < height; ++v) {
      for (index_t u = 0; u < width; ++u) {
        for (index_t o = 0; o < c.outputs; ++o) {
          double sum = bias.empty() ? 0 : bias[std::size_t(o)];
          for (index_t k = 0; k < c.channels; ++k) {
            for (index_t dv = 0; dv < c.kernel.side; ++dv) {
              for (index_t du = 0; du < c.kernel.side; ++du) {
                const index_t iv = v * c.kernel.stride - c.kernel.padding + dv;
                const index_t iu = u * c.kernel.stride - c.kernel.padding + du;
                if (iv < 0 || iu < 0 || iv >= c.height || iu >= c.width) continue;
                sum += double(x[std::size_t(((b * c.height + iv) * c.width + iu) * c.channels + k)]) *
                       weight[std::size_t(((o * c.channels + k) * c.kernel.side + dv) * c.kernel.side + du)];
              }
            }
          }
          y.push_back(sum);
        }
      }
    }
  }
  return y;
}

template <class T>
std::vector<T> run_convolution(const convolution_case& c, int threads, nn::finish then,
                               const std::vector<float>& pixels, const std::vector<float>& weight,
                               const std::vector<float>& bias, T start) {
  const device::basic_cpu<T> device(threads);
  const nn::convolution layer(device, weight, bias, c.outputs, c.channels, c.kernel);
  const std::vector<T> x(pixels.begin(), pixels.end());
  const index_t height = c.kernel.outputs(c.height);
  const index_t width = c.kernel.outputs(c.width);
  std::vector<T> y(std::size_t(c.pictures * height * width * c.outputs), start);
  std::vector<T> scratch(layer.scratch());
  layer.forward(view<const T, 4>{x.data(), shape<4>{c.pictures, c.height, c.width, c.channels}},
                view<T, 4>{y.data(), shape<4>{c.pictures, height, width, c.outputs}}, then,
                view<T, 1>{scratch.data(), shape<1>{index_t(scratch.size())}});
  return y;
}

const std::vector<convolution_case> cases{
    {1, 1, 1, 1, 1, {.side = 3, .stride = 1, .padding = 1}},      // all border
    {2, 5, 4, 3, 7, {.side = 3, .stride = 1, .padding = 1}},      // the ResNet's
    {2, 7, 6, 3, 5, {.side = 3, .stride = 2, .padding = 1}},      // the stem's, odd side
    {1, 8, 8, 3, 33, {.side = 4, .stride = 4, .padding = 0}},     // the transformer's patches
    {3, 5, 5, 17, 40, {}},                                        // a product
    {1, 6, 3, 2, 3, {.side = 5, .stride = 1, .padding = 2}},      // a window wider than the picture
    {1, 40, 41, 20, 36, {.side = 3, .stride = 1, .padding = 1}},  // several rounds of patches
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_window_agrees_with_the_definition_in_both_precisions) {
  for (const auto& c : cases) {
    const auto x = numbers("x", std::size_t(c.pictures * c.height * c.width * c.channels));
    const auto weight = numbers("w", std::size_t(c.outputs * c.channels * c.kernel.side * c.kernel.side));
    const auto bias = numbers("b", std::size_t(c.outputs));
    const auto expected = by_definition(c, x, weight, bias);

    const auto single = run_convolution<float>(c, 2, nn::finish::plain, x, weight, bias, 99.0f);
    const auto exact = run_convolution<double>(c, 1, nn::finish::plain, x, weight, bias, 99.0);

    BOOST_TEST(tests::greatest_difference(single, expected) < 1e-6);
    BOOST_TEST(tests::greatest_difference(exact, expected) < 1e-14);
  }
}

BOOST_AUTO_TEST_CASE(without_a_bias_nothing_is_added) {
  const auto& c = cases[1];
  const auto x = numbers("x", 2 * 5 * 4 * 3);
  const auto weight = numbers("w", 7 * 3 * 9);

  const auto found = run_convolution<double>(c, 1, nn::finish::plain, x, weight, {}, 99.0);

  BOOST_TEST(tests::greatest_difference(found, by_definition(c, x, weight, {})) < 1e-14);
}

BOOST_AUTO_TEST_CASE(finishes_rectify_and_add_to_what_is_there) {
  const auto& c = cases[4];
  const auto x = numbers("x", 3 * 25 * 17);
  const auto weight = numbers("w", 40 * 17);
  const auto bias = numbers("b", 40);
  auto rectified = by_definition(c, x, weight, bias);
  auto added = rectified;
  for (auto& value : rectified) value = std::max(value, 0.0);
  for (auto& value : added) value = std::max(value + 0.5, 0.0);

  const auto found_rectified = run_convolution<float>(c, 2, nn::finish::rectified, x, weight, bias, 0.5f);
  const auto found_added =
      run_convolution<float>(c, 2, nn::finish::added_and_rectified, x, weight, bias, 0.5f);

  BOOST_TEST(tests::greatest_difference(found_rectified, rectified) < 1e-6);
  BOOST_TEST(tests::greatest_difference(found_added, added) < 1e-6);
}

BOOST_AUTO_TEST_CASE(rectifying_a_range_of_a_row_leaves_the_rest_and_what_is_no_number) {
  const device::cpu device(1);
  std::vector<float> x{-1, -2, std::nanf(""), 3, -4};

  device.for_each_row(1, [row = nn::relu_row<float>{view<float, 2>{x.data(), shape<2>{1, 5}}}](
                             const auto& team, index_t i) { row(team, i, 1, 4); });

  BOOST_TEST((x[0] == -1 && x[1] == 0 && x[3] == 3 && x[4] == -4));
  BOOST_TEST(std::isnan(x[2]));
}

BOOST_AUTO_TEST_CASE(results_do_not_depend_on_the_number_of_threads) {
  const auto& c = cases.back();
  const auto x = numbers("x", 40 * 41 * 20);
  const auto weight = numbers("w", 36 * 20 * 9);

  const auto one = run_convolution<float>(c, 1, nn::finish::rectified, x, weight, {}, 0.0f);
  const auto three = run_convolution<float>(c, 3, nn::finish::rectified, x, weight, {}, 0.0f);

  BOOST_TEST((one == three));
}

BOOST_AUTO_TEST_CASE(average_pool_is_the_mean_of_squares_and_drops_what_is_left_over) {
  const device::basic_cpu<double> device(1);
  std::vector<double> x(2 * 5 * 4 * 2);  // (2, 5, 4, 2): the fifth row belongs to no square
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = double(i);
  std::vector<double> y(2 * 2 * 2 * 2, -1.0);

  nn::average_pool(device, view<const double, 4>{x.data(), shape<4>{2, 5, 4, 2}}, 2,
                   view<double, 4>{y.data(), shape<4>{2, 2, 2, 2}});

  BOOST_TEST(y[0] == (0 + 2 + 8 + 10) / 4.0);
  BOOST_TEST(y[1] == (1 + 3 + 9 + 11) / 4.0);
  BOOST_TEST(y[6] == (20 + 22 + 28 + 30) / 4.0);
  BOOST_TEST(y[8] == (40 + 42 + 48 + 50) / 4.0);
}

BOOST_AUTO_TEST_SUITE_END()
