// SPDX-License-Identifier: MIT
#include <coop/model/protocol.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

BOOST_AUTO_TEST_SUITE(protocol_)

using namespace coop;

namespace {

bool says(const choice_error& e, const std::string& text) {
  return std::string(e.what()).find(text) != std::string::npos;
}

}  // namespace

// Epochs by shots and data set: CoOp's scripts/coop/main.sh and its configs *_ep50, *_ep100.
BOOST_AUTO_TEST_CASE(few_shot_epochs_follow_the_shots_except_for_imagenet) {
  const protocol p = protocol_named("coop-fewshot");

  BOOST_TEST(p.epochs(1, "OxfordPets") == 50);
  BOOST_TEST(p.epochs(2, "OxfordPets") == 100);
  BOOST_TEST(p.epochs(4, "OxfordPets") == 100);
  BOOST_TEST(p.epochs(8, "OxfordPets") == 200);
  BOOST_TEST(p.epochs(16, "OxfordPets") == 200);
  BOOST_TEST(p.epochs(0, "OxfordPets") == 200);  // all pictures
  for (const index_t shots : {1, 2, 4, 8, 16}) BOOST_TEST(p.epochs(shots, "ImageNet") == 50);
}

BOOST_AUTO_TEST_CASE(identities_are_distinct_and_carry_the_version) {
  std::set<std::string> seen;
  for (const protocol& p : protocols()) {
    BOOST_TEST(p.identity() == p.name() + "/" + std::to_string(p.version()));
    BOOST_TEST(seen.insert(p.identity()).second);
  }
  BOOST_TEST(seen.size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_changed_choice_is_another_identity_in_one_spelling) {
  const protocol p = protocol_named("coop-fewshot");

  const protocol one = p.with("rate", "2e-3").with("batch", "16").with("augment", "views:4");
  const protocol two = p.with("augment", "none").with("augment", "views:4").with("batch", "16");

  BOOST_TEST(one.identity() == "coop-fewshot/1{augment=views:4,batch=16}");  // the rate is what it was
  BOOST_TEST(two.identity() == one.identity());
  BOOST_TEST(p.with("rate", "0.00100").identity() == "coop-fewshot/1{rate=0.001}");
  BOOST_TEST(one.made().batch == 16);
  BOOST_TEST(p.made().batch == 32);
  BOOST_TEST(two.with("augment", "paper").with("batch", "32").identity() == p.identity());
  BOOST_CHECK_EXCEPTION(static_cast<void>(p.with("rate", "inf")), choice_error, [](const choice_error& e) {
    return std::string(e.what()) == "coop: protocol: rate: expected a number above 0, got 'inf'";
  });
}

BOOST_AUTO_TEST_CASE(changed_epochs_hold_for_all_shots_and_data_sets) {
  const protocol p = protocol_named("coop-fewshot").with("epochs", "7");

  BOOST_TEST(p.epochs(1, "OxfordPets") == 7);
  BOOST_TEST(p.epochs(16, "ImageNet") == 7);
  BOOST_TEST(p.identity() == "coop-fewshot/1{epochs=7}");
}

BOOST_AUTO_TEST_CASE(unknown_names_choices_and_words_are_refused_with_the_known_ones) {
  const protocol p = protocol_named("coop-shift");
  const auto expect = [](const auto& action, const std::string& text) {
    BOOST_CHECK_EXCEPTION(action(), choice_error, [&](const choice_error& e) { return says(e, text); });
  };

  expect(
      [] { return protocol_named("coop"); },
      "unknown protocol 'coop'; known: coop-fewshot, coop-shift, cocoop-base-to-new, cocoop-cross-dataset");
  expect([&] { return p.with("colour", "red"); }, "unknown choice 'colour'; known: augment, epochs");
  expect([&] { return p.with("augment", "views:"); }, "augment: expected a number above 0, got ''");
  expect([&] { return p.with("augment", "views:0"); }, "augment: expected a number above 0, got '0'");
  expect([&] { return p.with("augment", "strong"); },
         "augment: unknown 'strong'; known: paper, none, views:K");
  expect([&] { return p.with("batch", "32x"); }, "batch: expected a number above 0, got '32x'");
  expect([&] { return p.with("schedule", "step"); }, "schedule: unknown 'step'; known: paper, constant");
}

BOOST_AUTO_TEST_CASE(a_description_names_what_a_reader_must_know) {
  const std::string text = describe(protocol_named("cocoop-base-to-new").with("augment", "none"));

  for (const std::string part :
       {"cocoop-base-to-new/1{augment=none}", "first half of the classes", "classes left out", "batch 32",
        "rate 0.002", "50 up to 1 shot", "ImageNet 50", "augment none"}) {
    BOOST_TEST(text.find(part) != std::string::npos, part);
  }
}

BOOST_AUTO_TEST_SUITE_END()
