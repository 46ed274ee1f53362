#include "training/trainer/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace resonance::training {

double learning_rate_share(double progress, double warmup) {
  progress = std::clamp(progress, 0.0, 1.0);
  if (progress < warmup) return progress / warmup;
  if (warmup >= 1) return 1;
  return 0.5 * (1 + std::cos(std::numbers::pi * (progress - warmup) / (1 - warmup)));
}

}  // namespace resonance::training
