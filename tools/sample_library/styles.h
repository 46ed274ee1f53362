#pragma once

#include "sample_library/score.h"

#include <vector>

namespace resonance::sample_library {

/// Five pieces a style, each the same on every run.
std::vector<Piece> chamber_pieces();
std::vector<Piece> jazz_pieces();
std::vector<Piece> rock_pieces();
std::vector<Piece> ambient_pieces();
std::vector<Piece> house_pieces();
std::vector<Piece> folk_pieces();

std::vector<Piece> all_pieces();

}  // namespace resonance::sample_library
