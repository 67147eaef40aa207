// SPDX-License-Identifier: MIT
//
// Another device than the processor, which computes towers and learners while everything else of the program stays where
// it is. What it hands out is of the same types as the processor's (learning.hpp). Which device there can be is decided
// when the program is built: accelerator_none.cpp or accelerator_cuda.cu.
#ifndef COOP_COMMAND_LINE_ACCELERATOR_HPP
#define COOP_COMMAND_LINE_ACCELERATOR_HPP

#include "learning.hpp"
#include "towers.hpp"

#include <coop/device/precision.hpp>
#include <coop/prompt/tokenizer.hpp>

#include <memory>
#include <string>
#include <vector>

namespace app {

/// Computes towers and learners of any backbone, which is named as everywhere; so is the activation, which a ResNet's
/// image tower does not need. `host` is where features of texts and classifiers are given to.
class accelerator : public interface {
 public:
  /// What is in use, in words: "cuda, NVIDIA H200, tf32 products".
  [[nodiscard]] virtual std::string description() const = 0;
  [[nodiscard]] virtual std::unique_ptr<const image_tower> image(const std::string& backbone,
                                                                 const std::string& activation,
                                                                 const weights_archive& archive) const = 0;
  [[nodiscard]] virtual text_tower text(const device& host, const std::string& backbone,
                                        const std::string& activation,
                                        const weights_archive& archive) const = 0;
  [[nodiscard]] virtual std::unique_ptr<learner> learn(const device& host, const std::string& backbone,
                                                       const std::string& activation,
                                                       const weights_archive& archive,
                                                       const coop::tokenizer& words,
                                                       const std::vector<std::string>& names,
                                                       const prompt_description& how) const = 0;
};

/// The device of that name; nothing for "cpu". One that the program was built without is a choice_error, one that this
/// machine lacks a device_error.
std::shared_ptr<const accelerator> open_accelerator(const std::string& name, coop::precision products);

}  // namespace app

#endif
