// SPDX-License-Identifier: MIT
//
// The loss against torch.nn.functional.cross_entropy, against difference quotients, and at its edges.
#include <coop/train/loss.hpp>

#include <coop/device/devices.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <vector>

BOOST_AUTO_TEST_SUITE(loss)

namespace {

using coop::index_t;
using coop::shape;
using coop::view;

template <class T>
using cpu_of = coop::device::basic_cpu<T>;

// Four unit features and three unit text features of width 5.
const std::vector<double> features{
    0.42765016271677436,  -0.3853594156274463,  -0.30866421957850237, -0.20694032613912691,
    -0.72836499097980767, 0.51915597863985907,  0.037588480694515626, 0.61758139180187022,
    -0.26718343579539899, -0.52561431877204312, 0.51923682133460758,  0.42550854603651928,
    -0.34297764270263553, -0.61557659652015517, -0.22971153876770273, -0.19919920809384659,
    0.96558979271840173,  0.12699870499614777,  -0.06439242325617589, 0.087641157279654894};
const std::vector<double> text{-0.46315659904263212, 0.53772251095829215,  -0.18563753138366862,
                               0.56519474447609774,  -0.37740439018425276, -0.38250314411515202,
                               -0.00302314858076915, -0.76511771434453013, -0.50568357051399482,
                               -0.11207682643214616, 0.42192087163400122,  0.1311880755389174,
                               -0.86038443411031607, -0.13135175727158435, -0.21738861128940937};
const std::vector<index_t> labels{2, 0, 1, 2};
const std::vector<double> expected_gradient{-1.081467071952418,   1.7011381287676592,  -0.63117600473914637,
                                            0.25268732306537067,  0.88667335263480829, -0.76242478706932204,
                                            -0.74199830220011787, 0.61124313861513913, 0.9797140645228084,
                                            0.21951409972716529,  1.8438918590217401,  -0.9591398265675416,
                                            0.019932866124007124, -1.2324013875881792, -1.1061874523619735};

template <class T>
struct outcome {
  coop::loss_result result;
  std::vector<T> gradient;
};

template <class T>
outcome<T> run(const std::vector<T>& f, const std::vector<T>& t, const std::vector<index_t>& y, index_t width,
               T scale) {
  const cpu_of<T> device;
  coop::loss_workspace<cpu_of<T>> workspace;
  const index_t classes = index_t(t.size()) / width;
  outcome<T> o{{}, std::vector<T>(t.size(), T(77))};
  o.result = coop::cross_entropy(device, view<const T, 2>{f.data(), shape<2>{index_t(y.size()), width}},
                                 view<const T, 2>{t.data(), shape<2>{classes, width}}, y, scale,
                                 view<T, 2>{o.gradient.data(), shape<2>{classes, width}}, workspace);
  return o;
}

}  // namespace

BOOST_AUTO_TEST_CASE(value_and_gradient_are_those_of_pytorch_in_double) {
  const auto o = run<double>(features, text, labels, 5, 7.5);

  BOOST_TEST(o.result.loss == 2.0759630569636034, boost::test_tools::tolerance(1e-14));
  BOOST_TEST(o.result.accuracy == 25.0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    BOOST_TEST(o.gradient[i] == expected_gradient[i], boost::test_tools::tolerance(1e-12));
  }
}

BOOST_AUTO_TEST_CASE(value_and_gradient_hold_in_single_precision) {
  const auto o = run<float>({features.begin(), features.end()}, {text.begin(), text.end()}, labels, 5, 7.5f);

  BOOST_TEST(o.result.loss == 2.0759630569636034, boost::test_tools::tolerance(1e-6));
  for (std::size_t i = 0; i < text.size(); ++i)
    BOOST_TEST(std::abs(o.gradient[i] - expected_gradient[i]) < 2e-6);
}

BOOST_AUTO_TEST_CASE(the_gradient_is_the_difference_quotient) {
  const double h = 1e-5;
  const auto o = run<double>(features, text, labels, 5, 20.0);

  for (std::size_t i = 0; i < text.size(); ++i) {
    auto up = text;
    auto down = text;
    up[i] += h;
    down[i] -= h;
    const double quotient = (run<double>(features, up, labels, 5, 20.0).result.loss -
                             run<double>(features, down, labels, 5, 20.0).result.loss) /
                            (2 * h);
    BOOST_TEST(std::abs(quotient - o.gradient[i]) < 1e-7);
  }
}

