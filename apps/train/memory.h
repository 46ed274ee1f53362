#pragma once

namespace resonance::training {

/// Memory that LibTorch frees is kept for its next tensor instead of being given back to the system, which
/// would cost as much time as the computing. For the whole program; call once, first.
void keep_freed_memory();

}  // namespace resonance::training
