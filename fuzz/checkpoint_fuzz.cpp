// Any bytes as a checkpoint whose checksum is right: refused, or tensors as long as their shapes say and a
// network that this program would train. The first byte 255: the rest is the payload; else changes to a small
// whole one.
#include "resonance/core/atomic_file.h"
#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/embedding/bytes.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <unistd.h>

#include "changed_bytes.h"
#include "training/trainer/checkpoint_file.h"

namespace {

using namespace resonance;
using namespace resonance::training;

constexpr std::size_t kHeaderBytes = 24;

std::string whole_payload() {
  CheckpointInfo info;
  info.network.target_dimensions = 4;
  info.config = {{"train.lr", "0.1"}};
  info.set = "set";
  info.set_identity = "1";
  info.teachers = {"yamnet"};
  info.state.gradient_history = {1.5};
  info.state.epochs = {{1, 0.5, {{"recall@5", 0.25}}, 7}};
  CheckpointFileWriter writer(info);
  const std::vector<std::int64_t> matrix = {2, 3};
  writer.add("network/weight", TensorType::float32, matrix, std::string(24, 'x'));
  writer.add("step", TensorType::int64, {}, std::string(8, 'y'));
  writer.add("random", TensorType::uint8, std::vector<std::int64_t>{5}, std::string(5, 'z'));
  const std::string path = "/tmp/checkpoint_fuzz." + std::to_string(::getpid());
  writer.commit(path);
  const std::string bytes = read_file(path, 1 << 20);
  ::unlink(path.c_str());
  return bytes.substr(kHeaderBytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string whole = whole_payload();
  if (size == 0) return 0;
  const std::string payload = data[0] == 255 ? std::string(reinterpret_cast<const char*>(data) + 1, size - 1)
                                             : changed_bytes(whole, data + 1, size - 1);
  embedding::ByteWriter file;
  file.text("RTRAIN01");
  file.value(std::uint32_t{2});
  file.value(static_cast<std::uint64_t>(payload.size()));
  file.value(crc32(0, payload));
  file.text(payload);
  try {
    const CheckpointContents contents = parse_checkpoint(file.bytes(), "fuzz");
    for (const auto& [name, tensor] : contents.tensors) {
      std::size_t numbers = 1;
      for (const std::int64_t length : tensor.shape) numbers *= static_cast<std::size_t>(length);
      const std::size_t item = tensor.type == TensorType::float32 ? 4
                               : tensor.type == TensorType::int64 ? 8
                                                                  : 1;
      if (tensor.bytes.size() != numbers * item) std::abort();
    }
    const NetworkConfig& network = contents.info.network;
    if (network.channels.size() != 3 || network.hidden < 1 || network.hidden > 8192) std::abort();
    // What was read can be written, and means the same then.
    if (!(parse_checkpoint_info(to_json(contents.info), "fuzz").network == network)) std::abort();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt_data && error.code() != ErrorCode::version_mismatch) std::abort();
  }
  return 0;
}
