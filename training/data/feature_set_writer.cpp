#include "training/data/feature_set_writer.h"

#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/bytes.h"
#include "resonance/embedding/float16.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "training/data/feature_encoding.h"
#include "training/data/random.h"

namespace resonance::training {
namespace {

using embedding::ByteWriter;
using Encoding = FeatureSetWriter::Encoding;
using nlohmann::json;

constexpr unsigned kCompactLogMelStep = 4;  // levels, 2 dB
constexpr unsigned kCompactChromaStep = 17;
constexpr std::uint16_t kCompactOnsetBits = 0xffc0;  // sign, exponent and four bits

json range_json(const FrameRange& range) { return {range.start, range.frames}; }
json place_json(const BlockPlace& place) { return {place.offset, place.bytes, place.crc}; }

/// Not a secret, only not the same twice.
std::uint64_t new_identity() {
  Random random{static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()),
                static_cast<std::uint64_t>(::getpid())};
  return random.next();
}

std::filesystem::path made(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw system_error(error.value(), "cannot make the folder " + folder.string());
  return folder;
}

}  // namespace

std::string data_file_name(std::uint64_t identity) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "data-%016llx.bin", static_cast<unsigned long long>(identity));
  return text.data();
}

std::string encode_excerpt(const ExcerptLevels& excerpt, Encoding encoding) {
  ByteWriter out;
  if (encoding == Encoding::plain) {
    out.values(std::span<const std::uint8_t>(excerpt.log_mel));
    out.values(std::span<const std::uint8_t>(excerpt.chroma));
    if ((excerpt.log_mel.size() + excerpt.chroma.size()) % 2 != 0) out.value<std::uint8_t>(0);
    out.values(std::span<const std::uint16_t>(excerpt.onset));
    return out.take();
  }
  std::vector<std::uint8_t> onset;  // as bytes: all low ones, then all high ones
  for (const std::uint16_t value : excerpt.onset) onset.push_back(value & kCompactOnsetBits & 0xffU);
  for (const std::uint16_t value : excerpt.onset) onset.push_back(static_cast<std::uint8_t>(value >> 8U));
  for (const std::string& part :
       {compress_levels(excerpt.log_mel, kMelBands, kCompactLogMelStep),
        compress_levels(excerpt.chroma, kChromaBins, kCompactChromaStep),
        compress_bytes({reinterpret_cast<const char*>(onset.data()), onset.size()})}) {
    out.value(static_cast<std::uint32_t>(part.size()));
    out.text(part);
  }
  return out.take();
}

std::string encode_teacher_rows(const TeacherRows& rows, std::size_t dimensions, Encoding encoding) {
  assert(rows.values.size() == rows.starts.size() * dimensions);
  ByteWriter out;
  out.value(static_cast<std::uint32_t>(rows.starts.size()));
  for (const std::int64_t start : rows.starts) out.value(static_cast<std::int32_t>(start));
  if (encoding == Encoding::plain) {
    for (const float value : rows.values) out.value(embedding::to_float16(value));
    return out.take();
  }
  std::string levels;
  for (std::size_t row = 0; row < rows.starts.size(); ++row) {
    const auto values = std::span(rows.values).subspan(row * dimensions, dimensions);
    float largest = 0;
    for (const float value : values) largest = std::max(largest, std::abs(value));
    const float scale = largest > 0 ? largest / 127.0F : 1.0F;
    out.value(scale);
    for (const float value : values) levels.push_back(static_cast<char>(std::lround(value / scale)));
  }
  out.text(compress_bytes(levels));
  return out.take();
}

FeatureSetWriter::FeatureSetWriter(std::filesystem::path folder, Encoding encoding,
                                   std::vector<TeacherInfo> teachers)
    : folder_(made(folder)),
      encoding_(encoding),
      teachers_(std::move(teachers)),
      identity_(new_identity()),
      data_(folder_ / data_file_name(identity_)) {
  ByteWriter header;
  header.text(kFeatureDataMagic);
  header.value(identity_);
  data_.write(header.bytes());
  position_ = header.bytes().size();
}

