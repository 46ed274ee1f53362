#pragma once

#include "resonance/embedding/runnable_network.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::embedding {

/// What a model says of one of its inputs or outputs.
struct TensorInfo {
  std::string name;
  std::vector<std::int64_t> shape;  ///< -1 for a dimension that is free
};

/// A model is larger than this only by mistake.
inline constexpr std::uintmax_t kMaxModelBytes = std::uintmax_t{1} << 30U;

/// A model file, whole.
/// @throws Error(not_found, unreadable) naming it, Error(limit_exceeded) above kMaxModelBytes
std::string read_model_file(const std::filesystem::path& file);

/// A neural network in ONNX format, run by ONNX Runtime on one thread of the caller, so that workers run side
/// by side. It refers to no other file, and only float inputs and outputs are accepted. Not every damaged or
/// hostile network is survived by ONNX Runtime (a stride of 0 ends the process): check the bytes first where
/// they carry a checksum (require_whole_model), and load other models only from people you trust.
/// Thread-safe.
class OnnxModel final : public RunnableNetwork {
 public:
  /// @param bytes  of the file that messages name
  /// @throws Error(corrupt_data) naming the file and ONNX Runtime's reason if it is no usable model,
  /// Error(not_found, version_mismatch) if ONNX Runtime itself is missing or too old
  OnnxModel(const std::filesystem::path& file, std::string_view bytes);
  ~OnnxModel() override;
  OnnxModel(OnnxModel&&) noexcept;
  OnnxModel& operator=(OnnxModel&&) noexcept;
  OnnxModel(const OnnxModel&) = delete;
  OnnxModel& operator=(const OnnxModel&) = delete;

  [[nodiscard]] const std::filesystem::path& file() const override;
  [[nodiscard]] const std::vector<TensorInfo>& inputs() const;
  [[nodiscard]] const std::vector<TensorInfo>& outputs() const;
  /// The model's own key-value pairs.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const;

  [[nodiscard]] std::vector<Tensor> run(std::span<const NamedInput> inputs,
                                        std::span<const std::string_view> outputs) const override;

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

/// "ONNX Runtime 1.23.2", for `doctor`. @throws Error(not_found) if it is missing
std::string onnx_runtime_version();

}  // namespace resonance::embedding
