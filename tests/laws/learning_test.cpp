// SPDX-License-Identifier: MIT
//
// Learning on every device beside learning on the processor: each pair of policies, whole and in chunks, through the
// loop that users call; and what stands around it, from pictures to predictions. The processor is the truth here, not
// double: its own tests hold it to double and to published numbers, and towers are dear to compile.
#include <coop/clip/vit.hpp>
#include <coop/model/learner.hpp>
#include <coop/model/nearest_mean.hpp>
#include <coop/model/zero_shot.hpp>
#include <coop/train/evaluate.hpp>
#include <coop/train/features.hpp>
#include <coop/train/fit.hpp>
#include <coop/train/views.hpp>

#include "support/agreement.hpp"
#include "support/seven_names.hpp"
#include "support/small_tokenizer.hpp"
#include "support/temporary_folder.hpp"
#include "support/towers.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(laws_of_learning)

using namespace coop;
using tests::results;

namespace {

using tiny_text = tests::seven_names_text;
using tiny_vit = vit_shape<24, 8, 128, 2, 10>;

const std::vector<std::string>& names = tests::seven_names;

/// Losses of two epochs, what was learned, and what it predicts.
template <class D, Context C, Placement P>
void learn(results& r, const text_tower<tiny_text, D>& tower, const prompt<C, P>& how, bool in_chunks) {
  const auto& device = tower.device();
  const tokenizer words = tests::small_tokenizer();
  learner_options options{.memory_limit = 0};
  if (in_chunks) {
    // Three fifths of what the workspace would like, in this device's numbers.
    const memory_plan whole = prompt_learner(tower, words, names, how, options).memory();
    options.memory_limit = whole.fixed + whole.workspace * 6 / 10;
  }
  prompt_learner learner(tower, words, names, how, options);
  BOOST_TEST((in_chunks ? learner.chunks() > 1 : learner.chunks() == 1));
  const feature_set train = tests::features_of_seven(21, 3);
  const cached_features<D> source(device, train, {.size = 8});
  std::vector<double> losses;
  const auto past = fit(learner, source, sgd{}, cosine{.rate = 0.05, .epochs = 2},
                        [&](const batch_record& b) { losses.push_back(b.loss); });
  BOOST_TEST(past.finite());

  const std::string of = std::string(" of ") + C::name + " " + P::name + (in_chunks ? " in chunks" : "");
  r.add("losses" + of, losses);
  r.add("context" + of, device, learner.parameters());
  r.add("gradient" + of, device, learner.gradient());
  const auto made = learner.classifier();
  r.add("text features" + of, device, made.text());
  // Classes of one name are equally likely, so which of them is predicted is nobody's business.
  BOOST_TEST(evaluate(made, train).total == 21);
}

template <class D>
results of_learning() {
  const text_tower<tiny_text, D> tower(tests::opened<D>(), tests::seeded_archive{});
  results r;
  for_each_type(context::all{}, [&](auto c) {
    for_each_type(placement::all{}, [&](auto p) {
      const prompt<typename decltype(c)::type, typename decltype(p)::type> how{.length = 4,
                                                                               .deviation = 0.5f};
      learn(r, tower, how, false);
      learn(r, tower, how, true);
    });
  });
  learn(r, tower, unified_end{.words = "photo of"}, false);
  return r;
}

/// Pictures of noise.
std::vector<sample> noisy(index_t count) {
  std::vector<sample> samples;
  for (index_t i = 0; i < count; ++i) {
    image picture(30, 40);
    for (std::size_t p = 0; p < picture.pixels.size(); ++p)
      picture.pixels[p] = std::uint8_t(p * 31 + p / 90 * 7 + std::size_t(i) * 53);
    samples.push_back({"drawn", i % 3, std::make_shared<const image>(std::move(picture))});
  }
  return samples;
}

template <class D, class Source>
void add_epoch(results& r, const std::string& name, const D& device, const Source& source) {
  source.for_each(1, [&](view<const typename D::scalar, 2> features, std::span<const index_t> labels) {
    r.add(name, device, features);
    r.add("their labels", {labels.begin(), labels.end()});
    return true;
  });
}

/// Pictures and texts to features, features to classifiers.
template <class D>
results of_features() {
  const D device = tests::opened<D>();
  const vit_tower<tiny_vit, D> sees(device, tests::formula_archive(tests::image_tensors(tiny_vit{})));
  const text_tower<tiny_text, D> reads(device, tests::seeded_archive{});
  const auto samples = noisy(7);
  const preprocessing how{.size = 24};
  results r;

  auto encoded =
      encode(sees, std::span<const sample>(samples), no_decoder{}, how, {.threads = 2, .batch = 3});
  encoded.features.class_names = {"cat", "dog", "tern"};
  r.add("features", {encoded.features.values.begin(), encoded.features.values.end()});
  add_epoch(
      r, "cropped anew", device,
      augmented_features(sees, samples, no_decoder{}, train_transform{.size = 24}, how, {.size = 3}, 2));
  add_epoch(
      r, "kept on the device", device,
      cached_features<D>(device, encode_on_device(sees, std::span<const sample>(samples), no_decoder{}, how),
                         {.size = 3}));
  add_epoch(
      r, "views kept on the device", device,
      fixed_views<D>(device,
                     encode_views_on_device(sees, std::span<const sample>(samples), no_decoder{},
                                            train_transform{.size = 24}, how, {.views = 2, .threads = 2}),
                     {.size = 3}));
  auto views = encode_views(sees, std::span<const sample>(samples), no_decoder{}, train_transform{.size = 24},
                            how, {.views = 2, .threads = 2});
  r.add("features of views", {views.features.values.begin(), views.features.values.end()});
  add_epoch(r, "views", device, fixed_views<D>(device, views.features, {.size = 3}));

  const auto means = nearest_mean(device, encoded.features);
  r.add("mean directions", device, means.text());
  const temporary_folder folder;
  means.save(folder / "means.safetensors");
  r.add("their file", device, load_classifier(device, folder / "means.safetensors").text());
  r.add("their accuracy", {evaluate(means, encoded.features).accuracy});
  const auto words = tests::small_tokenizer();
  const auto judge = zero_shot(reads, words, {"photo of {}.", "{}."}, {.class_names = names});
  r.add("zero-shot text features", device, judge.text());
  return r;
}

}  // namespace

