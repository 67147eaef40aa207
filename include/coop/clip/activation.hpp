// SPDX-License-Identifier: MIT
//
// Which activation weights were trained with. OpenAI's CLIP has x sigmoid(1.702 x), most others have the exact GELU;
// no tensor tells, and the wrong one costs several points of accuracy without any error. So it is never guessed: it is
// what the file says (our own metadata, the code of a TorchScript module), what the configuration beside it says
// (Hugging Face's config.json, open_clip's open_clip_config.json), what a published digest says, or what the caller
// says.
#ifndef COOP_CLIP_ACTIVATION_HPP
#define COOP_CLIP_ACTIVATION_HPP

#include <coop/clip/names.hpp>
#include <coop/error.hpp>
#include <coop/io/any_archive.hpp>
#include <coop/io/json.hpp>
#include <coop/io/sha256.hpp>
#include <coop/io/text.hpp>
#include <coop/nn/elementwise.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace coop {

/// An activation by its name, and what says so.
struct stated_activation {
  std::string name;    ///< as nn's activations are called
  std::string whence;  ///< the file or rule that says so
};

namespace detail {

/// Digests of the files that OpenAI has released, which are TorchScript archives, all of quick_gelu.
inline constexpr std::array<std::string_view, 9> published_digests{
    "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762",   // RN50
    "8fa8567bab74a42d41c5915025a8e4538c3bdbe8804a470a72f30b0d94fab599",   // RN101
    "7e526bd135e493cef0776de27d5f42653e6b4c8bf9e0f653bb11773263205fdd",   // RN50x4
    "52378b407f34354e150460fe41077663dd5b39c54cd0bfd2b27167a4a06ec9aa",   // RN50x16
    "be1cfb55d75a9666199fb2206c106743da0f6468c9d327f3e0d0a543a9919d9c",   // RN50x64
    "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af",   // ViT-B/32
    "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f",   // ViT-B/16
    "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836",   // ViT-L/14
    "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02"};  // ViT-L/14@336px

/// One of the two activations that CLIPs have; another word is an io_error.
inline stated_activation known_activation(const std::string& word, const std::string& source,
                                          const std::string& whence) {
  check<io_error>(word == nn::quick_gelu::name || word == nn::gelu::name, [&] {
    return source + ": expected " + nn::quick_gelu::name + " or " + nn::gelu::name + ", got '" + word + "'";
  });
  return {word, whence};
}

/// The JSON object in a file beside `path`; nothing if there is no such file.
inline std::optional<json> beside(const std::string& path, const char* name, std::string& place) {
  place = (std::filesystem::path(path).parent_path() / name).string();
  std::error_code failed;
  if (!std::filesystem::is_regular_file(place, failed)) return std::nullopt;
  json value = parse_json(read_file(place, std::size_t(1) << 24), place);
  check<io_error>(value.is_object(), [&] { return place + ": expected an object"; });
  return value;
}

/// What Hugging Face's config.json says. A section that leaves it out has quick_gelu, transformers' default.
inline std::optional<stated_activation> activation_of_hugging_face(const std::string& path) {
  std::string place;
  const auto config = beside(path, "config.json", place);
  if (!config) return std::nullopt;
  const std::string kind = config->contains("model_type") && (*config)["model_type"].is_string()
                               ? (*config)["model_type"].get<std::string>()
                               : "";
  if (kind != "clip" && kind != "clip_text_model" && kind != "clip_vision_model") return std::nullopt;
  std::string word;
  const auto section = [&](const json& object, const std::string& what) {
    const std::string mine = !object.contains("hidden_act")     ? std::string(nn::quick_gelu::name)
                             : object["hidden_act"].is_string() ? object["hidden_act"].get<std::string>()
                                                                : json_text(object["hidden_act"], place);
    check<io_error>(word.empty() || word == mine, [&] {
      return place + ": " + what + ": hidden_act: expected that of the other tower, '" + word + "', got '" +
             mine + "'";
    });
    word = mine;
  };
  for (const char* name : {"text_config", "vision_config"}) {
    if (config->contains(name) && (*config)[name].is_object()) section((*config)[name], name);
  }
  if (word.empty()) section(*config, kind);
  return known_activation(word, place + ": hidden_act", "config.json");
}

/// What open_clip's open_clip_config.json says: quick_gelu where it is marked, else gelu.
inline std::optional<stated_activation> activation_of_open_clip(const std::string& path) {
  std::string place;
  const auto config = beside(path, "open_clip_config.json", place);
  if (!config || !config->contains("model_cfg") || !(*config)["model_cfg"].is_object()) return std::nullopt;
  const json& model = (*config)["model_cfg"];
  const bool marked = model.contains("quick_gelu");
  check<io_error>(!marked || model["quick_gelu"].is_boolean(),
                  [&] { return place + ": model_cfg: quick_gelu: expected true or false"; });
  const bool quick = marked && model["quick_gelu"].get<bool>();
  return stated_activation{quick ? nn::quick_gelu::name : nn::gelu::name, "open_clip_config.json"};
}

/// What the code of a TorchScript module says: only quick_gelu has the number 1.702.
inline std::optional<stated_activation> activation_of_code(const torch_archive& file) {
  if (file.layout() != torch_layout::scripted) return std::nullopt;
  const auto constants = file.scalar_constants();
  const bool held = std::any_of(constants.begin(), constants.end(), [](float c) {
    return std::abs(c - 1.702f) < 1e-3f;
  });  // in half precision too
  if (held || file.code().find("1.702") != std::string::npos) {
    return stated_activation{nn::quick_gelu::name, "the code of the TorchScript module"};
  }
  const std::string digest = sha256_file(file.path());
  if (std::find(published_digests.begin(), published_digests.end(), digest) != published_digests.end()) {
    return stated_activation{nn::quick_gelu::name, "the digest of OpenAI's file"};
  }
  return std::nullopt;
}

}  // namespace detail

