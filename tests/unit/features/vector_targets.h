#pragma once

#include <cstdint>
#include <vector>

#include <hwy/highway.h>

namespace resonance::testing {

/// Runs `check(name)` once for every instruction set of this processor, so that no vector version goes
/// untested.
template <class Check>
void for_each_vector_target(Check check) {
  std::vector<std::int64_t> targets;
  for (std::int64_t left = hwy::SupportedTargets(); left != 0; left &= left - 1)
    targets.push_back(left & -left);
  for (const std::int64_t target : targets) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    check(hwy::TargetName(target));
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
}

}  // namespace resonance::testing
