#pragma once

#include "resonance/engine/evaluate.h"
#include "resonance/engine/listening.h"
#include "resonance/evaluation/segment_task.h"

#include <cstddef>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace resonance::engine {

/// What one model says of the files that all could hear: N' of N, S segments, Q queries.
struct ModelVectors {
  std::vector<embedding::Descriptor> whole;     ///< N', of ours
  std::vector<embedding::Descriptor> segments;  ///< S
  std::map<std::string, std::vector<embedding::Descriptor>> queries;
  Matrix mean;                                ///< N' x D, of an audio model
  Matrix segment_means;                       ///< S x D
  std::map<std::string, Matrix> query_means;  ///< Q x D by encoding
};

/// All that was heard for an evaluation.
struct EvaluationListening {
  std::vector<std::size_t> used;  ///< rows of the manifest, N'
  std::vector<ModelVectors> models;
  std::optional<evaluation::SegmentTask> segments;  ///< tracks are positions in `used`
  /// Of segments->queries() those that could be made in that encoding, by position.
  std::map<std::string, std::vector<std::size_t>> asked;
  double audio_s = 0;
  bool cancelled = false;
};

/// Listens to all files with all models; failures go into the report.
EvaluationListening listen_to_all(const std::vector<std::filesystem::path>& files,
                                  const std::vector<ListeningModel>& models, const EvaluateRequest& request,
                                  EvaluateReport& report, const ProgressCallback& progress,
                                  const std::stop_token& stop);

}  // namespace resonance::engine
