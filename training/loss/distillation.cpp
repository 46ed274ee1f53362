#include "training/loss/distillation.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "training/network/layers.h"

namespace resonance::training {
namespace {

constexpr std::size_t kMaxRows = 40000;  ///< that the principal components are taken from

std::size_t index_of(const FeatureSet& set, const std::string& name) {
  const auto& teachers = set.teachers();
  const auto found = std::find_if(teachers.begin(), teachers.end(),
                                  [&](const TeacherInfo& teacher) { return teacher.name == name; });
  if (found == teachers.end()) {
    std::string known;
    for (const TeacherInfo& teacher : teachers) known += (known.empty() ? "" : ", ") + teacher.name;
    throw Error(ErrorCode::invalid_argument, "the set " + set.folder().string() + " has no teacher named " +
                                                 name + "; it has: " + (known.empty() ? "none" : known));
  }
  return static_cast<std::size_t>(std::distance(teachers.begin(), found));
}

torch::Tensor rows_tensor(const TeacherRows& rows, std::size_t dimensions) {
  return torch::tensor(rows.values, torch::kFloat)
      .view({static_cast<std::int64_t>(rows.starts.size()), static_cast<std::int64_t>(dimensions)});
}

}  // namespace

torch::Tensor distillation_loss(const torch::Tensor& said, const torch::Tensor& targets) {
  const torch::Tensor taught = (targets * targets).sum(1) > 0.5;
  const torch::Tensor away = (1 - (said * targets).sum(1)) * taught.to(said.scalar_type());
  return away.sum() / taught.sum().clamp_min(1);
}

torch::Tensor relation_loss(const torch::Tensor& embeddings, const torch::Tensor& targets) {
  const torch::Tensor taught = ((targets * targets).sum(1) > 0.5).to(embeddings.scalar_type());
  const torch::Tensor pairs =
      taught.unsqueeze(0) * taught.unsqueeze(1) * (1 - torch::eye(embeddings.size(0), embeddings.options()));
  const torch::Tensor difference = torch::matmul(embeddings, embeddings.t()) -
                                   torch::matmul(targets, targets.t()).to(embeddings.scalar_type());
  return (difference * difference * pairs).sum() / pairs.sum().clamp_min(1);
}

/// Rows of all teachers at the starts that they share: R x joined dimensions, each teacher's part of unit
/// length.
torch::Tensor TeacherTargets::joined(const FeatureSet& set, std::size_t track,
                                     std::vector<std::int64_t>& starts) const {
  std::vector<TeacherRows> all;
  for (const std::string& name : names) all.push_back(set.teacher_rows(track, index_of(set, name)));
  starts = all.front().starts;
  for (const TeacherRows& rows : all) {
    std::vector<std::int64_t> shared;
    std::set_intersection(starts.begin(), starts.end(), rows.starts.begin(), rows.starts.end(),
                          std::back_inserter(shared));
    starts = std::move(shared);
  }
  if (starts.empty()) return {};
  std::vector<torch::Tensor> parts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto dimensions = static_cast<std::size_t>(means[i].size(0));
    std::vector<std::int64_t> wanted;
    for (const std::int64_t start : starts) {
      wanted.push_back(
          std::distance(all[i].starts.begin(), std::find(all[i].starts.begin(), all[i].starts.end(), start)));
    }
    const torch::Tensor rows = rows_tensor(all[i], dimensions).index_select(0, torch::tensor(wanted));
    parts.push_back(unit_length(rows - means[i]));
  }
  return torch::cat(parts, 1);
}

TeacherTargets TeacherTargets::fit(const FeatureSet& set, const std::vector<std::string>& teachers,
                                   const std::vector<std::size_t>& training, std::size_t dimensions) {
  const torch::NoGradGuard no_grad;
  TeacherTargets targets;
  targets.names = teachers;
  if (teachers.empty()) {
    for (const TeacherInfo& teacher : set.teachers()) targets.names.push_back(teacher.name);
  }
  if (targets.names.empty()) {
    throw Error(
        ErrorCode::invalid_argument,
        "the set " + set.folder().string() +
            " holds no teachers: pack it with --teachers, or set train.loss_weights.distillation to 0");
  }
  for (const std::string& name : targets.names) {
    const std::size_t index = index_of(set, name);
    const std::size_t size = set.teachers()[index].dimensions;
    torch::Tensor sum = torch::zeros({static_cast<std::int64_t>(size)}, torch::kDouble);
    std::int64_t count = 0;
    for (const std::size_t track : training) {
      const TeacherRows rows = set.teacher_rows(track, index);
      if (rows.starts.empty()) continue;
      sum += rows_tensor(rows, size).to(torch::kDouble).mean(0);
      ++count;
    }
    if (count == 0) {
      throw Error(ErrorCode::not_found, "teacher " + name + " says nothing of the tracks to train on");
    }
    targets.means.push_back((sum / static_cast<double>(count)).to(torch::kFloat));
  }
  std::int64_t size = 0;
  for (const torch::Tensor& mean : targets.means) size += mean.size(0);
  torch::Tensor products = torch::zeros({size, size}, torch::kDouble);
  std::size_t rows = 0;
  const std::size_t stride = std::max<std::size_t>(1, training.size() * 10 / kMaxRows);
  for (std::size_t i = 0; i < training.size(); i += stride) {
    std::vector<std::int64_t> starts;
    const torch::Tensor values = targets.joined(set, training[i], starts);
    if (!values.defined()) continue;
    products += torch::matmul(values.t(), values).to(torch::kDouble);
    rows += starts.size();
  }
  if (rows == 0) throw Error(ErrorCode::not_found, "the teachers have no rows that begin at the same frames");
  const auto [energies, directions] = torch::linalg_eigh(products);  // ascending
  const std::int64_t kept = std::min<std::int64_t>(static_cast<std::int64_t>(dimensions), size);
  targets.axes = directions.slice(1, size - kept, size).flip(1).to(torch::kFloat).contiguous();
  targets.kept_ = (energies.slice(0, size - kept, size).sum() / energies.sum()).item<double>();
  return targets;
}

TargetTable TeacherTargets::table(const FeatureSet& set) const {
  const torch::NoGradGuard no_grad;
  TargetTable table;
  table.dimensions = dimensions();
  table.frames = set.teachers()[index_of(set, names.front())].frames;
  for (std::size_t track = 0; track < set.tracks().size(); ++track) {
    TargetTable::Rows rows;
    const torch::Tensor values = joined(set, track, rows.starts);
    if (values.defined()) {
      const torch::Tensor projected = unit_length(torch::matmul(values, axes)).contiguous();
      const auto* data = projected.data_ptr<float>();
      rows.values.assign(data, data + projected.numel());
    }
    table.tracks.push_back(std::move(rows));
  }
  return table;
}

}  // namespace resonance::training
