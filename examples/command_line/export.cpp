// SPDX-License-Identifier: MIT
//
// coop export: a run's context as CoOp's code saves it, or its classifier for NumPy and ONNX.
#include "commands.hpp"
#include "contexts.hpp"
#include "models.hpp"
#include "output.hpp"

#include <coop/model/checkpoint.hpp>
#include <coop/model/exchange.hpp>
#include <coop/model/published_context.hpp>

#include <filesystem>
#include <string>

namespace app {

namespace {

/// The format that was asked for, or that the name of the file tells.
std::string format_of(const export_options& o) {
  if (!o.format.empty()) return o.format;
  if (o.out.ends_with(".npy")) return "npy";
  if (o.out.ends_with(".onnx")) return "onnx";
  if (is_context_file_name(o.out) && !o.out.ends_with(".safetensors")) return "pth.tar";
  throw usage_error("export: " + o.out +
                    ": which format? expected --format pth.tar, npy or onnx, or a name that ends so");
}

/// What CoOp's configuration must say to go on from the file.
std::string coop_settings(const coop::context_record& record, const std::string& words) {
  const bool specific = record.context == coop::context::class_specific::name;
  std::string begin = words;
  for (char& c : begin) c = c == ' ' ? '_' : c;
  return "TRAINER.COOP.N_CTX " + std::to_string(record.length()) + ", CTX_INIT \"" +
         (specific ? std::string() : begin) + "\", CSC " + (specific ? "True" : "False") +
         ", CLASS_TOKEN_POSITION \"" + record.placement + "\"";
}

void export_context(const export_options& o) {
  const std::string file =
      std::filesystem::is_directory(o.model) ? o.model + "/context.safetensors" : o.model;
  const coop::context_record record = coop::load_context(file);
  const weights source = open_weights_of(o.model, {.weights_sha256 = record.weights_sha256}, o.weights, "");
  const coop::tokenizer words = open_vocabulary_of(o.model, o.vocabulary, source);

  const std::string begin = words_of(record);
  const coop::context_words context = coop::initial_words(words, begin, index_t(record.length()));
  // CoOp's code begins class-specific vectors as noise only, so it would forget the rest of a word's tokens.
  const bool surplus = !begin.empty() && index_t(words.ids(context.text).size()) > context.length;
  coop::check<coop::choice_error>(record.extents.size() == 2 || !surplus, [&] {
    return file + ": class-specific vectors behind words of several tokens, '" + begin +
           "': expected a prompt that CoOp's code can build";
  });

  const auto buffers = prompt_buffers_of(source, words, record.class_names, context);
  coop::save_published_context(o.out, record, buffers,
                               o.dtype == "float16" ? coop::element_type::f16 : coop::element_type::f32);
  remark("for CoOp's code: " + coop_settings(record, begin));
}

}  // namespace

void export_model(const export_options& o) {
  const std::string format = format_of(o);
  if (format == "pth.tar") return export_context(o);
  if (!o.weights.empty() || !o.vocabulary.empty() || o.dtype != "float32")
    throw usage_error("export: --weights, --vocab and --dtype belong to --format pth.tar, got " + format);
  const auto classifier = open_classifier(device(1), o.model);
  if (format == "npy") return coop::save_npy(classifier, o.out);
  coop::save_onnx(classifier, o.out);
}

}  // namespace app