/// What the metadata of an archive say of its activation, under the key `activation`.
template <Archive A>
std::optional<stated_activation> find_activation(const A& archive) {
  const auto found = archive.metadata().find("activation");
  if (found == archive.metadata().end()) return std::nullopt;
  return detail::known_activation(found->second, archive.path() + ": metadata 'activation'", "metadata");
}

/// What a file of weights, or the configuration beside it, says of its activation.
inline std::optional<stated_activation> find_activation(const any_archive& archive) {
  if (const torch_archive* file = archive.torch()) {
    if (auto found = detail::activation_of_code(*file)) return found;
  } else if (archive.metadata().contains("activation")) {
    return find_activation<any_archive>(archive);
  }
  return naming_of(archive) == naming::hugging_face ? detail::activation_of_hugging_face(archive.path())
                                                    : detail::activation_of_open_clip(archive.path());
}

/// The same under other names.
template <Archive A>
std::optional<stated_activation> find_activation(const openai_names<A>& archive) {
  return find_activation(archive.source());
}

/// Activation A was named: an archive that says another is a choice_error.
template <nn::Activation A, Archive Weights>
void check_activation(const Weights& archive) {
  const auto stated = find_activation(archive);
  check<choice_error>(!stated || stated->name == A::name, [&] {
    return archive.path() + ": activation: expected " + stated->name + " as " + stated->whence +
           " says, got " + A::name;
  });
}

/// None was named: an archive that does not say quick_gelu is a choice_error, which tells how to name one.
template <Archive Weights>
void check_stated_quick_gelu(const Weights& archive) {
  const auto stated = find_activation(archive);
  check<choice_error>(stated && stated->name == nn::quick_gelu::name, [&] {
    return archive.path() + ": activation: " +
           (stated ? stated->name + ", as " + stated->whence +
                         " says: expected it to be named, load_clip<B, nn::gelu>"
                   : "not known: neither the file nor a configuration beside it says: expected "
                     "load_clip<B, nn::quick_gelu> or load_clip<B, nn::gelu>");
  });
}

}  // namespace coop

#endif
