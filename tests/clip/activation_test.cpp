// SPDX-License-Identifier: MIT
//
// Where an activation is known from, and that it is never guessed.
#include <coop/clip/activation.hpp>
#include <coop/io/archive.hpp>
#include <coop/io/atomic_file.hpp>

#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(activation)

using namespace coop;

namespace {

std::string data_file(const char* name) {
  return (std::filesystem::path(__FILE__).parent_path().parent_path() / "data" / name).string();
}

/// A file of one tensor.
void write(const std::string& path, const std::string& tensor,
           const std::map<std::string, std::string>& metadata = {}) {
  write_safetensors(path, {to_array(tensor, {1}, std::vector<float>{1})}, metadata);
}

/// "name (whence)", "unknown", or what was wrong, without "coop: " and the folder.
std::string found_in(const std::string& path, const std::string& folder) {
  try {
    const auto stated = find_activation(open_archive(path));
    return stated ? stated->name + " (" + stated->whence + ")" : "unknown";
  } catch (const io_error& problem) {
    const std::string text = problem.what();
    return text.substr(text.find(folder) + folder.size() + 1);
  }
}

/// The same of a file of one tensor with a configuration beside it.
std::string beside(const std::string& tensor, const std::string& name, const std::string& config) {
  const temporary_folder folder;
  write(folder / "f", tensor);
  write_file(folder / name, config);
  return found_in(folder / "f", folder.path());
}

const std::string hugging = "text_model.final_layer_norm.bias";

}  // namespace

BOOST_AUTO_TEST_CASE(our_own_metadata_say_it) {
  const temporary_folder folder;
  write(folder / "quick", "ln_final.bias", {{"activation", "quick_gelu"}});
  write(folder / "exact", "ln_final.bias", {{"activation", "gelu"}});
  write(folder / "odd", "ln_final.bias", {{"activation", "relu"}});

  BOOST_TEST(found_in(folder / "quick", folder.path()) == "quick_gelu (metadata)");
  BOOST_TEST(found_in(folder / "exact", folder.path()) == "gelu (metadata)");
  BOOST_TEST(found_in(folder / "odd", folder.path()) ==
             "odd: metadata 'activation': expected quick_gelu or gelu, got 'relu'");
}

BOOST_AUTO_TEST_CASE(a_file_that_says_nothing_leaves_it_unknown) {
  const temporary_folder folder;
  write(folder / "f", "ln_final.bias");

  BOOST_TEST(found_in(folder / "f", folder.path()) == "unknown");
}

BOOST_AUTO_TEST_CASE(hugging_faces_configuration_says_it_for_files_of_its_names) {
  const std::string both = R"({"model_type":"clip","text_config":{"hidden_act":"gelu"},)"
                           R"("vision_config":{"hidden_act":"gelu"}})";

  BOOST_TEST(beside(hugging, "config.json", both) == "gelu (config.json)");
  BOOST_TEST(
      beside(hugging, "config.json", R"({"model_type":"clip_text_model","hidden_act":"quick_gelu"})") ==
      "quick_gelu (config.json)");
  BOOST_TEST(beside(hugging, "config.json", R"({"model_type":"clip","text_config":{},"vision_config":{}})") ==
             "quick_gelu (config.json)");
  BOOST_TEST(beside("ln_final.bias", "config.json", both) == "unknown");
  BOOST_TEST(beside(hugging, "config.json", R"({"model_type":"siglip","hidden_act":"gelu"})") == "unknown");
}

BOOST_AUTO_TEST_CASE(a_configuration_that_contradicts_itself_or_is_none_is_an_error) {
  BOOST_TEST(
      beside(hugging, "config.json",
             R"({"model_type":"clip","text_config":{"hidden_act":"gelu"},)"
             R"("vision_config":{"hidden_act":"quick_gelu"}})") ==
      "config.json: vision_config: hidden_act: expected that of the other tower, 'gelu', got 'quick_gelu'");
  BOOST_TEST(beside(hugging, "config.json", R"({"model_type":"clip_text_model","hidden_act":"relu"})") ==
             "config.json: hidden_act: expected quick_gelu or gelu, got 'relu'");
  BOOST_TEST(beside(hugging, "config.json", "[]") == "config.json: expected an object");
  BOOST_TEST(beside("ln_final.bias", "open_clip_config.json", R"({"model_cfg":{"quick_gelu":1}})") ==
             "open_clip_config.json: model_cfg: quick_gelu: expected true or false");
}

