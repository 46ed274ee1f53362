#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace resonance::embedding {

/// What a learned model's file says of itself, in its metadata: whoever has the file needs nothing else to use
/// it. Keys begin with "resonance."; `training` and `licence` are free text.
struct ModelContract {
  std::string name;             ///< e.g. "resonance-1"
  std::string id;               ///< 8 hexadecimal digits of the trained weights; an int8 file keeps its original's
  std::string precision;        ///< "fp32" or "int8"
  std::string fusion;           ///< gated_add, gated_concat or cross_attention
  int feature_version = 0;      ///< kFeatureVersion it was trained on
  std::size_t dimensions = 0;   ///< D of the embedding
  std::array<std::size_t, 3> part_dimensions{};  ///< of timbre, harmony and rhythm
  std::string training;
  std::string licence;

  friend bool operator==(const ModelContract&, const ModelContract&) = default;
};

/// As metadata of a model file.
std::map<std::string, std::string> metadata_of(const ModelContract& contract);

/// @param file  for messages
/// @throws Error(corrupt_data) naming the file and what is missing or impossible, Error(version_mismatch) for
/// another contract or feature version than this program's
ModelContract read_contract(const std::map<std::string, std::string>& metadata, std::string_view file);

}  // namespace resonance::embedding
