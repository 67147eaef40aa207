// SPDX-License-Identifier: MIT
//
// Embeddings of a tree's nodes: tokens where words stand, rows where context stands, and each row's gradient
// summed over the nodes it fed.
#include <coop/prompt/assembly.hpp>

#include <coop/device/cpu.hpp>

#include "../support/numeric.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace coop;
using tests::as_matrix;

namespace {

/// Two classes, one context of two rows, a constant start and name: 1 2 | c0 c1 9 and 1 | c0 c1 8 9.
struct small_tree {
  device::cpu device;
  nn::merged_sequences merged =
      nn::merge({{1, 2, -1, -2, 9}, {1, -1, -2, 8, 9}}, nn::constants::above_first_change);
  std::vector<float> tokens = [] {
    std::vector<float> t;
    for (int id = 0; id < 10; ++id) t.insert(t.end(), {float(id), float(10 * id)});
    return t;
  }();
  prompt_assembly<device::cpu> assembly{device, merged, as_matrix(std::as_const(tokens), 10, 2), 2};

  std::vector<float> embeddings(std::vector<float> context) {
    return to_host(device, assembly.forward(as_matrix(std::as_const(context), 2, 2)));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(assembly_of_prompts, small_tree)

BOOST_AUTO_TEST_CASE(constant_nodes_hold_their_tokens) {
  BOOST_TEST(to_host(device, assembly.constants()) == (std::vector<float>{1, 10, 2, 20}));
}

BOOST_AUTO_TEST_CASE(live_nodes_hold_tokens_and_the_rows_of_the_context) {
  BOOST_TEST(embeddings({0.5f, 0.25f, -1, -2}) ==
             (std::vector<float>{0.5f, 0.25f, -1, -2, 8, 80, 9, 90, 0.5f, 0.25f, -1, -2, 9, 90}));
}

BOOST_AUTO_TEST_CASE(a_new_context_replaces_the_old_one_and_nothing_else) {
  (void)embeddings({5, 6, 7, 8});

  BOOST_TEST(embeddings({0, 0, 0, 0}) == (std::vector<float>{0, 0, 0, 0, 8, 80, 9, 90, 0, 0, 0, 0, 9, 90}));
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_row_is_the_sum_over_the_nodes_it_fed) {
  const std::vector<float> dinputs{1, 2, 3, 4, 10, 20, 30, 40};  // c0 c1 of one branch, c0 c1 of the other
  std::vector<float> gradient{100, 100, 100, 100};

  assembly.backward(as_matrix(dinputs, 4, 2), as_matrix(gradient, 2, 2), false);
  BOOST_TEST(gradient == (std::vector<float>{11, 22, 33, 44}));

  assembly.backward(as_matrix(dinputs, 4, 2), as_matrix(gradient, 2, 2), true);
  BOOST_TEST(gradient == (std::vector<float>{22, 44, 66, 88}));
}

BOOST_AUTO_TEST_CASE(a_row_that_feeds_no_node_has_no_gradient) {
  const prompt_assembly<device::cpu> wider(device, merged, as_matrix(std::as_const(tokens), 10, 2), 3);
  const std::vector<float> dinputs(8, 1.0f);
  std::vector<float> gradient(6, 7.0f);

  wider.backward(as_matrix(dinputs, 4, 2), as_matrix(gradient, 3, 2), false);

  BOOST_TEST(gradient == (std::vector<float>{2, 2, 2, 2, 0, 0}));
}

BOOST_AUTO_TEST_CASE(a_token_outside_the_table_is_refused_with_its_number) {
  BOOST_CHECK_EXCEPTION(
      (prompt_assembly<device::cpu>(device, merged, as_matrix(std::as_const(tokens), 9, 2), 2)), shape_error,
      [](const auto& e) {
        return std::string(e.what()).find("token 9 is outside") != std::string::npos &&
               std::string(e.what()).find("0 to 8") != std::string::npos;
      });
}

BOOST_AUTO_TEST_SUITE_END()
