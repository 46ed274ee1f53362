#include "training/trainer/checkpoint.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"

#include <cstring>
#include <sstream>
#include <string_view>
#include <type_traits>
#include <utility>

namespace resonance::training {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{8} << 30U;
constexpr std::string_view kOptimiser = "optimiser/";

TensorType type_of(const torch::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case torch::kFloat:
      return TensorType::float32;
    case torch::kLong:
      return TensorType::int64;
    case torch::kByte:
      return TensorType::uint8;
    default:
      throw Error(ErrorCode::internal, "a checkpoint holds no tensors of such numbers");
  }
}

torch::ScalarType type_of(TensorType type) {
  switch (type) {
    case TensorType::int64:
      return torch::kLong;
    case TensorType::uint8:
      return torch::kByte;
    case TensorType::float32:
      break;
  }
  return torch::kFloat;
}

void add(CheckpointFileWriter& file, const std::string& name, const torch::Tensor& tensor) {
  const torch::Tensor plain = tensor.detach().to(torch::kCPU).contiguous();
  const auto sizes = plain.sizes();
  file.add(name, type_of(plain), {sizes.data(), sizes.size()},
           {static_cast<const char*>(plain.data_ptr()), plain.nbytes()});
}

std::string network_name(const std::string& key) { return "network/" + key; }
std::string mean_name(std::size_t teacher) { return "mean" + std::to_string(teacher); }

/// What LibTorch calls a parameter's state: the address, before 2.0 as text.
template <typename States>
typename States::key_type state_key(const torch::Tensor& parameter) {
  if constexpr (std::is_same_v<typename States::key_type, std::string>) {
    std::ostringstream text;
    text << parameter.unsafeGetTensorImpl();
    return text.str();
  } else {
    return parameter.unsafeGetTensorImpl();
  }
}

/// Calls `visit` with every parameter's name in a checkpoint, the parameter and the key of its state.
template <typename Visit>
void for_each_parameter(torch::optim::AdamW& optimiser, const Visit& visit) {
  using States = std::remove_reference_t<decltype(optimiser.state())>;
  const auto& groups = optimiser.param_groups();
  for (std::size_t group = 0; group < groups.size(); ++group) {
    const auto& parameters = groups[group].params();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      visit(std::string(kOptimiser) + std::to_string(group) + "/" + std::to_string(i) + "/", parameters[i],
            state_key<States>(parameters[i]));
    }
  }
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, Network& network, torch::optim::AdamW* optimiser,
                     const TeacherTargets* targets, CheckpointInfo info) {
  if (targets != nullptr) info.teachers = targets->names;
  CheckpointFileWriter file(info);
  for (const auto& item : network->named_parameters()) add(file, network_name(item.key()), item.value());
  for (const auto& item : network->named_buffers()) add(file, network_name(item.key()), item.value());
  if (optimiser != nullptr) {
    for_each_parameter(*optimiser, [&](const std::string& name, const torch::Tensor&, const auto& key) {
      const auto found = optimiser->state().find(key);
      if (found == optimiser->state().end()) return;  // a parameter that has had no gradient yet
      const auto& state = static_cast<const torch::optim::AdamWParamState&>(*found->second);
      add(file, name + "step", torch::tensor(state.step(), torch::kLong));
      add(file, name + "mean", state.exp_avg());
      add(file, name + "square", state.exp_avg_sq());
    });
  }
  add(file, "random", torch::globalContext().defaultGenerator(torch::kCPU).get_state());
  if (targets != nullptr) {
    add(file, "axes", targets->axes);
    for (std::size_t i = 0; i < targets->means.size(); ++i) add(file, mean_name(i), targets->means[i]);
  }
  file.commit(path);
}

CheckpointReader::CheckpointReader(const std::filesystem::path& path)
    : path_(path), bytes_(read_file(path, kMaxBytes)), contents_(parse_checkpoint(bytes_, path.string())) {}

void CheckpointReader::fail(const std::string& how) const {
  throw Error(ErrorCode::corrupt_data,
              path_.string() + " " + how + ": take an older checkpoint, or train anew");
}

torch::Tensor CheckpointReader::tensor(const std::string& name) const {
  const auto found = contents_.tensors.find(name);
  if (found == contents_.tensors.end()) fail("holds no " + name);
  const StoredTensor& stored = found->second;
  torch::Tensor tensor = torch::empty(stored.shape, type_of(stored.type));
  if (!stored.bytes.empty()) std::memcpy(tensor.data_ptr(), stored.bytes.data(), stored.bytes.size());
  return tensor;
}

