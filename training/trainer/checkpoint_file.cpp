#include "training/trainer/checkpoint_file.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/crc32.h"
#include "resonance/core/error.h"

#include <limits>
#include <optional>
#include <utility>

namespace resonance::training {
namespace {

using embedding::ByteReader;
using embedding::ByteWriter;

constexpr std::string_view kMagic = "RTRAIN01";
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kVersionOfArchives = 1;
constexpr std::size_t kHeaderBytes = 8 + 4 + 8 + 4;
constexpr std::size_t kMaxDimensions = 8;

std::size_t item_bytes(TensorType type) {
  switch (type) {
    case TensorType::float32:
      return 4;
    case TensorType::int64:
      return 8;
    case TensorType::uint8:
      return 1;
  }
  return 0;
}

/// Nothing if it is more than `most`.
std::optional<std::size_t> bytes_of(TensorType type, std::span<const std::int64_t> shape, std::size_t most) {
  std::size_t bytes = item_bytes(type);
  for (const std::int64_t size : shape) {
    if (size < 0) return std::nullopt;
    const auto factor = static_cast<std::size_t>(size);
    if (factor != 0 && bytes > most / factor) return std::nullopt;
    bytes *= factor;
  }
  return bytes;
}

std::pair<std::string, StoredTensor> read_tensor(ByteReader& in) {
  std::string name(in.text(in.value<std::uint16_t>()));
  const auto type = in.value<std::uint8_t>();
  if (type > static_cast<std::uint8_t>(TensorType::uint8)) in.fail("has a tensor of numbers of no kind");
  StoredTensor tensor;
  tensor.type = static_cast<TensorType>(type);
  const std::size_t dimensions = in.value<std::uint8_t>();
  if (dimensions > kMaxDimensions) in.fail("has a tensor of too many dimensions");
  tensor.shape = in.values<std::int64_t>(dimensions);
  const std::optional<std::size_t> bytes = bytes_of(tensor.type, tensor.shape, in.left());
  if (!bytes) in.fail("has a tensor of an impossible shape");
  tensor.bytes = in.text(*bytes);
  return {std::move(name), std::move(tensor)};
}

}  // namespace

std::string_view checkpoint_payload(std::string_view bytes, std::uint32_t version, const std::string& what) {
  ByteReader header(bytes, what);
  if (bytes.size() < kHeaderBytes || header.text(kMagic.size()) != kMagic)
    header.fail("is no checkpoint of ours");
  const auto found = header.value<std::uint32_t>();
  if (found == kVersionOfArchives && found != version) {
    throw Error(ErrorCode::version_mismatch,
                what +
                    " is a checkpoint of version 1, whose reader would trust it: if you do, make it one of "
                    "this version with resonance-train convert");
  }
  if (found != version) {
    throw Error(ErrorCode::version_mismatch, what + " is a checkpoint of version " + std::to_string(found) +
                                                 ", this program reads " + std::to_string(version));
  }
  const auto size = header.value<std::uint64_t>();
  const auto crc = header.value<std::uint32_t>();
  const std::string_view payload = bytes.substr(kHeaderBytes);
  if (payload.size() != size || crc32(0, payload) != crc) {
    header.fail("is damaged or cut short: take an older checkpoint, or train anew");
  }
  return payload;
}

CheckpointContents parse_checkpoint(std::string_view bytes, const std::string& what) {
  ByteReader in(checkpoint_payload(bytes, kVersion, what), what);
  CheckpointContents contents;
  contents.info = parse_checkpoint_info(in.text(in.value<std::uint32_t>()), what);
  while (in.left() > 0) {
    auto [name, tensor] = read_tensor(in);
    if (!contents.tensors.emplace(std::move(name), std::move(tensor)).second) {
      in.fail("holds a tensor twice");
    }
  }
  return contents;
}

CheckpointFileWriter::CheckpointFileWriter(const CheckpointInfo& info) {
  const std::string text = to_json(info);
  payload_.value(static_cast<std::uint32_t>(text.size()));
  payload_.text(text);
}

void CheckpointFileWriter::add(std::string_view name, TensorType type, std::span<const std::int64_t> shape,
                               std::string_view bytes) {
  if (name.size() > std::numeric_limits<std::uint16_t>::max() || shape.size() > kMaxDimensions ||
      bytes_of(type, shape, bytes.size()) != bytes.size()) {
    throw Error(ErrorCode::invalid_argument, std::string(name) + " is no tensor that a checkpoint can hold");
  }
  payload_.value(static_cast<std::uint16_t>(name.size()));
  payload_.text(name);
  payload_.value(static_cast<std::uint8_t>(type));
  payload_.value(static_cast<std::uint8_t>(shape.size()));
  payload_.values(shape);
  payload_.text(bytes);
}

void CheckpointFileWriter::commit(const std::filesystem::path& path) const {
  ByteWriter header;
  header.text(kMagic);
  header.value(kVersion);
  header.value(static_cast<std::uint64_t>(payload_.bytes().size()));
  header.value(crc32(0, payload_.bytes()));
  AtomicFile file(path);
  file.write(header.bytes());
  file.write(payload_.bytes());
  file.commit();
}

}  // namespace resonance::training
