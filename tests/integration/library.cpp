#include "integration/library.h"

#include <cmath>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

#include <gmock/gmock.h>

#include "support/signals.h"

namespace resonance::testing {

namespace fs = std::filesystem;

std::vector<float> chord_track(int variant, double duration_s) {
  const double root_hz = 220 * std::pow(2.0, variant * 3 / 12.0);
  return mix(mix(sine(root_hz, duration_s, 0.2F), sine(root_hz * 5 / 4, duration_s, 0.2F)),
             sine(root_hz * 3 / 2, duration_s, 0.2F));
}

std::vector<float> drum_track(int variant, double duration_s) {
  return clicks(112.0 + 8 * variant, duration_s, 0.6F + 0.05F * static_cast<float>(variant));
}

std::vector<float> noise_track(int variant, double duration_s) {
  return white_noise(duration_s, 0.3F, static_cast<std::uint32_t>(100 + variant));
}

void write_library(const fs::path& folder, int per_kind, double duration_s) {
  fs::create_directories(folder);
  for (int variant = 1; variant <= per_kind; ++variant) {
    const std::string name = std::to_string(variant) + ".wav";
    write_wav16(folder / ("chord-" + name), chord_track(variant, duration_s));
    write_wav16(folder / ("drum-" + name), drum_track(variant, duration_s));
    write_wav16(folder / ("noise-" + name), noise_track(variant, duration_s));
  }
}

std::string kind_of(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  return name.substr(0, name.find('-'));
}

void write_text(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return text.str();
}

void flip_bits(const fs::path& path, std::size_t count, std::size_t first) {
  std::string bytes = read_text(path);
  std::mt19937 generator(1);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = first + generator() % (bytes.size() - first);
    bytes[place] = static_cast<char>(static_cast<unsigned char>(bytes[place]) ^ (1U << (generator() % 8)));
  }
  write_text(path, bytes);
}

void truncate_to(const fs::path& path, double share) {
  fs::resize_file(path, static_cast<std::uintmax_t>(share * static_cast<double>(fs::file_size(path))));
}

void write_sparse_wav(const fs::path& path, double duration_s, int sample_rate_hz) {
  write_wav16(path, {}, sample_rate_hz);
  const auto data_bytes = static_cast<std::uint32_t>(std::llround(duration_s * sample_rate_hz)) * 2;
  const std::uintmax_t header_bytes = fs::file_size(path);
  const auto write_size = [&](std::streamoff place, std::uint32_t value) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(place);
    for (int shift = 0; shift < 32; shift += 8) file.put(static_cast<char>(value >> shift & 0xff));
  };
  write_size(4, static_cast<std::uint32_t>(header_bytes) - 8 + data_bytes);
  write_size(40, data_bytes);
  fs::resize_file(path, header_bytes + data_bytes);
}

LibraryTest::LibraryTest() { fs::create_directories(music()); }

ProgramRun LibraryTest::run(const std::vector<std::string>& arguments, RunOptions options) const {
  if (options.folder == "/") options.folder = folder_.path();
  return run_program(arguments, options);
}

nlohmann::json LibraryTest::answer(std::vector<std::string> arguments, int exit_status) const {
  arguments.insert(arguments.end(), {"--format", "json"});
  const ProgramRun done = run(arguments);
  EXPECT_EQ(done.exit_status, exit_status) << done.errors << done.output;
  return done.json();
}

nlohmann::json LibraryTest::index(int exit_status, const std::vector<std::string>& more) const {
  std::vector<std::string> arguments{"index", "music", "--jobs", "1", "--quiet"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return answer(arguments, exit_status);
}

std::vector<std::string> LibraryTest::results_of(const std::vector<std::string>& query) const {
  std::vector<std::string> arguments{"query"};
  arguments.insert(arguments.end(), query.begin(), query.end());
  std::vector<std::string> paths;
  const nlohmann::json found = answer(arguments);
  for (const auto& result : found.at("results")) paths.push_back(result.at("path"));
  return paths;
}

std::vector<nlohmann::json> LibraryTest::all_answers() const {
  std::vector<nlohmann::json> answers;
  const auto meta = nlohmann::json::parse(read_text(catalog("meta.json")));
  for (const auto& row : meta.at("rows")) {
    answers.push_back(answer({"query", "--track", row.at("id").get<std::string>()}));
  }
  return answers;
}

void LibraryTest::expect_refusal(const ProgramRun& run, int exit_status,
                                 const std::vector<std::string>& words) const {
  EXPECT_EQ(run.exit_status, exit_status) << run.errors << run.output;
  EXPECT_EQ(run.signal, 0);
  for (const std::string& word : words) EXPECT_THAT(run.errors, ::testing::HasSubstr(word));
  EXPECT_THAT(run.errors, ::testing::Not(::testing::HasSubstr("this is a bug")));
}

std::set<std::string> names_in(const nlohmann::json& items) {
  std::set<std::string> names;
  for (const auto& item : items) {
    names.insert(fs::path(item.at("path").get<std::string>()).filename().string());
  }
  return names;
}

}  // namespace resonance::testing
