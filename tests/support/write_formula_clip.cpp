// SPDX-License-Identifier: MIT
//
// Writes a CLIP of any known backbone with formula weights as a safetensors file with OpenAI's names: a model of real
// size for trying the command line, which has learnt nothing.
//
//   write_formula_clip ViT-B/16 vit-b16.safetensors          float16, as released files are
//   write_formula_clip RN50 rn50.safetensors float32
//
//   g++ -std=c++20 -O2 -I include -I tests tests/support/write_formula_clip.cpp -o write_formula_clip
#include "support/formula_weights.hpp"

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace {

template <coop::Backbone B>
void write(const std::string& path, bool half) {
  std::vector<coop::named_array> arrays;
  for (const auto& fact : coop::tests::tensors_of<B>()) {
    const auto values = coop::tests::formula_values(fact.name, fact.extents);
    arrays.push_back(half ? coop::to_array_f16(fact.name, fact.extents, values)
                          : coop::to_array(fact.name, fact.extents, values));
  }
  coop::write_safetensors(path, arrays,
                          {{"weights", "by formula"}, {"backbone", B::name}, {"activation", "quick_gelu"}});
  std::printf("%s: %zu tensors of %s\n", path.c_str(), arrays.size(), B::name);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string word = argc > 1 ? argv[1] : "";
  const std::string type = argc > 3 ? argv[3] : "float16";
  bool known = false;
  std::string names;
  coop::for_each_type(coop::backbone::all{}, [&]<class B>(coop::tag<B>) {
    names += std::string(names.empty() ? "" : ", ") + B::name;
    if (argc < 3 || word != B::name || (type != "float16" && type != "float32")) return;
    known = true;
    write<B>(argv[2], type == "float16");
  });
  if (known) return 0;
  std::fprintf(stderr, "usage: %s BACKBONE FILE [float16|float32]\nbackbones: %s\n", argv[0], names.c_str());
  return 2;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
