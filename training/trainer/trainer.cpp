#include "training/trainer/trainer.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <new>
#include <utility>

#include "training/data/batch_loader.h"
#include "training/distributed/collective.h"
#include "training/loss/distillation.h"
#include "training/trainer/auto_clip.h"
#include "training/trainer/averages.h"
#include "training/trainer/checkpoint.h"
#include "training/trainer/device.h"
#include "training/trainer/early_stopping.h"
#include "training/trainer/event_file.h"
#include "training/trainer/objective.h"
#include "training/trainer/preparation.h"
#include "training/trainer/report.h"
#include "training/trainer/schedule.h"
#include "training/trainer/validation.h"

namespace resonance::training {
namespace {

constexpr std::size_t kBatchesAhead = 3;
constexpr double kFirstLossScale = 65536;  // of float16's gradients, doubled after kStepsToGrow good steps
constexpr int kStepsToGrow = 2000;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// One run. Built up in the order of its members.
class Run {
 public:
  Run(const TrainOptions& options, TrainObserver& observer, const std::stop_token& stop);
  TrainReport go();

 private:
  void begin();
  void write_held_out() const;
  void resume(CheckpointReader& reader);
  bool train_epoch();
  void train_step(const Batch& batch, bool last_of_step, Averages& averages);
  void take_step(Averages& averages);
  void sum_gradients();
  [[nodiscard]] bool agreed(bool mine);
  [[nodiscard]] std::string reason_to_end();
  [[nodiscard]] bool leads() const { return ranks_.rank() == 0; }
  void validate(EpochRecord& record);
  void write_events(const EpochRecord& record);
  void save_last();
  void save_best();
  [[nodiscard]] double progress(std::uint64_t step) const;
  [[nodiscard]] double elapsed_s() const { return state_.seconds + now_s() - begun_s_; }
  [[nodiscard]] CheckpointInfo info() const;
  [[nodiscard]] bool out_of_time() const {
    return options_.time_limit_minutes && elapsed_s() >= 60 * *options_.time_limit_minutes;
  }

