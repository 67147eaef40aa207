// SPDX-License-Identifier: MIT
//
// The prompt learner: equal to the published prompts through the literal tower for every pair of policies, to
// central differences, and to itself in chunks; how it begins, and what it refuses.
#include <coop/model/learner.hpp>

#include <coop/device/cpu.hpp>
#include <coop/train/loss.hpp>
#include <coop/train/optimizer.hpp>

#include "../support/counted.hpp"
#include "../support/laws.hpp"
#include "../support/literal_learner.hpp"
#include "../support/numeric.hpp"
#include "../support/small_tokenizer.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

BOOST_AUTO_TEST_SUITE(learner)

using namespace coop;
using tests::numbers;
using tests::relative_difference;
namespace tolerance = tests::tolerance;

namespace {

using exact = device::basic_cpu<double>;
constexpr index_t window = 32;
using tiny = text_shape<8, 2, 2, 6, window, tests::small_vocabulary>;
using tiny_tower = text_tower<tiny, exact>;

const tokenizer words = tests::small_tokenizer();
const std::vector<std::string> names{"cat",  "cat dog",   "cat dog bird", "tern",
                                     "tern", "house_cat", "kite (bird)"};

const tiny_tower& tower() {
  static const tiny_tower one(exact{}, tests::seeded_archive{});
  return one;
}

template <class T>
std::vector<T> host(view<const T, 2> v) {
  std::vector<T> values;
  for (index_t i = 0; i < v.rows(); ++i) values.insert(values.end(), v.row(i), v.row(i) + v.columns());
  return values;
}

template <class T>
view<const T, 2> of_classes(const std::vector<T>& values, index_t classes) {
  return {values.data(), {classes, index_t(values.size()) / classes}};
}

bool mentions(const error& e, const std::vector<std::string>& parts) {
  const std::string text = e.what();
  return std::all_of(parts.begin(), parts.end(),
                     [&](const auto& part) { return text.find(part) != std::string::npos; });
}

/// The learner's features and gradient against those of the published prompts.
template <Context C, Placement P>
void equals_published(const std::vector<std::string>& classes, prompt<C, P> how) {
  prompt_learner learner(tower(), words, classes, how);
  const auto dunit = numbers<double>(classes.size() * 6, 3);

  const auto unit = host(learner.forward());
  learner.backward(of_classes(dunit, learner.classes()));

  const auto prefix = how.words.empty() ? tests::placeholder(how.length) : how.words;
  const auto literal = tests::literal_pass(tower(), tests::published_prompts(learner, words, prefix, window),
                                           host(view<const double, 2>(learner.parameters())), dunit);
  BOOST_TEST(relative_difference(unit, literal.unit) < tolerance::rounding,
             C::name << " " << P::name << " " << how.length);
  BOOST_TEST(relative_difference(host(learner.gradient()), literal.gradient) < tolerance::rounding,
             C::name << " " << P::name << " " << how.length);
}

template <class F>
void for_all_policies(const F& f) {
  for_each_type(context::all{}, [&](auto c) {
    for_each_type(placement::all{}, [&](auto p) {
      f(prompt<typename decltype(c)::type, typename decltype(p)::type>{.length = 4, .deviation = 0.5f});
    });
  });
}

/// Policies that the library does not know: a third of the context in front, and one context for every other
/// class.
struct third {
  static constexpr const char* name = "third";
  static constexpr index_t before(index_t n) { return n / 3; }
};
struct by_parity {
  static constexpr const char* name = "by parity";
  static constexpr index_t rows(index_t classes, index_t n) { return std::min(classes, index_t(2)) * n; }
  static constexpr index_t row(index_t c, index_t i, index_t n) { return c % 2 * n + i; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(tree_equals_the_published_prompts_for_every_pair_of_policies) {
  for_all_policies([](auto how) { equals_published(names, how); });
}

BOOST_AUTO_TEST_CASE(tree_equals_the_published_prompts_for_odd_lengths) {
  for (const index_t length : {1, 5}) {
    for_all_policies([&](auto how) {
      how.length = length;
      equals_published(names, how);
    });
  }
}

BOOST_AUTO_TEST_CASE(tree_equals_the_published_prompts_for_one_class) {
  for_all_policies([](auto how) { equals_published({"tern"}, how); });
}

BOOST_AUTO_TEST_CASE(tree_equals_the_published_prompts_for_duplicate_names) {
  for_all_policies([](auto how) { equals_published({"cat", "cat", "cat"}, how); });
}

BOOST_AUTO_TEST_CASE(tree_equals_the_published_prompts_with_initial_words_of_many_tokens) {
  for_all_policies([](auto how) {
    how.words = "photo of house";
    equals_published({"cat", "dog bird", "house"}, how);
  });
}

BOOST_AUTO_TEST_CASE(policies_of_a_user_work_without_being_listed) {
  BOOST_TEST(laws::broken_placement<third>() == "");
  BOOST_TEST(laws::broken_context<by_parity>() == "");
  const prompt_learner learner(tower(), words, names, prompt<by_parity, third>{.length = 7});

  BOOST_TEST(learner.parameters().rows() == 14);
  // Of three vectors a third and the smaller half are both one: the published middle is the truth for it.
  prompt_learner thirds(tower(), words, names, prompt<by_parity, third>{.length = 3, .deviation = 0.5f});
  const auto dunit = numbers<double>(names.size() * 6, 3);
  std::vector<tests::published_prompt> prompts;
  for (index_t c = 0; c < thirds.classes(); ++c) {
    prompts.push_back(tests::published(words, names[std::size_t(c)], c, 3, "X X X", "middle", window,
                                       [](index_t k, index_t i) { return by_parity::row(k, i, 3); }));
  }
  const auto unit = host(thirds.forward());
  thirds.backward(of_classes(dunit, thirds.classes()));
  const auto literal =
      tests::literal_pass(tower(), prompts, host(view<const double, 2>(thirds.parameters())), dunit);
  BOOST_TEST(relative_difference(unit, literal.unit) < tolerance::rounding);
  BOOST_TEST(relative_difference(host(thirds.gradient()), literal.gradient) < tolerance::rounding);
}

BOOST_AUTO_TEST_CASE(gradient_equals_central_differences_for_every_pair_of_policies) {
  for_all_policies([](auto how) {
    how.length = 3;
    prompt_learner learner(tower(), words, {"cat", "cat dog", "tern"}, how);
    const auto dunit = numbers<double>(3 * 6, 3);
    learner.forward();
    learner.backward(of_classes(dunit, 3));
    const auto analytic = host(learner.gradient());

    auto context = host(view<const double, 2>(learner.parameters()));
    const auto numeric = tests::central_differences(context, [&] {
      std::copy(context.begin(), context.end(), learner.parameters().data);
      return tests::dot(dunit, host(learner.forward()));
    });

    BOOST_TEST(relative_difference(analytic, numeric) < tolerance::slope);
  });
}

BOOST_AUTO_TEST_CASE(chunks_change_memory_and_not_the_result) {
  for_all_policies([](auto how) {
    const auto run = [&](std::size_t limit) {
      prompt_learner learner(tower(), words, names, how, learner_options{.memory_limit = limit});
      const auto dunit = numbers<double>(names.size() * 6, 3);
      const auto unit = host(learner.forward());
      learner.backward(of_classes(dunit, learner.classes()));
      return std::tuple(unit, host(learner.gradient()), learner.chunks(), learner.memory());
    };
    const auto [unit, gradient, one, whole] = run(0);
    BOOST_TEST(one == 1);

    for (const std::size_t share : {10u, 7u, 6u}) {
      const std::size_t limit = whole.fixed + whole.workspace * share / 10;
      const auto [unit_in_chunks, gradient_in_chunks, chunks, less] = run(limit);
      BOOST_TEST(less.bytes() <= limit);
      BOOST_TEST((share == 10 ? chunks == 1 : chunks > 1));
      BOOST_TEST(relative_difference(unit_in_chunks, unit) < tolerance::rounding);
      BOOST_TEST(relative_difference(gradient_in_chunks, gradient) < tolerance::rounding);
    }
  });
}

BOOST_AUTO_TEST_CASE(chunks_of_unlike_classes_stay_within_the_bound_together) {
  // One long name, many short ones, shared beginnings: what one chunk needs most of is not what another does.
  const std::vector<std::string> unlike{"house house house", "cat",      "dog",     "of", "bird", "tern",
                                        "cat dog",           "cat bird", "cat tern"};
  const class_specific_middle how{.length = 2};
  const auto whole = prompt_learner(tower(), words, unlike, how).memory().bytes();
  for (std::size_t limit = whole; limit > whole / 4; limit -= whole / 20) {
    try {
      const prompt_learner learner(tower(), words, unlike, how, learner_options{.memory_limit = limit});
      BOOST_TEST(learner.memory().bytes() <= limit, learner.chunks() << " chunks");
    } catch (const choice_error& e) {
      BOOST_TEST(mentions(e, {"memory limit", "need"}));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_bound_below_one_class_is_refused_with_the_bytes_it_needs) {
  BOOST_CHECK_EXCEPTION(
      prompt_learner(tower(), words, names, unified_end{}, learner_options{.memory_limit = 100}),
      choice_error, [](const auto& e) {
        return mentions(e, {"memory limit", "need", "got 100"});
      });
}

BOOST_AUTO_TEST_CASE(the_plan_is_what_is_then_allocated) {
  for_all_policies([](auto how) {
    using context = typename decltype(how)::context;
    using placement = typename decltype(how)::placement;
    using learner_type = prompt_learner<context, placement, tiny_tower>;
    const auto whole = learner_type::plan(words, names, how).bytes();
    for (const std::size_t limit : {std::size_t(0), whole * 9 / 10}) {
      const auto planned = learner_type::plan(words, names, how, {.memory_limit = limit});
      const std::size_t before = tests::counted::live_bytes;

      const learner_type learner(tower(), words, names, how, learner_options{.memory_limit = limit});

      const double used = double(tests::counted::live_bytes - before);
      BOOST_TEST(planned.bytes() == learner.memory().bytes());
      BOOST_TEST(std::abs(double(planned.bytes()) - used) < 0.1 * used,
                 "planned " << planned.bytes() << ", used " << used);
      BOOST_TEST(learner.chunks() == index_t(planned.classes.size()));
    }
  });
}

BOOST_AUTO_TEST_CASE(a_training_step_allocates_nothing) {
  for_all_policies([](auto how) {
    const auto whole = prompt_learner(tower(), words, names, how).memory().bytes();
    for (const std::size_t limit : {std::size_t(0), whole * 9 / 10}) {
      prompt_learner learner(tower(), words, names, how, learner_options{.memory_limit = limit});
      const auto& device = tower().device();
      const auto features = numbers<double>(4 * 6, 5);
      const std::vector<index_t> labels{0, 1, 2, 0};
      tensor<double, 2, exact> d_text(device, shape<2>{learner.classes(), 6});
      loss_workspace<exact> workspace;
      sgd::state<exact> optimizer(sgd{}, device, learner.parameters().extents);
      const auto step = [&] {
        const auto text = learner.forward();
        cross_entropy(device, of_classes(features, 4), text, labels, learner.scale(), d_text.view(),
                      workspace);
        learner.backward(d_text.view());
        optimizer.step(learner.parameters(), learner.gradient(), 0.01);
      };
      step();  // the loss sizes its workspace for the batch

      const std::size_t before = tests::counted::allocations;
      step();
      step();

      BOOST_TEST(tests::counted::allocations - before == 0u, learner.chunks() << " chunks");
    }
  });
}

/// The two policies that are compiled for float too: one context and many, the name at an end and between.
template <class F>
void for_some_policies(const F& f) {
  f(unified_end{.length = 4, .deviation = 0.5f});
  f(class_specific_middle{.length = 4, .deviation = 0.5f});
}

/// Features and gradient of a learner in float on a device of these options.
template <class Prompt>
std::pair<std::vector<float>, std::vector<float>> in_float(const cpu_options& options, const Prompt& how,
                                                           std::size_t limit = 0) {
  using shape = text_shape<64, 4, 3, 16, window, tests::small_vocabulary>;
  const text_tower<shape, device::cpu> tower(device::cpu(options), tests::seeded_archive{});
  prompt_learner learner(tower, words, names, how, learner_options{.memory_limit = limit});
  const auto dunit = numbers<float>(names.size() * 16, 3);
  const auto unit = host(learner.forward());
  learner.backward(of_classes(dunit, learner.classes()));
  return {unit, host(learner.gradient())};
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_does_not_change_a_bit) {
  for_some_policies([](auto how) {
    for (const precision products : {precision::float32, precision::bfloat16}) {
      const auto one = in_float({.threads = 1, .products = products}, how);
      for (const int threads : {2, 5}) {
        BOOST_TEST((in_float({.threads = threads, .products = products}, how) == one),
                   threads << " threads, " << name(products));
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(bfloat16_products_leave_features_and_gradient_close) {
  for_some_policies([](auto how) {
    for (const auto isa : instruction_sets) {
      if (isa > best_instruction_set()) continue;
      const auto whole = in_float({.instructions = isa}, how);
      const auto rounded = in_float({.instructions = isa, .products = precision::bfloat16}, how);
      BOOST_TEST(relative_difference(rounded.first, whole.first) < 1e-2, name(isa));
      BOOST_TEST(relative_difference(rounded.second, whole.second) < 2e-2, name(isa));
      BOOST_TEST(relative_difference(rounded.first, whole.first) > 1e-5, "nothing was rounded");
    }
  });
}

BOOST_AUTO_TEST_CASE(every_instruction_set_learns_alike) {
  const unified_end how{.length = 4, .deviation = 0.5f};
  const auto best = in_float({}, how);
  for (const auto isa : instruction_sets) {
    if (isa > best_instruction_set()) continue;
    const auto other = in_float({.instructions = isa}, how);
    BOOST_TEST(relative_difference(other.first, best.first) < tolerance::single, name(isa));
    BOOST_TEST(relative_difference(other.second, best.second) < tolerance::single, name(isa));
  }
}

BOOST_AUTO_TEST_CASE(a_backward_reads_the_last_forward_and_leaves_the_context) {
  prompt_learner learner(tower(), words, names, unified_middle{.length = 4});
  const auto dunit = numbers<double>(names.size() * 6, 3);
  const auto context = host(view<const double, 2>(learner.parameters()));
  const auto first = host(learner.forward());
  learner.backward(of_classes(dunit, learner.classes()));
  const auto gradient = host(learner.gradient());

  const auto second = host(learner.forward());
  learner.backward(of_classes(dunit, learner.classes()));

  BOOST_TEST(first == second);
  BOOST_TEST(gradient == host(learner.gradient()));
  BOOST_TEST(context == host(view<const double, 2>(learner.parameters())));
}

BOOST_AUTO_TEST_CASE(what_stands_before_any_context_is_computed_once_for_ever) {
  const prompt_learner end(tower(), words, names, unified_end{.length = 4});
  const prompt_learner front(tower(), words, names, prompt<context::unified, placement::front>{.length = 4});

  BOOST_TEST(end.constant_nodes() == 1);  // the start mark
  BOOST_TEST(front.constant_nodes() > 1);
  BOOST_TEST(end.live_nodes() < front.live_nodes());
}

BOOST_AUTO_TEST_CASE(words_begin_as_their_own_embeddings) {
  const prompt_learner learner(tower(), words, names, unified_end{.length = 16, .words = "a_photo of"});

  const auto ids = words.ids("a photo of");
  BOOST_TEST(learner.length() == 3);
  for (index_t i = 0; i < 3; ++i) {
    for (index_t j = 0; j < 8; ++j)
      BOOST_TEST(learner.parameters()(i, j) == tower().tokens()(ids[std::size_t(i)], j));
  }
}

BOOST_AUTO_TEST_CASE(words_begin_every_class_of_a_class_specific_context) {
  const prompt_learner learner(tower(), words, {"cat", "dog"}, class_specific_end{.words = "photo of"});

  const auto all = host(learner.parameters());
  BOOST_TEST(learner.parameters().rows() == 4);
  BOOST_TEST(std::vector<double>(all.begin(), all.begin() + 16) ==
             std::vector<double>(all.begin() + 16, all.end()));
}

BOOST_AUTO_TEST_CASE(noise_is_the_normal_stream_of_the_seed) {
  const prompt_learner learner(tower(), words, names, unified_end{.length = 16, .seed = 7});

  std::vector<float> noise(16 * 8);
  torch_random(7).normal(noise, 0.0f, 0.02f);
  BOOST_TEST(host(learner.parameters()) == std::vector<double>(noise.begin(), noise.end()));
}

BOOST_AUTO_TEST_CASE(equal_seeds_begin_equally_and_others_differently) {
  const auto begun = [](std::uint64_t seed) {
    return host(view<const double, 2>(
        prompt_learner(tower(), words, names, class_specific_end{.seed = seed}).parameters()));
  };

  BOOST_TEST(begun(1) == begun(1));
  BOOST_TEST(begun(1) != begun(2));
}

BOOST_AUTO_TEST_CASE(noise_has_the_deviation_that_was_asked_for) {
  const prompt_learner learner(tower(), words, std::vector<std::string>(50, "cat"),
                               class_specific_end{.deviation = 0.5f});

  const auto noise = host(learner.parameters());
  const double deviation = std::sqrt(tests::dot(noise, noise) / double(noise.size()));
  BOOST_TEST(std::abs(deviation - 0.5) < 0.02);
}

BOOST_AUTO_TEST_CASE(duplicate_names_have_equal_features_only_under_a_shared_context) {
  prompt_learner shared(tower(), words, {"cat", "cat"}, unified_end{});
  prompt_learner own(tower(), words, {"cat", "cat"}, class_specific_end{});

  const auto same = host(shared.forward());
  const auto different = host(own.forward());

  BOOST_TEST(std::equal(same.begin(), same.begin() + 6, same.begin() + 6));
  BOOST_TEST(!std::equal(different.begin(), different.begin() + 6, different.begin() + 6));
}

BOOST_AUTO_TEST_CASE(features_are_unit_rows) {
  prompt_learner learner(tower(), words, names, unified_end{});
  const auto unit = learner.forward();

  for (index_t c = 0; c < learner.classes(); ++c) {
    double square = 0;
    for (index_t e = 0; e < 6; ++e) square += unit(c, e) * unit(c, e);
    BOOST_TEST(std::abs(square - 1) < 1e-14);
  }
}

BOOST_AUTO_TEST_CASE(results_do_not_depend_on_the_number_of_threads) {
  using shape_of_text = text_shape<64, 1, 2, 32, window, tests::small_vocabulary>;
  const auto run = [](int threads) {
    const text_tower<shape_of_text, device::cpu> many(device::cpu(threads), tests::seeded_archive{});
    prompt_learner learner(many, words, names, class_specific_middle{.length = 3});
    const auto dunit = numbers<float>(names.size() * 32, 3);
    auto all = host(learner.forward());
    learner.backward(of_classes(dunit, learner.classes()));
    const auto gradient = host(learner.gradient());
    all.insert(all.end(), gradient.begin(), gradient.end());
    return all;
  };
  const auto one = run(1);

  for (const int threads : {2, 3}) BOOST_TEST((run(threads) == one), threads << " threads");
}

BOOST_AUTO_TEST_CASE(the_classifier_holds_the_features_names_and_scale) {
  prompt_learner learner(tower(), words, names, unified_middle{.length = 4});

  const auto made = learner.classifier();

  BOOST_TEST(made.class_names() == names);
  BOOST_TEST(made.scale() == tower().scale());
  BOOST_TEST(host(made.text()) == host(learner.forward()));
  BOOST_TEST(made.facts().method == "CoOp unified middle M=4");
}

BOOST_AUTO_TEST_CASE(no_classes_are_refused) {
  BOOST_CHECK_EXCEPTION(prompt_learner(tower(), words, {}, unified_end{}), choice_error,
                        [](const auto& e) { return mentions(e, {"at least one class"}); });
}

BOOST_AUTO_TEST_CASE(a_tokenizer_of_another_vocabulary_is_refused_with_both_sizes) {
  const tokenizer other(std::vector<symbol_pair>{{"a", "b"}});

  BOOST_CHECK_EXCEPTION(prompt_learner(tower(), other, names, unified_end{}), shape_error, [](const auto& e) {
    return mentions(e, {"vocabulary", "530", "515"});
  });
}

BOOST_AUTO_TEST_CASE(too_long_a_name_is_refused_by_name_and_count) {
  BOOST_CHECK_EXCEPTION(
      prompt_learner(tower(), words, {"cat", "house house house house"}, unified_end{.length = 16}),
      choice_error, [](const auto& e) {
        return mentions(e, {"'house house house house'", "has 39 tokens", "at most 32"});
      });
}

BOOST_AUTO_TEST_CASE(a_learner_of_a_temporary_tower_does_not_exist) {
  using one = prompt_learner<context::unified, placement::end, tiny_tower>;
  static_assert(std::is_constructible_v<one, const tiny_tower&, const tokenizer&, std::vector<std::string>,
                                        unified_end>);
  BOOST_TEST(
      (!std::is_constructible_v<one, tiny_tower, const tokenizer&, std::vector<std::string>, unified_end>));
}

BOOST_AUTO_TEST_SUITE_END()
