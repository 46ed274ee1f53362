#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace resonance::embedding {

/// What a learned model's file says of itself, in its metadata: whoever has the file needs nothing else to
/// use it. Keys begin with "resonance."; `training` and `licence` are free text.
struct ModelContract {
  std::string name;     ///< e.g. "resonance-1"
  std::string id = {};  ///< 8 hexadecimal digits of the trained weights; an int8 file keeps its original's
  std::string precision = {};                    ///< "fp32" or "int8"
  std::string fusion = {};                       ///< gated_add, gated_concat or cross_attention
  int feature_version = 0;                       ///< kFeatureVersion it was trained on
  std::size_t dimensions = 0;                    ///< D of the embedding
  std::array<std::size_t, 3> part_dimensions{};  ///< of timbre, harmony and rhythm
  /// Of the output "style": what the network says in the words of its teachers, the first of their principal
  /// components. A model that has it is used beside `statistics` (kBesideStatistics). 0: none
  std::size_t style_dimensions = 0;
  std::string training = {};
  std::string licence = {};

  friend bool operator==(const ModelContract&, const ModelContract&) = default;
};

/// Metadata key of a model file's CRC-32: 8 hexadecimal digits, of the file with zeros in their place.
inline constexpr std::string_view kModelChecksumKey = "resonance.checksum";

/// Writes its checksum into the bytes of an ONNX file whose metadata has kModelChecksumKey with 8 characters.
/// @throws Error(invalid_argument) if it has not
void seal_model(std::string& bytes);
/// @param file  for messages
/// @throws Error(corrupt_data) naming the file unless it is sealed and not one bit has changed since
void require_whole_model(std::string_view bytes, std::string_view file);

/// As metadata of a model file.
std::map<std::string, std::string> metadata_of(const ModelContract& contract);

/// @param file  for messages
/// @throws Error(corrupt_data) naming the file and what is missing or impossible, Error(version_mismatch) for
/// another contract or feature version than this program's
ModelContract read_contract(const std::map<std::string, std::string>& metadata, std::string_view file);

}  // namespace resonance::embedding
