// SPDX-License-Identifier: MIT
//
// repeatability <file> [threads [instruction set [precision]]]
//
// Computes a little of everything with fixed seeds and writes it down, a line a result:
//
//   bytes <name> <SHA-256>                    the same on every machine, by every compiler and any of its options that
//                                             keep to the language (not -ffast-math)
//   numbers <name> <SHA-256> <float32>...     the same bits in every run of this program, on any number of threads; near
//                                             that for other programs and other instruction sets
//
// tests/repeatability/compare.cpp holds two of these files beside each other; CONTRIBUTING.md has the promises.
#include <coop/clip/resnet.hpp>
#include <coop/clip/text.hpp>
#include <coop/clip/vit.hpp>
#include <coop/data/drawn.hpp>
#include <coop/data/few_shot.hpp>
#include <coop/data/replay.hpp>
#include <coop/data/transform.hpp>
#include <coop/device/devices.hpp>
#include <coop/io/half.hpp>
#include <coop/io/sha256.hpp>
#include <coop/model/learner.hpp>
#include <coop/model/zero_shot.hpp>
#include <coop/train/features.hpp>
#include <coop/train/fit.hpp>
#include <coop/train/optimizer.hpp>
#include <coop/train/schedule.hpp>

#include "../support/formula_weights.hpp"
#include "../support/small_tokenizer.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using namespace coop;

namespace {

using tiny_vit = vit_shape<24, 8, 64, 2, 10>;
using tiny_resnet = resnet_shape<64, 4, 10, 1, 1, 1, 1>;
using tiny_text = text_shape<36, 3, 2, 10, 32, tests::small_vocabulary>;

/// The file under construction.
class written {
 public:
  explicit written(const std::string& path) : file_(path) {
    if (!file_) throw io_error(path + ": cannot be written");
  }

  template <class T>
  void bytes(std::string_view name, const std::vector<T>& values) {
    line("bytes", name, values);
    file_ << '\n';
  }
  void numbers(std::string_view name, const std::vector<float>& values) {
    line("numbers", name, values);
    char text[32];
    for (const float x : values) {
      std::snprintf(text, sizeof text, " %.9g", double(x));
      file_ << text;
    }
    file_ << '\n';
  }

 private:
  template <class T>
  void line(const char* kind, std::string_view name, const std::vector<T>& values) {
    static_assert(std::has_unique_object_representations_v<T> || std::is_floating_point_v<T>);
    check(!values.empty(), [&] { return std::string(name) + ": expected some results, got none"; });
    file_ << kind << ' ' << name << ' ' << sha256_hex(std::as_bytes(std::span(values)));
  }

