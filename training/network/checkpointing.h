#pragma once

#include <functional>

#include <torch/torch.h>

namespace resonance::training {

/// f(x) without keeping what is computed on the way: it is computed again for the gradient (Chen et al. 2016,
/// "Training deep nets with sublinear memory cost"). Running statistics of `module` are updated once.
torch::Tensor checkpointed(torch::nn::Module& module,
                           const std::function<torch::Tensor(const torch::Tensor&)>& f,
                           const torch::Tensor& x);

}  // namespace resonance::training
