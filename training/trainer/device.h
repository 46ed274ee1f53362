#pragma once

#include <string>

#include <torch/torch.h>

namespace resonance::training {

/// @param name  cpu, cuda or auto @throws Error(invalid_argument) if it is not there
torch::Device choose_device(const std::string& name);

/// What convolutions compute in: bfloat16 on CUDA, and on a CPU that has instructions for it; else float32.
torch::ScalarType choose_compute_type(const torch::Device& device, bool mixed_precision);

/// Threads of computation, denormals flushed to zero on each of them, results that do not depend on chance.
void prepare_computing(int threads);

}  // namespace resonance::training
