#include "training/data/sampler.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

#include "training/data/random.h"
#include "training/data/split.h"

namespace resonance::training {
namespace {

enum Stream : std::uint64_t { order_stream = 11, class_stream = 12, version_stream = 13 };

std::string label_of(const TrackInfo& track, const std::string& column) {
  const auto label = track.labels.find(column);
  return label == track.labels.end() ? std::string() : group_key(label->second);
}

/// For every track of the set, the usable tracks with the same label.
std::vector<std::vector<std::size_t>> versions_of(const std::vector<TrackInfo>& tracks,
                                                  const std::vector<std::size_t>& usable,
                                                  const std::string& column) {
  std::map<std::string, std::vector<std::size_t>> by_label;
  for (const std::size_t track : usable) by_label[label_of(tracks[track], column)].push_back(track);
  by_label.erase("");
  std::vector<std::vector<std::size_t>> versions(tracks.size());
  for (const auto& [label, members] : by_label) {
    for (const std::size_t track : members) {
      std::copy_if(members.begin(), members.end(), std::back_inserter(versions[track]),
                   [track](std::size_t other) { return other != track; });
    }
  }
  return versions;
}

}  // namespace

Sampler::Sampler(const std::vector<TrackInfo>& tracks, std::vector<std::size_t> usable, SamplerConfig config,
                 std::uint64_t seed)
    : config_(std::move(config)),
      seed_(seed),
      usable_(std::move(usable)),
      weights_(usable_.size(), 1.0),
      versions_(versions_of(tracks, usable_, config_.work_column)) {
  if (usable_.size() < 2) {
    throw Error(ErrorCode::invalid_argument,
                "the set has " + std::to_string(usable_.size()) +
                    " track to train on: at least two different ones are needed, and many more are useful");
  }
  if (!config_.balance_by.empty()) {
    std::map<std::string, double> counts;
    for (const std::size_t track : usable_) counts[label_of(tracks[track], config_.balance_by)] += 1;
    for (std::size_t i = 0; i < usable_.size(); ++i) {
      weights_[i] =
          std::pow(counts[label_of(tracks[usable_[i]], config_.balance_by)], -config_.balance_power);
    }
  }
  if (config_.class_column.empty()) return;
  std::map<std::string, std::vector<std::size_t>> by_label;
  for (const std::size_t track : usable_) {
    const std::string label = label_of(tracks[track], config_.class_column);
    if (!label.empty()) by_label[label].push_back(track);
  }
  for (auto& [label, members] : by_label) {
    if (members.size() > 1) of_class_.push_back(std::move(members));
  }
  if (of_class_.size() < 2) {
    throw Error(ErrorCode::invalid_argument,
                "batches by class need two labels with two tracks each in column \"" + config_.class_column +
                    "\" (data.class_column)");
  }
}

std::uint64_t Sampler::steps_per_pass() const {
  const std::size_t per_batch =
      config_.class_column.empty() ? config_.identities : config_.identities * config_.classes;
  return std::max<std::uint64_t>(1, usable_.size() / std::max<std::size_t>(1, per_batch));
}

std::vector<std::size_t> Sampler::pass_order(std::uint64_t epoch, std::uint64_t pass) const {
  // Weighted order without replacement (Efraimidis & Spirakis 2006): sorted by u^(1 / w).
  Random random{seed_, order_stream, epoch, pass};
  std::vector<std::pair<double, std::size_t>> keys;
  keys.reserve(usable_.size());
  for (std::size_t i = 0; i < usable_.size(); ++i) {
    keys.emplace_back(std::log(1 - random.uniform()) / weights_[i], usable_[i]);
  }
  std::sort(keys.begin(), keys.end(), std::greater<>());
  std::vector<std::size_t> order;
  order.reserve(keys.size());
  for (const auto& [key, track] : keys) order.push_back(track);
  return order;
}

std::vector<Example> Sampler::identity_batch(std::uint64_t epoch, std::uint64_t step) const {
  const std::size_t count = std::min(config_.identities, usable_.size());
  const std::uint64_t batches = std::max<std::uint64_t>(1, usable_.size() / count);
  // With weights, the tail of an order is what is seldom wanted: only the first half is used.
  const std::uint64_t used = config_.balance_by.empty() ? batches : std::max<std::uint64_t>(1, batches / 2);
  const std::vector<std::size_t> order = pass_order(epoch, step / used);
  const std::size_t first = (step % used) * count;
  std::vector<Example> examples;
  Random random{seed_, version_stream, epoch, step};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t track = order[first + i];
    const auto& versions = versions_[track];
    const std::uint64_t drawn = random.below(std::max<std::size_t>(1, versions.size()));
    const bool mixed = random.chance(config_.version_share) && !versions.empty();
    for (std::size_t view = 0; view < config_.views; ++view) {
      const std::size_t from = mixed && 2 * view >= config_.views ? versions[drawn] : track;
      examples.push_back({from, view, static_cast<std::int64_t>(from)});
    }
  }
  return examples;
}

std::vector<Example> Sampler::class_batch(std::uint64_t epoch, std::uint64_t step) const {
  Random random{seed_, class_stream, epoch, step};
  std::vector<std::size_t> classes(of_class_.size());
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = i;
  shuffle(classes, random);
  classes.resize(std::min(config_.classes, classes.size()));
  std::vector<Example> examples;
  for (const std::size_t number : classes) {
    std::vector<std::size_t> members = of_class_[number];
    shuffle(members, random);
    for (std::size_t i = 0; i < config_.identities; ++i) {
      examples.push_back(
          {members[i % members.size()], i / members.size(), static_cast<std::int64_t>(number)});
    }
  }
  return examples;
}

std::vector<Example> Sampler::batch(std::uint64_t epoch, std::uint64_t step) const {
  return config_.class_column.empty() ? identity_batch(epoch, step) : class_batch(epoch, step);
}

}  // namespace resonance::training
