#include "resonance/index/faiss_file_check.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>
#include <vector>

namespace resonance::index {
namespace {

constexpr std::size_t kMaxDimensions = 65536;
constexpr std::size_t kMaxTransforms = 8;
constexpr int kMaxDepth = 4;  // index in transform, quantizer in index, graph in quantizer
constexpr std::int32_t kMaxEf = 1 << 20;
constexpr std::int32_t kMaxLevels = 64;

// The fields that every index begins with.
struct Header {
  std::size_t dimensions = 0;
  std::size_t rows = 0;
  Metric metric = Metric::inner_product;
};

struct Quantizer {
  std::size_t parts = 0;
  std::size_t bits = 0;
  std::size_t code_bytes = 0;
};

class Walk {
 public:
  Walk(std::span<const std::byte> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  FaissFileShape file() {
    const Header header = index(0);
    require(at_ == bytes_.size(), "bytes behind its end");
    return {header.rows, header.dimensions, header.metric};
  }

 private:
  void require(bool good, const char* what) const {
    if (good) return;
    throw Error(ErrorCode::corrupt_data, name_ + " is not a whole index file of a kind that is read here (" +
                                             what + ", near byte " + std::to_string(at_) +
                                             "): run `resonance index --rebuild`, which needs no audio");
  }

  template <typename T>
  T take() {
    require(bytes_.size() - at_ >= sizeof(T), "it breaks off");
    T value{};
    std::memcpy(&value, bytes_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  // A byte that FAISS reads into a bool.
  bool take_bool() {
    const auto value = take<std::uint8_t>();
    require(value <= 1, "a switch that is neither on nor off");
    return value == 1;
  }

  std::string_view take_kind() {
    require(bytes_.size() - at_ >= 4, "it breaks off");
    const std::string_view kind{reinterpret_cast<const char*>(bytes_.data()) + at_, 4};
    at_ += 4;
    return kind;
  }

  // Skips `count` values of `size` bytes; where they begin.
  std::size_t skip(std::uint64_t count, std::size_t size) {
    require(count <= (bytes_.size() - at_) / size, "more values than the file holds");
    const std::size_t begin = at_;
    at_ += static_cast<std::size_t>(count) * size;
    return begin;
  }

  template <typename T>
  [[nodiscard]] T value_at(std::size_t begin, std::size_t number) const {
    T value{};
    std::memcpy(&value, bytes_.data() + begin + number * sizeof(T), sizeof(T));
    return value;
  }

  // A vector as FAISS writes it, with its length in front, that must hold `count` values.
  template <typename T>
  std::size_t vector_of(std::uint64_t count, const char* what) {
    require(take<std::uint64_t>() == count, what);
    return skip(count, sizeof(T));
  }

  void finite_floats(std::uint64_t count) {
    const std::size_t begin = skip(count, sizeof(float));
    bool good = true;
    for (std::size_t i = 0; i < count; ++i) good = good && std::isfinite(value_at<float>(begin, i));
    require(good, "a value that is not a number");
  }

  void finite_vector(std::uint64_t count, const char* what) {
    require(take<std::uint64_t>() == count, what);
    finite_floats(count);
  }

  Header header() {
    Header header;
    const auto dimensions = take<std::int32_t>();
    const auto rows = take<std::int64_t>();
    require(dimensions > 0 && static_cast<std::size_t>(dimensions) <= kMaxDimensions, "its dimension");
    // Every row of every kind takes a byte at least.
    require(rows >= 0 && static_cast<std::uint64_t>(rows) <= bytes_.size(), "its number of rows");
    take<std::int64_t>();
    take<std::int64_t>();
    require(take_bool(), "not trained");
    const auto metric = take<std::int32_t>();
    require(metric == 0 || metric == 1, "its metric");
    header.dimensions = static_cast<std::size_t>(dimensions);
    header.rows = static_cast<std::size_t>(rows);
    header.metric = metric == 0 ? Metric::inner_product : Metric::l2;
    return header;
  }

  Header index(int depth) {
    require(depth < kMaxDepth, "indexes within indexes");
    const std::string_view kind = take_kind();
    if (kind == "IxFI" || kind == "IxF2" || kind == "IxFl") return flat(kind);
    if (kind == "IxSQ") return scalar_quantized();
    if (kind == "IxPq") return product_quantized();
    if (kind == "IPfs") return product_quantized_fast();
    if (kind == "IwFl" || kind == "IwSq" || kind == "IwPQ" || kind == "IwPf") return inverted(kind, depth);
    if (kind == "IHNf" || kind == "IHNs" || kind == "IHNp") return graph(kind, depth);
    if (kind == "IxPT") return transformed(depth);
    require(false, "a kind of its own");
    return {};
  }

  Header flat(std::string_view kind) {
    const Header header = this->header();
    require(kind == "IxFl" || (kind == "IxFI") == (header.metric == Metric::inner_product), "its metric");
    finite_vector(static_cast<std::uint64_t>(header.rows) * header.dimensions, "its number of values");
    return header;
  }

  std::size_t scalar_quantizer(std::size_t dimensions) {
    const auto type = take<std::int32_t>();
    const auto range = take<std::int32_t>();
    const auto argument = take<float>();
    require(range >= 0 && range <= 3 && std::isfinite(argument), "a scalar quantizer's range");
    require(take<std::uint64_t>() == dimensions, "a scalar quantizer's dimension");
    std::size_t bytes = 0;
    std::size_t trained = 0;
    switch (type) {
      case 0:
        bytes = dimensions, trained = 2 * dimensions;
        break;  // 8 bits
      case 1:
        bytes = (dimensions + 1) / 2, trained = 2 * dimensions;
        break;  // 4 bits
      case 2:
        bytes = dimensions, trained = 2;
        break;  // 8 bits, one range
      case 3:
        bytes = (dimensions + 1) / 2, trained = 2;
        break;  // 4 bits, one range
      case 4:
        bytes = dimensions * 2;
        break;  // float16
      case 6:
        bytes = (dimensions * 6 + 7) / 8, trained = 2 * dimensions;
        break;
      default:
        require(false, "a scalar quantizer's type");
    }
    require(take<std::uint64_t>() == bytes, "a scalar quantizer's length");
    finite_vector(trained, "a scalar quantizer's table");
    return bytes;
  }

  Quantizer product_quantizer(std::size_t dimensions) {
    require(take<std::uint64_t>() == dimensions, "a product quantizer's dimension");
    const auto parts = take<std::uint64_t>();
    const auto bits = take<std::uint64_t>();
    require(parts > 0 && parts <= dimensions && dimensions % parts == 0, "a product quantizer's parts");
    require(bits > 0 && bits <= 12, "a product quantizer's bits");
    finite_vector(static_cast<std::uint64_t>(dimensions) << bits, "a product quantizer's codebook");
    return {parts, bits, (parts * bits + 7) / 8};
  }

  Header scalar_quantized() {
    const Header header = this->header();
    const std::size_t bytes = scalar_quantizer(header.dimensions);
    vector_of<std::uint8_t>(static_cast<std::uint64_t>(header.rows) * bytes, "its number of codes");
    return header;
  }

  Header product_quantized(std::size_t max_bits = 12) {
    const Header header = this->header();
    const Quantizer quantizer = product_quantizer(header.dimensions);
    require(quantizer.bits <= max_bits, "a product quantizer's bits");
    vector_of<std::uint8_t>(static_cast<std::uint64_t>(header.rows) * quantizer.code_bytes,
                            "its number of codes");
    require(take<std::int32_t>() == 0, "its way to search");
    require(!take_bool(), "its way to search");
    take<std::int32_t>();  // a threshold that this way to search does not use
    return header;
  }

  // Rows to a block of FastScan.
  std::size_t block_rows(const Quantizer& quantizer, std::int32_t rows, std::uint64_t even_parts) const {
    require(quantizer.bits == 4, "FastScan's bits");
    require(rows > 0 && rows % 32 == 0 && rows <= 1024, "FastScan's blocks");
    require(even_parts == (quantizer.parts + 1) / 2 * 2, "FastScan's parts");
    return static_cast<std::size_t>(rows);
  }

  Header product_quantized_fast() {
    const Header header = this->header();
    const Quantizer quantizer = product_quantizer(header.dimensions);
    require(take<std::int32_t>() == 0, "FastScan's way to search");
    const auto block = take<std::int32_t>();
    require(take<std::int32_t>() == 0, "FastScan's way to search");
    const auto padded = take<std::uint64_t>();
    const auto parts = take<std::uint64_t>();
    const std::size_t rows = block_rows(quantizer, block, parts);
    require(padded == (header.rows + rows - 1) / rows * rows, "FastScan's rows");
    vector_of<std::uint8_t>(padded * (parts / 2), "its number of codes");
    return header;
  }

  Header inverted(std::string_view kind, int depth) {
    const Header header = this->header();
    const auto lists = take<std::uint64_t>();
    require(take<std::uint64_t>() > 0, "its number of probes");
    const Header coarse = index(depth + 1);
    require(coarse.dimensions == header.dimensions && coarse.rows == lists && lists > 0 &&
                coarse.metric == header.metric,
            "its coarse quantizer");
    require(take<std::uint8_t>() == 0 && take<std::uint64_t>() == 0, "its direct map");

    if (kind == "IwFl") {
      array_lists(header, lists, header.dimensions * sizeof(float), true);
    } else if (kind == "IwSq") {
      const std::size_t bytes = scalar_quantizer(header.dimensions);
      require(take<std::uint64_t>() == bytes, "its codes' length");
      take_bool();
      array_lists(header, lists, bytes, false);
    } else if (kind == "IwPQ") {
      take_bool();
      const auto bytes = take<std::uint64_t>();
      const Quantizer quantizer = product_quantizer(header.dimensions);
      require(bytes == quantizer.code_bytes, "its codes' length");
      array_lists(header, lists, quantizer.code_bytes, false);
    } else {
      take_bool();
      const auto bytes = take<std::uint64_t>();
      const auto block = take<std::int32_t>();
      const auto parts = take<std::uint64_t>();
      require(take<std::int32_t>() == 0, "FastScan's way to search");
      require(take<std::uint64_t>() == 0, "FastScan's way to search");
      const Quantizer quantizer = product_quantizer(header.dimensions);
      require(bytes == quantizer.code_bytes, "its codes' length");
      block_lists(header, lists, block_rows(quantizer, block, parts), parts, bytes);
    }
    return header;
  }

  // Rows of an inverted list: each exists, and lies in one list only.
  void identifiers(std::size_t begin, std::uint64_t count, std::vector<bool>& seen) const {
    for (std::size_t i = 0; i < count; ++i) {
      const auto row = value_at<std::uint64_t>(begin, i);
      require(row < seen.size() && !seen[static_cast<std::size_t>(row)],
              "a row that does not exist, or twice");
      seen[static_cast<std::size_t>(row)] = true;
    }
  }

  void array_lists(const Header& header, std::uint64_t lists, std::size_t code_bytes, bool floats) {
    require(take_kind() == "ilar", "its inverted lists");
    require(take<std::uint64_t>() == lists && take<std::uint64_t>() == code_bytes,
            "its inverted lists' shape");
    std::vector<std::uint64_t> sizes;  // no more of them than centroids, each of which has been seen
    const std::string_view type = take_kind();
    if (type == "full") {
      const std::size_t begin = vector_of<std::uint64_t>(lists, "its inverted lists' number");
      for (std::size_t i = 0; i < lists; ++i) sizes.push_back(value_at<std::uint64_t>(begin, i));
    } else {
      require(type == "sprs", "its inverted lists' sizes");
      const auto count = take<std::uint64_t>();
      const std::size_t begin = skip(count, sizeof(std::uint64_t));
      require(count % 2 == 0, "its inverted lists' sizes");
      sizes.resize(static_cast<std::size_t>(lists));
      for (std::size_t i = 0; i < count; i += 2) {
        const auto list = value_at<std::uint64_t>(begin, i);
        require(list < lists, "an inverted list that does not exist");
        sizes[static_cast<std::size_t>(list)] = value_at<std::uint64_t>(begin, i + 1);
      }
    }
    std::vector<bool> seen(header.rows);
    std::uint64_t total = 0;
    for (const std::uint64_t size : sizes) {
      require(size <= header.rows - total, "more rows in its lists than rows");
      total += size;
      if (size == 0) continue;
      if (floats) {
        finite_floats(size * header.dimensions);
      } else {
        skip(size, code_bytes);
      }
      identifiers(skip(size, sizeof(std::uint64_t)), size, seen);
    }
    require(total == header.rows, "fewer rows in its lists than rows");
  }

  void block_lists(const Header& header, std::uint64_t lists, std::size_t rows, std::uint64_t parts,
                   std::uint64_t code_bytes) {
    require(take_kind() == "ilbl", "its inverted lists");
    const std::uint64_t block_bytes = rows * parts / 2;
    require(take<std::uint64_t>() == lists, "its inverted lists' shape");
    // FAISS keeps no length of a code here: it is in blocks.
    const auto stated = take<std::uint64_t>();
    require(stated == code_bytes || stated == ~std::uint64_t{0}, "its inverted lists' shape");
    require(take<std::uint64_t>() == rows && take<std::uint64_t>() == block_bytes,
            "its inverted lists' shape");
    std::vector<bool> seen(header.rows);
    std::uint64_t total = 0;
    for (std::uint64_t list = 0; list < lists; ++list) {
      const auto size = take<std::uint64_t>();
      require(size <= header.rows - total, "more rows in its lists than rows");
      total += size;
      identifiers(skip(size, sizeof(std::uint64_t)), size, seen);
      vector_of<std::uint8_t>((size + rows - 1) / rows * block_bytes, "the length of an inverted list");
    }
    require(total == header.rows, "fewer rows in its lists than rows");
  }

  Header graph(std::string_view kind, int depth) {
    const Header header = this->header();
    // Slots for neighbours: those of node n on level l lie from offsets[n] + cumulated[l] to offsets[n] +
    // cumulated[l+1].
    const auto probabilities = take<std::uint64_t>();
    require(probabilities <= kMaxLevels, "its levels");
    finite_doubles(probabilities);
    const auto steps = take<std::uint64_t>();
    require(steps >= 2 && steps <= kMaxLevels, "its levels");
    const std::size_t cumulated = skip(steps, sizeof(std::int32_t));
    require(value_at<std::int32_t>(cumulated, 0) == 0, "its levels");
    for (std::size_t i = 1; i < steps; ++i) {
      const auto slots = value_at<std::int32_t>(cumulated, i);
      require(slots > value_at<std::int32_t>(cumulated, i - 1) && slots <= 1 << 20, "its levels");
    }
    const std::size_t levels = vector_of<std::int32_t>(header.rows, "its number of nodes");
    const std::size_t offsets = vector_of<std::uint64_t>(header.rows + 1, "its number of nodes");
    const auto slots = take<std::uint64_t>();
    const std::size_t neighbors = skip(slots, sizeof(std::int32_t));
    std::int32_t highest = 0;
    require(value_at<std::uint64_t>(offsets, 0) == 0, "its offsets");
    for (std::size_t node = 0; node < header.rows; ++node) {
      const auto level = value_at<std::int32_t>(levels, node);
      require(level >= 1 && static_cast<std::uint64_t>(level) < steps, "the level of a node");
      highest = std::max(highest, level);
      const auto begin = value_at<std::uint64_t>(offsets, node);
      const auto end = value_at<std::uint64_t>(offsets, node + 1);
      const auto own =
          static_cast<std::uint64_t>(value_at<std::int32_t>(cumulated, static_cast<std::size_t>(level)));
      require(begin <= end && end <= slots && end - begin == own, "its offsets");
      for (std::int32_t l = 0; l < level; ++l) {
        const auto first = begin + static_cast<std::uint64_t>(
                                       value_at<std::int32_t>(cumulated, static_cast<std::size_t>(l)));
        const auto last = begin + static_cast<std::uint64_t>(
                                      value_at<std::int32_t>(cumulated, static_cast<std::size_t>(l) + 1));
        bool good = true;
        for (auto slot = first; slot < last; ++slot) {
          const auto neighbor = value_at<std::int32_t>(neighbors, static_cast<std::size_t>(slot));
          if (neighbor == -1) break;  // FAISS stops here
          good = good && neighbor >= 0 && static_cast<std::size_t>(neighbor) < header.rows &&
                 value_at<std::int32_t>(levels, static_cast<std::size_t>(neighbor)) > l;
        }
        require(good, "a neighbour that does not exist");
      }
    }
    require(value_at<std::uint64_t>(offsets, header.rows) == slots, "its offsets");
    const auto entry = take<std::int32_t>();
    const auto max_level = take<std::int32_t>();
    if (header.rows == 0) {
      require(entry == -1, "its entry point");
    } else {
      require(max_level == highest - 1 && entry >= 0 && static_cast<std::size_t>(entry) < header.rows &&
                  value_at<std::int32_t>(levels, static_cast<std::size_t>(entry)) == highest,
              "its entry point");
    }
    for (int i = 0; i < 2; ++i) {  // efConstruction, efSearch
      const auto ef = take<std::int32_t>();
      require(ef > 0 && ef <= kMaxEf, "its settings");
    }
    require(take<std::int32_t>() == 1, "its settings");  // one way down

    require(depth + 1 < kMaxDepth, "indexes within indexes");
    const std::string_view storage = take_kind();
    Header below;
    if (kind == "IHNf") {
      require(storage == "IxFI" || storage == "IxF2" || storage == "IxFl", "its storage");
      below = flat(storage);
    } else if (kind == "IHNs") {
      require(storage == "IxSQ", "its storage");
      below = scalar_quantized();
    } else {
      require(storage == "IxPq", "its storage");
      below = product_quantized(8);  // FAISS makes a table of the square of the codebook
    }
    require(
        below.rows == header.rows && below.dimensions == header.dimensions && below.metric == header.metric,
        "its storage");
    return header;
  }

  void finite_doubles(std::uint64_t count) {
    const std::size_t begin = skip(count, sizeof(double));
    for (std::size_t i = 0; i < count; ++i) {
      require(std::isfinite(value_at<double>(begin, i)), "a value that is not a number");
    }
  }

  Header transformed(int depth) {
    const Header header = this->header();
    const auto count = take<std::int32_t>();
    require(count >= 0 && static_cast<std::size_t>(count) <= kMaxTransforms, "its transforms");
    std::size_t dimensions = header.dimensions;
    for (std::int32_t i = 0; i < count; ++i) dimensions = transform(dimensions);
    const Header below = index(depth + 1);
    require(below.dimensions == dimensions && below.rows == header.rows && below.metric == header.metric,
            "what its transforms lead to");
    return header;
  }

  void free_vector() {
    const auto count = take<std::uint64_t>();
    require(count <= kMaxDimensions * kMaxDimensions, "a transform's size");
    finite_floats(count);
  }

  // Of one transform of so many dimensions: how many it leads to.
  std::size_t transform(std::size_t dimensions) {
    const std::string_view kind = take_kind();
    std::uint64_t matrix = 0;
    std::uint64_t shift = 0;
    bool biased = false;
    bool linear = false;
    bool centred = false;
    if (kind == "rrot" || kind == "LTra" || kind == "PcAm" || kind == "Pcam") {
      linear = true;
      if (kind == "PcAm" || kind == "Pcam") {
        require(std::isfinite(take<float>()), "a transform's power");
        if (kind == "Pcam") require(std::isfinite(take<float>()), "a transform's power");
        take_bool();
        take<std::int32_t>();
        free_vector();
        free_vector();
        free_vector();
      }
      biased = take_bool();
      matrix = take<std::uint64_t>();
      finite_floats(matrix);
      shift = take<std::uint64_t>();
      finite_floats(shift);
    } else if (kind == "VNrm") {
      require(take<float>() == 2.0F, "a transform's norm");
    } else if (kind == "VCnt") {
      shift = take<std::uint64_t>();
      finite_floats(shift);
      centred = true;
    } else {
      require(false, "a transform of its own");
    }
    const auto in = take<std::int32_t>();
    const auto out = take<std::int32_t>();
    require(take_bool(), "a transform that is not trained");
    require(in > 0 && static_cast<std::size_t>(in) == dimensions, "a transform's dimensions");
    require(out > 0 && static_cast<std::size_t>(out) <= kMaxDimensions, "a transform's dimensions");
    const auto result = static_cast<std::size_t>(out);
    if (linear) {
      require(matrix == std::uint64_t{dimensions} * result &&
                  (biased ? shift == result : shift == 0 || shift == result),
              "a transform's matrix");
    } else {
      require(result == dimensions && (!centred || shift == dimensions), "a transform's dimensions");
    }
    return result;
  }

  std::span<const std::byte> bytes_;
  std::string name_;
  std::size_t at_ = 0;
};

}  // namespace

FaissFileShape check_faiss_file(std::span<const std::byte> bytes, const std::string& name) {
  return Walk(bytes, name).file();
}

}  // namespace resonance::index
