// SPDX-License-Identifier: MIT
//
// Checkpoints of full size that PyTorch, safetensors and their friends wrote (make_golden.py --files) against the
// formula weights they were filled with, rounded where the file holds float16: every tensor bit for bit, and the
// features of both towers. And what loading costs.
//
//   compare_files FOLDER        each file of the folder
//   compare_files --load FILE   a ViT-B/16 alone: seconds, and peak memory of this process
//
//   g++ -std=c++20 -O2 -I include -I tests -isystem /usr/include/eigen3 tests/support/compare_files.cpp
//       -o compare_files -ljpeg -lpng -lz
#include <coop/clip/clip.hpp>
#include <coop/device/cpu.hpp>
#include <coop/io/any_archive.hpp>
#include <coop/io/half.hpp>

#include "support/formula_weights.hpp"
#include "support/numeric.hpp"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace coop;
using vit = backbone::vit_b16;

/// Formula weights with the element types of a file: what it holds as float16 is rounded.
template <class Archive>
class formula_as {
 public:
  explicit formula_as(const Archive& types) : types_(&types) {}

  [[nodiscard]] const std::string& path() const { return types_->path(); }
  [[nodiscard]] const std::vector<archive_entry>& entries() const { return types_->entries(); }
  [[nodiscard]] const auto& metadata() const { return types_->metadata(); }
  [[nodiscard]] bool contains(std::string_view name) const { return types_->contains(name); }
  [[nodiscard]] const archive_entry& entry(std::string_view name) const { return types_->entry(name); }
  [[nodiscard]] std::vector<float> read(std::string_view name,
                                        const std::vector<std::int64_t>& extents) const {
    auto values = tests::formula_values(name, extents);
    if (entry(name).type == element_type::f16) {
      for (float& value : values) value = float_from_half(half_from_float(value));
    }
    return values;
  }
  [[nodiscard]] std::vector<float> read(std::string_view name) const {
    return read(name, entry(name).extents);
  }

 private:
  const Archive* types_;
};

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Features of two pictures and of three prompts.
template <Backbone B, class Archive>
std::vector<float> features(const Archive& weights) {
  const device::cpu device(1);
  const clip<B, device::cpu, nn::quick_gelu> model(device, weights, nn::direction::forward_only);
  const auto pixels = tests::formula_pictures(2, 224);
  std::vector<float> all(2 * std::size_t(B::embed));
  model.image().encode(view<const float, 4>{pixels.data(), shape<4>{2, 224, 224, 3}},
                       view<float, 2>{all.data(), shape<2>{2, B::embed}});
  const std::vector<std::vector<std::int32_t>> prompts{
      {49406, 320, 1125, 539, 49407}, {49406, 320, 2368, 269, 518, 49407}, {49406, 343, 1929, 269, 49407}};
  const auto text = model.text().encode(prompts);
  const auto host = to_host(device, text.view());
  all.insert(all.end(), host.begin(), host.end());
  return all;
}

/// One line of the table; throws when a tensor or a feature differs.
template <Backbone B>
void compare(const std::string& path) {
  const any_archive file = open_archive(path);
  const openai_names<any_archive> names(file);
  const formula_as formula(names);
  std::size_t halves = 0;
  std::size_t different = 0;
  const auto facts = tests::tensors_of<B>();
  for (const auto& fact : facts) {
    halves += names.entry(fact.name).type == element_type::f16 ? 1 : 0;
    const auto found = names.read(fact.name);
    const auto expected = formula.read(fact.name, fact.extents);
    const bool same = found.size() == expected.size() &&
                      std::memcmp(found.data(), expected.data(), found.size() * sizeof(float)) == 0;
    different += same ? 0 : 1;
  }
  const double apart = tests::relative_difference(features<B>(names), features<B>(formula));
  std::printf("%-30s %-12s %-29s %zu tensors, %zu of float16, %zu different; features %.1e apart\n",
              std::filesystem::path(path).filename().c_str(), B::name, std::string(file.format()).c_str(),
              facts.size(), halves, different, apart);
  if (different != 0 || !(apart == 0)) throw std::runtime_error(path + ": not the weights that were saved");
}

/// CoOp's checkpoint: the context is the one that was saved beside it.
void compare_context(const std::filesystem::path& folder) {
  const any_archive file = open_archive((folder / "model.pth.tar-50").string());
  const safetensors beside((folder / "context_of_checkpoint.safetensors").string());
  const double apart = tests::relative_difference(file.read("ctx"), beside.read("ctx"));
  std::printf("%-30s CoOp         %-29s epoch %s; context %.1e apart\n", "model.pth.tar-50",
              std::string(file.format()).c_str(), file.metadata().at("epoch").c_str(), apart);
  if (!(apart == 0)) throw std::runtime_error("not the context that was saved");
}

/// A plain read of all bytes and one pass that widens every number, with the library's own conversion.
double plain_seconds(const std::string& path, const any_archive& file) {
  const double begin = seconds();
  std::ifstream stream(path, std::ios::binary);
  std::vector<char> bytes(std::filesystem::file_size(path));
  stream.read(bytes.data(), std::streamsize(bytes.size()));
  std::span<const std::byte> rest = std::as_bytes(std::span(bytes));
  std::vector<std::vector<float>> all;
  for (const auto& entry : file.entries()) {
    if (entry.type != element_type::f16 && entry.type != element_type::f32) continue;
    all.push_back(detail::as_floats(rest.first(coop::bytes(entry)), entry.type, path));
    rest = rest.subspan(coop::bytes(entry));
  }
  return seconds() - begin;
}

double peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return 1024.0 * std::stod(line.substr(6));
  }
  throw std::runtime_error("/proc/self/status has no VmHWM");
}

/// Peak memory first, since it only grows; then the best of three of each.
void load(const std::string& path) {
  const device::cpu device(1);
  const auto both = [&] {
    const double begin = seconds();
    const auto model = load_clip<vit, nn::quick_gelu>(device, path, nn::direction::forward_only);
    return seconds() - begin;
  };
  double loading = both();
  const double peak = peak_bytes();
  const any_archive file = open_archive(path);
  double plain = plain_seconds(path, file);
  double reading = HUGE_VAL;
  for (int i = 0; i < 3; ++i) {
    loading = std::min(loading, both());
    plain = std::min(plain, plain_seconds(path, file));
    const double begin = seconds();
    std::vector<std::vector<float>> all;
    const any_archive again = open_archive(path);
    for (const auto& fact : tests::tensors_of<vit>()) all.push_back(again.read(fact.name));
    reading = std::min(reading, seconds() - begin);
  }
  const double weights = 4.0 * double(parameters<vit>());
  std::printf(
      "plain read and widening %.3f s; all tensors read %.3f s, ratio %.2f; model loaded %.3f s, ratio "
      "%.2f\n",
      plain, reading, reading / plain, loading, loading / plain);
  std::printf("peak memory %.0f MB, weights as float32 %.0f MB, ratio %.2f\n", peak / 1e6, weights / 1e6,
              peak / weights);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 3 && std::string(argv[1]) == "--load") {
    load(argv[2]);
    return 0;
  }
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER | --load FILE\n", argv[0]);
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  compare<backbone::rn50>((folder / "RN50.pt").string());
  for (const char* name : {"ViT-B-16.pt", "ViT-B-16.legacy.pth", "hugging_face.safetensors",
                           "open_clip.safetensors", "open_clip_custom.safetensors"}) {
    compare<vit>((folder / name).string());
  }
  compare_context(folder);
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
