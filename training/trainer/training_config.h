#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "training/data/augmentation.h"
#include "training/data/batch.h"
#include "training/data/split.h"
#include "training/loss/mining.h"
#include "training/network/network_config.h"

namespace resonance::training {

enum class LossKind { supcon, triplet };

/// What each part of the loss counts for.
struct LossWeights {
  double contrast = 0.1;    ///< of the embedding: views of one track, or of one class
  double distillation = 1;  ///< of the teachers; without teachers in the set, nothing
  double relation = 4;      ///< likeness of two examples as the teachers see it, of the embedding itself
  double timbre = 0;        ///< contrast of the timbre part alone
  double harmony = 0.1;     ///< contrast of the harmony part; versions of one work belong together
  double rhythm = 0.05;     ///< contrast of the rhythm part
};

struct DistillationConfig {
  std::vector<std::string> teachers;  ///< of the set; empty: all
  std::int64_t dimensions = 192;      ///< principal components kept of them
};

struct EarlyStoppingConfig {
  bool enabled = true;
  std::string monitor = "recall@5";
  std::string mode = "max";
  int patience = 10;
  double min_delta = 0.0005;
  bool restore_best = true;
};

struct TrainConfig {
  bool use_amp = true;
  std::string optimizer = "adamw";
  double lr = 1.6e-4;
  double weight_decay = 2e-2;
  int epochs = 140;
  int warmup_epochs = 10;
  std::int64_t batch_identities = 96;
  std::int64_t views_per_song = 4;
  double temperature = 0.05;
  LossKind loss = LossKind::supcon;
  double margin = 0.2;
  Mining mining = Mining::semi_hard;
  LossWeights loss_weights;
  DistillationConfig distillation;
  EarlyStoppingConfig early_stopping;
  std::int64_t steps_per_epoch = 0;  ///< 0: as many as show every track once
  std::int64_t accumulation = 1;     ///< batches whose gradients are summed for one step
  bool gradient_checkpointing = false;
  double autoclip_percentile =
      10;  ///< gradients longer than this percentile of those so far are cut to it; 100: off
  std::uint64_t seed = 1;
};

struct DataConfig {
  std::string root;        ///< kept for people who come from elsewhere; features come from --set
  std::string pairs_json;  ///< pairs of tracks that belong together, by path or id
  bool scan_root = true;
  bool use_unlabeled = true;
  double segment_seconds = 18;  ///< fixed by the features' contract
  double segment_hop_seconds = 4;
  std::int64_t segments_per_song = 4;
  bool segment_hpss = true;
  double crop_seconds = 3;  ///< of log-mel in one example
  double chroma_seconds = 12;
  double rhythm_seconds = 9;
  std::int64_t tempogram_rows = 6;
  std::string balance_by;
  double balance_power = 0.5;
  std::string class_column;  ///< batches by class: batch_identities tracks each of `classes` labels
  std::int64_t classes = 8;
  std::string work_column = "version_group";
  std::string group_column;  ///< pairs that agree in it are not told apart by contrast
  double augmented_share = 1;
  double teacher_aligned_share = 0.8;
  std::int64_t threads = 1;  ///< of the loader
  SplitConfig split;
};

struct ValidationConfig {
  std::int64_t tracks = 400;  ///< at most, of each side
  double segment_seconds = 12;
  std::vector<std::string> labels = {"artist", "genre"};
  std::string artist_column = "artist";  ///< neighbours of the same artist do not count for other labels
};

/// Everything a run depends on but the set, the device and where results go.
struct TrainingConfig {
  TrainConfig train;
  DataConfig data;
  AugmentationConfig augmentation;
  NetworkConfig network;
  ValidationConfig validation;
  std::string cache_backend = "sqlite";
  bool cache_preload_ram = true;
  bool cache_reuse_ram = false;

  [[nodiscard]] CropShape crop_shape() const;
};

/// The defaults, or what the YAML text says instead of them.
/// @param what  names the text in messages
/// @throws Error(invalid_argument) for a key that is none (naming the nearest valid one), a value of the
/// wrong kind or out of its range, and features that this program does not compute
TrainingConfig parse_training_config(std::string_view yaml, const std::string& what);
TrainingConfig read_training_config(const std::filesystem::path& path);

/// Sets one value by its dotted key, e.g. "train.lr". @throws as parse_training_config()
void set_config_value(TrainingConfig& config, const std::string& key, const std::string& value);

/// Every key and its value as text, in order: what a checkpoint records.
std::vector<std::pair<std::string, std::string>> describe(const TrainingConfig& config);

}  // namespace resonance::training
