#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::training {

/// One thing that a search varies.
struct SearchParameter {
  enum class Kind { uniform, loguniform, choice };
  std::string name;  ///< as the file has it, e.g. "lr"
  std::string key;   ///< of the config, e.g. "train.lr"
  Kind kind = Kind::uniform;
  double low = 0;
  double high = 1;
  std::vector<std::string> choices;
};

/// A point: one value a parameter, in order. A choice is its index.
using SearchPoint = std::vector<double>;

/// Reads `name: {distribution: uniform|loguniform, low: , high: }` and `name: {choices: [...]}`. Names are
/// those of `train` (lr, temperature, ...), fusion_mode, or whole keys of a config.
/// @throws Error(invalid_argument) naming the parameter and what is wrong with it
std::vector<SearchParameter> parse_search_space(std::string_view yaml, const std::string& what);
std::vector<SearchParameter> read_search_space(const std::filesystem::path& path);

/// A value as a config writes it.
std::string value_text(const SearchParameter& parameter, double value);

/// Numbers to [0, 1] along the parameter's own scale, and back; for choices the index as it is.
double to_unit(const SearchParameter& parameter, double value);
double from_unit(const SearchParameter& parameter, double unit);

}  // namespace resonance::training
