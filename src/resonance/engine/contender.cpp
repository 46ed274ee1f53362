#include "resonance/engine/contender.h"

#include "resonance/core/error.h"
#include "resonance/core/npy.h"
#include "resonance/embedding/projection.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>

namespace resonance::engine {
namespace {

using embedding::Descriptor;
using embedding::Embedding;

struct PartName {
  std::string_view name;
  std::vector<float> Embedding::*values;
};
constexpr std::array<PartName, 4> kParts{
    PartName{"fused", &Embedding::fused}, PartName{"timbre", &Embedding::timbre},
    PartName{"harmony", &Embedding::harmony}, PartName{"rhythm", &Embedding::rhythm}};

Matrix projected(const embedding::Projection& projection, const std::vector<Descriptor>& descriptors,
                 std::vector<float> Embedding::*part) {
  Matrix rows;
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    const Embedding embedding = projection.project(descriptors[i]);
    const std::vector<float>& values = embedding.*part;
    if (i == 0) rows = Matrix(descriptors.size(), values.size());
    std::copy(values.begin(), values.end(), rows.row(i).begin());
  }
  return rows;
}

std::vector<double> mean_of_rows(const Matrix& rows) {
  std::vector<double> mean(rows.cols());
  double count = 0;
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    const auto row = rows.row(r);
    if (!std::all_of(row.begin(), row.end(), [](float value) { return std::isfinite(value); })) continue;
    for (std::size_t d = 0; d < mean.size(); ++d) mean[d] += row[d];
    ++count;
  }
  if (count > 0) {
    for (double& value : mean) value /= count;
  }
  return mean;
}

Matrix centred(const Matrix& rows, const std::vector<double>& mean) {
  Matrix result(rows.rows(), rows.cols());
  std::vector<double> values(rows.cols());
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    double squares = 0;
    for (std::size_t d = 0; d < values.size(); ++d) {
      values[d] = rows(r, d) - mean[d];
      squares += values[d] * values[d];
    }
    const double length = std::sqrt(squares);
    for (std::size_t d = 0; d < values.size(); ++d) {
      result(r, d) = static_cast<float>(length > 0 ? values[d] / length : values[d]);
    }
  }
  return result;
}

/// Side by side, each times sqrt(1/2): products are the mean of the two products.
Matrix joined(const Matrix& a, const Matrix& b) {
  if (a.empty() || b.empty()) return {};
  Matrix result(a.rows(), a.cols() + b.cols());
  const auto half = static_cast<float>(std::sqrt(0.5));
  const auto scaled = [half](float value) { return half * value; };
  for (std::size_t r = 0; r < a.rows(); ++r) {
    const auto left = a.row(r);
    const auto right = b.row(r);
    const auto middle = std::transform(left.begin(), left.end(), result.row(r).begin(), scaled);
    std::transform(right.begin(), right.end(), middle, scaled);
  }
  return result;
}

NpyFile open_rows(const std::filesystem::path& file, std::size_t rows) {
  NpyFile array(file);
  if (array.rows() != rows) {
    throw Error(ErrorCode::invalid_argument, file.string() + " has " + std::to_string(array.rows()) +
                                                 " rows where the manifest has " + std::to_string(rows));
  }
  return array;
}

}  // namespace

std::vector<double> products(std::span<const float> vector, const Matrix& rows) {
  std::vector<double> result(rows.rows());
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    const auto row = rows.row(r);
    std::array<double, 4> sums{};
    const std::size_t whole = row.size() / 4 * 4;
    for (std::size_t d = 0; d < whole; d += 4) {
      for (std::size_t lane = 0; lane < 4; ++lane)
        sums[lane] += double{vector[d + lane]} * double{row[d + lane]};
    }
    for (std::size_t d = whole; d < row.size(); ++d) sums[0] += double{vector[d]} * double{row[d]};
    result[r] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }
  return result;
}

std::vector<double> Contender::scores(std::size_t query) const {
  if (has_embeddings()) return products(embeddings.row(query), embeddings);
  const auto row = similarity.row(query);
  return {row.begin(), row.end()};
}

std::vector<Contender> contenders_of_embedder(const ListeningModel& model,
                                              const std::vector<std::string>& parts,
                                              const std::vector<Descriptor>& whole,
                                              const std::vector<Descriptor>& segments,
                                              const std::map<std::string, std::vector<Descriptor>>& queries) {
  const auto projection = embedding::Projection::fit(model.embedder->info(), whole);
  std::vector<Contender> contenders;
  for (const PartName& part : kParts) {
    if (std::find(parts.begin(), parts.end(), part.name) == parts.end()) continue;
    Contender& contender = contenders.emplace_back();
    contender.name = part.name == "fused" ? model.name : model.name + " " + std::string(part.name);
    contender.embeddings = projected(projection, whole, part.values);
    contender.segments = projected(projection, segments, part.values);
    for (const auto& [encoding, asked] : queries)
      contender.queries[encoding] = projected(projection, asked, part.values);
  }
  return contenders;
}

Contender contender_of_vectors(const std::string& name, const Matrix& items, const Matrix& segments,
                               const std::map<std::string, Matrix>& queries) {
  const std::vector<double> mean = mean_of_rows(items);
  Contender contender;
  contender.name = name;
  contender.embeddings = centred(items, mean);
  contender.segments = centred(segments, mean);
  for (const auto& [encoding, asked] : queries) contender.queries[encoding] = centred(asked, mean);
  return contender;
}

Contender contender_of_array(const std::string& name, const std::filesystem::path& file,
                             std::size_t rows_in_file, const std::vector<std::size_t>& rows_used) {
  const NpyFile array = open_rows(file, rows_in_file);
  const auto values = array.floats();
  Matrix rows(rows_used.size(), array.cols());
  for (std::size_t r = 0; r < rows_used.size(); ++r) {
    const auto from = values.subspan(rows_used[r] * array.cols(), array.cols());
    std::copy(from.begin(), from.end(), rows.row(r).begin());
  }
  return contender_of_vectors(name, rows, {}, {});
}

Contender contender_of_distances(const std::string& name, const std::filesystem::path& file,
                                 std::size_t rows_in_file, const std::vector<std::size_t>& rows_used) {
  const NpyFile array = open_rows(file, rows_in_file);
  if (array.cols() != rows_in_file) {
    throw Error(ErrorCode::invalid_argument, file.string() + " has " + std::to_string(array.cols()) +
                                                 " columns; distances are as many as there are rows");
  }
  const auto values = array.floats();
  Contender contender;
  contender.name = name;
  contender.similarity = Matrix(rows_used.size(), rows_used.size());
  for (std::size_t r = 0; r < rows_used.size(); ++r) {
    for (std::size_t c = 0; c < rows_used.size(); ++c) {
      contender.similarity(r, c) = -values[rows_used[r] * rows_in_file + rows_used[c]];
    }
  }
  return contender;
}

Contender sum_of(const std::string& name, const Contender& a, const Contender& b) {
  for (const Contender* part : {&a, &b}) {
    if (!part->has_embeddings()) {
      throw Error(ErrorCode::invalid_argument,
                  part->name + " has distances, not embeddings, and cannot be added to another");
    }
  }
  Contender sum;
  sum.name = name;
  sum.embeddings = joined(a.embeddings, b.embeddings);
  sum.segments = joined(a.segments, b.segments);
  for (const auto& [encoding, rows] : a.queries) {
    const auto other = b.queries.find(encoding);
    if (other != b.queries.end()) sum.queries[encoding] = joined(rows, other->second);
  }
  return sum;
}

}  // namespace resonance::engine
