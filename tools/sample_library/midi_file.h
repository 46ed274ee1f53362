#pragma once

#include "sample_library/score.h"

#include <string>

namespace resonance::sample_library {

/// The piece as a Standard MIDI File, format 1: a conductor track, then one track a part.
/// Source: Standard MIDI Files 1.0 (RP-001).
/// @throws std::invalid_argument if it needs more than the 15 melodic channels there are
std::string midi_file_of(const Piece& piece);

}  // namespace resonance::sample_library
