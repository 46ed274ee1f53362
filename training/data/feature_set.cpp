#include "training/data/feature_set.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/bytes.h"
#include "resonance/embedding/float16.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "training/data/feature_encoding.h"
#include "training/data/feature_set_writer.h"

namespace resonance::training {
namespace {

using embedding::ByteReader;
using nlohmann::json;

constexpr std::size_t kMaxDescriptionBytes = std::size_t{1} << 30U;
constexpr std::size_t kMaxTracks = 10'000'000;
constexpr std::size_t kMaxExcerpts = 10'000;
constexpr std::size_t kMaxTeachers = 64;
constexpr std::size_t kMaxTeacherDimensions = 65536;
constexpr std::int64_t kMaxFrames = std::int64_t{24} * 3600 * kFramesPerSecond;
constexpr std::uint64_t kMaxDecodedBytes = std::uint64_t{32} << 30U;  // zeros compress to nothing

/// A file mapped into memory, read-only.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw system_error(errno, "cannot read " + path.string());
    struct stat status {};
    void* mapped = MAP_FAILED;
    if (::fstat(descriptor, &status) == 0 && status.st_size > 0) {
      size_ = static_cast<std::size_t>(status.st_size);
      mapped = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, descriptor, 0);
    }
    const int reason = errno;
    ::close(descriptor);
    if (size_ == 0) throw Error(ErrorCode::corrupt_data, path.string() + " is empty");
    if (mapped == MAP_FAILED) throw system_error(reason, "cannot map " + path.string());
    bytes_ = static_cast<const char*>(mapped);
  }
  ~MappedFile() { ::munmap(const_cast<char*>(bytes_), size_); }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  [[nodiscard]] std::string_view bytes() const { return {bytes_, size_}; }

 private:
  const char* bytes_ = nullptr;
  std::size_t size_ = 0;
};

/// Reads set.json, trusting nothing. The JSON library's complaints become ours.
class DescriptionReader {
 public:
  DescriptionReader(json description, std::uint64_t data_bytes, const std::string& name)
      : description_(std::move(description)), data_bytes_(data_bytes), name_(name) {}

  std::vector<TeacherInfo> teachers() {
    const json& list = description_.at("teachers");
    if (list.size() > kMaxTeachers) fail("names too many teachers");
    std::vector<TeacherInfo> result;
    for (const json& entry : list) {
      result.push_back(
          {entry.at("name").get<std::string>(), count(entry.at("dimensions")), integer(entry.at("frames"))});
      const TeacherInfo& teacher = result.back();
      if (teacher.dimensions == 0 || teacher.dimensions > kMaxTeacherDimensions || teacher.frames < 1 ||
          teacher.frames > kMaxFrames) {
        fail("gives teacher " + teacher.name + " an impossible shape");
      }
    }
    return result;
  }

  std::vector<TrackInfo> tracks(const std::vector<TeacherInfo>& teachers) {
    const json& list = description_.at("tracks");
    if (list.size() > kMaxTracks) fail("names too many tracks");
    std::vector<TrackInfo> result;
    result.reserve(list.size());
    for (const json& entry : list) result.push_back(track(entry, teachers));
    return result;
  }

 private:
  TrackInfo track(const json& entry, const std::vector<TeacherInfo>& teachers) {
    TrackInfo track;
    track.id = entry.at("id").get<std::string>();
    track.path = entry.at("path").get<std::string>();
    track.frames = integer(entry.at("frames"));
    track.labels = entry.at("labels").get<std::map<std::string, std::string>>();
    if (track.frames < 1 || track.frames > kMaxFrames) fail("gives " + track.path + " an impossible length");
    const json& excerpts = entry.at("excerpts");
    if (excerpts.empty() || excerpts.size() > kMaxExcerpts) fail("gives " + track.path + " no excerpts");
    for (const json& excerpt : excerpts) {
      track.excerpts.push_back({range(excerpt.at(0), track), range(excerpt.at(1), track),
                                range(excerpt.at(2), track), place(excerpt.at(3), track)});
    }
    const json& rows = entry.at("teachers");
    for (std::size_t i = 0; i < teachers.size(); ++i) {
      const auto found = rows.find(teachers[i].name);
      if (found != rows.end()) track.teachers[i] = place(*found, track);
    }
    return track;
  }

  FrameRange range(const json& entry, const TrackInfo& track) {
    const FrameRange range{integer(entry.at(0)), integer(entry.at(1))};
    if (range.start < 0 || range.frames < 1 || range.start > track.frames ||
        range.frames > track.frames - range.start) {
      fail("gives " + track.path + " an excerpt outside of it");
    }
    return range;
  }

  BlockPlace place(const json& entry, const TrackInfo& track) {
    const BlockPlace place{count(entry.at(0)), count(entry.at(1)),
                           static_cast<std::uint32_t>(count(entry.at(2)))};
    if (place.offset % 2 != 0 || place.offset > data_bytes_ || place.bytes > data_bytes_ - place.offset) {
      fail("places " + track.path + " outside of its data");
    }
    return place;
  }

