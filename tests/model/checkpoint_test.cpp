// SPDX-License-Identifier: MIT
#include <coop/model/checkpoint.hpp>

#include <coop/device/devices.hpp>

#include "../support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <limits>
#include <string>

BOOST_AUTO_TEST_SUITE(checkpoint)

namespace {

auto says(const std::string& words) {
  return [words](const coop::error& e) { return std::string(e.what()).find(words) != std::string::npos; };
}

coop::context_record two_vectors() {
  return {.extents = {2, 3},
          .values = {0.1f, -0.2f, 3e-30f, 4, 5, 6},
          .context = "unified",
          .placement = "end",
          .class_names = {"cat", "dog"},
          .initialization = "a photo",
          .weights_sha256 = "abc",
          .epochs = 50};
}

coop::training_state after_three_epochs() {
  return {.epochs_done = 3,
          .optimizer = "sgd",
          .run = "digest",
          .extents = {2, 3},
          .parameters = {0.1f, -0.2f, 0.3f, 4, 5, 6},
          .memory = {12, {{"velocity", {1, 2, 3, 4, 5, 6e-20f}}}},
          .loss = 0.1,
          .accuracy = 200.0 / 3};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_context_comes_back_as_it_was_saved) {
  const temporary_folder folder;
  const std::string file = folder / "file.safetensors";
  auto specific = two_vectors();
  specific.extents = {2, 1, 3};
  specific.context = "class-specific";

  coop::save_context(file, two_vectors());
  BOOST_TEST((coop::load_context(file) == two_vectors()));
  coop::save_context(file, specific);
  const auto loaded = coop::load_context(file);

  BOOST_TEST((loaded == specific));
  BOOST_TEST(loaded.length() == 1);
  BOOST_TEST(loaded.width() == 3);
}

BOOST_AUTO_TEST_CASE(a_training_state_comes_back_as_it_was_saved) {
  const temporary_folder folder;
  const std::string file = folder / "file.safetensors";

  coop::save_state(file, after_three_epochs());

  BOOST_TEST((coop::load_state(file, "sgd", "digest") == after_three_epochs()));
}

BOOST_AUTO_TEST_CASE(a_state_restores_an_optimizer) {
  using cpu = coop::device::cpu;
  const temporary_folder folder;
  const std::string file = folder / "file.safetensors";
  coop::save_state(file, after_three_epochs());
  coop::sgd::state<cpu> state(coop::sgd{}, cpu{}, coop::shape<2>{2, 3});

  state.restore(coop::load_state(file, coop::sgd::name, "digest").memory);

  BOOST_TEST((state.save() == after_three_epochs().memory));
}

BOOST_AUTO_TEST_CASE(the_state_of_another_run_or_optimizer_is_refused) {
  const temporary_folder folder;
  const std::string file = folder / "file.safetensors";
  coop::save_state(file, after_three_epochs());

  BOOST_CHECK_EXCEPTION((void)coop::load_state(file, "adamw", "digest"), coop::io_error,
                        says("optimizer: expected 'adamw', got 'sgd'"));
  BOOST_CHECK_EXCEPTION((void)coop::load_state(file, "sgd", "other"), coop::io_error,
                        says("belongs to a run with other options or data"));
  BOOST_CHECK_EXCEPTION((void)coop::load_context(file), coop::io_error,
                        says("metadata 'format': expected 'coop context 1', got 'coop training state 1'"));
}

BOOST_AUTO_TEST_CASE(a_context_of_other_weights_or_of_pictures_prepared_otherwise_is_refused) {
  const temporary_folder folder;
  const std::string file = folder / "file.safetensors";
  auto record = two_vectors();
  record.weights_sha256 = "1234";
  record.preprocessing = "size 64";
  coop::save_context(file, record);

  BOOST_TEST((coop::load_context(file, {"1234", "size 64"}) == record));
  BOOST_CHECK_EXCEPTION((void)coop::load_context(file, {"5678", "size 64"}), coop::choice_error,
                        says("SHA-256 of the weights: expected '5678' as of what was asked for, got '1234'"));
  BOOST_CHECK_EXCEPTION((void)coop::load_context(file, {"1234", "size 32"}), coop::choice_error,
                        says("preprocessing: expected 'size 32' as of what was asked for, got 'size 64'"));
}

BOOST_AUTO_TEST_CASE(a_context_that_makes_no_sense_is_neither_written_nor_read) {
  const temporary_folder folder;
  const std::string file = folder / "file.safetensors";
  auto flat = two_vectors();
  flat.extents = {6};
  auto broken = two_vectors();
  broken.values[0] = std::numeric_limits<float>::infinity();
  auto other_classes = two_vectors();
  other_classes.extents = {3, 1, 2};

  BOOST_CHECK_EXCEPTION(coop::save_context(file, flat), coop::shape_error,
                        says("expected (M, W) or (C, M, W)"));
  BOOST_CHECK_EXCEPTION(coop::save_context(file, broken), coop::io_error, says("infinite or not numbers"));
  BOOST_TEST(!std::filesystem::exists(file));
  coop::save_context(file, other_classes);
  BOOST_CHECK_EXCEPTION((void)coop::load_context(file), coop::shape_error,
                        says("classes: expected 2 as there are names, got 3"));
}

BOOST_AUTO_TEST_SUITE_END()
