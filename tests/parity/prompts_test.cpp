// SPDX-License-Identifier: MIT
//
// The whole of learning against PyTorch: logits, loss, gradient of the context, and the context after three
// steps of SGD, for the six pairs of context and placement. parity/make_prompts.py wrote the numbers, in
// double.
#include <coop/device/cpu.hpp>
#include <coop/io/archive.hpp>
#include <coop/model/learner.hpp>
#include <coop/train/loss.hpp>
#include <coop/train/optimizer.hpp>
#include <coop/train/schedule.hpp>

#include "../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(prompts)

using namespace coop;
using tests::numbers;
using tests::relative_difference;

namespace {

using text = text_shape<128, 2, 3, 48, 77, 600>;
const std::vector<std::string> names{"cat",      "cat_fish", "cat_bird (of prey)",
                                     "sea lion", "sea lion", "Ocelot No. 7"};
constexpr index_t pictures = 8;
constexpr index_t length = 5;

std::string data_file(const std::string& name) {
  return (std::filesystem::path(__FILE__).parent_path().parent_path() / "data" / name).string();
}

/// Unit features of the pictures, by formula.
template <class T>
std::vector<T> picture_features() {
  auto values = numbers<T>(std::size_t(pictures) * 48, 77);
  for (std::size_t b = 0; b < std::size_t(pictures); ++b) {
    const auto row = values.begin() + std::ptrdiff_t(b) * 48;
    T square = 0;
    std::for_each(row, row + 48, [&](T x) { square += x * x; });
    std::for_each(row, row + 48, [&](T& x) { x /= std::sqrt(square); });
  }
  return values;
}

/// What three steps give.
template <class T>
struct steps {
  std::vector<T> logits, gradient, context;
  std::vector<double> loss;
};

template <Context C, Placement P, class Tower>
auto train(const Tower& tower, const tokenizer& words) {
  using D = typename Tower::device_type;
  using T = typename D::scalar;
  const D& device = tower.device();
  prompt_learner learner(tower, words, names, prompt<C, P>{.length = length});
  const auto parameters = learner.parameters();
  const auto begin = numbers<float>(parameters.size(), 5);
  for (std::size_t i = 0; i < begin.size(); ++i) parameters.data[i] = T(begin[i] * 0.05f);
  const auto features = picture_features<T>();
  const view<const T, 2> given{features.data(), {pictures, 48}};
  std::vector<index_t> labels;
  for (index_t b = 0; b < pictures; ++b) labels.push_back(b % index_t(names.size()));

  steps<T> result;
  typename sgd::template state<D> state(sgd{}, device, parameters.extents);
  loss_workspace<D> space;
  tensor<T, 2, D> dtext(device, shape<2>{learner.classes(), 48});
  const auto schedule = paper_schedule(200, 0.2);
  for (index_t epoch = 0; epoch < 3; ++epoch) {
    const auto unit = learner.forward();
    const T scale = T(learner.scale());
    for (index_t b = 0; epoch == 0 && b < pictures; ++b) {
      for (index_t c = 0; c < learner.classes(); ++c) {
        T sum = 0;
        for (index_t e = 0; e < 48; ++e) sum += given(b, e) * unit(c, e);
        result.logits.push_back(scale * sum);
      }
    }
    result.loss.push_back(cross_entropy(device, given, unit, labels, scale, dtext.view(), space).loss);
    learner.backward(dtext.view());
    if (epoch == 0) result.gradient = to_host(device, learner.gradient());
    state.step(parameters, learner.gradient(), schedule.at(epoch));
  }
  result.context = to_host(device, view<const T, 2>(parameters));
  return result;
}

template <class T>
void equals_pytorch(double tolerance) {
  const safetensors golden(data_file("prompts.safetensors"));
  const tokenizer words = load_tokenizer(data_file("prompts_vocabulary.txt"));
  const text_tower<text, device::basic_cpu<T>> tower(device::basic_cpu<T>(), tests::seeded_archive{});
  for_each_type(context::all{}, [&](auto c) {
    for_each_type(placement::all{}, [&](auto p) {
      using C = typename decltype(c)::type;
      using P = typename decltype(p)::type;
      const std::string prefix = std::string(C::name) + "." + P::name + ".";

      const auto ours = train<C, P>(tower, words);

      BOOST_TEST(relative_difference(ours.logits, golden.read(prefix + "logits")) < tolerance,
                 prefix << "logits");
      BOOST_TEST(relative_difference(ours.loss, golden.read(prefix + "loss")) < tolerance, prefix << "loss");
      BOOST_TEST(relative_difference(ours.gradient, golden.read(prefix + "gradient")) < tolerance,
                 prefix << "gradient");
      BOOST_TEST(relative_difference(ours.context, golden.read(prefix + "context")) < tolerance,
                 prefix << "context");
      BOOST_TEST_MESSAGE(
          prefix << " logits " << relative_difference(ours.logits, golden.read(prefix + "logits"))
                 << ", gradient " << relative_difference(ours.gradient, golden.read(prefix + "gradient"))
                 << ", context " << relative_difference(ours.context, golden.read(prefix + "context")));
    });
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(three_steps_equal_pytorch_in_single_precision) {
  equals_pytorch<float>(tests::tolerance::single);
}

// The golden numbers are read as float32, and the optimizer's constants are floats.
BOOST_AUTO_TEST_CASE(three_steps_equal_pytorch_in_double) { equals_pytorch<double>(2e-7); }

BOOST_AUTO_TEST_SUITE_END()
