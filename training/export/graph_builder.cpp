#include "training/export/graph_builder.h"

#include "resonance/core/error.h"

#include <onnx/checker.h>

namespace resonance::training {
namespace {

constexpr int kIrVersion = 8;
constexpr int kOpset = 17;

void describe(onnx::ValueInfoProto& info, const std::string& name, const std::vector<std::int64_t>& shape,
              const std::vector<std::string>& free_names) {
  info.set_name(name);
  auto* type = info.mutable_type()->mutable_tensor_type();
  type->set_elem_type(onnx::TensorProto::FLOAT);
  std::size_t free = 0;
  for (const std::int64_t size : shape) {
    auto* dimension = type->mutable_shape()->add_dim();
    if (size < 0) {
      dimension->set_dim_param(free_names.at(free++));
    } else {
      dimension->set_dim_value(size);
    }
  }
}

}  // namespace

GraphBuilder::GraphBuilder(std::string graph_name) {
  model_.set_ir_version(kIrVersion);
  model_.set_producer_name("resonance");
  auto* opset = model_.add_opset_import();
  opset->set_domain("");
  opset->set_version(kOpset);
  model_.mutable_graph()->set_name(std::move(graph_name));
}

std::string GraphBuilder::fresh(const std::string& hint) {
  return scope_ + hint + "_" + std::to_string(next_++);
}

std::string GraphBuilder::input(const std::string& name, const std::vector<std::int64_t>& shape,
                                const std::vector<std::string>& free_names) {
  describe(*model_.mutable_graph()->add_input(), name, shape, free_names);
  return name;
}

void GraphBuilder::output(const std::string& name, const std::vector<std::int64_t>& shape,
                          const std::vector<std::string>& free_names) {
  describe(*model_.mutable_graph()->add_output(), name, shape, free_names);
}

std::string GraphBuilder::constant(const std::vector<float>& values, const std::vector<std::int64_t>& shape) {
  onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
  tensor.set_name(fresh("constant"));
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t size : shape) tensor.add_dims(size);
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  return tensor.name();
}

std::string GraphBuilder::integers(const std::vector<std::int64_t>& values) {
  onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
  tensor.set_name(fresh("integers"));
  tensor.set_data_type(onnx::TensorProto::INT64);
  tensor.add_dims(static_cast<std::int64_t>(values.size()));
  tensor.set_raw_data(values.data(), values.size() * sizeof(std::int64_t));
  return tensor.name();
}

std::string GraphBuilder::integer(std::int64_t value) {
  onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
  tensor.set_name(fresh("integer"));
  tensor.set_data_type(onnx::TensorProto::INT64);
  tensor.set_raw_data(&value, sizeof value);
  return tensor.name();
}

std::string GraphBuilder::node(const std::string& op, const std::vector<std::string>& inputs,
                               const std::vector<Attribute>& attributes, const std::string& name) {
  onnx::NodeProto& node = *model_.mutable_graph()->add_node();
  std::string result = name.empty() ? fresh(op) : name;
  node.set_op_type(op);
  node.set_name(result);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(result);
  for (const Attribute& attribute : attributes) {
    onnx::AttributeProto& proto = *node.add_attribute();
    proto.set_name(attribute.name);
    if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
      proto.set_type(onnx::AttributeProto::INT);
      proto.set_i(*integer);
    } else if (const auto* real = std::get_if<float>(&attribute.value)) {
      proto.set_type(onnx::AttributeProto::FLOAT);
      proto.set_f(*real);
    } else {
      proto.set_type(onnx::AttributeProto::INTS);
      for (const std::int64_t value : std::get<std::vector<std::int64_t>>(attribute.value))
        proto.add_ints(value);
    }
  }
  return result;
}

std::string GraphBuilder::concat(const std::vector<std::string>& parts, std::int64_t axis) {
  return node("Concat", parts, {{"axis", axis}});
}

std::string GraphBuilder::slice(const std::string& x, std::int64_t axis, std::int64_t first,
                                std::int64_t last) {
  return node("Slice", {x, integers({first}), integers({last}), integers({axis})});
}

std::string GraphBuilder::transpose(const std::string& x, const std::vector<std::int64_t>& order) {
  return node("Transpose", {x}, {{"perm", order}});
}

std::string GraphBuilder::unsqueeze(const std::string& x, std::int64_t axis) {
  return node("Unsqueeze", {x, integers({axis})});
}

std::string GraphBuilder::sum(const std::string& x, std::int64_t axis) {
  return node("ReduceSum", {x, integers({axis})}, {{"keepdims", std::int64_t{1}}});
}

std::string GraphBuilder::size_of(const std::string& x, std::int64_t axis) {
  return node("Gather", {node("Shape", {x}), integer(axis)}, {{"axis", std::int64_t{0}}});
}

std::string GraphBuilder::to_float(const std::string& x) {
  return node("Cast", {x}, {{"to", std::int64_t{onnx::TensorProto::FLOAT}}});
}

std::string GraphBuilder::range(const std::string& count) {
  return to_float(node("Range", {integer(0), count, integer(1)}));
}

std::string GraphBuilder::unit_length(const std::string& x, std::int64_t axis, float epsilon) {
  return divide(x, node("Sqrt", {add(sum(square(x), axis), constant(epsilon))}));
}

onnx::ModelProto GraphBuilder::finish(const std::vector<std::pair<std::string, std::string>>& metadata) {
  for (const auto& [key, value] : metadata) {
    onnx::StringStringEntryProto& entry = *model_.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
  try {
    onnx::checker::check_model(model_);
  } catch (const std::exception& problem) {
    throw Error(ErrorCode::internal, std::string("the exported graph is no valid ONNX: ") + problem.what());
  }
  return model_;
}

}  // namespace resonance::training
