// SPDX-License-Identifier: MIT
#include <coop/train/observer.hpp>

#include <boost/test/unit_test.hpp>

#include <sstream>

BOOST_AUTO_TEST_SUITE(observer)

namespace {

coop::batch_record step(coop::index_t epoch, coop::index_t batch, double loss, double accuracy) {
  return {.epoch = epoch,
          .epochs = 4,
          .batch = batch,
          .batches = 2,
          .loss = loss,
          .accuracy = accuracy,
          .rate = 0.1};
}

}  // namespace

BOOST_AUTO_TEST_CASE(progress_shows_bar_epoch_and_means_of_the_epoch) {
  std::ostringstream out;
  coop::print_progress progress(out, {.label = "", .width = 8, .redraw_seconds = 0, .line_seconds = 0});

  progress(step(0, 0, 2.0, 50.0));
  progress(step(0, 1, 1.0, 75.0));

  BOOST_TEST(out.str() ==
             "[#.......] epoch 1/4 loss 2.000 acc 50.0 eta -:--\n"
             "[##......] epoch 1/4 loss 1.500 acc 62.5 eta 0:00\n");
}

BOOST_AUTO_TEST_CASE(progress_on_a_terminal_redraws_in_place_and_ends_the_line_once) {
  std::ostringstream out;
  coop::print_progress progress(out, {.label = "birds", .width = 8, .redraw_seconds = 0, .line_seconds = 0},
                                true);

  for (coop::index_t epoch = 0; epoch < 4; ++epoch) {
    for (coop::index_t batch = 0; batch < 2; ++batch) progress(step(epoch, batch, 1.0, 100.0));
  }

  const std::string text = out.str();
  BOOST_TEST(text.substr(0, 17) == "\rbirds [#.......]");
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 1);
  BOOST_TEST(text.ends_with("[########] epoch 4/4 loss 1.000 acc 100.0 eta 0:00\x1b[K\n"));
}

BOOST_AUTO_TEST_CASE(progress_elsewhere_is_sparing_and_still_shows_the_end) {
  std::ostringstream out;
  coop::print_progress progress(out, {.width = 8, .line_seconds = 3600});

  for (coop::index_t epoch = 0; epoch < 4; ++epoch) {
    for (coop::index_t batch = 0; batch < 2; ++batch) progress(step(epoch, batch, 1.0, 100.0));
  }

  const std::string text = out.str();
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 2);  // the first and the last
  BOOST_TEST(text.find("epoch 4/4") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_progress_serves_several_runs) {
  std::ostringstream out;
  coop::print_progress progress(out, {.width = 8, .line_seconds = 3600});

  for (int run = 0; run < 2; ++run) {
    for (coop::index_t epoch = 0; epoch < 4; ++epoch) {
      for (coop::index_t batch = 0; batch < 2; ++batch) progress(step(epoch, batch, 1.0, 100.0));
    }
  }

  const std::string text = out.str();
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 4);
}

BOOST_AUTO_TEST_CASE(early_stop_waits_for_its_patience) {
  coop::early_stop stop(2, 0.1);
  const auto told = [&](double loss) { return stop(coop::epoch_record{.loss = loss}); };

  BOOST_TEST(told(1.0));
  BOOST_TEST(told(0.95));  // not enough: 1
  BOOST_TEST(told(0.8));   // better: starts again
  BOOST_TEST(told(0.8));
  BOOST_TEST(!told(0.75));
}

BOOST_AUTO_TEST_CASE(observers_hear_what_they_can_hear_and_all_hear_it) {
  int batches = 0;
  int epochs = 0;
  auto of_batches = [&](const coop::batch_record&) { ++batches; };
  auto refuses = [](const coop::batch_record&) { return false; };
  auto of_epochs = [&](const coop::epoch_record&) { ++epochs; };

  BOOST_TEST(!coop::detail::tell_all(coop::batch_record{}, refuses, of_batches, of_epochs));
  BOOST_TEST(coop::detail::tell_all(coop::epoch_record{}, refuses, of_batches, of_epochs));
  BOOST_TEST(batches == 1);
  BOOST_TEST(epochs == 1);
}

BOOST_AUTO_TEST_CASE(a_history_says_why_it_ended) {
  BOOST_TEST(coop::to_text(coop::history{}) == "all epochs done");
  BOOST_TEST(coop::to_text(coop::history{{}, coop::stop_reason::not_finite, 2, 6}) ==
             "loss is infinite or not a number at epoch 3, batch 7");
}

BOOST_AUTO_TEST_SUITE_END()
