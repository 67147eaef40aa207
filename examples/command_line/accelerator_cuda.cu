// SPDX-License-Identifier: MIT
//
// The devices of a program that was built with CUDA.
#include "accelerator_cuda.hpp"
#include "data.hpp"

#include <coop/device/devices.hpp>

namespace app {

namespace {

class cuda_accelerator final : public accelerator {
 public:
  explicit cuda_accelerator(coop::precision products) : gpu_(coop::cuda_options{.products = products}) {}

  [[nodiscard]] std::string description() const override { return gpu_.description(); }
  [[nodiscard]] std::unique_ptr<const image_tower> image(const std::string& backbone,
                                                         const std::string& activation,
                                                         const weights_archive& archive) const override {
    return std::make_unique<const hosted_image<coop::device::cuda, picture_source>>(
        cuda_image(gpu_, backbone, activation, archive));
  }
  [[nodiscard]] text_tower text(const device& host, const std::string& backbone,
                                const std::string& activation,
                                const weights_archive& archive) const override {
    return cuda_text(gpu_, host, backbone, activation, archive);
  }
  [[nodiscard]] std::unique_ptr<learner> learn(const device& host, const std::string& backbone,
                                               const std::string& activation, const weights_archive& archive,
                                               const coop::tokenizer& words,
                                               const std::vector<std::string>& names,
                                               const prompt_description& how) const override {
    return std::make_unique<hosted_learner<coop::device::cuda>>(
        host, cuda_learner(gpu_, backbone, activation, archive, words, names, how));
  }

 private:
  coop::device::cuda gpu_;
};

}  // namespace

std::shared_ptr<const accelerator> open_accelerator(const std::string& name, coop::precision products) {
  using chosen = std::shared_ptr<const accelerator>;
  return coop::dispatch(
      [&]<class D>() -> chosen {
        if constexpr (std::is_same_v<D, coop::device::cuda>) {
          return std::make_shared<const cuda_accelerator>(products);
        } else {
          return nullptr;
        }
      },
      coop::choose(coop::device::all{}, "device", name));
}

}  // namespace app
