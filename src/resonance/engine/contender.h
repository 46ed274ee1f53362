#pragma once

#include "resonance/core/matrix.h"
#include "resonance/engine/listening.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace resonance::engine {

/// What is evaluated: something that says how alike two of N items are. S segments, Q queries of same-track
/// retrieval.
struct Contender {
  std::string name;
  Matrix embeddings;  ///< N x D of unit length, centred on the collection; or empty, and
  Matrix similarity;  ///< N x N, the greater the more alike
  Matrix segments;    ///< S x D, empty where there are none
  /// Q x D an encoding: the query segments in it.
  std::map<std::string, Matrix> queries;

  [[nodiscard]] bool has_embeddings() const { return !embeddings.empty(); }
  /// Of item `query` with all N, its own included.
  [[nodiscard]] std::vector<double> scores(std::size_t query) const;
};

/// Products of a vector with R rows.
std::vector<double> products(std::span<const float> vector, const Matrix& rows);

/// One of our models' answers as contenders: "NAME" (fused) or "NAME timbre" and so on. The projection is
/// fitted on the N whole tracks.
/// @param whole     N answers
/// @param segments  of all tracks, one after the other; may be empty
/// @param queries   Q by encoding
std::vector<Contender> contenders_of_embedder(
    const ListeningModel& model, const std::vector<std::string>& parts,
    const std::vector<embedding::Descriptor>& whole, const std::vector<embedding::Descriptor>& segments,
    const std::map<std::string, std::vector<embedding::Descriptor>>& queries);

/// Plain vectors as a contender: their mean over the items is subtracted, and they are brought to unit
/// length. Rows with values that are no numbers do not count for the mean and are like nothing.
Contender contender_of_vectors(const std::string& name, const Matrix& items, const Matrix& segments,
                               const std::map<std::string, Matrix>& queries);

/// The rows that count of an N x D array of float32, or the rows and columns of an N x N one of distances.
/// @param rows_in_file  what N has to be. @throws Error(invalid_argument) naming the file if it is not
Contender contender_of_array(const std::string& name, const std::filesystem::path& file,
                             std::size_t rows_in_file, const std::vector<std::size_t>& rows_used);
Contender contender_of_distances(const std::string& name, const std::filesystem::path& file,
                                 std::size_t rows_in_file, const std::vector<std::size_t>& rows_used);

/// The sum of two contenders' similarities. @throws Error(invalid_argument) unless both have embeddings
Contender sum_of(const std::string& name, const Contender& a, const Contender& b);

}  // namespace resonance::engine
