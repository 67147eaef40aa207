// SPDX-License-Identifier: MIT
//
// A user's first program: a frozen CLIP learns the names of twelve things from four pictures of each.
#include <coop/coop.hpp>
#include <coop/data/drawn.hpp>

#include <cstdio>
#include <string>

using namespace coop;

#ifdef WITH_CUDA  // tests/consume/cuda/gpu.cu
void say_which_gpu();
std::string description_by_nvcc();
#endif

int main(int, char** argv) try {
  const std::string models = argv[1];
  const device::cpu cpu;
#ifdef WITH_CUDA
  say_which_gpu();
  if (description_by_nvcc() != cpu.description())
    throw error("two compilers, two processors: " + description_by_nvcc());
#endif
  const auto net = load_clip<backbone::mini_vit>(cpu, models + "/mini-vit.safetensors");  // two frozen towers
  const auto words = load_tokenizer(models + "/mini-vocab.txt");
  const auto data = few_shot(drawn_dataset(drawn_task_named("objects")), {.shots = 4, .seed = 1});

  // names become features
  prompt_learner learner(net.text(), words, data.class_names, unified_end{.length = 4});

  // pictures become features
  auto train = encode(net.image(), data.train, no_decoder{}, net.preprocessing()).features;
  auto test = encode(net.image(), data.test, no_decoder{}, net.preprocessing()).features;
  test.class_names = data.class_names;

  // they meet once, in the loss
  cached_features source(cpu, train, {.size = 32, .seed = 1});
  fit(learner, source, sgd{.momentum = 0.9f, .weight_decay = 5e-4f}, warmup<cosine>{.then = {.epochs = 10}});

  const double accuracy = evaluate(learner.classifier(), test).accuracy;
  std::printf("coop %s: %.1f %%\n", version, accuracy);
  return accuracy > 100.0 / double(data.class_names.size()) ? 0 : 1;  // better than a guess
} catch (const error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
