// SPDX-License-Identifier: MIT
//
// A linear classifier as an ONNX file: one Gemm node, features (N, E) in, logits (N, C) out, N left open. An
// ONNX file is one message of protocol buffers, and this one needs two kinds of fields of that encoding
// (onnx.proto has their numbers); twenty lines write them. The protobuf package would cost every user a
// compiler of its own, generated sources and a library that two programs rarely have in the same version.
#ifndef COOP_IO_ONNX_HPP
#define COOP_IO_ONNX_HPP

#include <coop/io/atomic_file.hpp>
#include <coop/tensor/view.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace coop {

/// logits = features weights'. A Gemm cannot make features unit vectors, so what `features` have to be is said
/// in the doc string, which the file shows in its model and at its input.
struct onnx_classifier {
  view<const float, 2> weights;                      // (C, E), rows dense
  std::string features_are = {};                     // "unit image features of ..."
  std::map<std::string, std::string> metadata = {};  // into metadata_props, sorted by key
};

namespace detail {

/// A message of protocol buffers: fields by number, each a varint or bytes behind their length.
class protobuf_message {
 public:
  void integer(int field, std::uint64_t value) {
    varint(std::uint64_t(field) << 3);
    varint(value);
  }
  void bytes(int field, std::string_view value) {
    varint(std::uint64_t(field) << 3 | 2);
    varint(value.size());
    bytes_ += value;
  }
  void message(int field, const protobuf_message& value) { bytes(field, value.bytes_); }

  [[nodiscard]] const std::string& text() const { return bytes_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

constexpr std::uint64_t onnx_float = 1;  // TensorProto.FLOAT

/// ValueInfoProto of a float matrix (N, columns).
inline protobuf_message onnx_matrix(std::string_view name, index_t columns, std::string_view doc) {
  protobuf_message open;
  open.bytes(2, "N");  // dim_param
  protobuf_message known;
  known.integer(1, std::uint64_t(columns));  // dim_value
  protobuf_message shape;
  shape.message(1, open);
  shape.message(1, known);
  protobuf_message tensor;
  tensor.integer(1, onnx_float);
  tensor.message(2, shape);
  protobuf_message type;
  type.message(1, tensor);
  protobuf_message info;
  info.bytes(1, name);
  info.message(2, type);
  if (!doc.empty()) info.bytes(3, doc);
  return info;
}

/// TensorProto of a float matrix.
inline protobuf_message onnx_weights(std::string_view name, view<const float, 2> matrix) {
  std::string raw;
  raw.reserve(matrix.size() * sizeof(float));
  for (index_t i = 0; i < matrix.rows(); ++i) {
    const auto row = std::as_bytes(std::span(matrix.row(i), std::size_t(matrix.columns())));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
    raw.append(reinterpret_cast<const char*>(row.data()), row.size());
  }
  protobuf_message tensor;
  tensor.integer(1, std::uint64_t(matrix.rows()));
  tensor.integer(1, std::uint64_t(matrix.columns()));
  tensor.integer(2, onnx_float);
  tensor.bytes(8, name);
  tensor.bytes(9, raw);
  return tensor;
}

/// NodeProto: logits = features weights'. Gemm has had an optional third input since operator set 11.
inline protobuf_message onnx_gemm() {
  protobuf_message transposed;
  transposed.bytes(1, "transB");
  transposed.integer(3, 1);
  transposed.integer(20, 2);  // AttributeProto.INT
  protobuf_message node;
  node.bytes(1, "features");
  node.bytes(1, "weights");
  node.bytes(2, "logits");
  node.bytes(3, "similarities");
  node.bytes(4, "Gemm");
  node.message(5, transposed);
  return node;
}

}  // namespace detail

/// Writes a classifier to `path`, all or nothing; the same content gives the same bytes. IR version 7 and operator
/// set 13, of ONNX 1.8 (2020), which later readers read. 2 GiB and more are an io_error: protocol buffers end
/// there.
inline void write_onnx(const std::string& path, const onnx_classifier& classifier) {
  const view<const float, 2> weights = classifier.weights;
  check<shape_error>(weights.rows() > 0 && weights.columns() > 0, [&] {
    return path + ": weights: expected a matrix (classes, width), got (" + std::to_string(weights.rows()) +
           ", " + std::to_string(weights.columns()) + ")";
  });
  const std::string input = "features (N, E), float32: " + classifier.features_are;

  detail::protobuf_message graph;
  graph.message(1, detail::onnx_gemm());
  graph.bytes(2, "classifier");
  graph.message(5, detail::onnx_weights("weights", weights));
  graph.message(11, detail::onnx_matrix("features", weights.columns(), input));
  graph.message(12, detail::onnx_matrix("logits", weights.rows(), ""));

  detail::protobuf_message operators;
  operators.bytes(1, "");  // the standard's own
  operators.integer(2, 13);

  detail::protobuf_message model;
  model.integer(1, 7);  // IR version
  model.bytes(2, "coop");
  model.bytes(6, "logits (N, C) = features weights'; " + input);
  model.message(7, graph);
  model.message(8, operators);
  for (const auto& [key, value] : classifier.metadata) {
    detail::protobuf_message entry;
    entry.bytes(1, key);
    entry.bytes(2, value);
    model.message(14, entry);
  }
  constexpr std::size_t most = std::numeric_limits<std::int32_t>::max();
  check<io_error>(model.text().size() <= most, [&] {
    return path + ": too large for an ONNX file: expected at most " + std::to_string(most) + " bytes, got " +
           std::to_string(model.text().size());
  });
  write_file(path, model.text());
}

}  // namespace coop

#endif
