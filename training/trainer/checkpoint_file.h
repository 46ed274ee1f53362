#pragma once

#include "resonance/embedding/bytes.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "training/trainer/checkpoint_info.h"

namespace resonance::training {

/// What the numbers of a tensor in a checkpoint are.
enum class TensorType : std::uint8_t { float32 = 0, int64 = 1, uint8 = 2 };

/// A tensor as a file holds it.
struct StoredTensor {
  TensorType type = TensorType::float32;
  std::vector<std::int64_t> shape;
  std::string_view bytes;  ///< row-major, little-endian, as many as the shape says; not aligned
};

using StoredTensors = std::map<std::string, StoredTensor, std::less<>>;

/// A checkpoint file, without a word of LibTorch: its own archives are programs (TorchScript) and pickles,
/// and its reader trusts their offsets and strides.
///
///   magic "RTRAIN01", version (4 bytes), bytes that follow (8), their CRC-32 (4), then:
///   CheckpointInfo as JSON after its length (4); tensors until the end: length of the name (2), name, type
///   (1), number of dimensions (1), sizes (8 each), values
struct CheckpointContents {
  CheckpointInfo info;
  StoredTensors tensors;  ///< their bytes are those that were parsed
};

/// @param bytes  must outlive the result @param what  names the file in messages
/// @throws Error(corrupt_data) for anything that CheckpointFileWriter did not write; Error(version_mismatch)
/// saying what to do
CheckpointContents parse_checkpoint(std::string_view bytes, const std::string& what);

/// The bytes behind the header of a checkpoint of `version`. @throws as parse_checkpoint()
std::string_view checkpoint_payload(std::string_view bytes, std::uint32_t version, const std::string& what);

class CheckpointFileWriter {
 public:
  explicit CheckpointFileWriter(const CheckpointInfo& info);
  /// @param bytes  of the shape's size @throws Error(invalid_argument) if they are not
  void add(std::string_view name, TensorType type, std::span<const std::int64_t> shape,
           std::string_view bytes);
  /// Temporary name, fsync, rename: a full disk leaves the last one. @throws Error(no_space, unreadable)
  void commit(const std::filesystem::path& path) const;

 private:
  embedding::ByteWriter payload_;
};

}  // namespace resonance::training
