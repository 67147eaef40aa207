// SPDX-License-Identifier: MIT
//
// Optimizers against three steps of PyTorch 1.13's torch.optim.SGD and AdamW on the same gradients.
#include <coop/train/optimizer.hpp>

#include <coop/device/devices.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <vector>

BOOST_AUTO_TEST_SUITE(optimizer)

namespace {

using coop::index_t;
using coop::shape;
using coop::view;
using cpu = coop::device::cpu;

using matrix = std::vector<float>;  // (2, 3)

const matrix start{0.803276062f, 0.174833387f, 0.0889780968f, -0.613718033f, 0.0461824499f, -1.36825919f};
const std::array<matrix, 3> gradients{{
    {0.337495089f, 1.01111591f, -1.43517935f, 0.977431774f, 0.522049963f, 1.23791671f},
    {-0.864635587f, 0.298960835f, 0.419218659f, -0.0798543245f, 0.926410854f, 0.815677524f},
    {0.495189011f, -0.164316982f, -0.677962184f, -1.05910742f, 0.747696638f, 0.23891741f},
}};

view<float, 2> as_view(matrix& m) { return {m.data(), shape<2>{2, 3}}; }
view<const float, 2> as_view(const matrix& m) { return {m.data(), shape<2>{2, 3}}; }

template <class State>
void expect_steps(State& state, matrix p, const std::array<double, 3>& rates,
                  const std::array<matrix, 3>& expected) {
  for (std::size_t i = 0; i < 3; ++i) {
    state.step(as_view(p), as_view(gradients[i]), rates[i]);
    for (std::size_t j = 0; j < p.size(); ++j)
      BOOST_TEST(p[j] == expected[i][j], boost::test_tools::tolerance(2e-6f));
  }
}

template <class O>
void expect_resume(const O& optimizer) {
  matrix unbroken = start;
  matrix resumed = start;
  typename O::template state<cpu> first(optimizer, cpu{}, shape<2>{2, 3});
  for (const auto& g : gradients) first.step(as_view(unbroken), as_view(g), 0.1);

  typename O::template state<cpu> before(optimizer, cpu{}, shape<2>{2, 3});
  before.step(as_view(resumed), as_view(gradients[0]), 0.1);
  typename O::template state<cpu> after(optimizer, cpu{}, shape<2>{2, 3});
  after.restore(before.save());
  after.step(as_view(resumed), as_view(gradients[1]), 0.1);
  after.step(as_view(resumed), as_view(gradients[2]), 0.1);

  BOOST_TEST(unbroken == resumed, boost::test_tools::per_element());
  BOOST_TEST((first.save() == after.save()));
}

}  // namespace

static_assert(coop::Optimizer<coop::sgd, cpu>);
static_assert(coop::Optimizer<coop::adamw, cpu>);
static_assert(coop::Optimizer<coop::sgd, coop::device::basic_cpu<double>>);

BOOST_AUTO_TEST_CASE(sgd_steps_as_pytorch_does) {
  coop::sgd::state<cpu> state({.momentum = 0.9f, .weight_decay = 5e-4f}, cpu{}, shape<2>{2, 3});

  expect_steps(state, start, {0.1, 0.1, 0.05},
               {{{0.769486368f, 0.0737130567f, 0.232491583f, -0.71143055f, -0.00602485379f, -1.49198246f},
                 {0.825500727f, -0.0471950136f, 0.319720238f, -0.791350782f, -0.145652205f, -1.68482649f},
                 {0.825927138f, -0.0933866128f, 0.392863244f, -0.774339736f, -0.245865718f, -1.78351009f}}});
}

BOOST_AUTO_TEST_CASE(adamw_steps_as_pytorch_does) {
  coop::adamw::state<cpu> state({}, cpu{}, shape<2>{2, 3});

  expect_steps(state, start, {0.01, 0.01, 0.01},
               {{{0.793195724f, 0.164815903f, 0.0989691988f, -0.623656631f, 0.0361778326f, -1.37812233f},
                 {0.797613502f, 0.156263188f, 0.10330344f, -0.629666388f, 0.0264022406f, -1.38767457f},
                 {0.797592163f, 0.15071246f, 0.108991124f, -0.62810123f, 0.0165458322f, -1.39594793f}}});
}

BOOST_AUTO_TEST_CASE(the_first_velocity_of_sgd_is_the_gradient_with_its_decay) {
  matrix p = start;
  coop::sgd::state<cpu> state({.momentum = 0.5f, .weight_decay = 0.0f}, cpu{}, shape<2>{2, 3});

  state.step(as_view(p), as_view(gradients[0]), 1.0);

  BOOST_TEST(state.save().arrays.at("velocity") == gradients[0], boost::test_tools::per_element());
  BOOST_TEST(p[0] == start[0] - gradients[0][0]);
}

BOOST_AUTO_TEST_CASE(sgd_goes_on_from_what_it_saved) { expect_resume(coop::sgd{}); }

BOOST_AUTO_TEST_CASE(adamw_goes_on_from_what_it_saved) { expect_resume(coop::adamw{}); }

BOOST_AUTO_TEST_CASE(a_state_of_another_size_or_kind_is_refused) {
  coop::sgd::state<cpu> small(coop::sgd{}, cpu{}, shape<2>{1, 3});
  coop::adamw::state<cpu> other(coop::adamw{}, cpu{}, shape<2>{2, 3});
  coop::sgd::state<cpu> state(coop::sgd{}, cpu{}, shape<2>{2, 3});

  BOOST_CHECK_EXCEPTION(state.restore(small.save()), coop::shape_error, [](const coop::shape_error& e) {
    return std::string(e.what()).find("'velocity': expected 6 elements, got 3") != std::string::npos;
  });
  BOOST_CHECK_EXCEPTION(state.restore(other.save()), coop::shape_error, [](const coop::shape_error& e) {
    return std::string(e.what()).find("array 'velocity' is missing") != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()
