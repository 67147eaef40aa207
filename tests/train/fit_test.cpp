// SPDX-License-Identifier: MIT
//
// The loop with the smallest learner there is: its parameters are the text features before normalisation.
#include <coop/train/fit.hpp>

#include <coop/device/devices.hpp>
#include <coop/nn/normalize.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(fit)

namespace {

using coop::index_t;
using coop::shape;
using coop::view;
using cpu = coop::device::cpu;

class plain_learner {
 public:
  plain_learner(index_t classes, index_t width, float scale = 10.0f)
      : scale_(scale),
        parameters_(device_, shape<2>{classes, width}),
        gradient_(device_, shape<2>{classes, width}),
        unit_(device_, shape<2>{classes, width}),
        norm_(device_, shape<1>{classes}) {
    for (index_t c = 0; c < classes; ++c) {
      for (index_t j = 0; j < width; ++j) parameters_.view()(c, j) = std::cos(float(c * width + j));
    }
  }
  [[nodiscard]] const cpu& device() const { return device_; }
  view<const float, 2> forward() {
    device_.for_each_row(parameters_.extent(0),
                         coop::nn::normalize_row<float>{parameters_.view(), unit_.view(), norm_.view()});
    return unit_.view();
  }
  void backward(view<const float, 2> d) {
    device_.for_each_row(parameters_.extent(0), coop::nn::normalize_row_backward<float>{
                                                    unit_.view(), norm_.view(), d, gradient_.view()});
  }
  view<float, 2> parameters() { return parameters_.view(); }
  [[nodiscard]] view<const float, 2> gradient() const { return gradient_.view(); }
  [[nodiscard]] float scale() const { return scale_; }
  [[nodiscard]] std::vector<float> values() const { return coop::to_host(device_, parameters_.view()); }

 private:
  cpu device_;
  float scale_;
  coop::tensor<float, 2, cpu> parameters_, gradient_, unit_;
  coop::tensor<float, 1, cpu> norm_;
};
static_assert(coop::Learner<plain_learner>);

/// What happens in a step, in its order, on a device that has numbers come while it goes on.
struct noted {
  static inline std::vector<std::string> events;
};
template <class T>
class noted_download {
 public:
  noted_download(const cpu& device, std::size_t n) : plain_(device, n) {}
  void fetch(view<const T, 1> from) {
    noted::events.emplace_back("asked for the loss");
    plain_.fetch(from);
  }
  [[nodiscard]] const T* wait() {
    noted::events.emplace_back("awaited the loss");
    return plain_.wait();
  }

