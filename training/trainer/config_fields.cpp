#include "training/trainer/config_fields.h"

#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <sstream>
#include <type_traits>
#include <utility>

namespace resonance::training {
namespace {

[[noreturn]] void wrong(const std::string& key, const std::string& value, const std::string& wanted) {
  throw Error(ErrorCode::invalid_argument, key + " is \"" + value + "\", and must be " + wanted);
}

template <typename T>
std::string text_of(T value) {
  std::ostringstream out;
  out.precision(std::numeric_limits<double>::max_digits10);
  if constexpr (std::is_same_v<T, double>) {
    out.precision(12);
  }
  out << value;
  return out.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

template <typename Values>
std::string joined(const Values& values) {
  std::string text;
  for (const auto& value : values) {
    std::ostringstream one;
    one << value;
    text += one.str() + "\n";
  }
  return text;
}

/// Collects fields, each with what its values may be.
class Fields {
 public:
  void real(const std::string& key, double& value, double low, double high) {
    add(
        key, false,
        [&value, key, low, high](const std::string& text) {
          double parsed = 0;
          const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
          if (error != std::errc() || end != text.data() + text.size() ||
              !(parsed >= low && parsed <= high)) {
            wrong(key, text, "a number from " + text_of(low) + " to " + text_of(high));
          }
          value = parsed;
        },
        [&value] { return text_of(value); });
  }

  template <typename Integer>
  void integer(const std::string& key, Integer& value, std::int64_t low, std::int64_t high) {
    add(
        key, false,
        [&value, key, low, high](const std::string& text) {
          std::int64_t parsed = 0;
          const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
          if (error != std::errc() || end != text.data() + text.size() || parsed < low || parsed > high) {
            wrong(key, text, "a whole number from " + text_of(low) + " to " + text_of(high));
          }
          value = static_cast<Integer>(parsed);
        },
        [&value] { return text_of(value); });
  }

  void truth(const std::string& key, bool& value) {
    add(
        key, false,
        [&value, key](const std::string& text) {
          if (text != "true" && text != "false") wrong(key, text, "true or false");
          value = text == "true";
        },
        [&value] { return std::string(value ? "true" : "false"); });
  }

  void text(const std::string& key, std::string& value) {
    add(
        key, false, [&value](const std::string& entry) { value = entry; }, [&value] { return value; });
  }

  void texts(const std::string& key, std::vector<std::string>& values) {
    add(
        key, true, [&values](const std::string& entry) { values = lines_of(entry); },
        [&values] { return joined(values); });
  }

  void integers(const std::string& key, std::vector<std::int64_t>& values, std::size_t count,
                std::int64_t high) {
    add(
        key, true,
        [&values, key, count, high](const std::string& entry) {
          std::vector<std::int64_t> parsed;
          for (const std::string& line : lines_of(entry)) {
            std::int64_t value = 0;
            const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
            if (error != std::errc() || end != line.data() + line.size() || value < 1 || value > high) {
              wrong(key, line, "whole numbers from 1 to " + text_of(high));
            }
            parsed.push_back(value);
          }
          if (parsed.size() != count)
            wrong(key, text_of(parsed.size()) + " numbers", text_of(count) + " numbers");
          values = parsed;
        },
        [&values] { return joined(values); });
  }

  template <typename Enum>
  void choice(const std::string& key, Enum& value, const std::vector<std::pair<std::string, Enum>>& choices) {
    add(
        key, false,
        [&value, key, choices](const std::string& text) {
          std::string known;
          for (const auto& [name, meaning] : choices) {
            if (name == text) {
              value = meaning;
              return;
            }
            known += (known.empty() ? "" : ", ") + name;
          }
          wrong(key, text, "one of " + known);
        },
        [&value, choices] {
          for (const auto& [name, meaning] : choices) {
            if (meaning == value) return name;
          }
          return std::string();
        });
  }

  /// A number that the features fix: the key is there so that configs can say it.
  void fixed(const std::string& key, double only) {
    add(
        key, false,
        [key, only](const std::string& text) {
          double parsed = 0;
          const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
          if (error != std::errc() || end != text.data() + text.size() || parsed != only) {
            wrong(key, text, text_of(only) + ": the features of this program are no others");
          }
        },
        [only] { return text_of(only); });
  }

  [[nodiscard]] std::vector<ConfigField> take() { return std::move(fields_); }

 private:
  void add(const std::string& key, bool is_list, std::function<void(const std::string&)> set,
           std::function<std::string()> get) {
    fields_.push_back({key, is_list, std::move(set), std::move(get)});
  }
  std::vector<ConfigField> fields_;
};

void add_data_fields(Fields& fields, TrainingConfig& config) {
  DataConfig& data = config.data;
  fields.text("data.root", data.root);
  fields.text("data.pairs_json", data.pairs_json);
  fields.truth("data.scan_root", data.scan_root);
  fields.truth("data.use_unlabeled", data.use_unlabeled);
  fields.fixed("data.segment.seconds", static_cast<double>(kSegmentFrames) / kFramesPerSecond);
  fields.fixed("data.segment.hop_seconds", static_cast<double>(kSegmentHopFrames) / kFramesPerSecond);
  fields.integer("data.segment.segments_per_song", data.segments_per_song, 1, 1000);
  fields.truth("data.segment.hpss", data.segment_hpss);
  fields.real("data.crop_seconds", data.crop_seconds, 0.5, 60);
  fields.real("data.chroma_seconds", data.chroma_seconds, 0.5, 60);
  fields.real("data.rhythm_seconds", data.rhythm_seconds, 0.5, 60);
  fields.integer("data.tempogram_rows", data.tempogram_rows, 1, 1000);
  fields.text("data.balance_by", data.balance_by);
  fields.real("data.balance_power", data.balance_power, 0, 1);
  fields.text("data.class_column", data.class_column);
  fields.integer("data.classes", data.classes, 2, 10000);
  fields.text("data.work_column", data.work_column);
  fields.text("data.group_column", data.group_column);
  fields.real("data.augmented_share", data.augmented_share, 0, 1);
  fields.real("data.teacher_aligned_share", data.teacher_aligned_share, 0, 1);
  fields.integer("data.threads", data.threads, 1, 256);
  fields.texts("data.split.group_columns", data.split.group_columns);
  fields.texts("data.split.holdout", data.split.holdout);
  fields.text("data.split.holdout_column", data.split.holdout_column);
  fields.real("data.split.validation_share", data.split.validation_share, 0, 0.9);
  fields.integer("data.split.seed", data.split.seed, 0, std::numeric_limits<std::int64_t>::max());
  fields.choice<std::string>("cache.backend", config.cache_backend, {{"sqlite", "sqlite"}, {"ram", "ram"}});
  fields.truth("cache.preload_ram", config.cache_preload_ram);
  fields.truth("cache.reuse_ram_across_trials", config.cache_reuse_ram);
  fields.fixed("features.mel.sr", kSampleRateHz);
  fields.fixed("features.mel.n_mels", kMelBands);
  fields.fixed("features.mel.hop_ms", 1000.0 / kFramesPerSecond);
  fields.fixed("features.chroma.bins", kChromaBins);
  fields.fixed("features.tempo.win", kTempogramLags);
}

void add_augmentation_fields(Fields& fields, AugmentationConfig& augmentation) {
  fields.real("augmentation.gain", augmentation.gain, 0, 1);
  fields.real("augmentation.gain_db", augmentation.gain_db, 0, 60);
  fields.real("augmentation.equaliser", augmentation.equaliser, 0, 1);
  fields.real("augmentation.equaliser_db", augmentation.equaliser_db, 0, 60);
  fields.real("augmentation.low_pass", augmentation.low_pass, 0, 1);
  fields.real("augmentation.low_pass_lowest_hz", augmentation.low_pass_lowest_hz, 100, 20000);
  fields.real("augmentation.noise", augmentation.noise, 0, 1);
  fields.real("augmentation.noise_lowest_snr_db", augmentation.noise_lowest_snr_db, -20, 100);
  fields.real("augmentation.codec", augmentation.codec, 0, 1);
  fields.real("augmentation.codec_range_db", augmentation.codec_range_db, 10, 100);
  fields.real("augmentation.reverberation", augmentation.reverberation, 0, 1);
  fields.real("augmentation.time_stretch", augmentation.time_stretch, 0, 1);
  fields.real("augmentation.time_stretch_range", augmentation.time_stretch_range, 0, 0.5);
  fields.real("augmentation.pitch_shift", augmentation.pitch_shift, 0, 1);
  fields.real("augmentation.pitch_shift_semitones", augmentation.pitch_shift_semitones, 0, 12);
  fields.real("augmentation.spec_augment", augmentation.spec_augment, 0, 1);
}

void add_network_fields(Fields& fields, NetworkConfig& network) {
  fields.choice<FusionMode>("fusion.mode", network.fusion,
                            {{"gated_add", FusionMode::gated_add},
                             {"gated_concat", FusionMode::gated_concat},
                             {"cross_attention", FusionMode::cross_attention}});
  fields.integer("fusion.embed_dim", network.embed_dimensions, 8, 8192);
  fields.real("network.range_db", network.range_db, 0, 200);
  fields.integer("network.stem_channels", network.stem_channels, 1, 1024);
  fields.integers("network.channels", network.channels, 3, 4096);
  fields.integer("network.temporal_channels", network.temporal_channels, 1, 8192);
  fields.integer("network.temporal_blocks", network.temporal_blocks, 0, 32);
  fields.integer("network.projection", network.projection, 0, kMelBands);
  fields.integers("network.harmony_channels", network.harmony_channels, 3, 4096);
  fields.integer("network.rhythm_lags", network.rhythm_lags, 4, kTempogramLags);
  fields.integer("network.hidden", network.hidden, 1, 8192);
  fields.integer("network.timbre_dimensions", network.timbre_dimensions, 1, 8192);
  fields.integer("network.harmony_dimensions", network.harmony_dimensions, 1, 8192);
  fields.integer("network.rhythm_dimensions", network.rhythm_dimensions, 1, 8192);
}

void add_train_fields(Fields& fields, TrainConfig& train) {
  fields.truth("train.use_amp", train.use_amp);
  fields.choice<std::string>("train.amp_type", train.amp_type,
                             {{"auto", "auto"}, {"bf16", "bf16"}, {"fp16", "fp16"}});
  fields.choice<std::string>("train.optimizer", train.optimizer, {{"adamw", "adamw"}});
  fields.real("train.lr", train.lr, 1e-8, 10);
  fields.real("train.weight_decay", train.weight_decay, 0, 10);
  fields.integer("train.epochs", train.epochs, 1, 1'000'000);
  fields.integer("train.warmup_epochs", train.warmup_epochs, 0, 1'000'000);
  fields.integer("train.batch_identities", train.batch_identities, 2, 100'000);
  fields.integer("train.views_per_song", train.views_per_song, 1, 1000);
  fields.real("train.temperature", train.temperature, 1e-3, 100);
  fields.choice<LossKind>("train.loss", train.loss,
                          {{"supcon", LossKind::supcon}, {"triplet", LossKind::triplet}});
  fields.real("train.margin", train.margin, 0, 2);
  fields.choice<Mining>("train.mining", train.mining,
                        {{"semi_hard", Mining::semi_hard},
                         {"batch_hard", Mining::batch_hard},
                         {"batch_all", Mining::batch_all}});
  fields.real("train.loss_weights.contrast", train.loss_weights.contrast, 0, 1000);
  fields.real("train.loss_weights.distillation", train.loss_weights.distillation, 0, 1000);
  fields.real("train.loss_weights.relation", train.loss_weights.relation, 0, 1000);
  fields.real("train.loss_weights.timbre", train.loss_weights.timbre, 0, 1000);
  fields.real("train.loss_weights.harmony", train.loss_weights.harmony, 0, 1000);
  fields.real("train.loss_weights.rhythm", train.loss_weights.rhythm, 0, 1000);
  fields.texts("train.distillation.teachers", train.distillation.teachers);
  fields.integer("train.distillation.dimensions", train.distillation.dimensions, 2, 8192);
  EarlyStoppingConfig& stopping = train.early_stopping;
  fields.truth("train.early_stopping.enabled", stopping.enabled);
  fields.choice<std::string>("train.early_stopping.monitor", stopping.monitor,
                             {{"recall@5", "recall@5"},
                              {"recall@1", "recall@1"},
                              {"teacher", "teacher"},
                              {"loss", "loss"},
                              {"score", "score"}});
  fields.choice<std::string>("train.early_stopping.mode", stopping.mode, {{"max", "max"}, {"min", "min"}});
  fields.integer("train.early_stopping.patience", stopping.patience, 1, 1'000'000);
  fields.real("train.early_stopping.min_delta", stopping.min_delta, 0, 1);
  fields.truth("train.early_stopping.restore_best", stopping.restore_best);
  fields.integer("train.steps_per_epoch", train.steps_per_epoch, 0, 1'000'000'000);
  fields.integer("train.accumulation", train.accumulation, 1, 100'000);
  fields.truth("train.gradient_checkpointing", train.gradient_checkpointing);
  fields.real("train.autoclip_percentile", train.autoclip_percentile, 0, 100);
  fields.integer("train.seed", train.seed, 0, std::numeric_limits<std::int64_t>::max());
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<ConfigField> config_fields(TrainingConfig& config) {
  Fields fields;
  add_data_fields(fields, config);
  add_augmentation_fields(fields, config.augmentation);
  add_network_fields(fields, config.network);
  add_train_fields(fields, config.train);
  fields.integer("validation.tracks", config.validation.tracks, 0, 1'000'000);
  fields.real("validation.segment_seconds", config.validation.segment_seconds, 1, 600);
  fields.texts("validation.labels", config.validation.labels);
  fields.text("validation.artist_column", config.validation.artist_column);
  return fields.take();
}

std::string nearest_key(const std::string& key, const std::vector<ConfigField>& fields) {
  std::string best;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const ConfigField& field : fields) {
    const std::size_t distance = edit_distance(key, field.key);
    if (distance < least) {
      least = distance;
      best = field.key;
    }
  }
  return best;
}

}  // namespace resonance::training
