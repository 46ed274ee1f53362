#include "training/export/quantise.h"

#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <onnx/checker.h>

#include "training/export/network_export.h"

namespace resonance::training {
namespace {

constexpr float kLargestWeight = 63;  // 7 bits
constexpr float kLevels = 255;
constexpr double kTrimmed = 1e-5;  // of a tensor's values at either end count as outliers

struct Range {
  float low = 0;
  float high = 0;
};

const onnx::TensorProto* initializer(const onnx::GraphProto& graph, const std::string& name) {
  for (const onnx::TensorProto& tensor : graph.initializer()) {
    if (tensor.name() == name) return &tensor;
  }
  return nullptr;
}

std::vector<float> floats_of(const onnx::TensorProto& tensor) {
  std::vector<float> values(tensor.raw_data().size() / sizeof(float));
  std::copy_n(tensor.raw_data().data(), tensor.raw_data().size(), reinterpret_cast<char*>(values.data()));
  return values;
}

bool is_convolution(const onnx::NodeProto& node) { return node.op_type() == "Conv"; }

/// The values that become 8 bits wide: what goes into the convolutions, what comes out after their ReLU, and
/// both sides of the sums between them.
std::set<std::string> quantised_values(const onnx::GraphProto& graph) {
  std::set<std::string> convolved;
  std::set<std::string> summed;
  std::set<std::string> result;
  for (const onnx::NodeProto& node : graph.node()) {
    if (is_convolution(node)) {
      result.insert(node.input(0));
      convolved.insert(node.output(0));
    }
    if (node.op_type() == "Add" &&
        std::any_of(node.input().begin(), node.input().end(),
                    [&](const std::string& input) { return convolved.contains(input); })) {
      summed.insert(node.output(0));
    }
  }
  std::set<std::string> rectified;
  for (const onnx::NodeProto& node : graph.node()) {
    if (node.op_type() != "Relu") continue;
    if (convolved.contains(node.input(0)) || summed.contains(node.input(0))) {
      result.insert(node.output(0));
      rectified.insert(node.input(0));
    }
  }
  for (const std::string& value : convolved) {
    if (!rectified.contains(value)) result.insert(value);
  }
  return result;
}

/// Lowest and highest value, outliers aside.
Range range_of(std::vector<float> values) {
  const auto trimmed = static_cast<std::ptrdiff_t>(kTrimmed * static_cast<double>(values.size()));
  std::nth_element(values.begin(), values.begin() + trimmed, values.end());
  const float low = values[static_cast<std::size_t>(trimmed)];
  std::nth_element(values.begin(), values.end() - 1 - trimmed, values.end());
  return {low, *(values.end() - 1 - trimmed)};
}

std::map<std::string, Range> measured_ranges(onnx::ModelProto model, const std::set<std::string>& values,
                                             const std::vector<ModelInputs>& calibration) {
  std::vector<std::string_view> names;
  for (const std::string& value : values) {
    onnx::ValueInfoProto& info = *model.mutable_graph()->add_output();
    info.set_name(value);
    info.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    names.push_back(value);
  }
  const embedding::OnnxModel network("the model being quantised", model.SerializeAsString());
  std::map<std::string, Range> ranges;
  for (const ModelInputs& inputs : calibration) {
    std::vector<embedding::Tensor> outputs = network.run(inputs.named(), names);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const Range seen = range_of(std::move(outputs[i].values));
      Range& range = ranges[std::string(names[i])];
      range.low = std::min(range.low, seen.low);
      range.high = std::max(range.high, seen.high);
    }
  }
  return ranges;
}

/// Rewrites a graph node by node.
class Quantiser {
 public:
  Quantiser(const onnx::ModelProto& model, std::map<std::string, Range> ranges)
      : source_(model.graph()), ranges_(std::move(ranges)), result_(model) {
    result_.mutable_graph()->clear_node();
  }

  onnx::ModelProto run() {
    for (const onnx::NodeProto& node : source_.node()) {
      onnx::NodeProto& copy = *result_.mutable_graph()->add_node();
      copy = node;
      for (std::string& input : *copy.mutable_input()) {
        if (ranges_.contains(input)) input += "_dequantised";
      }
      if (is_convolution(node)) quantise_weights(node, copy);
      for (const std::string& output : node.output()) {
        if (ranges_.contains(output)) quantise_value(output);
      }
    }
    drop_unused_initializers();
    sort_by_use();
    return std::move(result_);
  }

 private:
  static float scale_of(const Range& range) { return std::max(range.high - range.low, 1e-6F) / kLevels; }

  void add_tensor(const std::string& name, onnx::TensorProto::DataType type,
                  const std::vector<std::int64_t>& shape, const void* data, std::size_t bytes) {
    onnx::TensorProto& tensor = *result_.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const std::int64_t size : shape) tensor.add_dims(size);
    tensor.set_raw_data(data, bytes);
  }