  std::ofstream file_;
};

template <class T>
void append(std::vector<T>& to, const std::vector<T>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// ---- What no floating-point unit may change ----------------------------------------------------------------

void words(written& out) {
  const tokenizer of_tests = tests::small_tokenizer();
  std::vector<std::int32_t> ids;
  for (const std::string_view text :
       {"a photo of a cat.", "house_cat", "  Kite   (bird) ", "d\xc3\xb6g &amp; caf\xc3\xa9", "123 4th!?"}) {
    append(ids, of_tests.ids(text));
  }
  out.bytes("tokens", ids);
}

void draws(written& out) {
  std::vector<index_t> whole;
  std::vector<index_t> labels;
  for (index_t i = 0; i < 400; ++i) labels.push_back(i * 7 % 13);
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    python_random python(seed);
    numpy_random numpy{std::uint32_t(seed)};
    append(whole, draw_shots(labels, 16, python));
    append(whole, draw_shots(labels, 16, numpy));
    for (index_t epoch = 0; epoch < 3; ++epoch) append(whole, shuffled_order(100, seed, epoch));
  }
  out.bytes("shots-and-orders", whole);

  torch_random torch(7);
  std::vector<float> uniforms;
  for (int i = 0; i < 1000; ++i) uniforms.push_back(torch.uniform(-0.3f, 1.7f));
  out.bytes("uniform-floats", uniforms);
  std::vector<float> halves(1000);
  torch.normal_half(halves, 0.0f, 0.02f);
  out.bytes("normal-halves", halves);
  std::vector<float> normals(1000);
  torch.normal(normals, 0.0, 0.02);
  out.numbers("normal-floats", normals);
}

std::vector<image> pictures() {
  std::vector<image> all;
  for (const auto& task : drawn_tasks()) {
    for (index_t i = 0; i < 3; ++i) all.push_back(draw(task, drawn_split::train, i, i));
  }
  return all;
}

void preprocessing_of(written& out) {
  const auto all = pictures();
  std::vector<std::uint8_t> drawn;
  std::vector<std::uint8_t> tested;
  std::vector<std::uint8_t> trained;
  std::vector<index_t> crops;
  std::vector<float> values;
  torch_random random(3);
  const train_transform by_chance{.size = 24};
  for (const image& picture : all) {
    append(drawn, picture.pixels);
    const image ready = test_transform{24}(image_view(picture));
    append(tested, ready.pixels);
    for (int turn = 0; turn < 4; ++turn) {
      const auto chosen = by_chance.choose(331, 500, random);
      append(crops, {chosen.part.top, chosen.part.left, chosen.part.height, chosen.part.width,
                     index_t(chosen.mirrored)});
      append(trained, by_chance(image_view(picture), random).pixels);
    }
    std::vector<float> one(ready.pixels.size());
    clip_normalization(ready, one.data());
    append(values, one);
  }
  out.bytes("drawn-pictures", drawn);
  out.bytes("test-pictures", tested);
  out.bytes("random-crops", crops);
  out.bytes("training-pictures", trained);
  out.bytes("normalised-pictures", values);

  std::vector<double> rates;
  for (index_t epoch = 0; epoch < 200; ++epoch) rates.push_back(paper_schedule(200).at(epoch));
  out.bytes("rates", rates);
}

// ---- What computes -----------------------------------------------------------------------------------------

template <class Tower>
std::vector<float> features_of(const Tower& tower, index_t count) {
  const auto pixels = tests::formula_pictures(count, Tower::size());
  std::vector<float> features(std::size_t(count) * std::size_t(Tower::embed()));
  tower.encode(view<const float, 4>{pixels.data(), shape<4>{count, Tower::size(), Tower::size(), 3}},
               view<float, 2>{features.data(), shape<2>{count, Tower::embed()}});
  return features;
}

std::vector<float> host(view<const float, 2> v) { return to_host(device::cpu{}, v); }

template <class How>
void learn(written& out, const text_tower<tiny_text, device::cpu>& tower, const feature_set& train, How how) {
  const tokenizer of_tests = tests::small_tokenizer();
  how.length = 4;
  prompt_learner learner(tower, of_tests, train.class_names, how);
  const cached_features<device::cpu> source(tower.device(), train, {.size = 8});
  std::vector<float> losses;
  const auto past =
      fit(learner, source, sgd{}, cosine{.rate = 0.05, .epochs = 5},
          [&](const batch_record& b) { losses.push_back(float(b.loss)); });  // two steps an epoch
  check(past.finite() && losses.size() == 10, [] { return std::string("expected ten steps"); });
  const std::string of = std::string(How::context::name) + "-" + How::placement::name;
  out.numbers(of + "-losses", losses);
  out.numbers(of + "-context", host(learner.parameters()));
  const auto made = learner.classifier();
  out.numbers(of + "-text", host(made.text()));
  std::vector<float> logits(std::size_t(train.size()) * std::size_t(made.classes()));
  const view<float, 2> to{logits.data(), {train.size(), made.classes()}};
  made.logits(view<const float, 2>{train.values.data(), {train.size(), train.width}}, to);
  out.numbers(of + "-logits", logits);
}

void compute(written& out, const device::cpu& device) {
  const vit_tower<tiny_vit, device::cpu, nn::quick_gelu> vit(
      device, tests::formula_archive(tests::image_tensors(tiny_vit{})));
  out.numbers("vit-features", features_of(vit, 19));
  const resnet_tower<tiny_resnet, device::cpu> resnet(
      device, tests::formula_archive(tests::image_tensors(tiny_resnet{})));
  out.numbers("resnet-features", features_of(resnet, 5));

  const text_tower<tiny_text, device::cpu> text(device,
                                                tests::formula_archive(tests::text_tensors<tiny_text>()));
  const tokenizer of_tests = tests::small_tokenizer();
  const std::vector<std::string> names{"cat", "cat dog", "cat dog bird", "tern", "house_cat", "kite (bird)"};
  const auto zero = zero_shot(text, of_tests, {"a photo of a {}.", "a {}."}, {.class_names = names});
  out.numbers("zero-shot-text", host(zero.text()));

  // From pictures to a context, as a user has it.
  std::vector<sample> samples;
  for (const image& picture : pictures())
    samples.push_back({"drawn", index_t(samples.size()) % 6, std::make_shared<const image>(picture)});
  samples.resize(18);
  feature_set train =
      encode(vit, samples, no_decoder{}, preprocessing{.size = 24, .normalization = clip_normalization},
             {.threads = device.threads(), .batch = 7})
          .features;
  train.class_names = names;
  out.numbers("encoded-pictures", train.values);
  learn(out, text, train, unified_end{});
  learn(out, text, train, class_specific_middle{});
}

}  // namespace

int main(int count, char** words_of_call) {
  const std::vector<std::string> arguments(words_of_call + 1, words_of_call + count);
  try {
    check(!arguments.empty() && arguments.size() <= 4,
          [] { return std::string("repeatability <file> [threads [instruction set [precision]]]"); });
    cpu_options how;
    if (arguments.size() > 1) how.threads = std::atoi(arguments[1].c_str());
    if (arguments.size() > 2) how.instructions = instruction_set_named(arguments[2]);
    if (arguments.size() > 3) how.products = precision_named(arguments[3]);
    written out(arguments[0]);
    words(out);
    draws(out);
    preprocessing_of(out);
    compute(out, device::cpu(how));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
