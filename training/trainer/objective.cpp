#include "training/trainer/objective.h"

#include <string>

#include "training/loss/contrastive_loss.h"
#include "training/loss/distillation.h"
#include "training/loss/triplet_loss.h"
#include "training/trainer/validation.h"

namespace resonance::training {

torch::Tensor batch_loss(Network& network, const Batch& batch, const TrainingConfig& config,
                         const torch::Device& device, Collective& ranks, Averages& averages) {
  const LossWeights& weights = config.train.loss_weights;
  NetworkOutput output = network->forward(input_of(batch, device));
  const bool taught = weights.distillation > 0 && batch.target_dimensions > 0;
  const torch::Tensor own_words = taught ? network->target(output.embedding) : torch::Tensor();
  const auto all = [&ranks](const torch::Tensor& rows) { return ranks.gather_rows(rows); };
  for (torch::Tensor* part : {&output.embedding, &output.timbre, &output.harmony, &output.rhythm})
    *part = all(*part);
  const torch::Tensor identities = all(torch::tensor(batch.identities)).to(device);
  const torch::Tensor works = all(torch::tensor(batch.works)).to(device);
  const torch::Tensor groups =
      config.data.group_column.empty() ? torch::Tensor() : all(torch::tensor(batch.groups)).to(device);
  torch::Tensor total = torch::zeros({}, output.embedding.options());
  const auto add = [&](const std::string& name, double weight, const torch::Tensor& value) {
    total = total + weight * value;
    averages.add("loss " + name, value.item<double>());
  };
  const auto contrast = [&](const torch::Tensor& embedding, const torch::Tensor& labels) {
    return contrastive_loss(embedding, labels, config.train.temperature, groups);
  };
  if (weights.contrast > 0 && config.train.loss == LossKind::triplet) {
    const TripletResult result =
        triplet_loss(output.embedding, identities, config.train.margin, config.train.mining);
    averages.add("triplets", static_cast<double>(result.mined));
    add("triplet", weights.contrast, result.loss);
  } else if (weights.contrast > 0) {
    add("contrast", weights.contrast, contrast(output.embedding, identities));
  }
  if (weights.timbre > 0) add("timbre", weights.timbre, contrast(output.timbre, identities));
  if (weights.harmony > 0) add("harmony", weights.harmony, contrast(output.harmony, works));
  if (weights.rhythm > 0) add("rhythm", weights.rhythm, contrast(output.rhythm, identities));
  if (taught) {
    const torch::Tensor targets = all(torch::tensor(batch.targets)
                                          .view({static_cast<std::int64_t>(batch.size),
                                                 static_cast<std::int64_t>(batch.target_dimensions)}))
                                      .to(device);
    add("distillation", weights.distillation, distillation_loss(all(own_words), targets));
    if (weights.relation > 0) add("relation", weights.relation, relation_loss(output.embedding, targets));
  }
  return total;
}

}  // namespace resonance::training
