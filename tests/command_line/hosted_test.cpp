// SPDX-License-Identifier: MIT
//
// Towers and learners behind the program's types give what the library gives without them, on the processor and on a
// device whose memory the host cannot touch, as CUDA's; and between them crosses what must, and no feature.
#include "hosted.hpp"

#include <coop/clip/text.hpp>
#include <coop/clip/vit.hpp>
#include <coop/model/learner.hpp>

#include "../support/devices.hpp"
#include "../support/formula_weights.hpp"
#include "../support/numeric.hpp"
#include "../support/small_tokenizer.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

BOOST_AUTO_TEST_SUITE(hosted_towers)

using namespace coop;
using tests::off;

namespace {

/// The far device, which counts the bytes of what crosses.
struct counting_far : tests::far {
  static inline std::size_t up = 0;
  static inline std::size_t down = 0;

  template <class U, int Rank>
  void upload(view<const U, Rank> from, view<U, Rank> to) const {
    up += from.size() * sizeof(U);
    tests::far::upload(from, to);
  }
  template <class U, int Rank>
  void download(view<const U, Rank> from, view<U, Rank> to) const {
    down += from.size() * sizeof(U);
    tests::far::download(from, to);
  }
};
using devices = std::tuple<device::cpu, counting_far>;

using text_shape_here = text_shape<24, 1, 2, 10, 32, tests::small_vocabulary>;
using vit_shape_here = vit_shape<24, 8, 128, 1, 10>;
template <class D>
using reads = coop::text_tower<text_shape_here, D>;
template <class D>
using sees = vit_tower<vit_shape_here, D>;
template <class D>
using learns = prompt_learner<context::unified, placement::end, reads<D>>;
static_assert(coop::Learner<app::recorded_learner<learns<counting_far>>>);
static_assert(coop::Learner<app::learner_on<counting_far>>);
static_assert(coop::ImageTower<app::image_tower_on<counting_far>>);

const tokenizer words = tests::small_tokenizer();
const std::vector<std::string> names{"cat", "cat dog", "tern"};
const unified_end description{.length = 4, .deviation = 0.5f};
const preprocessing how{.size = 24};
const train_transform change{.size = 24};
const batch_options by_three{.size = 3, .seed = 5};
const auto schedule = paper_schedule(3, 0.05);

/// Pictures of noise, in memory.
std::vector<sample> pictures() {
  std::vector<sample> samples;
  for (index_t i = 0; i < 7; ++i) {
    image picture(30, 40);
    for (std::size_t p = 0; p < picture.pixels.size(); ++p)
      picture.pixels[p] = std::uint8_t(p * 31 + p / 90 * 7 + std::size_t(i) * 53);
    samples.push_back({"drawn", i % 3, std::make_shared<const image>(std::move(picture))});
  }
  return samples;
}
const std::vector<sample> samples = pictures();

/// Towers of a device, as the library has them and as the program does.
template <class D>
struct workplace {
  D device = tests::opened<D>();
  std::shared_ptr<const reads<D>> text = std::make_shared<const reads<D>>(device, tests::seeded_archive{});
  std::shared_ptr<const sees<D>> vit =
      std::make_shared<const sees<D>>(device, tests::formula_archive(tests::image_tensors(vit_shape_here{})));
  app::hosted_image<D, no_decoder> image{app::image_tower_on<D>(vit)};

