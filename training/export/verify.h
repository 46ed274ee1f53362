#pragma once

#include "resonance/embedding/onnx_model.h"

#include <cstddef>
#include <vector>

#include "training/data/feature_set.h"
#include "training/export/quantise.h"
#include "training/network/network.h"

namespace resonance::training {

/// Stretches of `frames` frames from tracks spread evenly over a set; tracks that are shorter are passed
/// over.
std::vector<ModelInputs> stretches_of(const FeatureSet& set, std::size_t count, std::int64_t frames);

/// How far an exported model is from the network it came from, over all segments of what it was given.
struct Agreement {
  std::size_t segments = 0;
  double mean_absolute_error = 0;  ///< of the embedding's values, as is the next
  double largest_error = 0;
  double mean_cosine = 0;  ///< of embeddings
  double least_cosine = 1;
  double least_part_cosine = 1;  ///< of timbre, harmony, rhythm and, where the model has it, style
  double largest_gate_error = 0;
};
Agreement compare(NetworkImpl& network, const embedding::OnnxModel& model,
                  const std::vector<ModelInputs>& inputs);

/// Median milliseconds of a forward pass of each over one input. @param batch  copies of it, one after the
/// other
struct Timing {
  double torch_ms = 0;
  double onnx_ms = 0;
};
Timing time_both(NetworkImpl& network, const embedding::OnnxModel& model, const ModelInputs& input, int runs,
                 int batch);

}  // namespace resonance::training
