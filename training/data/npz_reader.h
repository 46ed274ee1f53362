#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::training {

/// An array of a .npy file as float, whatever its type was.
struct NumberArray {
  std::size_t rows = 0;
  std::size_t cols = 0;       ///< 1 for a one-dimensional array
  std::vector<float> values;  ///< rows x cols
};

struct NamedArray {
  std::string name;
  NumberArray array;
};

/// Reads .npy bytes: version 1 to 3, float16, float32, float64, int32, int64, uint8, C order, one or two
/// dimensions, little-endian. @throws Error(corrupt_data) naming `what`
NumberArray parse_npy(std::string_view bytes, const std::string& what);

/// The arrays of an .npz file as np.savez writes it (stored, not compressed), or the one of an .npy file (its
/// name is then the file's stem). @throws Error(not_found, unreadable, limit_exceeded beyond 1 GiB,
/// corrupt_data) naming the file
std::vector<NamedArray> read_arrays(const std::filesystem::path& path);

}  // namespace resonance::training
