#include "resonance/catalog/track_filter.h"

#include "resonance/core/clock_time.h"
#include "resonance/core/decimal.h"
#include "resonance/core/error.h"
#include "resonance/core/folded_text.h"
#include "resonance/core/nearest_name.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace resonance::catalog {
namespace {

constexpr std::array<std::string_view, 11> kNames{
    "folder", "title", "artist", "album-artist", "album", "genre", "tag", "year", "duration", "bpm", "key"};
// SQLite's expressions are at most 1000 deep, and a tempo can be three of them.
constexpr std::size_t kMostConditions = 100;
constexpr std::size_t kLongestCondition = 4096;
// The tolerance of tempo evaluation (Gouyon et al. 2006).
constexpr double kTempoTolerance = 0.04;

// One condition, taken apart.
struct Condition {
  std::string_view text;
  std::string name;
  std::string_view value;
  bool about = false;

  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorCode::invalid_argument, "in filter '" + std::string(text) + "': " + why);
  }
};

std::string valid_names() {
  std::string names;
  for (const std::string_view name : kNames) names.append(names.empty() ? "" : ", ").append(name);
  return names;
}

Condition take_apart(std::string_view text) {
  if (text.size() > kLongestCondition) {
    throw Error(ErrorCode::limit_exceeded,
                "a filter is longer than " + std::to_string(kLongestCondition) + " bytes");
  }
  Condition condition{text, {}, {}, false};
  const std::size_t sign = text.find_first_of("=~");
  if (sign == std::string_view::npos) {
    condition.refuse("it has the form NAME=VALUE, where NAME is one of " + valid_names());
  }
  condition.about = text[sign] == '~';
  condition.name = folded_text(text.substr(0, sign));
  std::replace(condition.name.begin(), condition.name.end(), '_', '-');
  condition.value = text.substr(sign + 1);
  return condition;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// VALUE, LEAST..MOST, LEAST.. or ..MOST; a single value means itself, give or take `slack`.
template <typename Parse>
NumberRange parse_range(const Condition& condition, const Parse& parse, double slack,
                        const std::string& form) {
  const auto number = [&](std::string_view text) {
    const std::string_view bare = trimmed(text);
    const auto value = parse(bare);
    if (!value) condition.refuse("'" + std::string(bare) + "' is not " + form);
    return *value;
  };
  const std::size_t dots = condition.value.find("..");
  if (dots == std::string_view::npos) {
    const double value = number(condition.value);
    return {value - slack, value + slack};
  }
  NumberRange range;
  const std::string_view least = condition.value.substr(0, dots);
  const std::string_view most = condition.value.substr(dots + 2);
  if (!trimmed(least).empty()) range.least = number(least);
  if (!trimmed(most).empty()) range.most = number(most);
  if (!range.least && !range.most)
    condition.refuse("a range needs at least one end, e.g. 10..20, 10.. or ..20");
  if (range.least && range.most && *range.least > *range.most) {
    condition.refuse("the range is empty; its smaller end comes first");
  }
  return range;
}

TempoRange parse_tempo(const Condition& condition) {
  const auto positive = [](std::string_view text) {
    const auto number = parse_number(text);
    return number && *number >= 0 ? number : std::nullopt;
  };
  TempoRange tempo{parse_range(condition, positive, 0, "a tempo in BPM"), condition.about};
  if (tempo.bpm.least == tempo.bpm.most) {
    const double slack = condition.about ? *tempo.bpm.least * kTempoTolerance : 0.5;
    *tempo.bpm.least -= slack;
    *tempo.bpm.most += slack;
  }
  return tempo;
}

void add_keys(TrackFilter& filter, const Condition& condition) {
  const auto key = parse_key(condition.value);
  if (!key) {
    condition.refuse("'" + std::string(condition.value) +
                     "' is not a key; write it like Am, C#m, 'Eb major' or 8A");
  }
  const std::vector<MusicalKey> keys = condition.about ? compatible_keys(*key) : std::vector{*key};
  filter.keys.insert(filter.keys.end(), keys.begin(), keys.end());
}

std::vector<std::string>* texts_of(TrackFilter& filter, std::string_view name) {
  if (name == "folder") return &filter.folders;
  if (name == "title") return &filter.titles;
  if (name == "artist") return &filter.artists;
  if (name == "album-artist") return &filter.album_artists;
  if (name == "album") return &filter.albums;
  if (name == "genre") return &filter.genres;
  if (name == "tag") return &filter.tags;
  return nullptr;
}

void add(TrackFilter& filter, const Condition& condition) {
  if (condition.name == "bpm") return filter.tempos.push_back(parse_tempo(condition));
  if (condition.name == "key") return add_keys(filter, condition);
  const bool known = std::find(kNames.begin(), kNames.end(), condition.name) != kNames.end();
  if (known && condition.about) condition.refuse("'~' is for bpm and key; write " + condition.name + "=");
  if (condition.name == "year") {
    return filter.years.push_back(parse_range(condition, parse_number, 0, "a year, e.g. 1984"));
  }
  if (condition.name == "duration") {
    return filter.durations_s.push_back(
        parse_range(condition, parse_clock_time, 0.5, "a duration; write seconds or m:ss, e.g. 3:30"));
  }
  if (auto* texts = texts_of(filter, condition.name)) {
    if (condition.name == "folder" && condition.value.empty()) condition.refuse("the folder has no name");
    texts->emplace_back(condition.value);
    return;
  }
  const std::string_view meant = nearest_name(condition.name, kNames);
  condition.refuse("there is no '" + condition.name + "'" +
                   (meant.empty() ? "" : "; did you mean '" + std::string(meant) + "'?") + " (one of " +
                   valid_names() + ")");
}

}  // namespace

TrackFilter parse_filter(std::span<const std::string> conditions) {
  if (conditions.size() > kMostConditions) {
    throw Error(ErrorCode::limit_exceeded,
                "more than " + std::to_string(kMostConditions) + " filters at once");
  }
  TrackFilter filter;
  for (const std::string& text : conditions) add(filter, take_apart(text));
  return filter;
}

}  // namespace resonance::catalog
