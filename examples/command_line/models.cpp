// SPDX-License-Identifier: MIT
//
// Finding weights, telling their backbone, and the one dispatch from its name to its towers.
#include "models.hpp"

#include "data.hpp"
#include "digests.hpp"
#include "files.hpp"
#include "hosted.hpp"

#include <coop/clip/activation.hpp>
#include <coop/clip/architecture.hpp>
#include <coop/clip/clip.hpp>
#include <coop/clip/construction.hpp>
#include <coop/dispatch.hpp>
#include <coop/io/atomic_file.hpp>
#include <coop/io/json.hpp>
#include <coop/io/sha256.hpp>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

namespace app {

namespace fs = std::filesystem;

static_assert(coop::ImageTower<image_tower_on<device>>);
static_assert(coop::Learner<learner_on<device>>);

namespace {

constexpr std::array<std::string_view, 2> built_in{"mini-vit", "mini-rn"};

bool is_built_in(std::string_view word) { return word == built_in[0] || word == built_in[1]; }

/// Where `cmake --install` puts the models, seen from the program's own file, so that an installation may be moved;
/// empty where there is no such folder, or no /proc to ask.
fs::path installed_models() {
  std::error_code failed;
  const fs::path self = fs::read_symlink("/proc/self/exe", failed);
  const fs::path folder = failed ? fs::path() : self.parent_path().parent_path() / "share/coop/models";
  return there(folder) ? folder : fs::path();
}

/// A file among the models that come with the project. COOP_MODELS says where they are when they have moved.
std::string model_file(const std::string& name) {
  const char* moved = std::getenv("COOP_MODELS");  // NOLINT(concurrency-mt-unsafe): nobody sets it meanwhile
  if (moved != nullptr && *moved != '\0') return (fs::path(moved) / name).string();
  const fs::path installed = installed_models();
  return ((installed.empty() ? fs::path(COOP_MODELS_DIR) : installed) / name).string();
}

/// Both towers are there; else only an image tower, enough for its features.
bool is_whole(const weights_archive& archive) { return archive.contains("text_projection"); }

/// The words to types: f<B>() for the backbone of that name.
template <class F>
auto with_backbone(const std::string& name, const F& f) {
  return coop::dispatch(f, coop::choose(coop::backbone::all{}, "backbone", name));
}

/// The same for an activation: f<A>().
template <class F>
auto with_activation(const std::string& name, const F& f) {
  return coop::dispatch(f, coop::choose(activations{}, "activation", name));
}

/// A text in one of the objects of run.json beside a saved model.
std::optional<std::string> recorded_text(const std::string& model, const char* object, const char* key) {
  const fs::path folder = fs::is_directory(model) ? fs::path(model) : fs::path(model).parent_path();
  const std::string path = (folder / "run.json").string();
  if (!there(path)) return std::nullopt;
  const coop::json run = coop::parse_json(coop::read_file(path, 1 << 24), path);
  if (!run.is_object() || !run.contains(object)) return std::nullopt;
  const coop::json& facts = run[object];
  if (!facts.is_object() || !facts.contains(key) || !facts[key].is_string()) return std::nullopt;
  return facts[key].get<std::string>();
}

/// What run.json beside a saved model says its weights and their activation are.
struct recorded_weights {
  std::optional<std::string> word;
  std::string activation = {};
  std::string sha256 = {};
  std::string stamp = {};  // of the file with that digest
};

recorded_weights weights_recorded_for(const std::string& model) {
  const auto word = recorded_text(model, "options", "weights");
  const auto fact = [&](const char* key) { return recorded_text(model, "weights", key).value_or(""); };
  return {word && is_built_in(*word) ? word : recorded_text(model, "weights", "path"), fact("activation"),
          fact("sha256"), fact("stamp")};
}

}  // namespace

std::string weights_path(const std::string& word) {
  const std::string path = is_built_in(word) ? model_file(word + ".safetensors") : word;
  coop::check<coop::io_error>(there(path), [&] {
    return is_built_in(word)
               ? path + ": built-in weights are missing: set COOP_MODELS to the folder that has them"
               : path + ": no such file, nor built-in weights of that name; known: mini-vit, mini-rn";
  });
  return path;
}

std::string activation_name(const std::string& word) { return word == "quick-gelu" ? "quick_gelu" : word; }

std::string agreed_activation(const coop::any_archive& file, const std::string& said) {
  const auto stated = coop::find_activation(file);
  coop::check<coop::choice_error>(!stated || said.empty() || said == stated->name, [&] {
    return file.path() + ": activation: expected " + stated->name + " as " + stated->whence + " says, got " +
           said;
  });
  return stated ? stated->name : said;
}

void ask_for_activation(const std::string& path) {
  throw coop::choice_error(path +
                           ": which activation? expected --activation quick-gelu (OpenAI's weights) or gelu "
                           "(most others); the file does not say");
}

std::optional<std::string> known_backbone(const weights_archive& archive) {
  return is_whole(archive) ? coop::match(coop::infer_architecture(archive))
                           : coop::match(coop::infer_image_architecture(archive));
}

weights::weights(const std::string& word, const std::string& activation)
    : word_(word),
      stamp_(stamp_of_file(weights_path(word))),
      file_(std::make_unique<const coop::any_archive>(coop::open_archive(weights_path(word)))),
      archive_(*file_),
      activation_(agreed_activation(*file_, activation_name(activation))) {
  const auto found = known_backbone(archive_);
  coop::check<coop::shape_error>(found.has_value(), [&] {
    return path() + ": backbone: " +
           (is_whole(archive_) ? coop::why_no_match(coop::infer_architecture(archive_))
                               : "an image tower that no known backbone has: " +
                                     coop::describe(coop::infer_image_architecture(archive_)));
  });
  backbone_ = *found;
}

const std::string& weights::sha256() const {
  check_sha256();
  return digested();
}

const std::string& weights::digested() const {
  if (!digest_.valid()) {
    std::promise<std::string> known;
    known.set_value(coop::sha256_file(path()));
    digest_ = known.get_future().share();
    expect_unchanged();
  }
  return digest_.get();
}

void weights::expect_sha256(const std::string& expected, const std::string& model,
                            const std::string& known_stamp) {
  expected_sha256_ = expected;
  expected_by_ = model;
  if (digest_.valid()) return;
  if (known_stamp == stamp_) {
    std::promise<std::string> known;
    known.set_value(expected);
    digest_ = known.get_future().share();
  } else {
    digest_ = std::async(std::launch::async, [file = path()] { return coop::sha256_file(file); }).share();
  }
}

/// What was opened, what was digested and what is there now are one file.
void weights::expect_unchanged() const {
  coop::check<coop::io_error>(stamp_of_file(path()) == stamp_,
                              [&] { return path() + ": has changed while it was read"; });
}

void weights::check_sha256() const {
  coop::check<coop::choice_error>(expected_sha256_.empty() || digested() == expected_sha256_, [&] {
    return path() + ": not the weights of " + expected_by_ + ": SHA-256: expected " + expected_sha256_ +
           ", got " + digested() + " (" + backbone() + ")";
  });
}

coop::preprocessing weights::preparation(coop::conversion_order order) const {
  auto how = with_backbone(backbone_, []<class B>() { return coop::preprocessing_of<B>(); });
  how.conversion = order;
  return how;
}

std::uint64_t weights::construction_draws() const {
  return with_backbone(backbone_, []<class B>() { return coop::construction_draws<B>(); });
}

const std::string& weights::activation() const {
  if (activation_.empty()) ask_for_activation(path());
  return activation_;
}

std::unique_ptr<const image_tower> weights::image(const device& where) const {
  using opened = std::unique_ptr<const image_tower>;
  const auto here = [](image_tower_on<device> tower) -> opened {
    return std::make_unique<const hosted_image<device, picture_source>>(std::move(tower));
  };
  opened tower = with_backbone(backbone_, [&]<class B>() {
    if constexpr (coop::image_architecture_of<B>().kind == coop::tower_kind::resnet) {
      return beside_ ? beside_->image(backbone_, {}, archive_) : here(open_image<B>(where, archive_));
    } else {
      if (beside_) return beside_->image(backbone_, activation(), archive_);
      return with_activation(activation(),
                             [&]<class A>() { return here(open_image<B, A>(where, archive_)); });
    }
  });
  check_sha256();  // only now: the digest has been made meanwhile
  expect_unchanged();
  return tower;
}

text_tower weights::text(const device& where) const {
  text_tower tower = with_backbone(backbone_, [&]<class B>() {
    if (beside_) return beside_->text(where, backbone_, activation(), archive_);
    return with_activation(activation(),
                           [&]<class A>() { return open_text<typename B::text, A>(where, archive_); });
  });
  check_sha256();
  expect_unchanged();
  return tower;
}

std::unique_ptr<learner> weights::learn(const device& where, const coop::tokenizer& words,
                                        const std::vector<std::string>& names,
                                        const prompt_description& how) const {
  check_sha256();
  std::unique_ptr<learner> learns = with_backbone(backbone_, [&]<class B>() {
    if (beside_) return beside_->learn(where, backbone_, activation(), archive_, words, names, how);
    return with_activation(activation(), [&]<class A>() -> std::unique_ptr<learner> {
      return std::make_unique<hosted_learner<device>>(
          where, open_learner<typename B::text, A>(where, archive_, words, names, how));
    });
  });
  expect_unchanged();
  return learns;
}

std::string vocabulary_path(const std::string& word, const std::string& weights_word) {
  coop::check<coop::choice_error>(!word.empty() || is_built_in(weights_word), [&] {
    return weights_word +
           ": which vocabulary? expected --vocab with CLIP's bpe_simple_vocab_16e6.txt.gz or a merges.txt";
  });
  return word.empty() || word == "mini" ? model_file("mini-vocab.txt") : word;
}

coop::tokenizer open_vocabulary(const std::string& word, const std::string& weights_word) {
  return coop::load_tokenizer(vocabulary_path(word, weights_word));
}

coop::tokenizer open_vocabulary_of(const std::string& model, const std::string& word, const weights& source) {
  const std::string named = word.empty() ? recorded_text(model, "options", "vocab").value_or("") : word;
  const auto expected = recorded_text(model, "vocabulary", "sha256");
  const std::string path = vocabulary_path(named, source.word());
  coop::tokenizer words = coop::load_tokenizer(path);
  const std::string got = expected ? coop::sha256_file(path) : std::string();
  coop::check<coop::choice_error>(!expected || got == *expected, [&] {
    return path + ": not the vocabulary of " + model + ": SHA-256: expected " + *expected + ", got " + got;
  });
  return words;
}

void expect_vocabulary(const coop::tokenizer& words, const text_tower& text, const weights& source) {
  coop::check<coop::shape_error>(words.size() == text.vocabulary(), [&] {
    return "vocabulary: expected the " + std::to_string(text.vocabulary()) + " tokens of " + source.path() +
           ", got " + std::to_string(words.size());
  });
}

coop::classifier<device> open_classifier(const device& where, const std::string& path) {
  if (!fs::is_directory(path)) return coop::load_classifier(where, path);
  const std::string file = path + "/classifier.safetensors";
  coop::check<coop::io_error>(there(file), [&] {
    return path + ": no classifier.safetensors: expected the directory of a finished run" +
           (there(path + "/earlier") ? ", got one whose overwriting was interrupted: coop train puts it back"
                                     : "");
  });
  return coop::load_classifier(where, file);
}

coop::preprocessing preparation_of(const coop::classifier_facts& facts, const std::string& conversion) {
  auto how = coop::preprocessing::from_text(facts.preprocessing);
  if (!conversion.empty()) how.conversion = coop::conversion_from_word(conversion);
  return how;
}

weights open_weights_of(const std::string& model, const coop::classifier_facts& facts,
                        const std::string& word, const std::string& activation) {
  const recorded_weights recorded = weights_recorded_for(model);
  std::optional<std::string> found = word.empty() ? recorded.word : word;
  if (!found) {
    for (const std::string_view name : built_in) {
      const std::string path = model_file(std::string(name) + ".safetensors");
      if (there(path) && coop::sha256_file(path) == facts.weights_sha256) found = std::string(name);
    }
  }
  coop::check<coop::choice_error>(found.has_value(), [&] {
    return model + ": which weights? expected --weights with the file of SHA-256 " + facts.weights_sha256;
  });
  weights opened(*found, activation.empty() ? recorded.activation : activation);
  opened.expect_sha256(facts.weights_sha256, model,
                       recorded.sha256 == facts.weights_sha256 ? recorded.stamp : std::string());
  return opened;
}

}  // namespace app