  const TrainOptions& options_;
  const TrainingConfig& config_;
  TrainObserver& observer_;
  const std::stop_token& stop_;
  torch::Device device_;
  Collective ranks_;
  FeatureSet set_;
  Split split_;
  Sampler sampler_;
  std::optional<TeacherTargets> teachers_;
  TargetTable targets_;
  std::unique_ptr<BatchMaker> batches_;
  std::unique_ptr<Validation> validation_;
  std::unique_ptr<Validation> holdout_;
  Network network_{nullptr};
  std::unique_ptr<torch::optim::AdamW> optimiser_;
  AutoClip clip_;
  std::unique_ptr<EventFile> events_;
  RunState state_;
  std::uint64_t steps_ = 0;  ///< optimiser steps an epoch
  double begun_s_ = 0;
  double share_ = 0;       ///< of the run that is done, as rank 0 sees it
  bool scaling_ = false;   ///< the loss is scaled, so that small gradients do not vanish in float16
  int good_steps_ = 0;     ///< since the scale was changed
  bool stopping_ = false;  ///< a rank was asked to stop
  std::string broken_at_;  ///< where the loss was no number
};

Run::Run(const TrainOptions& options, TrainObserver& observer, const std::stop_token& stop)
    : options_(options),
      config_(options.config),
      observer_(observer),
      stop_(stop),
      device_(choose_device(options.device)),
      ranks_(options.ranks),
      set_(options.set),
      split_(split_tracks(set_.tracks(), config_.data.split)),
      sampler_(set_.tracks(), usable_tracks(config_, set_, split_), sampler_config(config_, set_),
               config_.train.seed),
      clip_(config_.train.autoclip_percentile) {}

void Run::begin() {
  std::filesystem::create_directories(options_.out);
  const std::filesystem::path last = options_.out / "last.pt";
  std::optional<CheckpointReader> reader;
  std::optional<CheckpointReader> start;
  if (options_.resume && std::filesystem::exists(last)) {
    reader.emplace(last);
  } else if (!options_.from.empty()) {
    start.emplace(checkpoint_in(options_.from));
  }

  if (leads()) write_held_out();
  const bool taught = config_.train.loss_weights.distillation > 0 && !set_.teachers().empty();
  if (reader) {
    teachers_ = reader->targets();
  } else if (taught && start && start->info().network.target_dimensions > 0) {
    teachers_ = start->targets();  // its head speaks of these components
  } else if (taught) {
    teachers_ = TeacherTargets::fit(set_, config_.train.distillation.teachers, split_.training,
                                    static_cast<std::size_t>(config_.train.distillation.dimensions));
  }
  if (teachers_) targets_ = teachers_->table(set_);
  if (leads())
    observer_.note(
        std::to_string(split_.training.size()) + " tracks to train on, " +
        std::to_string(split_.validation.size()) + " of the same sources and " +
        std::to_string(split_.holdout.size()) + " of others to measure on" +
        (teachers_ ? ", " + std::to_string(teachers_->names.size()) + " teachers" : ", no teachers"));
  batches_ =
      std::make_unique<BatchMaker>(set_, sampler_, targets_, batch_config(config_), config_.train.seed);
  validation_ = std::make_unique<Validation>(set_, split_.validation, targets_, config_);
  holdout_ = std::make_unique<Validation>(set_, split_.holdout, targets_, config_);
  const auto per_step = static_cast<std::uint64_t>(config_.train.accumulation);
  steps_ = config_.train.steps_per_epoch > 0
               ? static_cast<std::uint64_t>(config_.train.steps_per_epoch)
               : std::max<std::uint64_t>(1, sampler_.steps_per_pass() / per_step);

  torch::manual_seed(config_.train.seed);
  NetworkConfig architecture = config_.network;
  architecture.target_dimensions =
      start ? start->info().network.target_dimensions : static_cast<std::int64_t>(targets_.dimensions);
  network_ = Network(architecture);
  if (start) {
    if (targets_.dimensions != 0 &&
        static_cast<std::size_t>(architecture.target_dimensions) != targets_.dimensions) {
      throw Error(
          ErrorCode::invalid_argument,
          options_.from.string() + " was trained without teachers: set train.loss_weights.distillation to 0");
    }
    start->load(network_);
  } else if (!reader) {
    set_band_statistics(network_, config_, set_, split_);
  }
  const torch::ScalarType type = choose_compute_type(device_, config_.train.use_amp, config_.train.amp_type);
  scaling_ = type == torch::kHalf;
  if (scaling_) state_.loss_scale = kFirstLossScale;
  network_->compute_in(type);
  network_->timbre->checkpoint_blocks = config_.train.gradient_checkpointing;
  network_->to(device_);
  if (ranks_.size() > 1) {
    network_->synchronise([this](const torch::Tensor& x) { return ranks_.differentiable_sum(x); });
  }
  optimiser_ = make_optimiser(network_, config_.train);
  if (reader) resume(*reader);
  if (leads()) events_ = std::make_unique<EventFile>(options_.out);
  std::int64_t parameters = 0;
  for (const torch::Tensor& parameter : network_->parameters()) parameters += parameter.numel();
  if (leads())
    observer_.note(std::to_string(parameters) + " parameters, " + std::to_string(steps_) +
                   " steps an epoch, " + device_.str() + ", convolutions in " + c10::toString(type));
}

void Run::write_held_out() const {
  AtomicFile file(options_.out / kHeldOutName);
  file.write(held_out_manifest(set_.tracks(), split_));
  file.commit();
}

void Run::resume(CheckpointReader& reader) {
  const CheckpointInfo& info = reader.info();
  if (info.set_identity != std::to_string(set_.identity())) {
    throw Error(ErrorCode::version_mismatch, (options_.out / "last.pt").string() +
                                                 " belongs to a run on another set (" + info.set +
                                                 "): choose another --out, or leave out --resume");
  }
  for (const auto& [key, value] : describe(config_)) {
    for (const auto& [old_key, old_value] : info.config) {
      if (key == old_key && value != old_value) {
        throw Error(ErrorCode::version_mismatch, (options_.out / "last.pt").string() + " was trained with " +
                                                     key + " = " + old_value + ", now it is " + value +
                                                     ": choose another --out, or leave out --resume");
      }
    }
  }
  reader.load(network_);
  reader.load(*optimiser_);
  reader.load_random_state();
  state_ = info.state;
  clip_.restore(state_.gradient_history);
  if (leads()) observer_.note("going on after epoch " + std::to_string(state_.epochs_done));
}

double Run::progress(std::uint64_t step) const {
  const double epochs = config_.train.epochs;
  double share = (state_.epochs_done + static_cast<double>(step) / static_cast<double>(steps_)) / epochs;
  if (options_.time_limit_minutes) share = std::max(share, elapsed_s() / (60 * *options_.time_limit_minutes));
  return share;
}

/// Gradients of all ranks together, and with them what the ranks have to agree on.
void Run::sum_gradients() {
  std::vector<torch::Tensor> parts;
  for (const torch::Tensor& parameter : network_->parameters()) {
    if (parameter.grad().defined()) parts.push_back(parameter.grad().flatten());
  }
  parts.push_back(
      torch::tensor({stop_.stop_requested() ? 1.0F : 0.0F, leads() ? static_cast<float>(share_) : 0.0F})
          .to(device_));
  torch::Tensor sum = torch::cat(parts);
  ranks_.sum(sum);
  std::int64_t at = 0;
  for (torch::Tensor& parameter : network_->parameters()) {
    if (!parameter.grad().defined()) continue;
    const std::int64_t count = parameter.numel();
    parameter.mutable_grad().copy_(sum.slice(0, at, at + count).view(parameter.sizes()));
    at += count;
  }
  stopping_ = sum[at].item<float>() > 0;
  share_ = sum[at + 1].item<float>();
}

/// Whether any rank says so.
bool Run::agreed(bool mine) {
  if (ranks_.size() == 1) return mine;
  torch::Tensor flag = torch::tensor({mine ? 1.0F : 0.0F});
  ranks_.sum(flag);
  return flag.item<float>() > 0;
}

void Run::take_step(Averages& averages) {
  if (ranks_.size() > 1) sum_gradients();
  double squares = 0;
  for (const torch::Tensor& parameter : network_->parameters()) {
    if (parameter.grad().defined()) squares += parameter.grad().square().sum().item<double>();
  }
  const double length = std::sqrt(squares) / state_.loss_scale;
  if (!std::isfinite(length)) {
    if (scaling_ && state_.loss_scale > 1) {  // too large a scale: this step is left out
      state_.loss_scale /= 2;
      good_steps_ = 0;
      optimiser_->zero_grad();
    } else {
      broken_at_ = "the gradient";
    }
    return;
  }
  const double factor = clip_.factor(length) / state_.loss_scale;
  averages.add("gradient", length);
  if (factor != 1) {
    for (const torch::Tensor& parameter : network_->parameters()) {
      if (parameter.grad().defined()) parameter.grad().mul_(factor);
    }
  }
  optimiser_->step();
  optimiser_->zero_grad();
  ++state_.steps_done;
  if (scaling_ && ++good_steps_ == kStepsToGrow) {
    state_.loss_scale *= 2;
    good_steps_ = 0;
  }
}

void Run::train_step(const Batch& batch, bool last_of_step, Averages& averages) {
  const torch::Tensor loss = batch_loss(network_, batch, config_, device_, ranks_, averages);
  const double value = loss.item<double>();
  if (!std::isfinite(value)) {
    broken_at_ = "the loss";
    return;
  }
  averages.add("loss", value);
  (loss * (state_.loss_scale / static_cast<double>(config_.train.accumulation))).backward();
  if (last_of_step) take_step(averages);
}

/// False if the run is to end without this epoch.
bool Run::train_epoch() {
  const double begun = now_s();
  const auto epoch = static_cast<std::uint64_t>(state_.epochs_done);
  const auto parts = static_cast<std::uint64_t>(config_.train.accumulation);
  BatchLoader loader(
      [&](std::uint64_t step) {
        at::globalContext().setFlushDenormal(true);
        return batches_->make(
            epoch, step, {static_cast<std::size_t>(ranks_.rank()), static_cast<std::size_t>(ranks_.size())});
      },
      steps_ * parts, static_cast<unsigned>(config_.data.threads), kBatchesAhead);
  const double warmup = static_cast<double>(config_.train.warmup_epochs) / config_.train.epochs;
  network_->train();
  Averages averages;
  double examples = 0;
  double rate = 0;
  double loss_sum = 0;
  for (std::uint64_t step = 0; step < steps_; ++step) {
    if (leads()) share_ = progress(step) + 1.0 / (config_.train.epochs * static_cast<double>(steps_));
    rate = config_.train.lr * learning_rate_share(share_, warmup);
    for (auto& group : optimiser_->param_groups()) {
      static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
    }
    for (std::uint64_t part = 0; part < parts; ++part) {
      if (ranks_.size() == 1 ? stop_.stop_requested() : stopping_) return false;
      const Batch batch = loader.next();
      examples += static_cast<double>(batch.size) * ranks_.size();
      train_step(batch, part + 1 == parts, averages);
      if (!broken_at_.empty()) {
        broken_at_ +=
            " is no number in epoch " + std::to_string(epoch + 1) + ", step " + std::to_string(step + 1);
        return false;
      }
    }
    loss_sum = averages.means()["loss"];
    if (share_ >= 1 && options_.time_limit_minutes) steps_ = step + 1;  // the last epoch is a short one
    TrainProgress shown;
    shown.epoch = state_.epochs_done + 1;
    shown.epochs = config_.train.epochs;
    shown.step = step + 1;
    shown.steps = steps_;
    shown.loss = loss_sum;
    shown.examples_per_s = examples / (now_s() - begun);
    const double share = progress(step + 1);
    shown.left_s = share > 0 ? elapsed_s() * (1 - share) / share : 0;
    if (!state_.epochs.empty() && state_.epochs.back().metrics.contains("recall@5")) {
      shown.recall_at_5 = state_.epochs.back().metrics.at("recall@5");
    }
    if (leads()) observer_.progress(shown);
  }
  EpochRecord record;
  record.epoch = state_.epochs_done + 1;
  record.metrics = averages.means();
  record.loss = record.metrics["loss"];
  record.metrics["lr"] = rate;
  record.metrics["examples/s"] = examples / (now_s() - begun);
  record.metrics["loader wait"] = loader.waited_s() / (now_s() - begun);
  if (leads()) validate(record);
  record.seconds = now_s() - begun;
  ++state_.epochs_done;
  state_.gradient_history = clip_.history();
  const bool best = note_epoch(config_.train.early_stopping, record, state_);
  state_.epochs.push_back(record);
  if (!leads()) return true;
  write_events(record);
  if (best) save_best();
  save_last();
  write_run_report(options_.out / "report.html", info());
  observer_.epoch(record, best);
  return true;
}

void Run::validate(EpochRecord& record) {
  record.metrics.merge(validation_->measure(network_, device_));
  for (const auto& [name, value] : holdout_->measure(network_, device_))
    record.metrics["holdout " + name] = value;
  // One figure of both what is new (identity) and what the teachers know.
  const auto value = [&](const std::string& name) {
    const auto found = record.metrics.find(name);
    return found == record.metrics.end() ? 0.0 : found->second;
  };
  record.metrics["score"] = 0.5 * value("recall@5") + 0.5 * value("teacher");
}

void Run::write_events(const EpochRecord& record) {
  for (const auto& [name, value] : record.metrics) events_->scalar(name, state_.steps_done, value);
  events_->flush();
}

CheckpointInfo Run::info() const {
  CheckpointInfo result;
  result.network = network_->config();
  result.config = describe(config_);
  result.set = options_.set.string();
  result.set_identity = std::to_string(set_.identity());
  result.state = state_;
  result.state.seconds = elapsed_s();
  return result;
}

void Run::save_last() {
  save_checkpoint(options_.out / "last.pt", network_, optimiser_.get(), teachers_ ? &*teachers_ : nullptr,
                  info());
}

void Run::save_best() {
  save_checkpoint(options_.out / "ckpt.pt", network_, nullptr, teachers_ ? &*teachers_ : nullptr, info());
}

/// Why the run is over before its last epoch; empty if it is not.
std::string Run::reason_to_end() {
  const EarlyStoppingConfig& stopping = config_.train.early_stopping;
  if (stopping.enabled && state_.epochs_without_gain >= stopping.patience) return "early stopping";
  if (!observer_.goes_on()) return "ended";
  return out_of_time() ? "time limit" : "";
}

TrainReport Run::go() {
  begun_s_ = now_s();
  begin();
  begun_s_ = now_s();
  TrainReport report;
  report.ended = "done";
  while (state_.epochs_done < config_.train.epochs) {
    if (!train_epoch()) {
      report.failed = !broken_at_.empty();
      report.ended = report.failed ? broken_at_ : "stopped";
      break;
    }
    const std::string reason = leads() ? reason_to_end() : "";
    if (agreed(!reason.empty())) {
      report.ended = reason.empty() ? "ended by rank 0" : reason;
      break;
    }
  }
  report.state = state_;
  report.state.seconds = elapsed_s();
  report.model = options_.out / "ckpt.pt";
  return report;
}

}  // namespace

TrainReport train(const TrainOptions& options, TrainObserver& observer, const std::stop_token& stop) {
  prepare_computing(options.threads);
  try {
    Run run(options, observer, stop);
    return run.go();
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::limit_exceeded,
                "out of memory: make train.batch_identities or data.crop_seconds smaller, or set "
                "train.gradient_checkpointing or a larger train.accumulation");
  } catch (const c10::Error& error) {
    const std::string message = error.what_without_backtrace();
    if (message.find("memory") != std::string::npos) {
      throw Error(ErrorCode::limit_exceeded,
                  "out of memory: make train.batch_identities or data.crop_seconds smaller, "
                  "or set train.gradient_checkpointing (" +
                      message + ")");
    }
    throw Error(ErrorCode::internal, "LibTorch: " + message);
  }
}

}  // namespace resonance::training