BOOST_AUTO_TEST_CASE(between_its_labels_and_its_loss_a_step_has_no_dealings_with_the_host) {
  using tests::far;
  const far device;
  const text_tower<tiny_text, far> tower(device, tests::seeded_archive{});
  prompt_learner learner(tower, tests::small_tokenizer(), names, unified_end{.length = 4});
  const auto features = tests::on(device, tests::numbers<float>(4 * 10, 5), shape<2>{4, 10});
  auto d_text = tests::room_on(device, shape<2>{learner.classes(), 10});
  loss_workspace<far> space;
  sgd::state<far> optimizer(sgd{}, device, learner.parameters().extents);
  const std::vector<index_t> labels{0, 1, 2, 0};
  take_labels<far>(device, labels, learner.classes(), space);

  const std::size_t before = far::dealings();
  for (int step = 0; step < 2; ++step) {
    begin_cross_entropy(device, features.view(), learner.forward(), learner.scale(), d_text.view(), space);
    learner.backward(d_text.view());
    optimizer.step(learner.parameters(), learner.gradient(), 0.01);
  }
  BOOST_TEST(far::dealings() - before == 0u);

  BOOST_TEST(end_cross_entropy<far>(device, 4, space).loss > 0);
  BOOST_TEST(far::dealings() - before == 1u);
}

/// A device that says of its products that they are float16, and makes them in float32.
struct said_half : tests::far {
  [[nodiscard]] precision products() const { return precision::float16; }
};

BOOST_AUTO_TEST_CASE(what_a_gradient_is_scaled_by_is_undone_to_the_last_bit) {
  BOOST_TEST(gradient_scale_of(said_half()) == 256.0f);
  BOOST_TEST(gradient_scale_of(tests::far()) == 1.0f);
  BOOST_TEST(gradient_scale_of(device::cpu(1)) == 1.0f);

  const auto gradient = []<class D>(const D& device) {
    const text_tower<tiny_text, D> tower(device, tests::seeded_archive{});
    const unified_end how{.length = 4, .deviation = 0.5f};
    prompt_learner learner(tower, tests::small_tokenizer(), names, how);
    learner.forward();
    const auto d_text = tests::on(device, tests::numbers<float>(names.size() * 10, 3), shape<2>{7, 10});
    learner.backward(d_text.view());
    return tests::off(device, learner.gradient());
  };
  BOOST_TEST((gradient(said_half()) == gradient(tests::far())));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_pair_of_policies_learns_what_it_learns_on_the_processor, D,
                              tests::other_devices) {
  if (!tests::available<D>()) return;

  of_learning<D>().agree(of_learning<device::cpu>(), 1e-4);  // four steps, each upon the last one's rounding
}

BOOST_AUTO_TEST_CASE_TEMPLATE(features_and_classifiers_are_those_of_the_processor, D, tests::other_devices) {
  if (!tests::available<D>()) return;

  of_features<D>().agree(of_features<device::cpu>(), tests::tolerance::single);
}

BOOST_AUTO_TEST_SUITE_END()
