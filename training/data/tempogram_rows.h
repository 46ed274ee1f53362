#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace resonance::training {

/// Some rows of the tempogram of a stretch of onset strengths, evenly spread, each made by its definition: as
/// features::tempogram, at a fraction of its cost where few rows are wanted.
/// @param onset   any number of values >= 0, 50 a second
/// @param first   index of the first frame that rows are about; what lies around it is context
/// @param frames  how many frames rows are spread over, >= 1
/// @param rows    how many, >= 1
/// @return rows x 320, each row divided by its first value; zero where there is no onset. Frames outside of
/// `onset` are a ramp down to zero over half a window, as at the edges of a track
std::vector<float> tempogram_rows(std::span<const float> onset, std::size_t first, std::size_t frames,
                                  std::size_t rows);

}  // namespace resonance::training