BOOST_AUTO_TEST_CASE(open_clips_configuration_says_it_for_the_other_names) {
  BOOST_TEST(beside("ln_final.bias", "open_clip_config.json", R"({"model_cfg":{"quick_gelu":true}})") ==
             "quick_gelu (open_clip_config.json)");
  BOOST_TEST(beside("text.ln_final.bias", "open_clip_config.json", R"({"model_cfg":{"embed_dim":512}})") ==
             "gelu (open_clip_config.json)");
  BOOST_TEST(beside("ln_final.bias", "open_clip_config.json", R"({"preprocess_cfg":{}})") == "unknown");
  BOOST_TEST(beside(hugging, "open_clip_config.json", R"({"model_cfg":{}})") == "unknown");
}

BOOST_AUTO_TEST_CASE(the_code_of_openais_archives_says_quick_gelu) {
  const auto stated = find_activation(open_archive(data_file("torch_scripted.pt")));

  BOOST_REQUIRE(stated.has_value());
  BOOST_TEST(stated->name == "quick_gelu");
  BOOST_TEST(stated->whence == "the code of the TorchScript module");
}

BOOST_AUTO_TEST_CASE(other_names_over_a_file_say_what_the_file_says) {
  const temporary_folder folder;
  write(folder / "f", "ln_final.bias", {{"activation", "gelu"}});
  const any_archive file = open_archive(folder / "f");

  const auto stated = find_activation(openai_names(file));

  BOOST_TEST((stated && stated->name == "gelu"));
}

BOOST_AUTO_TEST_CASE(a_named_activation_is_checked_against_what_the_file_says) {
  const temporary_folder folder;
  write(folder / "says", "ln_final.bias", {{"activation", "gelu"}});
  write(folder / "silent", "ln_final.bias");
  const any_archive says = open_archive(folder / "says");
  const any_archive silent = open_archive(folder / "silent");

  BOOST_CHECK_NO_THROW(check_activation<nn::gelu>(says));
  BOOST_CHECK_NO_THROW(check_activation<nn::gelu>(silent));
  BOOST_CHECK_EXCEPTION(check_activation<nn::quick_gelu>(says), choice_error, [&](const error& e) {
    return e.what() ==
           "coop: " + (folder / "says") + ": activation: expected gelu as metadata says, got quick_gelu";
  });
}

BOOST_AUTO_TEST_CASE(without_a_name_only_a_file_that_says_quick_gelu_will_do) {
  const temporary_folder folder;
  write(folder / "quick", "ln_final.bias", {{"activation", "quick_gelu"}});
  write(folder / "exact", "ln_final.bias", {{"activation", "gelu"}});
  write(folder / "silent", "ln_final.bias");

  BOOST_CHECK_NO_THROW(check_stated_quick_gelu(open_archive(folder / "quick")));
  BOOST_CHECK_EXCEPTION(
      check_stated_quick_gelu(open_archive(folder / "exact")), choice_error, [&](const error& e) {
        return e.what() ==
               "coop: " + (folder / "exact") +
                   ": activation: gelu, as metadata says: expected it to be named, load_clip<B, nn::gelu>";
      });
  BOOST_CHECK_EXCEPTION(
      check_stated_quick_gelu(open_archive(folder / "silent")), choice_error, [&](const error& e) {
        return e.what() ==
               "coop: " + (folder / "silent") +
                   ": activation: not known: neither the file nor a configuration beside it says: expected "
                   "load_clip<B, nn::quick_gelu> or load_clip<B, nn::gelu>";
      });
}

BOOST_AUTO_TEST_SUITE_END()
