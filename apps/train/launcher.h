#pragma once

#include <stop_token>
#include <string>
#include <vector>

namespace resonance::training {

/// Runs this program `ranks` times on this machine, each with `arguments` and its --world-size, --rank and
/// --master. If one fails, the others are ended. Output of all goes where this program's goes.
/// @return the first exit status that is not 0, or 0
int launch_ranks(int ranks, const std::vector<std::string>& arguments, const std::stop_token& stop);

}  // namespace resonance::training
