#include "training/trainer/device.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>

#include <dlfcn.h>
#include <torch/cuda.h>

namespace resonance::training {
namespace {

bool cpu_has(const std::string& flag) {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("flags")) return (line + " ").find(" " + flag + " ") != std::string::npos;
  }
  return false;
}

}  // namespace

torch::Device choose_device(const std::string& name) {
  const bool cuda = torch::cuda::is_available();
  if (name == "cpu" || (name == "auto" && !cuda)) return torch::Device(torch::kCPU);
  if (name != "cuda" && name != "auto") {
    throw Error(ErrorCode::invalid_argument, "--device is \"" + name + "\", and must be cpu, cuda or auto");
  }
  if (!cuda) {
    throw Error(ErrorCode::invalid_argument,
                "there is no CUDA device, or this LibTorch is built without CUDA: use --device cpu");
  }
  return torch::Device(torch::kCUDA, 0);
}

torch::ScalarType choose_compute_type(const torch::Device& device, bool mixed_precision,
                                      const std::string& type) {
  if (!mixed_precision) return torch::kFloat;
  if (type == "bf16") return torch::kBFloat16;
  if (type == "fp16") {
    if (device.is_cuda()) return torch::kHalf;
    throw Error(ErrorCode::invalid_argument,
                "train.amp_type is fp16, which is for CUDA devices: leave it at auto");
  }
  // Measured with oneDNN 2.6: with AMX, convolutions in bfloat16 are three to five times as fast; without any
  // instructions for it, slower.
  if (device.is_cuda() || cpu_has("amx_bf16") || cpu_has("avx512_bf16")) return torch::kBFloat16;
  return torch::kFloat;
}

void prepare_computing(int threads) {
  if (threads <= 0) threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  torch::set_num_threads(threads);
  // A LibTorch that finds its BLAS in the system leaves that one's threads alone; OpenBLAS then spins on
  // every core.
  using SetThreads = void (*)(int);
  if (auto* set_threads = reinterpret_cast<SetThreads>(::dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) {
    set_threads(torch::get_num_threads());
  }
  at::globalContext().setFlushDenormal(true);
  at::parallel_for(0, threads, 1,
                   [](std::int64_t, std::int64_t) { at::globalContext().setFlushDenormal(true); });
  at::globalContext().setDeterministicCuDNN(true);
  at::globalContext().setBenchmarkCuDNN(false);
}

}  // namespace resonance::training