  [[nodiscard]] learns<D> direct() const { return learns<D>(*text, words, names, description); }
  [[nodiscard]] std::unique_ptr<app::learner> hosted() const {
    using recorded = app::recorded_learner<learns<D>>;
    auto inner = std::make_unique<learns<D>>(*text, words, names, description);
    return std::make_unique<app::hosted_learner<D>>(
        device::cpu(1), app::learner_on<D>(std::make_shared<recorded>(std::move(inner)), text));
  }
  [[nodiscard]] std::shared_ptr<app::encoded_pictures> encoded() const {
    return image.encode(samples, how, {.threads = 2, .batch = 3});
  }
};

/// What a training came to.
struct learned {
  std::vector<double> losses = {};
  std::vector<float> context = {};
  optimizer_memory memory = {};
  friend bool operator==(const learned&, const learned&) = default;
};

/// By the library alone.
template <class D, class Source>
learned by_fit(learns<D>&& learner, const Source& source) {
  learned all;
  typename sgd::template state<D> state(sgd{}, learner.device(), learner.parameters().extents);
  fit(learner, source, state, schedule, 0, [&](const batch_record& r) { all.losses.push_back(r.loss); });
  all.context = off(learner.device(), learner.parameters());
  all.memory = state.save();
  return all;
}
/// By the program's learner, from an epoch on.
learned by_program(app::learner& learner, const app::lessons& from, index_t first_epoch = 0) {
  learned all;
  const app::watcher told{.step = [&](const batch_record& r) {
    all.losses.push_back(r.loss);
    return true;
  }};
  learner.fit(from, app::rates(schedule), first_epoch, told);
  all.context = learner.context();
  all.memory = learner.memory();
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(features_are_those_of_the_tower_wherever_they_stay, D, devices) {
  const workplace<D> at;
  const auto wanted = encode(*at.vit, std::span(samples), no_decoder{}, how);
  const auto views = encode_views(*at.vit, std::span(samples), no_decoder{}, change, how, {.views = 2});

  const auto made = at.encoded();
  made->class_names = names;
  made->origin = {.weights_sha256 = "digest", .preprocessing = "some"};

  BOOST_TEST((made->fetched().values == wanted.features.values));
  BOOST_TEST((made->fetched().labels == wanted.features.labels));
  BOOST_TEST((made->fetched().class_names == names));
  BOOST_TEST(made->fetched().origin.weights_sha256 == "digest");
  BOOST_TEST(made->pictures() == 7);
  BOOST_TEST(made->width() == 10);
  const auto cut = at.image.encode_views(samples, how, {.views = 2});
  BOOST_TEST((cut->fetched().values == views.features.values));
  BOOST_TEST(cut->pictures() == 7);
  BOOST_TEST(cut->fetched().views == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_picture_that_cannot_be_read_is_left_out_by_its_place, D, devices) {
  const workplace<D> at;
  auto some = samples;
  some[4].pixels = nullptr;

  const auto made = at.image.encode(some, how, {.broken = broken_picture::skip});

  BOOST_TEST(made->pictures() == 6);
  BOOST_TEST_REQUIRE(made->skipped.size() == 1u);
  BOOST_TEST(made->skipped[0].index == 4u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_learner_takes_the_same_steps_and_leaves_the_same_classifier, D, devices) {
  const workplace<D> at;
  const auto encoded = encode_on_device(*at.vit, std::span(samples), no_decoder{}, how);
  const learned wanted = by_fit(at.direct(), fixed_views<D>(at.device, encoded, by_three));
  const auto made = at.encoded();

  const auto there = at.hosted();
  const learned mine = by_program(*there, *there->learn_from(*made, by_three));
  BOOST_TEST((mine == wanted));
  BOOST_TEST(mine.losses.size() == 6u);

  // From a file they come to the same.
  const auto read = at.hosted();
  BOOST_TEST((by_program(*read, *read->learn_from(app::read_features(made->fetched()), by_three)) == wanted));

  auto last = at.direct();
  at.device.upload(view<const float, 2>{mine.context.data(), last.parameters().extents}, last.parameters());
  const auto judge = last.classifier({.preprocessing = "some", .weights_sha256 = "digest"});
  const auto here = there->classifier({.preprocessing = "some", .weights_sha256 = "digest"});
  BOOST_TEST((off(device::cpu(1), here.text()) == off(at.device, judge.text())));
  BOOST_TEST(here.facts().method == judge.facts().method);
  BOOST_TEST(here.facts().weights_sha256 == "digest");
  BOOST_TEST((here.class_names() == names));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(pictures_cut_anew_teach_the_same, D, devices) {
  const workplace<D> at;
  const learned wanted =
      by_fit(at.direct(), augmented_features(*at.vit, samples, no_decoder{}, change, how, by_three, 2));

  const auto there = at.hosted();
  BOOST_TEST((by_program(*there, *at.image.encode_anew(samples, how, by_three, 2)) == wanted));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_training_goes_on_from_context_and_memory, D, devices) {
  const workplace<D> at;
  const auto made = at.encoded();
  const auto unbroken = at.hosted();
  const learned wanted = by_program(*unbroken, *unbroken->learn_from(*made, by_three));

  const auto first = at.hosted();
  const app::watcher one_epoch{.epoch = [](const epoch_record&) { return false; }};
  const auto past = first->fit(*first->learn_from(*made, by_three), app::rates(schedule), 0, one_epoch);
  BOOST_TEST((past.stopped_by == stop_reason::observer));
  const auto second = at.hosted();
  second->set_context(first->context());
  second->restore(first->memory());
  const learned mine = by_program(*second, *second->learn_from(*made, by_three), 1);

  BOOST_TEST((mine.context == wanted.context));
  BOOST_TEST((mine.memory == wanted.memory));
}

BOOST_AUTO_TEST_CASE(of_a_training_only_rows_labels_and_losses_cross) {
  using D = counting_far;
  const workplace<D> at;
  const auto there = at.hosted();
  const std::size_t pictures = samples.size();
  const std::size_t context = there->extents().size() * sizeof(float);

  D::up = D::down = 0;
  const auto made = at.encoded();
  BOOST_TEST(D::down == 0u);                                   // features stay
  BOOST_TEST(D::up < pictures * 24 * 24 * 3 * sizeof(float));  // bytes and tables go there, no floats

  D::up = D::down = 0;
  const auto lessons = there->learn_from(*made, by_three);
  BOOST_TEST(D::up == 0u);                          // and do not come again
  BOOST_TEST(D::down == pictures * sizeof(float));  // their lengths, which must not be zero

  D::up = D::down = 0;
  there->fit(*lessons, app::rates(schedule), 0, {});
  const std::size_t epochs = 3, steps = 6, batch = 3;
  BOOST_TEST(D::up == (epochs * pictures + steps * batch) * sizeof(index_t));
  BOOST_TEST(D::down == steps * batch * 2 * sizeof(double) + epochs * context);  // outcomes; is all finite?
}

BOOST_AUTO_TEST_CASE_TEMPLATE(texts_are_encoded_alike, D, devices) {
  const workplace<D> at;
  const app::hosted_text<reads<D>> there(device::cpu(1), at.text);
  const std::vector<std::vector<std::int32_t>> sequences{words.encode("a cat", 32).ids,
                                                         words.encode("tern", 32).ids};

  BOOST_TEST(
      (off(device::cpu(1), there.encode(sequences).view()) == off(at.device, at.text->encode(sequences))));
  BOOST_TEST(there.scale() == at.text->scale());
  BOOST_TEST(there.vocabulary() == at.text->vocabulary());
}

BOOST_AUTO_TEST_CASE(a_schedule_is_its_rates) {
  const app::rates all(schedule);
  BOOST_TEST(all.epochs_total() == 3);
  for (index_t e = 0; e < 3; ++e) BOOST_TEST(all.at(e) == schedule.at(e));
  BOOST_TEST(app::rates_of("constant", 2, 0.5).at(1) == 0.5);
  BOOST_TEST(app::rates_of("cosine", 2, 0.5).at(0) == 1e-5);
}

BOOST_AUTO_TEST_SUITE_END()
