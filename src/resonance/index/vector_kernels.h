#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace resonance::index {

/// Inner product of two float32 vectors of equal length, in double precision: element i goes to partial sum
/// i mod 16, the sixteen are added as a tree. A product of two floats is exact in a double, so fused and
/// separate multiply-adds agree, and the result is the same on every instruction set, bit by bit.
/// Thread-safe.
double inner_product(std::span<const float> a, std::span<const float> b);

/// Codes of a row, and of a query, are padded with zeros to a multiple of this many values.
inline constexpr std::size_t kCodeAlignment = 64;

/// Integer inner products of consecutive rows of int8 codes with one int16 query. Thread-safe.
/// @param codes      n x query.size() row-major
/// @param query      a multiple of kCodeAlignment values, so small that no sum leaves int32
/// (query_code_limit())
/// @param products   n
void code_products(std::span<const std::int8_t> codes, std::span<const std::int16_t> query,
                   std::span<std::int32_t> products);

/// The same for rows that lie anywhere among the codes; the memory of those to come is fetched ahead.
/// Thread-safe.
/// @param codes     N x query.size() row-major
/// @param rows      numbers below N
/// @param products  rows.size()
void code_products_of(std::span<const std::int8_t> codes, std::span<const std::uint32_t> rows,
                      std::span<const std::int16_t> query, std::span<std::int32_t> products);

/// Integer inner product of two int8 vectors of equal length, a multiple of kCodeAlignment, at most 65536.
/// Thread-safe.
std::int32_t code_product(std::span<const std::int8_t> a, std::span<const std::int8_t> b);

/// Largest magnitude of a query's code at which D products with codes in [-128, 127] cannot leave int32.
std::int32_t query_code_limit(std::size_t dimensions);

/// The first i >= `from` at which values[i] is not below `threshold` (a NaN is not);
/// values.size() if there is none. Thread-safe.
std::size_t find_not_below(std::span<const float> values, std::size_t from, float threshold);

/// What the above must equal, bit by bit. For tests.
namespace scalar {
double inner_product(std::span<const float> a, std::span<const float> b);
void code_products(std::span<const std::int8_t> codes, std::span<const std::int16_t> query,
                   std::span<std::int32_t> products);
std::int32_t code_product(std::span<const std::int8_t> a, std::span<const std::int8_t> b);
std::size_t find_not_below(std::span<const float> values, std::size_t from, float threshold);
}  // namespace scalar

}  // namespace resonance::index
