#pragma once

#include <chrono>
#include <string>

namespace resonance::training {

/// Who takes part in a distributed run.
struct RankOptions {
  int world_size = 1;
  int rank = 0;
  std::string master = "127.0.0.1:29500";  ///< HOST:PORT of rank 0
  /// How long a rank waits for another before it gives up. A rank whose process ended is noticed at once.
  std::chrono::seconds timeout{600};
};

}  // namespace resonance::training
