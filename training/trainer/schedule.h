#pragma once

#include <cstdint>

namespace resonance::training {

/// Learning rate over a run, as a share of the highest: a line up during warm-up, then half a cosine down to
/// zero (Loshchilov & Hutter 2017). @param progress  [0, 1] of the whole run @param warmup  share of the run,
/// [0, 1)
double learning_rate_share(double progress, double warmup);

}  // namespace resonance::training