BOOST_AUTO_TEST_CASE(equal_logits_cost_log_of_the_classes_and_predict_the_first) {
  const std::vector<double> same(4 * 3, 0.5);

  const auto o = run<double>({0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, same, {0, 1}, 3, 100.0);

  BOOST_TEST(o.result.loss == std::log(4.0), boost::test_tools::tolerance(1e-14));
  BOOST_TEST(o.result.accuracy == 50.0);
}

BOOST_AUTO_TEST_CASE(one_class_costs_nothing_and_pulls_nowhere) {
  const auto o = run<double>({0.6, 0.8}, {1.0, 0.0}, {0}, 2, 100.0);

  BOOST_TEST(o.result.loss == 0.0);
  BOOST_TEST(o.result.accuracy == 100.0);
  BOOST_TEST(o.gradient == std::vector<double>(2, 0.0), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(more_classes_than_a_strip_of_lanes_agree_with_a_plain_sum) {
  const index_t classes = 33;
  std::vector<double> t(std::size_t(classes), 0.0);
  for (index_t c = 0; c < classes; ++c) t[std::size_t(c)] = std::sin(double(c));
  double total = 0;
  for (const double x : t) total += std::exp(3.0 * x);

  const auto o = run<double>({1.0}, t, {32}, 1, 3.0);

  BOOST_TEST(o.result.loss == std::log(total) - 3.0 * t[32], boost::test_tools::tolerance(1e-13));
}

BOOST_AUTO_TEST_CASE(a_workspace_serves_batches_of_changing_size) {
  const cpu_of<double> device;
  coop::loss_workspace<cpu_of<double>> workspace;
  std::vector<double> gradient(text.size());
  const auto of_rows = [&](index_t begin, index_t end) {
    return coop::cross_entropy(device,
                               view<const double, 2>{features.data() + 5 * begin, shape<2>{end - begin, 5}},
                               view<const double, 2>{text.data(), shape<2>{3, 5}},
                               std::span(labels).subspan(std::size_t(begin), std::size_t(end - begin)), 7.5,
                               view<double, 2>{gradient.data(), shape<2>{3, 5}}, workspace)
        .loss;
  };

  const double one = of_rows(0, 1);
  const double all = of_rows(0, 4);
  const double rest = of_rows(1, 4);

  BOOST_TEST(all == (one + 3 * rest) / 4, boost::test_tools::tolerance(1e-13));
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_shows_in_the_loss) {
  auto broken = text;
  broken[3] = std::numeric_limits<double>::quiet_NaN();
  auto infinite = text;
  infinite[3] = std::numeric_limits<double>::infinity();

  BOOST_TEST(!std::isfinite(run<double>(features, broken, labels, 5, 7.5).result.loss));
  BOOST_TEST(!std::isfinite(run<double>(features, infinite, labels, 5, 7.5).result.loss));
  BOOST_TEST(!std::isfinite(
      run<float>({features.begin(), features.end()}, {broken.begin(), broken.end()}, labels, 5, 7.5f)
          .result.loss));
}

BOOST_AUTO_TEST_CASE(labels_outside_the_classes_and_other_widths_are_refused) {
  BOOST_CHECK_EXCEPTION(
      run<double>(features, text, {2, 0, 3, 2}, 5, 7.5), coop::shape_error, [](const coop::shape_error& e) {
        return std::string(e.what()).find("expected one of the 3 classes, got 3") != std::string::npos;
      });
  const cpu_of<double> device;
  coop::loss_workspace<cpu_of<double>> workspace;
  std::vector<double> gradient(text.size());
  BOOST_CHECK_EXCEPTION(coop::cross_entropy(device, view<const double, 2>{features.data(), shape<2>{4, 4}},
                                            view<const double, 2>{text.data(), shape<2>{3, 5}},
                                            std::span<const index_t>(labels), 7.5,
                                            view<double, 2>{gradient.data(), shape<2>{3, 5}}, workspace),
                        coop::shape_error, [](const coop::shape_error& e) {
                          return std::string(e.what()).find("expected 5 as the text features have, got 4") !=
                                 std::string::npos;
                        });
}

BOOST_AUTO_TEST_SUITE_END()