  void add_node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output,
                std::optional<std::int64_t> axis = {}) {
    onnx::NodeProto& node = *result_.mutable_graph()->add_node();
    node.set_op_type(op);
    node.set_name(output);
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(output);
    if (axis) {
      onnx::AttributeProto& attribute = *node.add_attribute();
      attribute.set_name("axis");
      attribute.set_type(onnx::AttributeProto::INT);
      attribute.set_i(*axis);
    }
  }

  void quantise_value(const std::string& value) {
    const Range& range = ranges_.at(value);
    const float scale = scale_of(range);
    const auto zero = static_cast<std::uint8_t>(std::clamp(std::round(-range.low / scale), 0.0F, kLevels));
    add_tensor(value + "_scale", onnx::TensorProto::FLOAT, {}, &scale, sizeof scale);
    add_tensor(value + "_zero", onnx::TensorProto::UINT8, {}, &zero, sizeof zero);
    add_node("QuantizeLinear", {value, value + "_scale", value + "_zero"}, value + "_quantised");
    add_node("DequantizeLinear", {value + "_quantised", value + "_scale", value + "_zero"},
             value + "_dequantised");
  }

  void quantise_weights(const onnx::NodeProto& node, onnx::NodeProto& copy) {
    const onnx::TensorProto& tensor = *initializer(source_, node.input(1));
    const std::vector<float> weights = floats_of(tensor);
    const std::vector<float> bias = floats_of(*initializer(source_, node.input(2)));
    const auto channels = static_cast<std::size_t>(tensor.dims(0));
    const std::size_t each = weights.size() / channels;
    const float input_scale = scale_of(ranges_.at(node.input(0)));
    std::vector<std::int8_t> levels(weights.size());
    std::vector<float> scales(channels);
    std::vector<float> bias_scales(channels);
    std::vector<std::int32_t> bias_levels(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      float largest = 1e-8F;
      for (std::size_t i = 0; i < each; ++i) largest = std::max(largest, std::abs(weights[c * each + i]));
      scales[c] = largest / kLargestWeight;
      for (std::size_t i = 0; i < each; ++i) {
        levels[c * each + i] = static_cast<std::int8_t>(std::lround(weights[c * each + i] / scales[c]));
      }
      bias_scales[c] = scales[c] * input_scale;
      bias_levels[c] = static_cast<std::int32_t>(
          std::clamp(std::round(double{bias[c]} / double{bias_scales[c]}), -2e9, 2e9));
    }
    const std::vector<std::int64_t> shape(tensor.dims().begin(), tensor.dims().end());
    const std::vector<std::int64_t> one = {static_cast<std::int64_t>(channels)};
    const std::string weight = node.name() + "_weight";
    const std::string offset = node.name() + "_bias";
    const std::vector<std::int8_t> zeros(channels);
    const std::vector<std::int32_t> wide_zeros(channels);
    add_tensor(weight, onnx::TensorProto::INT8, shape, levels.data(), levels.size());
    add_tensor(weight + "_scale", onnx::TensorProto::FLOAT, one, scales.data(), channels * sizeof(float));
    add_tensor(weight + "_zero", onnx::TensorProto::INT8, one, zeros.data(), channels);
    add_tensor(offset, onnx::TensorProto::INT32, one, bias_levels.data(), channels * sizeof(std::int32_t));
    add_tensor(offset + "_scale", onnx::TensorProto::FLOAT, one, bias_scales.data(),
               channels * sizeof(float));
    add_tensor(offset + "_zero", onnx::TensorProto::INT32, one, wide_zeros.data(),
               channels * sizeof(std::int32_t));
    add_node("DequantizeLinear", {weight, weight + "_scale", weight + "_zero"}, weight + "_dequantised", 0);
    add_node("DequantizeLinear", {offset, offset + "_scale", offset + "_zero"}, offset + "_dequantised", 0);
    copy.set_input(1, weight + "_dequantised");
    copy.set_input(2, offset + "_dequantised");
  }

  void drop_unused_initializers() {
    std::set<std::string> used;
    for (const onnx::NodeProto& node : result_.graph().node())
      used.insert(node.input().begin(), node.input().end());
    auto& tensors = *result_.mutable_graph()->mutable_initializer();
    tensors.erase(
        std::remove_if(tensors.begin(), tensors.end(),
                       [&](const onnx::TensorProto& tensor) { return !used.contains(tensor.name()); }),
        tensors.end());
  }

  /// A convolution's weights were added after it; ONNX wants what is used to come first.
  void sort_by_use() {
    auto& nodes = *result_.mutable_graph()->mutable_node();
    std::stable_partition(nodes.begin(), nodes.end(), [](const onnx::NodeProto& node) {
      return node.op_type() == "DequantizeLinear" &&
             (node.name().ends_with("_weight_dequantised") || node.name().ends_with("_bias_dequantised"));
    });
  }

  const onnx::GraphProto& source_;
  std::map<std::string, Range> ranges_;
  onnx::ModelProto result_;
};

}  // namespace

std::vector<embedding::NamedInput> ModelInputs::named() const {
  return {{"log_mel", {1, frames, kMelBands}, log_mel},
          {"chroma", {1, frames, kChromaBins}, chroma},
          {"tempogram", {1, frames, kTempogramLags}, tempogram}};
}

onnx::ModelProto quantise(const onnx::ModelProto& model, const std::vector<ModelInputs>& calibration) {
  if (calibration.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "int8 needs features to calibrate on: name a feature set with --set");
  }
  const std::set<std::string> values = quantised_values(model.graph());
  onnx::ModelProto result = Quantiser(model, measured_ranges(model, values, calibration)).run();
  for (onnx::StringStringEntryProto& entry : *result.mutable_metadata_props()) {
    if (entry.key() == "resonance.precision") entry.set_value("int8");
  }
  try {
    onnx::checker::check_model(result);
  } catch (const std::exception& problem) {
    throw Error(ErrorCode::internal, std::string("the quantised graph is no valid ONNX: ") + problem.what());
  }
  return result;
}

}  // namespace resonance::training