  // What the JSON library would convert without a word: fractions, signs, numbers too large.
  [[nodiscard]] std::int64_t integer(const json& value) const {
    const bool fits =
        value.is_number_integer() &&
        (!value.is_number_unsigned() ||
         value.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    if (!fits) fail("has " + value.dump() + " where a whole number should be");
    return value.get<std::int64_t>();
  }
  [[nodiscard]] std::uint64_t count(const json& value) const {
    if (!value.is_number_unsigned()) fail("has " + value.dump() + " where a count should be");
    return value.get<std::uint64_t>();
  }

  [[noreturn]] void fail(const std::string& how) const {
    throw Error(ErrorCode::corrupt_data, name_ + " " + how);
  }

  json description_;
  std::uint64_t data_bytes_;
  std::string name_;
};

json parse_description(const std::filesystem::path& path) {
  json description;
  try {
    description = json::parse(read_file(path, kMaxDescriptionBytes));
    if (description.at("format") != "resonance feature set") {
      throw Error(ErrorCode::corrupt_data, path.string() + " does not describe a feature set");
    }
    const int format = description.at("format_version").get<int>();
    const int features = description.at("feature_version").get<int>();
    if (format != FeatureSet::kFormatVersion || features != kFeatureVersion) {
      throw Error(ErrorCode::version_mismatch,
                  path.string() + " is of format " + std::to_string(format) + " and feature version " +
                      std::to_string(features) + ", this program reads " +
                      std::to_string(FeatureSet::kFormatVersion) + " and " + std::to_string(kFeatureVersion) +
                      ": make it anew with resonance-train pack");
    }
    const auto checksum = description.at("checksum").get<std::uint32_t>();
    description.erase("checksum");
    if (crc32(0, description.dump()) != checksum) {
      throw Error(ErrorCode::corrupt_data,
                  path.string() + " has a wrong checksum: it was changed or damaged");
    }
  } catch (const json::exception& error) {
    throw Error(ErrorCode::corrupt_data, path.string() + " is damaged: " + error.what());
  }
  return description;
}

}  // namespace

struct FeatureSet::State {
  State(const std::filesystem::path& place, const nlohmann::json& description)
      : folder(place),
        data_name(place / data_file_name(description.at("data_identity").get<std::uint64_t>())),
        data(data_name) {}

  void read(const nlohmann::json& description);
  void decode_all();
  [[nodiscard]] std::string_view block(const BlockPlace& place, const TrackInfo& track) const;

  std::filesystem::path folder;
  std::filesystem::path data_name;
  MappedFile data;
  std::uint64_t identity = 0;
  bool compact = false;
  std::vector<TeacherInfo> teachers;
  std::vector<TrackInfo> tracks;

  std::vector<std::size_t> first_excerpt;  ///< of each track, in the lists below
  mutable std::vector<std::atomic<bool>> checked;
  struct Decoded {
    std::vector<std::uint8_t> log_mel;
    std::vector<std::uint8_t> chroma;
    std::vector<std::uint16_t> onset;
  };
  std::vector<Decoded> decoded;  ///< of a compact set
};

void FeatureSet::State::read(const json& description) {
  const std::filesystem::path path = folder / "set.json";
  ByteReader header(data.bytes(), data_name.string());
  if (header.text(kFeatureDataMagic.size()) != kFeatureDataMagic)
    header.fail("is not the data of a feature set");
  identity = header.value<std::uint64_t>();
  if (description.at("data_identity").get<std::uint64_t>() != identity ||
      description.at("data_bytes").get<std::uint64_t>() != data.bytes().size()) {
    header.fail("does not belong to the set.json beside it: copy both, or make the set anew");
  }
  compact = description.at("encoding").get<std::string>() == "compact";
  DescriptionReader reader(description, data.bytes().size(), path.string());
  teachers = reader.teachers();
  tracks = reader.tracks(teachers);
  std::size_t count = 0;
  std::uint64_t decoded_bytes = 0;
  for (const TrackInfo& track : tracks) {
    first_excerpt.push_back(count);
    count += track.excerpts.size();
    for (const ExcerptInfo& excerpt : track.excerpts) {
      const auto pixels = static_cast<std::uint64_t>(excerpt.log_mel.frames * kMelBands +
                                                     excerpt.chroma.frames * kChromaBins);
      const std::uint64_t expected =
          pixels + pixels % 2 + 2 * static_cast<std::uint64_t>(excerpt.onset.frames);
      decoded_bytes += expected;
      if (compact && decoded_bytes > kMaxDecodedBytes) {
        throw Error(
            ErrorCode::limit_exceeded,
            path.string() + " describes more than can be held in memory: make a set without --budget");
      }
      if (!compact && excerpt.place.bytes != expected) {
        throw Error(ErrorCode::corrupt_data,
                    path.string() + " gives " + track.path + " a block of wrong size");
      }
    }
  }
  checked = std::vector<std::atomic<bool>>(count);
  if (compact) decode_all();
}

