// SPDX-License-Identifier: MIT
#include <coop/prompt/templates.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

BOOST_AUTO_TEST_SUITE(templates)

namespace {

bool names_it(const coop::choice_error& failure, const std::string& part) {
  return std::string(failure.what()).find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_template_takes_the_name_in_place_of_its_braces) {
  BOOST_TEST(coop::fill("a photo of a {}.", "dog") == "a photo of a dog.");
  BOOST_TEST(coop::fill("{} texture.", "woven") == "woven texture.");
  BOOST_TEST(coop::fill("{}", "") == "");
}

BOOST_AUTO_TEST_CASE(underscores_of_names_become_blanks_and_those_of_templates_stay) {
  BOOST_TEST(coop::fill("a_b {}", "sea_lion_") == "a_b sea lion ");
}

BOOST_AUTO_TEST_CASE(braces_in_a_name_are_not_filled_again) {
  BOOST_TEST(coop::fill("a {}.", "{}") == "a {}.");
}

BOOST_AUTO_TEST_CASE(a_template_without_its_braces_or_with_several_is_an_error_that_shows_it) {
  BOOST_CHECK_EXCEPTION(coop::fill("a photo.", "dog"), coop::choice_error, [](const auto& failure) {
    return names_it(failure, "template 'a photo.': expected exactly one {} for the class name, got none");
  });
  BOOST_CHECK_EXCEPTION(coop::fill("{} and {}", "dog"), coop::choice_error,
                        [](const auto& failure) { return names_it(failure, "'{} and {}'"); });
}

BOOST_AUTO_TEST_CASE(data_sets_have_the_prompts_of_the_paper) {
  BOOST_TEST(coop::template_of("OxfordPets") == "a photo of a {}, a type of pet.");
  BOOST_TEST(coop::template_of("OxfordFlowers") == "a photo of a {}, a type of flower.");
  BOOST_TEST(coop::template_of("FGVCAircraft") == "a photo of a {}, a type of aircraft.");
  BOOST_TEST(coop::template_of("DescribableTextures") == "{} texture.");
  BOOST_TEST(coop::template_of("EuroSAT") == "a centered satellite photo of {}.");
  BOOST_TEST(coop::template_of("Food101") == "a photo of {}, a type of food.");
  BOOST_TEST(coop::template_of("UCF101") == "a photo of a person doing {}.");
  for (const auto* plain : {"StanfordCars", "SUN397", "Caltech101", "ImageNet", "ImageNetSketch",
                            "ImageNetV2", "ImageNetA", "ImageNetR"})
    BOOST_TEST(coop::template_of(plain) == "a photo of a {}.");
}

BOOST_AUTO_TEST_CASE(an_unknown_data_set_is_answered_with_the_known_ones) {
  BOOST_CHECK_EXCEPTION(coop::template_of("imagenet"), coop::choice_error, [](const auto& failure) {
    return names_it(failure, "unknown data set 'imagenet'") && names_it(failure, "Caltech101, OxfordPets");
  });
}

BOOST_AUTO_TEST_CASE(the_ensemble_is_seven_on_imagenet_and_eight_elsewhere) {
  BOOST_TEST(coop::ensemble_of("ImageNet").size() == 7u);
  BOOST_TEST(coop::ensemble_of("ImageNetV2").size() == 8u);
  BOOST_TEST(coop::ensemble_of("ImageNetV2").front() == "itap of a {}.");
  BOOST_TEST(coop::ensemble_of("EuroSAT").back() == "a centered satellite photo of {}.");
}

BOOST_AUTO_TEST_CASE(the_eighty_are_eighty_and_hold_the_selected_seven) {
  const auto forms = coop::eighty_templates();
  const std::set<std::string> different(forms.begin(), forms.end());

  BOOST_TEST(forms.size() == 80u);
  BOOST_TEST(different.size() == 80u);
  for (const auto selected : coop::selected_templates)
    BOOST_TEST(different.count(std::string(selected)) == 1u);
  for (const auto& form : forms) BOOST_TEST(coop::fill(form, "x").find("{}") == std::string::npos);
  for (const auto* one :
       {"a photo of the hard to see {}.", "a low resolution photo of the {}.", "graffiti of a {}.",
        "the plushie {}.", "the {} in a video game.", "itap of my {}.", "a photo of many {}."})
    BOOST_TEST(different.count(one) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
