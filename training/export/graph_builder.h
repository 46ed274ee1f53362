#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <onnx/onnx_pb.h>

namespace resonance::training {

/// An attribute of a node.
struct Attribute {
  std::string name;
  std::variant<std::int64_t, float, std::vector<std::int64_t>> value;
};

/// Writes an ONNX graph node by node; every method returns the name of the value it makes. Opset 17.
class GraphBuilder {
 public:
  explicit GraphBuilder(std::string graph_name);

  /// What names made up from now on begin with, e.g. "timbre.".
  void scope(std::string prefix) { scope_ = std::move(prefix); }

  /// A dimension below zero is free; free dimensions are called by `free_names`, in order.
  std::string input(const std::string& name, const std::vector<std::int64_t>& shape,
                    const std::vector<std::string>& free_names);
  void output(const std::string& name, const std::vector<std::int64_t>& shape,
              const std::vector<std::string>& free_names);

  std::string constant(const std::vector<float>& values, const std::vector<std::int64_t>& shape);
  std::string constant(float value) { return constant(std::vector<float>{value}, {}); }
  std::string integers(const std::vector<std::int64_t>& values);
  std::string integer(std::int64_t value);

  /// One output. @param name  of the result; made up where empty
  std::string node(const std::string& op, const std::vector<std::string>& inputs,
                   const std::vector<Attribute>& attributes = {}, const std::string& name = {});

  std::string add(const std::string& a, const std::string& b) { return node("Add", {a, b}); }
  std::string subtract(const std::string& a, const std::string& b) { return node("Sub", {a, b}); }
  std::string multiply(const std::string& a, const std::string& b) { return node("Mul", {a, b}); }
  std::string divide(const std::string& a, const std::string& b) { return node("Div", {a, b}); }
  std::string square(const std::string& x) { return node("Mul", {x, x}); }
  std::string relu(const std::string& x) { return node("Relu", {x}); }
  std::string concat(const std::vector<std::string>& parts, std::int64_t axis);
  std::string slice(const std::string& x, std::int64_t axis, std::int64_t first, std::int64_t last);
  std::string transpose(const std::string& x, const std::vector<std::int64_t>& order);
  std::string unsqueeze(const std::string& x, std::int64_t axis);
  /// Sum over one axis, which stays with size 1.
  std::string sum(const std::string& x, std::int64_t axis);
  /// Size of one dimension, a scalar int64.
  std::string size_of(const std::string& x, std::int64_t axis);
  std::string to_float(const std::string& x);
  /// 0, 1 ... count - 1 as floats. @param count  a scalar int64
  std::string range(const std::string& count);
  std::string unit_length(const std::string& x, std::int64_t axis, float epsilon);

  /// The finished model with its metadata, in the given order. @throws Error(internal) if ONNX's checker
  /// objects
  onnx::ModelProto finish(const std::vector<std::pair<std::string, std::string>>& metadata);

 private:
  std::string fresh(const std::string& hint);

  onnx::ModelProto model_;
  std::string scope_;
  int next_ = 0;
};

}  // namespace resonance::training