std::string_view FeatureSet::State::block(const BlockPlace& place, const TrackInfo& track) const {
  const std::string_view bytes = data.bytes().substr(place.offset, place.bytes);
  if (crc32(0, bytes) != place.crc) {
    throw Error(ErrorCode::corrupt_data, data_name.string() + " is damaged where it holds " + track.path +
                                             ": copy or make the set anew");
  }
  return bytes;
}

void FeatureSet::State::decode_all() {
  decoded.reserve(checked.size());
  for (const TrackInfo& track : tracks) {
    for (const ExcerptInfo& excerpt : track.excerpts) {
      ByteReader in(block(excerpt.place, track), data_name.string());
      const auto part = [&] { return in.text(in.value<std::uint32_t>()); };
      const auto frames = static_cast<std::size_t>(excerpt.onset.frames);
      Decoded values;
      values.log_mel =
          decompress_levels(part(), static_cast<std::size_t>(excerpt.log_mel.frames) * kMelBands, kMelBands);
      values.chroma = decompress_levels(part(), static_cast<std::size_t>(excerpt.chroma.frames) * kChromaBins,
                                        kChromaBins);
      const std::string onset = decompress_bytes(part(), 2 * frames);
      for (std::size_t i = 0; i < frames; ++i) {
        values.onset.push_back(static_cast<std::uint16_t>(
            static_cast<unsigned char>(onset[i]) | static_cast<unsigned char>(onset[frames + i]) << 8U));
      }
      decoded.push_back(std::move(values));
    }
  }
}

FeatureSet::FeatureSet(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / "set.json")) {
    throw Error(ErrorCode::not_found,
                "there is no feature set in " + folder.string() + ": make one with resonance-train pack");
  }
  const json description = parse_description(folder / "set.json");
  try {
    state_ = std::make_unique<State>(folder, description);
    state_->read(description);
  } catch (const json::exception& error) {
    throw Error(ErrorCode::corrupt_data, (folder / "set.json").string() + " is damaged: " + error.what());
  }
}

FeatureSet::~FeatureSet() = default;

const std::vector<TrackInfo>& FeatureSet::tracks() const { return state_->tracks; }
const std::vector<TeacherInfo>& FeatureSet::teachers() const { return state_->teachers; }
const std::filesystem::path& FeatureSet::folder() const { return state_->folder; }
std::uint64_t FeatureSet::identity() const { return state_->identity; }

Excerpt FeatureSet::excerpt(std::size_t track, std::size_t index) const {
  const TrackInfo& info = state_->tracks.at(track);
  const ExcerptInfo& place = info.excerpts.at(index);
  Excerpt result{place.log_mel, place.chroma, place.onset, {}, {}, {}};
  const std::size_t number = state_->first_excerpt[track] + index;
  if (state_->compact) {
    const State::Decoded& values = state_->decoded[number];
    result.log_mel = values.log_mel;
    result.chroma = values.chroma;
    result.onset = values.onset;
    return result;
  }
  const bool checked = state_->checked[number].load(std::memory_order_relaxed);
  const std::string_view bytes = checked ? state_->data.bytes().substr(place.place.offset, place.place.bytes)
                                         : state_->block(place.place, info);
  if (!checked) state_->checked[number].store(true, std::memory_order_relaxed);
  const auto* levels = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto log_mel = static_cast<std::size_t>(place.log_mel.frames) * kMelBands;
  const auto chroma = static_cast<std::size_t>(place.chroma.frames) * kChromaBins;
  result.log_mel = {levels, log_mel};
  result.chroma = {levels + log_mel, chroma};
  const std::size_t onset_at = log_mel + chroma + (log_mel + chroma) % 2;
  result.onset = {reinterpret_cast<const std::uint16_t*>(bytes.data() + onset_at),
                  static_cast<std::size_t>(place.onset.frames)};
  return result;
}

TeacherRows FeatureSet::teacher_rows(std::size_t track, std::size_t teacher) const {
  const TrackInfo& info = state_->tracks.at(track);
  const auto found = info.teachers.find(teacher);
  TeacherRows rows;
  if (found == info.teachers.end()) return rows;
  const std::size_t dimensions = state_->teachers.at(teacher).dimensions;
  ByteReader in(state_->block(found->second, info), state_->data_name.string());
  const std::size_t count = in.value<std::uint32_t>();
  for (const std::int32_t start : in.values<std::int32_t>(count)) {
    if (start >= info.frames || start <= (rows.starts.empty() ? -1 : rows.starts.back())) {
      in.fail("has rows of a teacher that do not ascend, for " + info.path);
    }
    rows.starts.push_back(start);
  }
  if (!state_->compact) {
    const auto halves = in.values<std::uint16_t>(count * dimensions);
    rows.values.reserve(halves.size());
    for (const std::uint16_t half : halves) rows.values.push_back(embedding::from_float16(half));
    return rows;
  }
  const auto scales = in.values<float>(count);
  const std::string levels = decompress_bytes(in.text(in.left()), count * dimensions);
  rows.values.reserve(levels.size());
  for (std::size_t i = 0; i < levels.size(); ++i) {
    rows.values.push_back(scales[i / dimensions] * static_cast<float>(static_cast<signed char>(levels[i])));
  }
  return rows;
}

}  // namespace resonance::training
