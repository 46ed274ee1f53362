// Any set.json and data file, with checksums that are right: refused, or every excerpt and every teacher's
// row can be read. The first byte chooses a plain or a compact set, the rest are changes to it; 255 takes the
// rest as the two files, with a zero between.
#include "resonance/core/atomic_file.h"
#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "changed_bytes.h"
#include "tests/unit/training/sample_set.h"
#include "training/data/feature_set.h"
#include "training/data/feature_set_writer.h"

namespace {

using namespace resonance;
using namespace resonance::training;
using nlohmann::json;

struct SetFiles {
  std::string description;
  std::string data;
};

std::filesystem::path scratch() { return "/dev/shm/feature_set_fuzz." + std::to_string(::getpid()); }

SetFiles whole_set(FeatureSetWriter::Encoding encoding) {
  testing::write_sample_set(scratch(), {.tracks = 2, .frames = 160, .encoding = encoding});
  SetFiles files{read_file(scratch() / "set.json", 1 << 20), {}};
  for (const auto& entry : std::filesystem::directory_iterator(scratch())) {
    if (entry.path().extension() == ".bin") files.data = read_file(entry.path(), 1 << 20);
  }
  std::filesystem::remove_all(scratch());
  return files;
}

const SetFiles& whole(bool compact) {
  static const std::array<SetFiles, 2> sets{whole_set(FeatureSetWriter::Encoding::plain),
                                            whole_set(FeatureSetWriter::Encoding::compact)};
  return sets[compact ? 1 : 0];
}

/// Every [offset, bytes, checksum] gets the checksum of what it names, since no fuzzer finds that.
void set_checksums(json& node, std::string_view data) {
  const auto number = [&](std::size_t i) { return node[i].is_number_unsigned(); };
  if (node.is_array() && node.size() == 3 && number(0) && number(1) && number(2)) {
    const auto offset = node[0].get<std::uint64_t>();
    const auto bytes = node[1].get<std::uint64_t>();
    if (offset <= data.size() && bytes <= data.size() - offset) {
      node[2] = crc32(0, data.substr(offset, bytes));
    }
    return;
  }
  if (node.is_structured()) {
    for (json& child : node) set_checksums(child, data);
  }
}

/// Writes the set as one that agrees with itself, as far as its JSON can be read.
void write(const SetFiles& files) {
  std::filesystem::create_directories(scratch());
  std::string text = files.description;
  json description = json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::uint64_t identity = 0;
  if (files.data.size() >= 16) std::memcpy(&identity, files.data.data() + 8, sizeof identity);
  if (description.is_object()) {
    description.erase("checksum");
    description["data_identity"] = identity;
    description["data_bytes"] = files.data.size();
    if (description.contains("tracks")) set_checksums(description["tracks"], files.data);
    try {
      description["checksum"] = crc32(0, description.dump());
      text = description.dump();
    } catch (const json::exception&) {  // text that is no UTF-8
    }
  }
  std::ofstream(scratch() / "set.json", std::ios::binary) << text;
  std::ofstream(scratch() / data_file_name(identity), std::ios::binary) << files.data;
}

void read_all(const FeatureSet& set) {
  for (std::size_t track = 0; track < set.tracks().size(); ++track) {
    for (std::size_t i = 0; i < set.tracks()[track].excerpts.size(); ++i) {
      const Excerpt excerpt = set.excerpt(track, i);
      const auto frames = [](const FrameRange& range) { return static_cast<std::size_t>(range.frames); };
      if (excerpt.log_mel.size() != frames(excerpt.log_mel_range) * kMelBands ||
          excerpt.chroma.size() != frames(excerpt.chroma_range) * kChromaBins ||
          excerpt.onset.size() != frames(excerpt.onset_range)) {
        std::abort();
      }
      unsigned sum = 0;
      for (const std::uint8_t level : excerpt.log_mel) sum += level;
      for (const std::uint8_t level : excerpt.chroma) sum += level;
      for (const std::uint16_t value : excerpt.onset) sum += value;
      volatile unsigned kept = sum;
      (void)kept;
    }
    for (std::size_t i = 0; i < set.teachers().size(); ++i) {
      const TeacherRows rows = set.teacher_rows(track, i);
      if (rows.values.size() != rows.starts.size() * set.teachers()[i].dimensions) std::abort();
      std::int64_t before = -1;
      for (const std::int64_t start : rows.starts) {
        if (start <= before || start >= set.tracks()[track].frames) std::abort();
        before = start;
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  SetFiles files;
  if (data[0] == 255) {
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    files.description = rest.substr(0, rest.find('\0'));
    files.data = rest.substr(std::min(rest.size(), files.description.size() + 1));
  } else {
    const SetFiles& base = whole(data[0] % 2 == 1);
    const std::string both = changed_bytes(base.description + base.data, data + 1, size - 1);
    files.description = both.substr(0, base.description.size());
    files.data = both.substr(std::min(both.size(), base.description.size()));
  }
  write(files);
  try {
    read_all(FeatureSet(scratch()));
  } catch (const Error& error) {
    const bool known = error.code() == ErrorCode::corrupt_data ||
                       error.code() == ErrorCode::version_mismatch ||
                       error.code() == ErrorCode::limit_exceeded || error.code() == ErrorCode::not_found;
    if (!known) std::abort();
  }
  std::filesystem::remove_all(scratch());
  return 0;
}
