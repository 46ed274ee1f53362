#include "training/export/network_export.h"

#include "resonance/core/crc32.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/embedder.h"

#include <cmath>
#include <utility>
#include <vector>

#include "training/export/graph_builder.h"

namespace resonance::training {
namespace {

constexpr float kUnitEpsilon = 1e-12F;
constexpr float kDeviationEpsilon = 1e-5F;
constexpr double kNormEpsilon = 1e-5;
constexpr auto kStyle = static_cast<std::int64_t>(embedding::kStyleDimensions);

std::vector<float> values_of(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().to(torch::kCPU, torch::kFloat).contiguous().flatten();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

/// What batch normalisation does once its statistics are fixed: x -> scale x + shift, by channel.
struct Affine {
  torch::Tensor scale;
  torch::Tensor shift;
};

Affine affine_of(const NormalisationImpl& norm) {
  const torch::Tensor scale = norm.weight * torch::rsqrt(norm.running_variance + kNormEpsilon);
  return {scale.detach(), (norm.bias - norm.running_mean * scale).detach()};
}

/// Builds the graph of one network. Values are named by the GraphBuilder; B x R x D throughout the heads.
class NetworkGraph {
 public:
  explicit NetworkGraph(NetworkImpl& network) : network_(network), graph_("resonance") {}

  onnx::ModelProto build(const std::vector<std::pair<std::string, std::string>>& metadata, bool style) {
    const std::vector<std::string> free = {"batch", "frames"};
    log_mel_ = graph_.input("log_mel", {-1, -1, kMelBands}, free);
    const std::string chroma = graph_.input("chroma", {-1, -1, kChromaBins}, free);
    const std::string tempogram = graph_.input("tempogram", {-1, -1, kTempogramLags}, free);
    frames_ = graph_.size_of(log_mel_, 1);
    // R = 1 + (T - segment) / hop
    segments_ = graph_.add(graph_.divide(graph_.subtract(frames_, graph_.integer(kSegmentFrames)),
                                         graph_.integer(kSegmentHopFrames)),
                           graph_.integer(1));
    graph_.scope("timbre.");
    const std::string timbre = named(timbre_head(timbre_steps()), "timbre");
    graph_.scope("harmony.");
    const std::string harmony = named(harmony_head(harmony_steps(chroma)), "harmony");
    graph_.scope("rhythm.");
    const std::string rhythm = named(rhythm_head(rhythm_steps(tempogram)), "rhythm");
    graph_.scope("fusion.");
    fuse(timbre, harmony, rhythm);
    const NetworkConfig& config = network_.config();
    const std::vector<std::string> rows = {"batch", "segments"};
    graph_.output("embedding", {-1, -1, config.embed_dimensions}, rows);
    graph_.output("timbre", {-1, -1, config.timbre_dimensions}, rows);
    graph_.output("harmony", {-1, -1, config.harmony_dimensions}, rows);
    graph_.output("rhythm", {-1, -1, config.rhythm_dimensions}, rows);
    graph_.output("gates", {-1, -1, 3}, rows);
    if (style) {
      graph_.scope("style.");
      style_of("embedding");
      graph_.output("style", {-1, -1, kStyle}, rows);
    }
    return graph_.finish(metadata);
  }

 private:
  std::string named(const std::string& value, const std::string& name) {
    return graph_.node("Identity", {value}, {}, name);
  }

  std::string tensor(const torch::Tensor& tensor) {
    return graph_.constant(values_of(tensor), tensor.sizes().vec());
  }

  /// x W' + b along the last axis.
  std::string linear(const std::string& x, const torch::Tensor& weight, const torch::Tensor& bias) {
    const std::string product = graph_.node("MatMul", {x, tensor(weight.t())});
    return bias.defined() ? graph_.add(product, tensor(bias)) : product;
  }
  std::string linear(const std::string& x, const torch::nn::LinearImpl& layer) {
    return linear(x, layer.weight, layer.bias);
  }
  /// layer(norm(x)) as one linear map.
  std::string normalised_linear(const std::string& x, const NormalisationImpl& norm,
                                const torch::nn::LinearImpl& layer) {
    const Affine affine = affine_of(norm);
    return linear(x, layer.weight * affine.scale.unsqueeze(0),
                  torch::mv(layer.weight, affine.shift) + layer.bias);
  }

  /// norm(convolution(x)) as one convolution.
  std::string convolution(const std::string& x, const ConvolutionImpl& layer, const NormalisationImpl& norm) {
    const Affine affine = affine_of(norm);
    const ConvolutionImpl::Shape& shape = layer.shape();
    return graph_.node("Conv",
                       {x, tensor(layer.weight * affine.scale.view({-1, 1, 1, 1})), tensor(affine.shift)},
                       {{"kernel_shape", std::vector<std::int64_t>{shape.rows, shape.cols}},
                        {"strides", std::vector<std::int64_t>{shape.row_stride, shape.col_stride}},
                        {"pads", std::vector<std::int64_t>{shape.row_padding, shape.col_padding,
                                                           shape.row_padding, shape.col_padding}}});
  }

  /// Means over runs of `step` frames, the last run perhaps shorter. @param x  B x T x D @return B x S x D
  std::string mean_over_steps(const std::string& x, std::int64_t step, std::int64_t dimensions) {
    return graph_.divide(
        graph_.node("Squeeze", {graph_.sum(grouped(x, step, dimensions), 2), graph_.integers({2})}),
        frames_in_steps(step));
  }

  /// B x S x step x D, zeros after the end.
  std::string grouped(const std::string& x, std::int64_t step, std::int64_t dimensions) {
    const std::string missing = graph_.subtract(graph_.multiply(steps(step), graph_.integer(step)), frames_);
    const std::string pads =
        graph_.concat({graph_.integers({0, 0, 0, 0}), graph_.unsqueeze(missing, 0), graph_.integers({0})}, 0);
    return graph_.node("Reshape",
                       {graph_.node("Pad", {x, pads}), graph_.integers({0, -1, step, dimensions})});
  }

  /// ceil(T / step), a scalar int64.
  std::string steps(std::int64_t step) {
    return graph_.divide(graph_.add(frames_, graph_.integer(step - 1)), graph_.integer(step));
  }

  /// How many frames each step holds: S x 1.
  std::string frames_in_steps(std::int64_t step) {
    const std::string first =
        graph_.multiply(graph_.range(steps(step)), graph_.constant(static_cast<float>(step)));
    const std::string left = graph_.subtract(graph_.to_float(frames_), first);
    return graph_.unsqueeze(graph_.node("Min", {left, graph_.constant(static_cast<float>(step))}), 1);
  }

  /// Means over segments of values that are means over steps: B x S x D -> B x R x D, as pooling_weights().
  std::string pooled(const std::string& x, std::int64_t step) {
    const std::string first =
        graph_.unsqueeze(graph_.multiply(graph_.range(segments_), graph_.constant(kSegmentHopFrames)), 1);
    const std::string last = graph_.add(first, graph_.constant(kSegmentFrames));
    const std::string low = graph_.unsqueeze(
        graph_.multiply(graph_.range(steps(step)), graph_.constant(static_cast<float>(step))), 0);
    const std::string high = graph_.add(low, graph_.constant(static_cast<float>(step)));
    const std::string inside =
        graph_.relu(graph_.subtract(graph_.node("Min", {last, high}), graph_.node("Max", {first, low})));
    return graph_.node("MatMul", {graph_.divide(inside, graph_.constant(kSegmentFrames)), x});
  }

  std::string deviation(const std::string& mean, const std::string& mean_of_squares) {
    const std::string variance = graph_.relu(graph_.subtract(mean_of_squares, graph_.square(mean)));
    return graph_.node("Sqrt", {graph_.add(variance, graph_.constant(kDeviationEpsilon))});
  }

  std::string unit(const std::string& x) { return graph_.unit_length(x, 2, kUnitEpsilon); }

  std::string timbre_steps() {
    const TimbreNetworkImpl& timbre = *network_.timbre;
    const NetworkConfig& config = network_.config();
    std::string x =
        graph_.node("Max", {log_mel_, graph_.constant(static_cast<float>(TimbreNetworkImpl::kFloorDb))});
    if (config.range_db > 0) {
      const std::string loudest = graph_.node(
          "ReduceMax", {x}, {{"axes", std::vector<std::int64_t>{2}}, {"keepdims", std::int64_t{1}}});
      x = graph_.node("Max",
                      {x, graph_.subtract(loudest, graph_.constant(static_cast<float>(config.range_db)))});
    }
    x = graph_.divide(graph_.subtract(x, tensor(timbre.band_mean)), tensor(timbre.band_deviation));
    std::string y = graph_.relu(
        graph_.node("Conv", {graph_.unsqueeze(x, 1), tensor(timbre.stem_weight), tensor(timbre.stem_bias)},
                    {{"kernel_shape", std::vector<std::int64_t>{3, 3}},
                     {"strides", std::vector<std::int64_t>{2, 2}},
                     {"pads", std::vector<std::int64_t>{1, 1, 1, 1}}}));
    for (const auto& module : *timbre.blocks) {
      const auto& block = dynamic_cast<const ResidualBlockImpl&>(*module);
      const std::string inner = graph_.relu(convolution(y, *block.first, *block.first_norm));
      y = graph_.relu(graph_.add(convolution(inner, *block.second, *block.second_norm),
                                 convolution(y, *block.shortcut, *block.shortcut_norm)));
    }
    y = graph_.relu(convolution(y, *timbre.squeeze, *timbre.squeeze_norm));
    for (const auto& module : *timbre.temporal) {
      const auto& block = dynamic_cast<const TemporalBlockImpl&>(*module);
      const std::string inner = graph_.relu(convolution(y, *block.first, *block.first_norm));
      y = graph_.relu(graph_.add(convolution(inner, *block.second, *block.second_norm), y));
    }
    const std::string deep = graph_.transpose(graph_.node("Squeeze", {y, graph_.integers({3})}), {0, 2, 1});
    std::vector<std::string> parts = {deep, graph_.square(deep)};
    if (config.projection > 0) {
      constexpr std::int64_t kStep = TimbreNetworkImpl::kStepFrames;
      const std::int64_t size = config.projection;
      parts.push_back(mean_over_steps(x, kStep, kMelBands));
      parts.push_back(mean_over_steps(graph_.square(x), kStep, kMelBands));
      const std::string projected = linear(x, timbre.projection->weight, {});
      parts.push_back(mean_over_steps(projected, kStep, size));
      const std::string frames = grouped(projected, kStep, size);
      const std::string products = graph_.node("MatMul", {graph_.transpose(frames, {0, 1, 3, 2}), frames});
      parts.push_back(graph_.divide(graph_.node("Reshape", {products, graph_.integers({0, 0, size * size})}),
                                    frames_in_steps(kStep)));
    }
    return graph_.concat(parts, 2);
  }

  std::string timbre_head(const std::string& values) {
    const TimbreNetworkImpl& timbre = *network_.timbre;
    const NetworkConfig& config = network_.config();
    const std::string means = pooled(values, TimbreNetworkImpl::kStepFrames);
    const std::int64_t deep = config.temporal_channels;
    const std::string mean = graph_.slice(means, 2, 0, deep);
    const std::string spread = deviation(mean, graph_.slice(means, 2, deep, 2 * deep));
    std::string out =
        normalised_linear(graph_.concat({mean, spread}, 2), *timbre.pooled_norm, *timbre.pooled_out);
    if (config.projection > 0) {
      const std::int64_t size = config.projection;
      std::int64_t at = 2 * deep;
      const std::string band_means = graph_.slice(means, 2, at, at + kMelBands);
      const std::string band_spread =
          deviation(band_means, graph_.slice(means, 2, at + kMelBands, at + 2 * kMelBands));
      at += 2 * kMelBands;
      const std::string centre = graph_.slice(means, 2, at, at + size);
      const std::string products = graph_.slice(means, 2, at + size, at + size + size * size);
      const std::string outer =
          graph_.node("Reshape", {graph_.multiply(graph_.unsqueeze(centre, 3), graph_.unsqueeze(centre, 2)),
                                  graph_.integers({0, 0, size * size})});
      std::vector<std::int64_t> triangle;
      for (std::int64_t i = 0; i < size; ++i) {
        for (std::int64_t j = i; j < size; ++j) triangle.push_back(i * size + j);
      }
      const std::string covariance =
          graph_.node("Gather", {graph_.subtract(products, outer), graph_.integers(triangle)},
                      {{"axis", std::int64_t{2}}});
      const std::string rooted = graph_.divide(
          covariance,
          graph_.node("Sqrt", {graph_.add(graph_.node("Abs", {covariance}), graph_.constant(1e-3F))}));
      out = graph_.add(out, normalised_linear(graph_.concat({band_means, band_spread, rooted}, 2),
                                              *timbre.statistics_norm, *timbre.statistics_out));
    }
    return unit(out);
  }

  std::string circularly_padded(const std::string& x, std::int64_t before, std::int64_t after) {
    std::vector<std::string> parts;
    if (before > 0) parts.push_back(graph_.slice(x, 3, kChromaBins - before, kChromaBins));
    parts.push_back(x);
    if (after > 0) parts.push_back(graph_.slice(x, 3, 0, after));
    return graph_.concat(parts, 3);
  }

  std::string harmony_steps(const std::string& chroma) {
    const HarmonyNetworkImpl& harmony = *network_.harmony;
    constexpr std::int64_t kReach = 2;
    const std::string x =
        graph_.unsqueeze(mean_over_steps(chroma, HarmonyNetworkImpl::kBaseFrames, kChromaBins), 1);
    const Affine affine = affine_of(*harmony.first_norm);
    const torch::Tensor weight = (harmony.first_weight * affine.scale.view({-1, 1, 1})).unsqueeze(1);
    std::string y = graph_.relu(
        graph_.node("Conv", {circularly_padded(x, 0, kChromaBins - 1), tensor(weight), tensor(affine.shift)},
                    {{"kernel_shape", std::vector<std::int64_t>{3, kChromaBins}},
                     {"pads", std::vector<std::int64_t>{1, 0, 1, 0}}}));
    y = graph_.relu(convolution(circularly_padded(y, kReach, kReach), *harmony.second, *harmony.second_norm));
    y = graph_.relu(convolution(circularly_padded(y, kReach, kReach), *harmony.third, *harmony.third_norm));
    const std::vector<Attribute> last_axis = {{"axes", std::vector<std::int64_t>{3}},
                                              {"keepdims", std::int64_t{0}}};
    const std::string values = graph_.transpose(
        graph_.concat({graph_.node("ReduceMean", {y}, last_axis), graph_.node("ReduceMax", {y}, last_axis)},
                      1),
        {0, 2, 1});
    return graph_.concat({values, graph_.square(values)}, 2);
  }

  /// What harmony and rhythm have in common: mean and deviation, then two layers.
  template <typename Backbone>
  std::string pooled_head(const Backbone& backbone, const std::string& values, std::int64_t step,
                          std::int64_t size) {
    const std::string means = pooled(values, step);
    const std::string mean = graph_.slice(means, 2, 0, size);
    const std::string spread = deviation(mean, graph_.slice(means, 2, size, 2 * size));
    const std::string inner = graph_.relu(
        normalised_linear(graph_.concat({mean, spread}, 2), *backbone.pooled_norm, *backbone.hidden));
    return unit(linear(inner, *backbone.out));
  }

  std::string harmony_head(const std::string& values) {
    return pooled_head(*network_.harmony, values, HarmonyNetworkImpl::kStepFrames,
                       2 * network_.config().harmony_channels.at(2));
  }

  // Segments begin and end at whole multiples of this many frames, so means over them are means over their
  // frames.
  static constexpr std::int64_t kRhythmStep = 20;
  static_assert(kSegmentFrames % kRhythmStep == 0 && kSegmentHopFrames % kRhythmStep == 0);

  std::string rhythm_steps(const std::string& tempogram) {
    const std::int64_t bands = network_.config().rhythm_lags;
    const std::string values = graph_.node("MatMul", {tempogram, tensor(network_.rhythm->lag_bands)});
    return graph_.concat({mean_over_steps(values, kRhythmStep, bands),
                          mean_over_steps(graph_.square(values), kRhythmStep, bands)},
                         2);
  }

  std::string rhythm_head(const std::string& values) {
    return pooled_head(*network_.rhythm, values, kRhythmStep, network_.config().rhythm_lags);
  }

  void fuse(const std::string& timbre, const std::string& harmony, const std::string& rhythm) {
    const FusionImpl& fusion = *network_.fusion;
    const std::string raw =
        graph_.node("Sigmoid", {linear(graph_.concat({timbre, harmony, rhythm}, 2), *fusion.gate)});
    const std::string gates = named(graph_.divide(raw, graph_.sum(raw, 2)), "gates");
    const auto share = [&](std::int64_t i) { return graph_.slice(gates, 2, i, i + 1); };
    const auto root = [&](std::int64_t i) { return graph_.node("Sqrt", {share(i)}); };
    switch (network_.config().fusion) {
      case FusionMode::gated_concat:
        named(unit(graph_.concat({graph_.multiply(timbre, root(0)), graph_.multiply(harmony, root(1)),
                                  graph_.multiply(rhythm, root(2))},
                                 2)),
              "embedding");
        return;
      case FusionMode::gated_add:
        named(unit(graph_.add(graph_.add(gated(timbre, *fusion.timbre_in, share(0)),
                                         gated(harmony, *fusion.harmony_in, share(1))),
                              gated(rhythm, *fusion.rhythm_in, share(2)))),
              "embedding");
        return;
      case FusionMode::cross_attention:
        break;
    }
    const std::string tokens =
        graph_.concat({graph_.unsqueeze(gated(timbre, *fusion.timbre_in, share(0)), 2),
                       graph_.unsqueeze(gated(harmony, *fusion.harmony_in, share(1)), 2),
                       graph_.unsqueeze(gated(rhythm, *fusion.rhythm_in, share(2)), 2)},
                      2);  // B x R x 3 x token
    const std::int64_t width = fusion.key->weight.size(0);
    const std::string scores =
        graph_.divide(graph_.node("MatMul", {linear(tokens, *fusion.query),
                                             graph_.transpose(linear(tokens, *fusion.key), {0, 1, 3, 2})}),
                      graph_.constant(std::sqrt(static_cast<float>(width))));
    const std::string answered = graph_.add(
        tokens, graph_.node("MatMul", {graph_.node("Softmax", {scores}, {{"axis", std::int64_t{3}}}),
                                       linear(tokens, *fusion.value)}));
    const std::string flat = graph_.node("Reshape", {answered, graph_.integers({0, 0, 3 * width})});
    named(unit(linear(flat, *fusion.out)), "embedding");
  }

  /// What the head that agrees with the teachers says of a segment's embedding, the first of it.
  void style_of(const std::string& embedding) {
    const std::string said = unit(linear(embedding, *network_.target_head));
    named(graph_.slice(said, 2, 0, kStyle), "style");
  }

  std::string gated(const std::string& x, const torch::nn::LinearImpl& layer, const std::string& share) {
    return graph_.multiply(linear(x, layer), share);
  }

  NetworkImpl& network_;
  GraphBuilder graph_;
  std::string log_mel_;
  std::string frames_;    ///< T, a scalar int64
  std::string segments_;  ///< R, a scalar int64
};

}  // namespace

std::string weights_id(const torch::nn::Module& network) {
  std::uint32_t crc = 0;
  const auto add = [&crc](const torch::Tensor& tensor) {
    const std::vector<float> values = values_of(tensor);
    crc = crc32(crc, std::as_bytes(std::span<const float>(values)));
  };
  for (const torch::Tensor& parameter : network.parameters()) add(parameter);
  for (const torch::Tensor& buffer : network.buffers()) add(buffer);
  std::string digits(8, '0');
  for (std::size_t i = 0; i < digits.size(); ++i) digits[7 - i] = "0123456789abcdef"[(crc >> (4 * i)) & 0xFU];
  return digits;
}

embedding::ModelContract contract_of(const NetworkImpl& network, embedding::ModelContract named) {
  const NetworkConfig& config = network.config();
  named.id = weights_id(network);
  named.precision = "fp32";
  named.fusion = name_of(config.fusion);
  named.feature_version = kFeatureVersion;
  named.dimensions = static_cast<std::size_t>(config.embed_dimensions);
  named.part_dimensions = {static_cast<std::size_t>(config.timbre_dimensions),
                           static_cast<std::size_t>(config.harmony_dimensions),
                           static_cast<std::size_t>(config.rhythm_dimensions)};
  named.style_dimensions = config.target_dimensions >= kStyle ? embedding::kStyleDimensions : 0;
  return named;
}

onnx::ModelProto export_network(NetworkImpl& network, const embedding::ModelContract& contract) {
  network.eval();
  const torch::NoGradGuard no_grad;
  const auto metadata = embedding::metadata_of(contract);
  return NetworkGraph(network).build({metadata.begin(), metadata.end()}, contract.style_dimensions > 0);
}

std::string sealed_bytes(const onnx::ModelProto& model) {
  std::string bytes = model.SerializeAsString();
  embedding::seal_model(bytes);
  return bytes;
}

}  // namespace resonance::training
