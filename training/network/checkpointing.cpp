#include "training/network/checkpointing.h"

#include <utility>

#include "training/network/layers.h"

namespace resonance::training {
namespace {

using Forward = std::function<torch::Tensor(const torch::Tensor&)>;

void freeze(torch::nn::Module& module, bool frozen) {
  module.apply([frozen](torch::nn::Module& part) {
    if (auto* norm = dynamic_cast<NormalisationImpl*>(&part)) norm->freeze_statistics(frozen);
  });
}

/// What the backward pass needs; goes with the graph.
struct Held : torch::CustomClassHolder {
  Held(torch::nn::Module& of, Forward f) : module(&of), function(std::move(f)) {}
  torch::nn::Module* module;
  Forward function;
};

class Recomputed : public torch::autograd::Function<Recomputed> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& /*makes the result need a gradient*/,
                               const c10::intrusive_ptr<Held>& held) {
    context->save_for_backward({x});
    context->saved_data["held"] = c10::IValue::make_capsule(held);
    const torch::NoGradGuard no_grad;
    return held->function(x);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::Tensor saved = context->get_saved_variables()[0];
    const auto capsule = context->saved_data["held"].toCapsule();
    auto* held = static_cast<Held*>(capsule.get());
    const torch::AutoGradMode with_grad(true);
    const torch::Tensor x = saved.detach().set_requires_grad(true);
    freeze(*held->module, true);
    const torch::Tensor y = held->function(x);
    freeze(*held->module, false);
    torch::autograd::backward({y}, {gradients[0]});
    return {x.grad(), torch::Tensor(), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor checkpointed(torch::nn::Module& module, const Forward& f, const torch::Tensor& x) {
  if (!torch::GradMode::is_enabled()) return f(x);
  return Recomputed::apply(x, torch::zeros({}).set_requires_grad(true), c10::make_intrusive<Held>(module, f));
}

}  // namespace resonance::training
