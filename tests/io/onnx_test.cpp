// SPDX-License-Identifier: MIT
//
// A file against bytes laid out by hand after onnx.proto, and against another reader of protocol buffers. ONNX's
// own checker and ONNX Runtime have read tests/data/exports/classifier.onnx (check_exports.py).
#include <coop/io/onnx.hpp>

#include "support/protobuf_fields.hpp"
#include "support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(onnx)

namespace {

using coop::view;
using matrix = view<const float, 2>;

std::string written(const coop::onnx_classifier& classifier) {
  const temporary_folder folder;
  coop::write_onnx(folder / "f.onnx", classifier);
  return coop::read_file(folder / "f.onnx");
}

/// A field of bytes shorter than 128.
std::string field(int number, const std::string& bytes) {
  return std::string{char(number << 3 | 2), char(bytes.size())} + bytes;
}
/// A field of a number below 128.
std::string field(int number, int value) { return {char(number << 3), char(value)}; }

/// The graph, which is field 7 of the model.
std::string graph_of(const std::string& model) { return bytes_of(model, 7).at(0); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_small_model_has_the_bytes_of_the_format) {
  const std::vector<float> one{1.0f};
  const std::string transposed = field(1, "transB") + field(3, 1) + std::string("\xa0\x01\x02");  // field 20
  const std::string node = field(1, "features") + field(1, "weights") + field(2, "logits") +
                           field(3, "similarities") + field(4, "Gemm") + field(5, transposed);
  const std::string weights = field(1, 1) + field(1, 1) + field(2, 1) + field(8, "weights") +
                              field(9, std::string("\0\0\x80\x3f", 4));
  const std::string shape = field(1, field(2, "N")) + field(1, field(1, 1));
  const std::string type = field(2, field(1, field(1, 1) + field(2, shape)));
  const std::string input = field(1, "features") + type + field(3, "features (N, E), float32: unit");
  const std::string output = field(1, "logits") + type;
  const std::string graph =
      field(1, node) + field(2, "classifier") + field(5, weights) + field(11, input) + field(12, output);
  const std::string long_graph =
      std::string{0x3a, char((graph.size() & 0x7f) | 0x80), char(graph.size() >> 7)} + graph;
  const std::string model = field(1, 7) + field(2, "coop") +
                            field(6, "logits (N, C) = features weights'; features (N, E), float32: unit") +
                            long_graph + field(8, field(1, "") + field(2, 13)) +
                            field(14, field(1, "k") + field(2, "v"));

  BOOST_TEST(graph.size() > 127u);
  BOOST_TEST((written({matrix(one.data(), {1, 1}), "unit", {{"k", "v"}}}) == model));
}

BOOST_AUTO_TEST_CASE(weights_are_dense_rows_whatever_the_view) {
  const std::vector<float> numbers{1, 2, 3, 4, 5, 6};
  const std::string graph = graph_of(written({matrix(numbers.data(), {2, 3}).slice_columns(1, 3)}));

  const auto weights = protobuf_fields(bytes_of(graph, 5).at(0));
  std::vector<float> read(4);

  BOOST_TEST(weights.at(0).number == 2u);
  BOOST_TEST(weights.at(1).number == 2u);
  BOOST_TEST(weights.at(4).bytes.size() == sizeof(float) * read.size());
  std::memcpy(read.data(), weights.at(4).bytes.data(), weights.at(4).bytes.size());
  BOOST_TEST(read == (std::vector<float>{2, 3, 5, 6}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(extents_beyond_a_byte_are_read_back) {
  const std::vector<float> numbers(300 * 130, 0.5f);
  const std::string graph = graph_of(written({matrix(numbers.data(), {300, 130})}));
  const auto columns = [&](std::uint64_t field) {
    const std::string tensor = bytes_of(bytes_of(bytes_of(graph, field).at(0), 2).at(0), 1).at(0);
    return protobuf_fields(bytes_of(bytes_of(tensor, 2).at(0), 1).at(1)).at(0).number;
  };

  BOOST_TEST(columns(11) == 130u);
  BOOST_TEST(columns(12) == 300u);
  BOOST_TEST(protobuf_fields(bytes_of(graph, 5).at(0)).at(0).number == 300u);
}

BOOST_AUTO_TEST_CASE(metadata_are_sorted_by_key) {
  const std::vector<float> one{1.0f};
  const auto entries =
      bytes_of(written({matrix(one.data(), {1, 1}), "unit", {{"scale", "2"}, {"class_names", "[]"}}}), 14);

  BOOST_TEST(entries.size() == 2u);
  BOOST_TEST(bytes_of(entries[0], 1).at(0) == "class_names");
  BOOST_TEST(bytes_of(entries[1], 2).at(0) == "2");
}

BOOST_AUTO_TEST_CASE(no_weights_are_refused) {
  const temporary_folder folder;

  BOOST_CHECK_EXCEPTION(coop::write_onnx(folder / "f", {}), coop::shape_error, [](const coop::error& e) {
    return std::string(e.what()).ends_with("f: weights: expected a matrix (classes, width), got (0, 0)");
  });
  BOOST_TEST(folder.size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
