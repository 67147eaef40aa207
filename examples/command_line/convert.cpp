// SPDX-License-Identifier: MIT
//
// coop convert: weights of any format as safetensors with OpenAI's names, that say their activation and where they
// come from.
#include "commands.hpp"
#include "models.hpp"
#include "output.hpp"

#include <coop/clip/names.hpp>
#include <coop/io/any_archive.hpp>
#include <coop/io/half.hpp>
#include <coop/io/sha256.hpp>

#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace app {

namespace {

/// A tensor on its way out. 16-bit tensors stay as they are, exactly; others are float32, or half if so wished.
coop::named_array converted(const weights_archive& archive, const coop::archive_entry& e, bool half) {
  const std::vector<float> values = archive.read(e.name, e.extents);
  if (!half && e.type == coop::element_type::bf16) return coop::to_array_bf16(e.name, e.extents, values);
  if (!half && e.type != coop::element_type::f16) return coop::to_array(e.name, e.extents, values);
  coop::named_array array = coop::to_array_f16(e.name, e.extents, values);
  for (const float value : values) {
    const bool kept =
        !std::isfinite(value) || std::isfinite(coop::float_from_half(coop::half_from_float(value)));
    coop::check<coop::io_error>(kept, [&] {
      return archive.path() + ": tensor '" + e.name +
             "': too large for --half: expected at most 65504, got " + std::to_string(value);
    });
  }
  return array;
}

}  // namespace

void convert(const convert_options& o) {
  const coop::any_archive file = coop::open_archive(weights_path(o.file));
  const weights_archive archive(file);
  const std::string backbone = known_backbone(archive).value_or("");
  const std::string activation = agreed_activation(file, activation_name(o.activation));
  if (activation.empty()) ask_for_activation(file.path());

  std::vector<coop::named_array> arrays;
  for (const coop::archive_entry& e : archive.entries()) {
    if (coop::is_floating(e.type)) {
      arrays.push_back(converted(archive, e, o.half));
    } else {
      remark("left out: tensor '" + e.name + "' of " + std::string(coop::name(e.type)));
    }
  }
  std::map<std::string, std::string> metadata{
      {"activation", activation},
      {"source", std::filesystem::path(file.path()).filename().string()},
      {"source_sha256", coop::sha256_file(file.path())}};
  if (!backbone.empty()) metadata.emplace("backbone", backbone);
  coop::write_safetensors(o.out, arrays, metadata);
  print(o.out + ": " + std::to_string(arrays.size()) + " tensors, " +
        (backbone.empty() ? "no known backbone" : backbone) + ", " + activation + "\n");
}

}  // namespace app
