// SPDX-License-Identifier: MIT
//
// coop inspect: what a file of tensors holds, and which CLIP that is.
#include "commands.hpp"
#include "models.hpp"
#include "output.hpp"

#include <coop/clip/activation.hpp>
#include <coop/clip/architecture.hpp>
#include <coop/clip/names.hpp>
#include <coop/io/any_archive.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace app {

namespace {

/// A message without "coop: " and the file it is about.
std::string reason(const coop::error& problem, const std::string& path) {
  std::string text = problem.what();
  for (const std::string& prefix : {std::string("coop: "), path + ": "}) {
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
  }
  return text;
}

/// "activation: gelu, as config.json says", or that nobody says.
std::string activation_line(const coop::any_archive& file) {
  try {
    const auto stated = coop::find_activation(file);
    return "activation: " +
           (stated ? stated->name + ", as " + stated->whence + " says"
                   : std::string("not known: to be said with --activation")) +
           "\n";
  } catch (const coop::error& problem) {
    return "activation: not known: " + reason(problem, file.path()) + "\n";
  }
}

/// The backbone that the tensors form, or why there is none.
std::string verdict(const coop::any_archive& file) try {
  const coop::openai_names archive(file);
  const std::string common =
      "names: " + std::string(coop::name(archive.naming())) + "\n" + activation_line(file);
  if (!archive.contains("text_projection")) {
    const auto image = coop::infer_image_architecture(archive);
    const auto found = coop::match(image);
    return "backbone: " + (found ? "image tower of " + *found : std::string("none of the known ones")) +
           "\nimage: " + coop::describe(image) + "\ntext: none\n" + common;
  }
  const auto found = coop::infer_architecture(archive);
  const auto name = coop::match(found);
  return "backbone: " + (name ? *name : "none: " + coop::why_no_match(found)) + "\n" + coop::describe(found) +
         "\n" + common;
} catch (const coop::error& problem) {
  return "backbone: none: " + reason(problem, file.path()) + "\n";
}

}  // namespace

void inspect(const inspect_options& o) {
  const coop::any_archive archive = coop::open_archive(weights_path(o.file));
  std::size_t bytes = 0;
  std::size_t widest = 0;
  for (const auto& entry : archive.entries()) {
    bytes += coop::bytes(entry);
    widest = std::max(widest, entry.name.size());
  }
  std::string text = archive.path() + ": " + std::string(archive.format()) + ": " +
                     std::to_string(archive.entries().size()) + " tensors, " + std::to_string(bytes) +
                     " bytes\n";
  for (const auto& entry : archive.entries()) {
    std::string type(coop::name(entry.type));
    type.resize(std::max<std::size_t>(type.size(), 4), ' ');
    text += "  " + entry.name + std::string(widest - entry.name.size() + 2, ' ') + type + "  " +
            coop::to_text(entry.extents) + "\n";
  }
  for (const auto& [key, value] : archive.metadata()) text += "  " + field(key) + " = " + field(value) + "\n";
  print(text + verdict(archive));
}

}  // namespace app
