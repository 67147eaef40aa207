// SPDX-License-Identifier: MIT
//
// coop inspect: what a file of tensors holds, and which CLIP that is.
#include "commands.hpp"
#include "models.hpp"
#include "output.hpp"

#include <coop/clip/architecture.hpp>
#include <coop/io/archive.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace app {

namespace {

/// The backbone that the tensors form, or why there is none.
std::string verdict(const coop::safetensors& archive) {
  const bool whole = archive.contains("text_projection");
  try {
    if (!whole) {
      const auto image = coop::infer_image_architecture(archive);
      const auto found = coop::match(image);
      return "backbone: " + (found ? "image tower of " + *found : std::string("none of the known ones")) +
             "\nimage: " + coop::describe(image) + "\ntext: none\n";
    }
    const auto found = coop::infer_architecture(archive);
    const auto name = coop::match(found);
    return "backbone: " + (name ? *name : "none: " + coop::why_no_match(found)) + "\n" +
           coop::describe(found) + "\n";
  } catch (const coop::error& problem) {
    std::string reason = problem.what();
    for (const std::string& prefix : {std::string("coop: "), archive.path() + ": "}) {
      if (reason.starts_with(prefix)) reason.erase(0, prefix.size());
    }
    return "backbone: none: " + reason + "\n";
  }
}

}  // namespace

void inspect(const inspect_options& o) {
  const coop::safetensors archive(weights_path(o.file));
  std::size_t bytes = 0;
  std::size_t widest = 0;
  for (const auto& entry : archive.entries()) {
    bytes += coop::bytes(entry);
    widest = std::max(widest, entry.name.size());
  }
  std::string text = archive.path() + ": " + std::to_string(archive.entries().size()) + " tensors, " +
                     std::to_string(bytes) + " bytes\n";
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
