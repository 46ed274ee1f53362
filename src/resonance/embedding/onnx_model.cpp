#include "resonance/embedding/onnx_model.h"

#include "resonance/core/error.h"
#include "resonance/core/shared_library.h"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <optional>

#include <onnxruntime_cxx_api.h>

namespace resonance::embedding {
namespace {

constexpr const char* kLibrary = "libonnxruntime.so.1";

/// ONNX Runtime's one environment in this process. Loaded when the first model is opened and never unloaded:
/// a program that only searches does not pay for its 22 MB.
class Runtime {
 public:
  static Runtime& get() {
    static Runtime runtime;
    return runtime;
  }

  [[nodiscard]] const Ort::Env& env() const { return *env_; }
  [[nodiscard]] const std::string& version() const { return version_; }

 private:
  Runtime() {
    const SharedLibrary library(kLibrary);
    if (!library.is_loaded()) {
      throw Error(ErrorCode::not_found, "learned models need ONNX Runtime: " + library.problem() +
                                            "; run tools/setup and build again, or use --model statistics");
    }
    const OrtApiBase* base = library.function<const OrtApiBase*()>("OrtGetApiBase")();
    const OrtApi* api = base == nullptr ? nullptr : base->GetApi(ORT_API_VERSION);
    if (api == nullptr) {
      throw Error(ErrorCode::version_mismatch, std::string(kLibrary) + " is older than version 1." +
                                                   std::to_string(ORT_API_VERSION) +
                                                   ", which this program was built with");
    }
    version_ = base->GetVersionString();
    Ort::InitApi(api);
    env_.emplace(ORT_LOGGING_LEVEL_FATAL, "resonance");
    env_->DisableTelemetryEvents();
  }

