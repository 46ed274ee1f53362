#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

/// `whole` with the changes that a fuzzer's bytes say, 11 each: where, how many, what; none cuts the end off.
/// So the fuzzer gets behind the first few counts of a format.
inline std::string changed_bytes(std::string whole, const std::uint8_t* data, std::size_t size) {
  for (std::size_t at = 0; at + 11 <= size; at += 11) {
    const std::size_t where = (data[at] * 256U + data[at + 1]) % whole.size();
    const std::size_t count = std::min<std::size_t>(data[at + 2] % 9, whole.size() - where);
    std::memcpy(whole.data() + where, data + at + 3, count);
    if (count == 0) whole.resize(whole.size() - std::min<std::size_t>(whole.size() - 1, data[at + 3]));
  }
  return whole;
}
