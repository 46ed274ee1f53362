// Any bytes as an index file: refused as corrupt, or read by FAISS and searched in peace. The first byte
// chooses a small index of one of the kinds, the rest are changes to it. A first byte of 255 takes the rest
// as the file itself.
#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/index/factory_index.h"
#include "resonance/index/faiss_file_check.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <unistd.h>

#include "changed_bytes.h"
#include "memory_file.h"

namespace {

using namespace resonance;
using namespace resonance::index;

constexpr std::size_t kRows = 80;
constexpr std::size_t kDimensions = 8;
const std::array<std::string, 16> kFactories{"Flat",
                                             "SQ8",
                                             "SQfp16",
                                             "PQ4x4",
                                             "PQ4x4fs",
                                             "IVF4,Flat",
                                             "IVF4,SQ8",
                                             "IVF4,PQ4x4",
                                             "IVF4,PQ4x4fs",
                                             "IVF4,PQ3x4fsr",
                                             "IVF4_HNSW4,Flat",
                                             "HNSW4",
                                             "HNSW4_SQ8",
                                             "RR8,IVF4,PQ4x4fs",
                                             "PCA4,Flat",
                                             "L2norm,SQ4"};

std::vector<float> random_vectors() {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  std::vector<float> values(kRows * kDimensions);
  for (float& value : values) value = normal(generator);
  return values;
}

const std::vector<float>& vectors() {
  static const std::vector<float> values = random_vectors();
  return values;
}

std::vector<std::string> files() {
  std::vector<std::string> result;
  const auto rows = std::make_shared<const ExactIndex>(vectors(), kDimensions);
  const std::string path = "/tmp/index_file_fuzz." + std::to_string(::getpid());
  for (const std::string& factory : kFactories) {
    try {
      FactoryIndex::build(rows, {.factory = factory})->write(path);
      result.push_back(read_file(path, 1 << 20));
    } catch (const Error&) {
      result.push_back(result.front());
    }
  }
  ::unlink(path.c_str());
  return result;
}

const std::vector<std::string>& whole_files() {
  static const std::vector<std::string> made = files();
  return made;
}

}  // namespace

// Before the clock of the first input runs.
extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
  (void)whole_files();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::string>& whole = whole_files();
  if (size == 0) return 0;
  std::string bytes;
  if (data[0] == 255) {
    bytes.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  } else {
    bytes = changed_bytes(whole[data[0] % whole.size()], data + 1, size - 1);
  }
  try {
    const FaissFileShape shape = check_faiss_file(std::as_bytes(std::span(bytes)), "fuzz");
    if (shape.rows > kRows || shape.dimensions != kDimensions) return 0;
    const auto rows = std::make_shared<const ExactIndex>(std::span(vectors()).first(shape.rows * kDimensions),
                                                         kDimensions, shape.metric);
    const MemoryFile file(bytes);
    const auto index = FactoryIndex::open(file.path(), rows, "IVF4,PQ4x4fs,RFlat");
    for (const std::size_t nprobe : {1U, 4U}) {
      const auto found = index->search(std::span(vectors()).first(kDimensions), 5, {.nprobe = nprobe});
      if (found.size() != std::min<std::size_t>(5, shape.rows)) std::abort();
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt_data) std::abort();
  }
  return 0;
}
