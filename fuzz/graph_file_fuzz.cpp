// Any bytes as graph.bin or codes.bin over small rows: refused as corrupt, or searched in peace. The first
// byte chooses the file, the rest are changes to a whole one, 11 bytes each: where, how many, what. 255 takes
// the rest as the file itself.
#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/index/graph_index.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "memory_file.h"

namespace {

using namespace resonance;
using namespace resonance::index;

constexpr std::size_t kRows = 100;
constexpr std::size_t kDimensions = 8;

struct Whole {
  std::vector<float> vectors;
  std::string graph;
  std::string codes;
};

Whole make_whole() {
  Whole whole;
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  whole.vectors.resize(kRows * kDimensions);
  for (float& value : whole.vectors) value = normal(generator);
  const auto codes = std::make_shared<const RowCodes>(RowCodes::of(whole.vectors, kDimensions));
  const auto rows =
      std::make_shared<const ExactIndex>(whole.vectors, kDimensions, Metric::inner_product, codes);
  const std::string path = "/tmp/graph_file_fuzz." + std::to_string(::getpid());
  // Few links, so that upper lists are full and there are several levels over so few rows.
  GraphIndex::build(rows, codes, {.links = 4})->write(path);
  whole.graph = read_file(path, 1 << 20);
  RowCodes::write(path, whole.vectors, kDimensions);
  whole.codes = read_file(path, 1 << 20);
  ::unlink(path.c_str());
  return whole;
}

const Whole& whole() {
  static const Whole made = make_whole();
  return made;
}

std::string changed(std::string bytes, const std::uint8_t* data, std::size_t size) {
  for (std::size_t at = 0; at + 11 <= size; at += 11) {
    const std::size_t where = (data[at] * 256U + data[at + 1]) % bytes.size();
    const std::size_t count = std::min<std::size_t>(data[at + 2] % 9, bytes.size() - where);
    std::memcpy(bytes.data() + where, data + at + 3, count);
    if (count == 0) bytes.resize(bytes.size() - std::min<std::size_t>(bytes.size() - 1, data[at + 3]));
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool is_graph = data[0] % 2 == 1;
  const std::string& original = is_graph ? whole().graph : whole().codes;
  const std::string bytes = data[0] >= 254 ? std::string(reinterpret_cast<const char*>(data) + 1, size - 1)
                                           : changed(original, data + 1, size - 1);
  try {
    const MemoryFile graph_file(is_graph ? bytes : whole().graph);
    const MemoryFile codes_file(is_graph ? whole().codes : bytes);
    const auto codes = std::make_shared<const RowCodes>(codes_file.path());
    if (codes->size() != kRows || codes->dimensions() != kDimensions) return 0;
    const auto rows =
        std::make_shared<const ExactIndex>(whole().vectors, kDimensions, Metric::inner_product, codes);
    const auto graph = GraphIndex::open(graph_file.path(), rows, codes);
    for (const std::size_t row : {0U, 57U}) {
      const auto query = std::span(whole().vectors).subspan(row * kDimensions, kDimensions);
      if (graph->search(query, 7).size() > 7 || rows->search(query, 7).size() > 7) std::abort();
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt_data) std::abort();
  }
  return 0;
}
