#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::embedding {

/// A dense float tensor, row-major.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;  ///< product of `shape`
};

/// A tensor that somebody else owns, for an input of that name.
struct NamedInput {
  std::string name;
  std::vector<std::int64_t> shape;
  std::span<const float> values;
};

/// A trained network and what runs it: ONNX Runtime (OnnxModel), or LibTorch where a build has it.
/// Thread-safe.
class RunnableNetwork {
 public:
  virtual ~RunnableNetwork() = default;
  /// Where it came from, for messages.
  [[nodiscard]] virtual const std::filesystem::path& file() const = 0;
  /// One forward pass. @return the outputs named, in that order
  /// @throws Error(invalid_argument) for a name that the network has not or a shape that does not fit its
  /// values; Error(corrupt_data) naming the file if it cannot be run on them
  [[nodiscard]] virtual std::vector<Tensor> run(std::span<const NamedInput> inputs,
                                                std::span<const std::string_view> outputs) const = 0;
};

}  // namespace resonance::embedding