torch::Tensor CheckpointReader::tensor_like(const std::string& name, const torch::Tensor& example) const {
  torch::Tensor result = tensor(name);
  if (result.sizes() != example.sizes() || result.scalar_type() != example.scalar_type()) {
    fail("holds a " + name + " of another shape than its network has");
  }
  return result;
}

void CheckpointReader::load(Network& network) const {
  if (!(network->config() == info().network)) {
    throw Error(
        ErrorCode::version_mismatch,
        path_.string() + " holds a network of another architecture: use the config that it was trained with");
  }
  const torch::NoGradGuard no_grad;
  for (auto& item : network->named_parameters()) {
    item.value().copy_(tensor_like(network_name(item.key()), item.value()));
  }
  for (auto& item : network->named_buffers()) {
    item.value().copy_(tensor_like(network_name(item.key()), item.value()));
  }
}

void CheckpointReader::load(torch::optim::AdamW& optimiser) const {
  const auto first = contents_.tensors.lower_bound(kOptimiser);
  if (first == contents_.tensors.end() || !first->first.starts_with(kOptimiser)) {
    throw Error(ErrorCode::invalid_argument,
                path_.string() + " is a model for use; a run goes on from last.pt of its folder");
  }
  for_each_parameter(
      optimiser, [&](const std::string& name, const torch::Tensor& parameter, const auto& key) {
        if (!contents_.tensors.contains(name + "step")) return;
        auto state = std::make_unique<torch::optim::AdamWParamState>();
        state->step(tensor_like(name + "step", torch::tensor(std::int64_t{0})).template item<std::int64_t>());
        state->exp_avg(tensor_like(name + "mean", parameter).to(parameter.device()));
        state->exp_avg_sq(tensor_like(name + "square", parameter).to(parameter.device()));
        optimiser.state()[key] = std::move(state);
      });
}

void CheckpointReader::load_random_state() const {
  auto generator = torch::globalContext().defaultGenerator(torch::kCPU);
  try {
    generator.set_state(tensor_like("random", generator.get_state()));
  } catch (const c10::Error&) {
    fail("holds a random generator that is none");
  }
}

std::optional<TeacherTargets> CheckpointReader::targets() const {
  if (info().teachers.empty()) return std::nullopt;
  TeacherTargets targets;
  targets.names = info().teachers;
  targets.axes = tensor("axes");
  std::int64_t joined = 0;
  bool fits = targets.axes.dim() == 2 && targets.axes.scalar_type() == torch::kFloat;
  for (std::size_t i = 0; i < targets.names.size(); ++i) {
    targets.means.push_back(tensor(mean_name(i)));
    fits = fits && targets.means.back().dim() == 1 && targets.means.back().scalar_type() == torch::kFloat;
    joined += targets.means.back().numel();
  }
  if (!fits || targets.axes.size(0) != joined) fail("holds teachers' means and axes that do not fit");
  return targets;
}

std::filesystem::path checkpoint_in(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) {
    if (std::filesystem::exists(path)) return path;
    throw Error(ErrorCode::not_found, "there is no checkpoint " + path.string());
  }
  if (std::filesystem::exists(path / "ckpt.pt")) return path / "ckpt.pt";
  throw Error(ErrorCode::not_found, "there is no ckpt.pt in " + path.string() + ": train a model first");
}

Network load_network(const std::filesystem::path& path) {
  const CheckpointReader reader(checkpoint_in(path));
  Network network(reader.info().network);
  reader.load(network);
  network->eval();
  return network;
}

void convert_checkpoint(const std::filesystem::path& old, const std::filesystem::path& path) {
  const std::string bytes = read_file(old, kMaxBytes);
  const std::string_view payload = checkpoint_payload(bytes, 1, old.string());
  try {
    torch::serialize::InputArchive archive;
    archive.load_from(payload.data(), payload.size());
    torch::IValue text;
    archive.read("info", text);
    const CheckpointInfo info = parse_checkpoint_info(text.toStringRef(), old.string());
    Network network(info.network);
    torch::serialize::InputArchive weights;
    archive.read("network", weights);
    network->load(weights);
    TeacherTargets targets;
    torch::IValue names;
    if (archive.try_read("teachers", names)) {
      std::istringstream lines(names.toStringRef());
      for (std::string line; std::getline(lines, line);) {
        torch::Tensor mean;
        archive.read(mean_name(targets.names.size()), mean, /*is_buffer=*/true);
        targets.names.push_back(line);
        targets.means.push_back(mean);
      }
      archive.read("axes", targets.axes, /*is_buffer=*/true);
    }
    save_checkpoint(path, network, nullptr, targets.names.empty() ? nullptr : &targets, info);
  } catch (const c10::Error& error) {
    throw Error(ErrorCode::corrupt_data, old.string() + " does not load: " + error.what_without_backtrace());
  }
}

}  // namespace resonance::training
