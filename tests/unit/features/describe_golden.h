#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace resonance::testing {

/// tests/golden/features/describe, whose README says how it was made.
inline std::filesystem::path describe_golden(const std::string& name) {
  return std::filesystem::path(RESONANCE_SOURCE_DIR) / "tests/golden/features/describe" / name;
}

/// A row of expected.csv.
struct GoldenDescription {
  std::string name;
  double tempo_bpm = 0;
  double tempo_confidence = 0;
  int key_tonic = 0;
  int key_minor = 0;
  double key_confidence = 0;
  double onsets_per_second = 0;
};

inline std::vector<GoldenDescription> golden_descriptions() {
  std::ifstream file(describe_golden("expected.csv"));
  std::vector<GoldenDescription> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    GoldenDescription row;
    char comma = 0;
    std::getline(fields, row.name, ',');
    fields >> row.tempo_bpm >> comma >> row.tempo_confidence >> comma >> row.key_tonic >> comma >>
        row.key_minor >> comma >> row.key_confidence >> comma >> row.onsets_per_second;
    if (fields) rows.push_back(row);
  }
  if (rows.empty()) throw std::runtime_error("no golden descriptions in " + describe_golden("").string());
  return rows;
}

}  // namespace resonance::testing
