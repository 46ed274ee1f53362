#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace resonance::training {

enum class FusionMode { gated_add, gated_concat, cross_attention };

/// The architecture: what a checkpoint must agree with to be loaded.
struct NetworkConfig {
  double range_db = 70;  ///< bands further below a frame's loudest one are raised to there; 0: off
  std::int64_t stem_channels = 16;
  std::vector<std::int64_t> channels = {32, 64,
                                        128};  ///< of the residual blocks, each halving time and frequency
  std::int64_t temporal_channels = 512;
  std::int64_t temporal_blocks = 2;
  std::int64_t projection = 20;  ///< directions whose covariance over time is a part of timbre; 0: none
  std::vector<std::int64_t> harmony_channels = {32, 32, 64};
  std::int64_t rhythm_lags = 64;  ///< bands of the logarithmic lag axis
  std::int64_t hidden = 256;      ///< of the harmony's and the rhythm's last but one layer
  std::int64_t timbre_dimensions = 256;
  std::int64_t harmony_dimensions = 128;
  std::int64_t rhythm_dimensions = 128;
  FusionMode fusion = FusionMode::gated_concat;
  std::int64_t embed_dimensions = 512;
  std::int64_t target_dimensions = 0;  ///< of the head that agrees with the teachers; 0: none

  friend bool operator==(const NetworkConfig&, const NetworkConfig&) = default;
};

std::string name_of(FusionMode mode);

}  // namespace resonance::training
