#include "resonance/index/query_codes.h"

#include "resonance/index/vector_kernels.h"

#include <algorithm>
#include <cmath>

namespace resonance::index {

QueryCodes encode_query(std::span<const float> query, const RowCodes& rows) {
  QueryCodes encoded;
  encoded.codes.resize(rows.stride());
  float largest = 0;
  for (const float value : query) largest = std::max(largest, std::abs(value));
  const auto limit = static_cast<float>(query_code_limit(rows.dimensions()));
  encoded.scale = largest / limit;
  double left = 0;
  for (std::size_t i = 0; i < query.size(); ++i) {
    const double code = std::clamp(std::floor(static_cast<double>(query[i]) / encoded.scale + 0.5),
                                   -double{limit}, double{limit});
    const double error = query[i] - code * encoded.scale;
    encoded.codes[i] = static_cast<std::int16_t>(code);
    left += error * error;
  }
  const double norm = std::sqrt(inner_product(query, query)) * (1 + 1e-6);
  encoded.norm = static_cast<float>(norm * (1 + 1e-6));
  // f times the code of a row; and the rounding of the bounds and of the score itself, each a few units of
  // 2^-24 of what |q| |x| can be at most, taken as 2^-19.
  encoded.slack = static_cast<float>((std::sqrt(left) + norm * 0x1p-19) * rows.max_norm() * (1 + 1e-6));
  return encoded;
}

}  // namespace resonance::index
