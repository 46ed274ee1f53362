#pragma once

#include "resonance/index/row_codes.h"

#include <cstdint>
#include <span>
#include <vector>

namespace resonance::index {

/// A query as integers: scale * codes + f, with what f may do to a score in `slack`.
struct QueryCodes {
  std::vector<std::int16_t> codes;  ///< as many as a row's
  float scale = 0;
  float norm = 0;   ///< |q|, rounded up
  float slack = 0;  ///< what rounding, and f, add to the bound of any row
};

/// @param query  D finite values, not all 0
QueryCodes encode_query(std::span<const float> query, const RowCodes& rows);

}  // namespace resonance::index