 private:
  coop::detail::plain_download<T, cpu> plain_;
};
struct noted_cpu : cpu {
  noted_cpu() : cpu(1) {}
  template <class U>
  [[nodiscard]] noted_download<U> stage_download(std::size_t n) const {
    return {*this, n};
  }
};
struct noted_learner : plain_learner {
  using plain_learner::plain_learner;
  [[nodiscard]] noted_cpu device() const { return noted_cpu(); }
  void backward(view<const float, 2> d) {
    noted::events.emplace_back("way back");
    plain_learner::backward(d);
  }
};
struct noted_state {
  using scalar = float;
  void step(view<float, 2>, view<const float, 2>, double) { noted::events.emplace_back("step"); }
  [[nodiscard]] coop::optimizer_memory save() const { return {}; }
  void restore(const coop::optimizer_memory&) {}
};

/// Three noisy bundles of directions.
coop::feature_set bundles(index_t each) {
  coop::feature_set set;
  set.width = 8;
  for (index_t i = 0; i < 3 * each; ++i) {
    for (index_t j = 0; j < 8; ++j) {
      set.values.push_back((j % 3 == i % 3 ? 1.0f : 0.0f) + 0.5f * std::sin(float(i * i + 7 * j)));
    }
    set.labels.push_back(i % 3);
  }
  return set;
}

coop::cached_features<cpu> batches_of(const coop::feature_set& set) {
  return {cpu{}, set, {.size = 8, .seed = 2}};
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_can_be_learned_is_learned) {
  plain_learner learner(3, 8);
  const auto source = batches_of(bundles(16));

  const auto past = coop::fit(learner, source, coop::sgd{}, coop::constant{.rate = 0.05, .epochs = 30});

  BOOST_TEST(past.finite());
  BOOST_TEST(past.epochs.size() == 30u);
  BOOST_TEST(past.epochs.back().loss < 0.2 * past.epochs.front().loss);
  BOOST_TEST(past.epochs.back().accuracy > 95.0);
}

BOOST_AUTO_TEST_CASE(one_step_is_the_five_lines_by_hand) {
  const auto set = bundles(2);  // six pictures: one short batch
  plain_learner learner(3, 8);
  plain_learner by_hand(3, 8);
  const coop::cached_features<cpu> source(cpu{}, set, {.size = 8});

  (void)coop::fit(learner, source, coop::sgd{}, coop::constant{.rate = 0.5, .epochs = 1});
  coop::sgd::state<cpu> state(coop::sgd{}, cpu{}, shape<2>{3, 8});
  coop::loss_workspace<cpu> workspace;
  coop::tensor<float, 2, cpu> d_text(cpu{}, shape<2>{3, 8});
  source.for_each(0, [&](view<const float, 2> features, std::span<const index_t> labels) {
    const auto text = by_hand.forward();
    coop::cross_entropy(cpu{}, features, text, labels, by_hand.scale(), d_text.view(), workspace);
    by_hand.backward(d_text.view());
    state.step(by_hand.parameters(), by_hand.gradient(), 0.5);
    return true;
  });

  BOOST_TEST(learner.values() == by_hand.values(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_loss_is_asked_for_before_the_way_back_and_awaited_after_it) {
  noted::events.clear();
  noted_learner learner(3, 8);
  const coop::cached_features<noted_cpu> source(noted_cpu{}, bundles(2), {.size = 8});
  noted_state state;

  (void)coop::fit(learner, source, state, coop::constant{.rate = 0.1, .epochs = 2}, 0);

  const std::vector<std::string> step{"asked for the loss", "way back", "awaited the loss", "step"};
  BOOST_TEST(noted::events.size() == 8u);
  for (std::size_t i = 0; i < noted::events.size(); ++i) BOOST_TEST(noted::events[i] == step[i % 4]);
}

BOOST_AUTO_TEST_CASE(a_resumed_run_is_the_unbroken_run_bit_for_bit_from_every_epoch) {
  const auto source = batches_of(bundles(11));
  const auto schedule = coop::paper_schedule(6, 0.05);
  plain_learner unbroken(3, 8);
  const auto whole = coop::fit(unbroken, source, coop::sgd{}, schedule);

  for (index_t stop = 1; stop < 6; ++stop) {
    plain_learner first(3, 8);
    coop::sgd::state<cpu> before(coop::sgd{}, cpu{}, shape<2>{3, 8});
    (void)coop::fit(first, source, before, schedule, 0,
                    [&](const coop::epoch_record& r) { return r.epoch + 1 < stop; });
    const auto saved = first.values();
    const auto memory = before.save();

    plain_learner second(3, 8);
    cpu{}.upload(view<const float, 2>{saved.data(), shape<2>{3, 8}}, second.parameters());
    coop::sgd::state<cpu> after(coop::sgd{}, cpu{}, shape<2>{3, 8});
    after.restore(memory);
    const auto rest = coop::fit(second, source, after, schedule, stop);

    BOOST_TEST(second.values() == unbroken.values(), boost::test_tools::per_element());
    BOOST_TEST(rest.epochs.size() == std::size_t(6 - stop));
    BOOST_TEST(rest.epochs.back().loss == whole.epochs.back().loss);
  }
}

BOOST_AUTO_TEST_CASE(observers_hear_every_batch_and_epoch_with_its_rate) {
  plain_learner learner(3, 8);
  const auto source = batches_of(bundles(8));  // 24 pictures, three batches
  std::vector<coop::batch_record> batches;
  std::vector<coop::epoch_record> epochs;
  const auto schedule = coop::paper_schedule(4);

  const auto past = coop::fit(
      learner, source, coop::sgd{}, schedule, [&](const coop::batch_record& r) { batches.push_back(r); },
      [&](const coop::epoch_record& r) { epochs.push_back(r); });

  BOOST_TEST(batches.size() == 12u);
  BOOST_TEST(epochs.size() == 4u);
  BOOST_TEST(batches[7].epoch == 2);
  BOOST_TEST(batches[7].batch == 1);
  BOOST_TEST(batches[7].batches == 3);
  BOOST_TEST(batches[7].rate == schedule.at(2));
  const double mean = (batches[3].loss + batches[4].loss + batches[5].loss) / 3;
  BOOST_TEST(epochs[1].loss == mean, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(past.epochs[1].loss == epochs[1].loss);
}

BOOST_AUTO_TEST_CASE(an_observer_stops_the_training_after_an_epoch_or_a_batch) {
  const auto source = batches_of(bundles(8));
  plain_learner one(3, 8);
  plain_learner other(3, 8);
  const coop::constant schedule{.rate = 0.01, .epochs = 5};

  const auto after_epoch =
      coop::fit(one, source, coop::sgd{}, schedule, [](const coop::epoch_record& r) { return r.epoch < 2; });
  const auto after_batch = coop::fit(other, source, coop::sgd{}, schedule,
                                     [](const coop::batch_record& r) { return r.epoch < 1 || r.batch < 1; });

  BOOST_TEST(after_epoch.epochs.size() == 3u);
  BOOST_TEST((after_epoch.stopped_by == coop::stop_reason::observer));
  BOOST_TEST(after_batch.epochs.size() == 1u);
  BOOST_TEST(after_batch.stopped_epoch == 1);
  BOOST_TEST(after_batch.stopped_batch == 1);
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_no_number_stops_with_epoch_and_batch_and_no_step) {
  plain_learner learner(3, 8);
  const auto source = batches_of(bundles(8));
  std::vector<float> before;
  const auto poison = [&](const coop::batch_record& r) {
    if (r.epoch == 1 && r.batch == 0) {
      learner.parameters()(0, 0) = std::numeric_limits<float>::quiet_NaN();
      before = learner.values();
    }
  };

  const auto past =
      coop::fit(learner, source, coop::sgd{}, coop::constant{.rate = 0.01, .epochs = 5}, poison);

  BOOST_TEST(!past.finite());
  BOOST_TEST(past.epochs.size() == 1u);
  BOOST_TEST(past.stopped_epoch == 1);
  BOOST_TEST(past.stopped_batch == 1);
  BOOST_TEST(coop::to_text(past) == "loss is infinite or not a number at epoch 2, batch 2");
  const auto after = learner.values();
  for (std::size_t i = 1; i < after.size(); ++i) BOOST_TEST(after[i] == before[i]);
}

BOOST_AUTO_TEST_CASE(parameters_that_break_in_the_last_step_are_noticed) {
  plain_learner learner(3, 8);
  const auto source = batches_of(bundles(2));

  const auto past = coop::fit(learner, source, coop::sgd{}, coop::constant{.rate = 1e300, .epochs = 1});

  BOOST_TEST(!past.finite());
}

BOOST_AUTO_TEST_CASE(nothing_to_learn_from_is_an_error) {
  plain_learner learner(3, 8);
  coop::feature_set none;
  none.width = 8;
  const auto source = batches_of(none);

  BOOST_CHECK_THROW((void)coop::fit(learner, source, coop::sgd{}, coop::constant{}), coop::error);
}

BOOST_AUTO_TEST_SUITE_END()