  std::string version_;
  std::optional<Ort::Env> env_;  // not before there is an API to release it with
};

Ort::SessionOptions session_options() {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  options.SetInterOpNumThreads(1);
  options.SetGraphOptimizationLevel(GraphOptimizationLevel::ORT_ENABLE_ALL);
  // Silence is made of denormal numbers, which are slow.
  options.AddConfigEntry("session.set_denormal_as_zero", "1");
  return options;
}

/// @throws Error(corrupt_data) unless every tensor is of floats
std::vector<TensorInfo> describe(const Ort::Session& session, bool inputs, const std::string& file) {
  const Ort::AllocatorWithDefaultOptions allocator;
  std::vector<TensorInfo> result;
  const std::size_t count = inputs ? session.GetInputCount() : session.GetOutputCount();
  for (std::size_t i = 0; i < count; ++i) {
    const auto name =
        inputs ? session.GetInputNameAllocated(i, allocator) : session.GetOutputNameAllocated(i, allocator);
    const Ort::TypeInfo type = inputs ? session.GetInputTypeInfo(i) : session.GetOutputTypeInfo(i);
    if (type.GetONNXType() != ONNX_TYPE_TENSOR ||
        type.GetTensorTypeAndShapeInfo().GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
      throw Error(ErrorCode::corrupt_data, "model " + file + ": its " + (inputs ? "input " : "output ") +
                                               name.get() + " is not a tensor of floats");
    }
    result.push_back({name.get(), type.GetTensorTypeAndShapeInfo().GetShape()});
  }
  return result;
}

std::map<std::string, std::string> read_metadata(const Ort::Session& session) {
  const Ort::AllocatorWithDefaultOptions allocator;
  const Ort::ModelMetadata metadata = session.GetModelMetadata();
  std::map<std::string, std::string> result;
  for (const auto& key : metadata.GetCustomMetadataMapKeysAllocated(allocator)) {
    result[key.get()] = metadata.LookupCustomMetadataMapAllocated(key.get(), allocator).get();
  }
  return result;
}

bool has(const std::vector<TensorInfo>& tensors, std::string_view name) {
  return std::any_of(tensors.begin(), tensors.end(),
                     [&](const TensorInfo& info) { return info.name == name; });
}

}  // namespace

std::string read_model_file(const std::filesystem::path& file) {
  std::error_code problem;
  const std::uintmax_t size = std::filesystem::file_size(file, problem);
  if (problem) throw system_error(problem.value(), "cannot read model " + file.string());
  if (size > kMaxModelBytes) {
    throw Error(ErrorCode::limit_exceeded, "model " + file.string() + " has " + std::to_string(size) +
                                               " bytes; more than a gigabyte is no model");
  }
  std::ifstream stream(file, std::ios::binary);
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (!stream || !stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
    throw Error(ErrorCode::unreadable, "cannot read model " + file.string());
  }
  return bytes;
}

struct OnnxModel::Session {
  std::filesystem::path file;
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  std::map<std::string, std::string> metadata;
  mutable std::optional<Ort::Session> session;  // Run() is thread-safe, and not const only by its signature
};

OnnxModel::OnnxModel(const std::filesystem::path& file, std::string_view bytes)
    : session_(std::make_unique<Session>()) {
  session_->file = file;
  const Runtime& runtime = Runtime::get();
  try {
    session_->session.emplace(runtime.env(), bytes.data(), bytes.size(), session_options());
    session_->inputs = describe(*session_->session, true, file.string());
    session_->outputs = describe(*session_->session, false, file.string());
    session_->metadata = read_metadata(*session_->session);
  } catch (const Ort::Exception& problem) {
    throw Error(ErrorCode::corrupt_data, "model " + file.string() + " cannot be used: " + problem.what());
  }
}

OnnxModel::~OnnxModel() = default;
OnnxModel::OnnxModel(OnnxModel&&) noexcept = default;
OnnxModel& OnnxModel::operator=(OnnxModel&&) noexcept = default;

const std::filesystem::path& OnnxModel::file() const { return session_->file; }
const std::vector<TensorInfo>& OnnxModel::inputs() const { return session_->inputs; }
const std::vector<TensorInfo>& OnnxModel::outputs() const { return session_->outputs; }
const std::map<std::string, std::string>& OnnxModel::metadata() const { return session_->metadata; }

std::vector<Tensor> OnnxModel::run(std::span<const NamedInput> inputs,
                                   std::span<const std::string_view> outputs) const {
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeCPU);
  std::vector<const char*> input_names;
  std::vector<Ort::Value> values;
  for (const NamedInput& input : inputs) {
    if (!has(session_->inputs, input.name)) {
      throw Error(ErrorCode::invalid_argument,
                  "model " + session_->file.string() + " has no input " + input.name);
    }
    const std::int64_t count =
        std::accumulate(input.shape.begin(), input.shape.end(), std::int64_t{1}, std::multiplies<>());
    if (count != static_cast<std::int64_t>(input.values.size())) {
      throw Error(ErrorCode::invalid_argument, "input " + input.name + " has " +
                                                   std::to_string(input.values.size()) +
                                                   " values and a shape of " + std::to_string(count));
    }
    input_names.push_back(input.name.c_str());
    // ONNX Runtime takes inputs by pointers to what it does not change.
    values.push_back(Ort::Value::CreateTensor<float>(memory, const_cast<float*>(input.values.data()),
                                                     input.values.size(), input.shape.data(),
                                                     input.shape.size()));
  }
  std::vector<std::string> names(outputs.begin(), outputs.end());
  std::vector<const char*> output_names;
  for (const std::string& name : names) {
    if (!has(session_->outputs, name)) {
      throw Error(ErrorCode::invalid_argument, "model " + session_->file.string() + " has no output " + name);
    }
    output_names.push_back(name.c_str());
  }
  try {
    const std::vector<Ort::Value> results =
        session_->session->Run(Ort::RunOptions{nullptr}, input_names.data(), values.data(), values.size(),
                               output_names.data(), output_names.size());
    std::vector<Tensor> tensors;
    for (const Ort::Value& result : results) {
      const auto info = result.GetTensorTypeAndShapeInfo();
      const auto* data = result.GetTensorData<float>();
      tensors.push_back({info.GetShape(), {data, data + info.GetElementCount()}});
    }
    return tensors;
  } catch (const Ort::Exception& problem) {
    throw Error(ErrorCode::corrupt_data,
                "model " + session_->file.string() + " cannot be run: " + problem.what());
  }
}

std::string onnx_runtime_version() { return "ONNX Runtime " + Runtime::get().version(); }

}  // namespace resonance::embedding