BlockPlace FeatureSetWriter::add_block(const std::string& bytes) {
  const BlockPlace place{position_, bytes.size(), crc32(0, bytes)};
  data_.write(bytes);
  position_ += bytes.size();
  if (position_ % 2 != 0) {  // onsets are read where they lie, two bytes each
    data_.write(std::string_view("\0", 1));
    ++position_;
  }
  return place;
}

void FeatureSetWriter::begin_track(TrackInfo info) {
  info.excerpts.clear();
  info.teachers.clear();
  tracks_.push_back(std::move(info));
}

void FeatureSetWriter::add_excerpt(const ExcerptLevels& excerpt) {
  assert(!tracks_.empty());
  assert(excerpt.log_mel.size() == static_cast<std::size_t>(excerpt.log_mel_range.frames) * kMelBands);
  assert(excerpt.chroma.size() == static_cast<std::size_t>(excerpt.chroma_range.frames) * kChromaBins);
  assert(excerpt.onset.size() == static_cast<std::size_t>(excerpt.onset_range.frames));
  tracks_.back().excerpts.push_back({excerpt.log_mel_range, excerpt.chroma_range, excerpt.onset_range,
                                     add_block(encode_excerpt(excerpt, encoding_))});
}

void FeatureSetWriter::add_teacher_rows(std::size_t teacher, const TeacherRows& rows) {
  assert(!tracks_.empty() && teacher < teachers_.size());
  if (rows.starts.empty()) return;
  tracks_.back().teachers[teacher] =
      add_block(encode_teacher_rows(rows, teachers_[teacher].dimensions, encoding_));
}

std::string FeatureSetWriter::description() const {
  json tracks = json::array();
  for (const TrackInfo& track : tracks_) {
    if (track.excerpts.empty()) continue;
    json excerpts = json::array();
    for (const ExcerptInfo& excerpt : track.excerpts) {
      excerpts.push_back({range_json(excerpt.log_mel), range_json(excerpt.chroma), range_json(excerpt.onset),
                          place_json(excerpt.place)});
    }
    json rows = json::object();
    for (const auto& [teacher, place] : track.teachers) rows[teachers_[teacher].name] = place_json(place);
    tracks.push_back({{"id", track.id},
                      {"path", track.path},
                      {"frames", track.frames},
                      {"labels", track.labels},
                      {"excerpts", std::move(excerpts)},
                      {"teachers", std::move(rows)}});
  }
  json teachers = json::array();
  for (const TeacherInfo& teacher : teachers_) {
    teachers.push_back(
        {{"name", teacher.name}, {"dimensions", teacher.dimensions}, {"frames", teacher.frames}});
  }
  json set = {
      {"format", "resonance feature set"},  {"format_version", FeatureSet::kFormatVersion},
      {"feature_version", kFeatureVersion}, {"encoding", encoding_ == Encoding::plain ? "plain" : "compact"},
      {"data_identity", identity_},         {"data_bytes", position_},
      {"teachers", std::move(teachers)},    {"tracks", std::move(tracks)}};
  constexpr auto kReplace = json::error_handler_t::replace;  // names of files need not be UTF-8
  set = json::parse(set.dump(-1, ' ', false, kReplace));
  set["checksum"] = crc32(0, set.dump());
  return set.dump() + "\n";
}

std::uint64_t FeatureSetWriter::description_bytes() const { return description().size(); }

void FeatureSetWriter::commit() {
  AtomicFile description_file(folder_ / "set.json");
  description_file.write(description());
  data_.commit();
  description_file.commit();
  for (const auto& entry :
       std::filesystem::directory_iterator(folder_)) {  // what belonged to an older set.json
    const std::string name = entry.path().filename().string();
    if (name.starts_with("data-") && name.ends_with(".bin") && name != data_file_name(identity_)) {
      std::error_code ignored;
      std::filesystem::remove(entry.path(), ignored);
    }
  }
}

}  // namespace resonance::training
