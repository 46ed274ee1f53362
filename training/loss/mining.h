#pragma once

namespace resonance::training {

/// Which triplets (anchor, positive, negative) count; d is the Euclidean distance.
enum class Mining {
  batch_all,   ///< every one that violates the margin, averaged (Hermans et al. 2017)
  batch_hard,  ///< each anchor with its furthest positive and its nearest negative (Hermans et al. 2017)
  semi_hard    ///< each anchor and positive with the nearest negative that is further away than the positive
               ///< but within the margin (FaceNet: Schroff et al. 2015); pairs without one do not count
};

}  // namespace resonance::training
