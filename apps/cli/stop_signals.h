#pragma once

#include <stop_token>

namespace resonance::cli {

/// Turns SIGINT and SIGTERM into a request to stop; a second one ends the program at once, which loses
/// nothing that was on disk. Construct before any other thread starts.
std::stop_token stop_on_signals();

}  // namespace resonance::cli
