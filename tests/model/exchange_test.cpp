// SPDX-License-Identifier: MIT
//
// A classifier as .npy and ONNX. The files in tests/data/exports are what other programs have read (tests/io/
// check_exports.py): NumPy the features, ONNX Runtime the Gemm, whose logits must be those in logits.npy.
#include <coop/model/exchange.hpp>

#include <coop/device/devices.hpp>

#include "../support/golden_export.hpp"
#include "../support/protobuf_fields.hpp"
#include "../support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(exchange)

namespace {

using coop::index_t;
using coop::shape;
using coop::view;
using cpu = coop::device::cpu;

coop::classifier<cpu> three_classes() {
  const std::vector<float> text{0.6f, 0.8f, 0, 0, 0, 0.6f, 0.8f, 0, 0, 0, 0, 1};
  return coop::classifier<cpu>(cpu{}, view<const float, 2>{text.data(), shape<2>{3, 4}},
                               {.scale = 12.3f,
                                .class_names = {"cat", "dog \"of\" many", "Straße"},
                                .preprocessing = "size 8",
                                .weights_sha256 = "abc",
                                .method = "CoOp unified end M=4"});
}

/// Features (5, 4), none of length 1.
std::vector<float> five_features() {
  std::vector<float> features(20);
  for (std::size_t i = 0; i < features.size(); ++i) features[i] = float((7 * i + 3) % 11) / 4 - 1.25f;
  return features;
}

std::vector<float> logits_of(const coop::classifier<cpu>& c, const std::vector<float>& features) {
  const auto rows = index_t(features.size()) / c.width();
  std::vector<float> out(std::size_t(rows) * std::size_t(c.classes()));
  c.logits(view<const float, 2>{features.data(), shape<2>{rows, c.width()}},
           view<float, 2>{out.data(), shape<2>{rows, c.classes()}});
  return out;
}

/// The bytes of the file that `save` writes.
template <class Save>
std::string saved(const Save& save) {
  const temporary_folder folder;
  save(folder / "f");
  return coop::read_file(folder / "f");
}

std::string onnx_file() {
  return saved([](const std::string& path) { coop::save_onnx(three_classes(), path); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_npy_file_holds_the_unit_text_features) {
  const temporary_folder folder;
  const auto c = three_classes();

  coop::save_npy(c, folder / "f.npy");
  const auto read = coop::read_npy(folder / "f.npy");

  BOOST_TEST(read.extents == (std::vector<std::int64_t>{3, 4}), boost::test_tools::per_element());
  BOOST_TEST(read.floats() == coop::to_host(cpu{}, c.text()), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_gemm_gives_the_classifiers_logits_of_unit_features) {
  const auto c = three_classes();
  const auto features = five_features();
  const auto expected = logits_of(c, features);
  const std::string raw = bytes_of(bytes_of(bytes_of(onnx_file(), 7).at(0), 5).at(0), 9).at(0);
  std::vector<float> weights(12);
  BOOST_TEST_REQUIRE(raw.size() == sizeof(float) * weights.size());
  std::memcpy(weights.data(), raw.data(), raw.size());

  for (std::size_t row = 0; row < 5; ++row) {
    const float* f = features.data() + 4 * row;
    const double length = std::sqrt(double(f[0] * f[0] + f[1] * f[1] + f[2] * f[2] + f[3] * f[3]));
    for (std::size_t k = 0; k < 3; ++k) {
      double z = 0;
      for (std::size_t i = 0; i < 4; ++i) z += f[i] / length * double(weights[4 * k + i]);
      BOOST_TEST(std::abs(z - double(expected[3 * row + k])) < 1e-5);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_facts_are_in_the_models_metadata) {
  std::map<std::string, std::string> metadata;
  for (const std::string& entry : bytes_of(onnx_file(), 14))
    metadata[bytes_of(entry, 1).at(0)] = bytes_of(entry, 2).at(0);

  BOOST_TEST(metadata.size() == 5u);
  BOOST_TEST(metadata["class_names"] == R"(["cat","dog \"of\" many","Straße"])");
  BOOST_TEST(metadata["scale"] == "12.3");
  BOOST_TEST(metadata["preprocessing"] == "size 8");
  BOOST_TEST(metadata["weights_sha256"] == "abc");
  BOOST_TEST(metadata["method"] == "CoOp unified end M=4");
}

BOOST_AUTO_TEST_CASE(the_doc_string_says_that_features_are_unit_vectors) {
  BOOST_TEST(bytes_of(onnx_file(), 6).at(0) ==
             "logits (N, C) = features weights'; features (N, E), float32: image features divided by their "
             "length; the weights are 12.3 times unit text features");
}

BOOST_AUTO_TEST_CASE(the_files_that_other_programs_have_read_are_written_byte_for_byte) {
  const std::string npy = saved([](const std::string& path) { coop::save_npy(three_classes(), path); });
  const std::string features = saved([](const std::string& path) {
    coop::write_npy(path, {5, 4}, std::span<const float>(five_features()));
  });

  BOOST_TEST((npy == golden_export("classifier.npy", npy)));
  BOOST_TEST((features == golden_export("features.npy", features)));
  BOOST_TEST((onnx_file() == golden_export("classifier.onnx", onnx_file())));
}

BOOST_AUTO_TEST_CASE(the_logits_that_onnx_runtime_was_compared_with_are_these) {
  const auto logits = logits_of(three_classes(), five_features());
  const std::string today = saved([&](const std::string& path) {
    coop::write_npy(path, {5, 3}, std::span<const float>(logits));
  });
  static_cast<void>(golden_export("logits.npy", today));

  const auto expected = coop::read_npy("tests/data/exports/logits.npy").floats();

  BOOST_TEST_REQUIRE(expected.size() == logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i) BOOST_TEST(std::abs(logits[i] - expected[i]) < 1e-5f);
}

BOOST_AUTO_TEST_SUITE_END()
