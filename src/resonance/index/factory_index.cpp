#include "resonance/index/factory_index.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/index/faiss_file_check.h"
#include "resonance/index/mapped_file.h"
#include "resonance/index/top_scores.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>
#include <numeric>
#include <random>
#include <typeinfo>
#include <utility>

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexIVFPQ.h>
#include <faiss/IndexIVFPQFastScan.h>
#include <faiss/IndexPQ.h>
#include <faiss/IndexPQFastScan.h>
#include <faiss/IndexPreTransform.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/VectorTransform.h>
#include <faiss/impl/FaissException.h>
#include <faiss/impl/IDSelector.h>
#include <faiss/impl/io.h>
#include <faiss/index_factory.h>
#include <faiss/index_io.h>

namespace resonance::index {
namespace {

constexpr std::size_t kMaxFactoryLength = 200;
constexpr std::size_t kMaxFactoryNumber = 1 << 24;
constexpr std::size_t kLeastTrainRows = 65536;
constexpr std::size_t kTrainRowsPerList = 64;
constexpr std::size_t kAddRows = 65536;
// Where less than one row in so many is allowed, scoring those is faster than finding them.
constexpr std::size_t kSparseFilter = 20;
constexpr double kSieveFactor = 1.25;
constexpr std::size_t kDefaultEfSearch = 64;
constexpr double kDefaultRefineFactor = 8;
constexpr std::size_t kMaxViews = 64;

Error refused(const std::string& factory, const std::string& why) {
  return Error(ErrorCode::invalid_argument, "index factory \"" + factory + "\": " + why);
}

// FAISS's message without the place in its source.
std::string reason_of(const faiss::FaissException& exception) {
  const std::string message = exception.what();
  const auto at = message.rfind(": ");
  return at == std::string::npos ? message : message.substr(at + 2);
}

// The string without the re-ranking that is ours.
std::string without_refinement(const std::string& factory) {
  for (const std::string_view suffix : {",RFlat", ",Refine(Flat)"}) {
    if (factory.ends_with(suffix)) return factory.substr(0, factory.size() - suffix.size());
  }
  return factory;
}

void check_factory_string(const std::string& factory) {
  if (factory.empty() || factory.size() > kMaxFactoryLength)
    throw refused(factory.substr(0, 40), "its length");
  std::size_t number = 0;
  for (const char letter : factory) {
    if (std::isprint(static_cast<unsigned char>(letter)) == 0) throw refused("...", "it is no text");
    const bool digit = letter >= '0' && letter <= '9';
    number = digit ? number * 10 + static_cast<std::size_t>(letter - '0') : 0;
    if (number > kMaxFactoryNumber) throw refused(factory, "a number beyond 16,777,216");
  }
}

template <typename... Types>
bool is_one_of(const faiss::Index& index) {
  return ((typeid(index) == typeid(Types)) || ...);
}

bool is_flat(const faiss::Index& index) {
  return is_one_of<faiss::IndexFlat, faiss::IndexFlatIP, faiss::IndexFlatL2>(index);
}

bool has_bits(const faiss::ProductQuantizer& quantizer, std::size_t most) { return quantizer.nbits <= most; }

// Of the kinds that check_faiss_file() knows?
bool is_known(const faiss::Index& index) {
  if (const auto* chain = dynamic_cast<const faiss::IndexPreTransform*>(&index)) {
    for (const faiss::VectorTransform* transform : chain->chain) {
      if (dynamic_cast<const faiss::LinearTransform*>(transform) == nullptr &&
          dynamic_cast<const faiss::CenteringTransform*>(transform) == nullptr &&
          dynamic_cast<const faiss::NormalizationTransform*>(transform) == nullptr) {
        return false;
      }
      if (dynamic_cast<const faiss::ITQMatrix*>(transform) != nullptr) return false;
    }
    return typeid(index) == typeid(faiss::IndexPreTransform) &&
           dynamic_cast<const faiss::IndexPreTransform*>(chain->index) == nullptr && is_known(*chain->index);
  }
  if (is_flat(index)) return true;
  if (const auto* scalar = dynamic_cast<const faiss::IndexScalarQuantizer*>(&index)) {
    return scalar->sq.qtype != faiss::ScalarQuantizer::QT_8bit_direct;
  }
  if (typeid(index) == typeid(faiss::IndexPQ)) {
    const auto& product = dynamic_cast<const faiss::IndexPQ&>(index);
    return product.search_type == faiss::IndexPQ::ST_PQ && !product.encode_signs && has_bits(product.pq, 12);
  }
  if (is_one_of<faiss::IndexPQFastScan>(index)) return true;
  if (const auto* graph = dynamic_cast<const faiss::IndexHNSW*>(&index)) {
    const auto* product = dynamic_cast<const faiss::IndexPQ*>(graph->storage);
    return is_one_of<faiss::IndexHNSWFlat, faiss::IndexHNSWSQ, faiss::IndexHNSWPQ>(index) &&
           is_known(*graph->storage) && (product == nullptr || has_bits(product->pq, 8));
  }
  if (const auto* lists = dynamic_cast<const faiss::IndexIVF*>(&index)) {
    if (!is_flat(*lists->quantizer) && !is_one_of<faiss::IndexHNSWFlat>(*lists->quantizer)) return false;
    if (const auto* scalar = dynamic_cast<const faiss::IndexIVFScalarQuantizer*>(lists)) {
      return scalar->sq.qtype != faiss::ScalarQuantizer::QT_8bit_direct;
    }
    if (typeid(index) == typeid(faiss::IndexIVFPQ)) {
      return has_bits(dynamic_cast<const faiss::IndexIVFPQ&>(index).pq, 12);
    }
    return is_one_of<faiss::IndexIVFFlat, faiss::IndexIVFPQFastScan>(index);
  }
  return false;
}

// The index behind the transforms.
faiss::Index& core_of(faiss::Index& index) {
  auto* chain = dynamic_cast<faiss::IndexPreTransform*>(&index);
  return chain == nullptr ? index : *chain->index;
}

// FAISS warns of few training points on the standard error, and a library does not print; and it orders the
// codes of product quantizers for a way to search that is not used here, which takes longer than all the rest
// of the training.
void prepare_training(faiss::Index& index) {
  if (auto* lists = dynamic_cast<faiss::IndexIVF*>(&index)) lists->cp.min_points_per_centroid = 1;
  if (auto* lists = dynamic_cast<faiss::IndexIVFPQ*>(&index)) {
    lists->pq.cp.min_points_per_centroid = 1;
    lists->do_polysemous_training = false;
  }
  if (auto* lists = dynamic_cast<faiss::IndexIVFPQFastScan*>(&index))
    lists->pq.cp.min_points_per_centroid = 1;
  if (auto* product = dynamic_cast<faiss::IndexPQ*>(&index)) {
    product->pq.cp.min_points_per_centroid = 1;
    product->do_polysemous_training = false;
  }
  if (auto* product = dynamic_cast<faiss::IndexPQFastScan*>(&index))
    product->pq.cp.min_points_per_centroid = 1;
  if (auto* graph = dynamic_cast<faiss::IndexHNSW*>(&index)) prepare_training(*graph->storage);
}

// Rows drawn without replacement, in their order.
std::vector<float> sample_rows(std::span<const float> vectors, std::size_t dimensions, std::size_t count,
                               std::uint32_t seed) {
  const std::size_t rows = vectors.size() / dimensions;
  std::vector<float> sample;
  sample.reserve(std::min(count, rows) * dimensions);
  std::mt19937_64 generator(seed);
  std::size_t wanted = std::min(count, rows);
  for (std::size_t row = 0; row < rows && wanted > 0; ++row) {  // Knuth, volume 2, algorithm 3.4.2 S
    if (generator() % (rows - row) >= wanted) continue;
    const auto vector = vectors.subspan(row * dimensions, dimensions);
    sample.insert(sample.end(), vector.begin(), vector.end());
    --wanted;
  }
  return sample;
}

// An index that shares the lists and centroids of `original`, which must outlive it. Field by field: the copy
// constructor copies tables that may be empty with memcpy, from nowhere to nowhere, which is undefined.
std::shared_ptr<const faiss::IndexIVFPQFastScan> view_of(const faiss::IndexIVFPQFastScan& original,
                                                         std::size_t nprobe) {
  auto view = std::make_shared<faiss::IndexIVFPQFastScan>();
  view->d = original.d;
  view->ntotal = original.ntotal;
  view->is_trained = original.is_trained;
  view->metric_type = original.metric_type;
  view->quantizer = original.quantizer;
  view->nlist = original.nlist;
  view->own_fields = false;
  view->invlists = original.invlists;
  view->own_invlists = false;
  view->code_size = original.code_size;
  view->nprobe = nprobe;
  view->bbs = original.bbs;
  view->M = original.M;
  view->nbits = original.nbits;
  view->ksub = original.ksub;
  view->M2 = original.M2;
  view->by_residual = original.by_residual;
  view->pq = original.pq;
  view->use_precomputed_table = original.use_precomputed_table;
  if (original.precomputed_table.size() > 0) view->precomputed_table = original.precomputed_table;
  return view;
}

class SpanReader final : public faiss::IOReader {
 public:
  explicit SpanReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t operator()(void* target, std::size_t size, std::size_t count) override {
    const std::size_t items = size == 0 ? 0 : std::min(count, bytes_.size() / size);
    if (items == 0) return 0;
    std::memcpy(target, bytes_.data(), items * size);
    bytes_ = bytes_.subspan(items * size);
    return items;
  }

 private:
  std::span<const std::byte> bytes_;
};

class AtomicWriter final : public faiss::IOWriter {
 public:
  explicit AtomicWriter(AtomicFile& file) : file_(file) {}

  std::size_t operator()(const void* source, std::size_t size, std::size_t count) override {
    constexpr std::size_t kBlock = std::size_t{1} << 20;
    const auto* bytes = static_cast<const char*>(source);
    buffer_.append(bytes, size * count);
    if (buffer_.size() >= kBlock) flush();
    return count;
  }
  void flush() {
    file_.write(buffer_);
    buffer_.clear();
  }

 private:
  AtomicFile& file_;
  std::string buffer_;
};

class CountingWriter final : public faiss::IOWriter {
 public:
  std::size_t operator()(const void* /*source*/, std::size_t size, std::size_t count) override {
    bytes += size * count;
    return count;
  }
  std::size_t bytes = 0;
};

}  // namespace

struct FactoryIndex::Parts {
  std::string factory;
  SearchSettings defaults;
  std::unique_ptr<faiss::Index> index;

  // FastScan's lists take nprobe from the object alone. A view is a copy of the object that shares lists and
  // centroids; one is made for each nprobe that is asked for, since the tables that it copies may be some
  // megabytes.
  std::mutex mutex;
  std::map<std::size_t, std::shared_ptr<const faiss::IndexIVFPQFastScan>> views;

  std::shared_ptr<const faiss::IndexIVFPQFastScan> view(const faiss::IndexIVFPQFastScan& original,
                                                        std::size_t nprobe) {
    const std::scoped_lock lock(mutex);
    auto& found = views[nprobe];
    if (!found) {
      found = view_of(original, nprobe);
      if (views.size() > kMaxViews) {
        auto kept = found;
        views.clear();
        views[nprobe] = kept;
        return kept;
      }
    }
    return found;
  }

  void set_defaults(const SearchSettings& given) {
    defaults = given;
    defaults.filter = nullptr;
    const auto* inverted = dynamic_cast<const faiss::IndexIVF*>(&core_of(*index));
    if (defaults.nprobe == 0 && inverted != nullptr) {
      const double probes = std::pow(static_cast<double>(inverted->nlist), 0.3);
      defaults.nprobe = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(probes)));
    }
    if (defaults.ef_search == 0) defaults.ef_search = kDefaultEfSearch;
    if (defaults.k_factor == 0) {
      defaults.k_factor = without_refinement(factory) == factory ? 1 : kDefaultRefineFactor;
    }
  }

  [[nodiscard]] bool takes_filter() {
    const faiss::Index& core = core_of(*index);
    if (dynamic_cast<const faiss::IndexIVFPQFastScan*>(&core) != nullptr) return false;
    return is_flat(core) || dynamic_cast<const faiss::IndexIVF*>(&core) != nullptr ||
           dynamic_cast<const faiss::IndexScalarQuantizer*>(&core) != nullptr;
  }

  // At least `count` rows a query that FAISS holds for the best, -1 for none: their number, and all of them.
  std::pair<std::size_t, std::vector<faiss::Index::idx_t>> find(std::span<const float> queries,
                                                                std::size_t dimensions, std::size_t count,
                                                                const SearchSettings& settings) {
    const auto queries_count = static_cast<faiss::Index::idx_t>(queries.size() / dimensions);
    const float* vectors = queries.data();
    std::unique_ptr<const float[]> transformed;
    if (const auto* chain = dynamic_cast<const faiss::IndexPreTransform*>(index.get())) {
      const float* result = chain->apply_chain(queries_count, vectors);
      if (result != vectors) transformed.reset(result);
      vectors = result;
    }
    const faiss::Index& core = core_of(*index);
    std::unique_ptr<faiss::IDSelectorBitmap> selector;
    if (settings.filter != nullptr) {
      const auto words = settings.filter->words();
      selector = std::make_unique<faiss::IDSelectorBitmap>(
          words.size_bytes(), reinterpret_cast<const std::uint8_t*>(words.data()));
    }
    const auto* graph = dynamic_cast<const faiss::IndexHNSW*>(&core);
    // FAISS's walk keeps as many candidates as results are asked for, whatever efSearch says.
    if (graph != nullptr)
      count = std::min(std::max(count, settings.ef_search), static_cast<std::size_t>(core.ntotal));
    std::vector<float> scores(count * static_cast<std::size_t>(queries_count));
    std::vector<faiss::Index::idx_t> found(scores.size(), -1);
    const auto search = [&](const faiss::Index& what, const faiss::SearchParameters* parameters) {
      what.search(queries_count, vectors, static_cast<faiss::Index::idx_t>(count), scores.data(),
                  found.data(), parameters);
    };
    if (const auto* fast = dynamic_cast<const faiss::IndexIVFPQFastScan*>(&core)) {
      search(*view(*fast, std::min(settings.nprobe, fast->nlist)), nullptr);
    } else if (const auto* inverted = dynamic_cast<const faiss::IndexIVF*>(&core)) {
      faiss::SearchParametersIVF parameters;
      parameters.nprobe = std::min(settings.nprobe, inverted->nlist);
      parameters.sel = selector.get();
      search(core, &parameters);
    } else if (graph != nullptr) {
      faiss::SearchParametersHNSW parameters;
      parameters.efSearch = static_cast<int>(count);
      search(core, &parameters);
    } else if (selector) {
      faiss::SearchParameters parameters;
      parameters.sel = selector.get();
      search(core, &parameters);
    } else {
      search(core, nullptr);
    }
    return {count, std::move(found)};
  }
};

FactoryIndex::FactoryIndex(std::shared_ptr<const ExactIndex> rows, std::unique_ptr<Parts> parts)
    : VectorIndex(rows->size(), rows->dimensions(), rows->metric()),
      rows_(std::move(rows)),
      parts_(std::move(parts)) {}

FactoryIndex::~FactoryIndex() = default;

namespace {

// As FAISS makes it of the string, before it has seen a row.
std::unique_ptr<faiss::Index> empty_index(const std::string& factory, std::size_t dimensions, Metric metric) {
  check_factory_string(factory);
  std::unique_ptr<faiss::Index> index;
  try {
    index.reset(faiss::index_factory(
        static_cast<int>(dimensions), without_refinement(factory).c_str(),
        metric == Metric::inner_product ? faiss::METRIC_INNER_PRODUCT : faiss::METRIC_L2));
  } catch (const faiss::FaissException& exception) {
    throw refused(factory, "FAISS says: " + reason_of(exception));
  }
  if (!is_known(*index)) {
    throw refused(
        factory,
        "not of a kind that is kept here: Flat, SQ, PQ or PQ..x4fs, alone, behind IVF or HNSW, with OPQ, "
        "PCA or RR before it, and RFlat behind it");
  }
  if ((index->metric_type == faiss::METRIC_L2) != (metric == Metric::l2)) {
    throw refused(factory, "FAISS has this kind for distances only");
  }
  return index;
}

}  // namespace

void FactoryIndex::check_factory(const std::string& factory, std::size_t dimensions, Metric metric) {
  (void)empty_index(factory, dimensions, metric);
}

std::size_t FactoryIndex::least_rows(const std::string& factory, std::size_t dimensions) {
  const auto index = empty_index(factory, dimensions, Metric::inner_product);
  const faiss::Index& core = core_of(*index);
  std::size_t rows = 1;
  const auto centroids_of = [&](const faiss::Index& part) {
    if (const auto* lists = dynamic_cast<const faiss::IndexIVF*>(&part)) rows = std::max(rows, lists->nlist);
    if (const auto* lists = dynamic_cast<const faiss::IndexIVFPQ*>(&part)) {
      rows = std::max(rows, lists->pq.ksub);
    }
    if (const auto* lists = dynamic_cast<const faiss::IndexIVFPQFastScan*>(&part)) {
      rows = std::max(rows, lists->pq.ksub);
    }
    if (const auto* product = dynamic_cast<const faiss::IndexPQ*>(&part)) {
      rows = std::max(rows, product->pq.ksub);
    }
    if (const auto* product = dynamic_cast<const faiss::IndexPQFastScan*>(&part)) {
      rows = std::max(rows, product->pq.ksub);
    }
  };
  centroids_of(core);
  if (const auto* graph = dynamic_cast<const faiss::IndexHNSW*>(&core)) centroids_of(*graph->storage);
  // Transforms want as many rows as they have dimensions.
  if (dynamic_cast<const faiss::IndexPreTransform*>(index.get()) != nullptr)
    rows = std::max(rows, dimensions);
  return rows;
}

SettingNames FactoryIndex::setting_names() const {
  const faiss::Index& core = core_of(*parts_->index);
  return {.nprobe = dynamic_cast<const faiss::IndexIVF*>(&core) != nullptr,
          .ef_search = dynamic_cast<const faiss::IndexHNSW*>(&core) != nullptr,
          .k_factor = true};
}

std::unique_ptr<FactoryIndex> FactoryIndex::build(std::shared_ptr<const ExactIndex> rows,
                                                  const FactoryConfig& config, const SearchSettings& defaults,
                                                  const std::stop_token& stop) {
  if (config.metric != rows->metric()) throw refused(config.factory, "another metric than that of its rows");
  const auto check_stop = [&] {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped while the index was built");
  };
  auto parts = std::make_unique<Parts>();
  parts->factory = config.factory;
  try {
    parts->index = empty_index(config.factory, rows->dimensions(), config.metric);
    faiss::Index& index = *parts->index;
    faiss::Index& core = core_of(index);
    prepare_training(core);
    std::size_t train_rows = std::max<std::size_t>(config.train_rows, 1);
    if (const auto* inverted = dynamic_cast<const faiss::IndexIVF*>(&core)) {
      if (inverted->nlist > std::max<std::size_t>(rows->size(), 1)) {
        throw refused(config.factory, "more lists than the " + std::to_string(rows->size()) + " rows");
      }
      train_rows = std::max(train_rows, inverted->nlist);
      if (config.train_rows == 0) train_rows = std::max(kLeastTrainRows, kTrainRowsPerList * inverted->nlist);
    } else if (config.train_rows == 0) {
      train_rows = kLeastTrainRows;
    }
    if (auto* graph = dynamic_cast<faiss::IndexHNSW*>(&core)) {
      graph->hnsw.efConstruction = std::clamp(config.ef_construction, 1, 1 << 16);
    }
    check_stop();
    // OPQ trains a product quantizer of its own: one with as many bits as the codes will have, and silent as
    // well.
    const std::size_t bits = dynamic_cast<const faiss::IndexIVFPQFastScan*>(&core) != nullptr ||
                                     dynamic_cast<const faiss::IndexPQFastScan*>(&core) != nullptr
                                 ? 4
                                 : 8;
    std::vector<std::unique_ptr<faiss::ProductQuantizer>> helpers;
    if (const auto* chain = dynamic_cast<const faiss::IndexPreTransform*>(&index)) {
      for (faiss::VectorTransform* transform : chain->chain) {
        auto* rotation = dynamic_cast<faiss::OPQMatrix*>(transform);
        if (rotation == nullptr) continue;
        helpers.push_back(std::make_unique<faiss::ProductQuantizer>(
            static_cast<std::size_t>(rotation->d_out), static_cast<std::size_t>(rotation->M), bits));
        helpers.back()->cp.min_points_per_centroid = 1;
        rotation->pq = helpers.back().get();
      }
    }
    if (!index.is_trained) {
      if (rows->size() == 0) throw refused(config.factory, "no rows to train on");
      const auto sample = sample_rows(rows->vectors(), rows->dimensions(), train_rows, config.seed);
      index.train(static_cast<faiss::Index::idx_t>(sample.size() / rows->dimensions()), sample.data());
    }
    for (std::size_t row = 0; row < rows->size(); row += kAddRows) {
      check_stop();
      const std::size_t count = std::min(kAddRows, rows->size() - row);
      index.add(static_cast<faiss::Index::idx_t>(count), rows->vectors().data() + row * rows->dimensions());
    }
  } catch (const faiss::FaissException& exception) {
    throw refused(config.factory, "FAISS says: " + reason_of(exception));
  }
  parts->set_defaults(defaults);
  return std::unique_ptr<FactoryIndex>(new FactoryIndex(std::move(rows), std::move(parts)));
}

std::unique_ptr<FactoryIndex> FactoryIndex::open(const std::filesystem::path& path,
                                                 std::shared_ptr<const ExactIndex> rows,
                                                 const std::string& factory, const SearchSettings& defaults) {
  const MappedFile file(path);
  const FaissFileShape shape = check_faiss_file(file.bytes(), path.string());
  if (shape != FaissFileShape{rows->size(), rows->dimensions(), rows->metric()}) {
    throw Error(ErrorCode::corrupt_data, path.string() +
                                             " is an index of other vectors: run `resonance index "
                                             "--rebuild`, which needs no audio");
  }
  auto parts = std::make_unique<Parts>();
  parts->factory = factory;
  try {
    SpanReader reader(file.bytes());
    parts->index.reset(faiss::read_index(&reader));
  } catch (const std::exception& exception) {
    throw Error(ErrorCode::corrupt_data, path.string() + " cannot be read (" + exception.what() +
                                             "): run `resonance index --rebuild`, which needs no audio");
  }
  parts->set_defaults(defaults);
  return std::unique_ptr<FactoryIndex>(new FactoryIndex(std::move(rows), std::move(parts)));
}

void FactoryIndex::write(const std::filesystem::path& path) const {
  AtomicFile file(path);
  AtomicWriter writer(file);
  try {
    faiss::write_index(parts_->index.get(), &writer);
  } catch (const faiss::FaissException& exception) {
    throw Error(ErrorCode::internal, "cannot write " + path.string() + ": " + reason_of(exception));
  }
  writer.flush();
  file.commit();
}

std::size_t FactoryIndex::byte_size() const {
  CountingWriter writer;
  faiss::write_index(parts_->index.get(), &writer);
  return writer.bytes;
}

std::size_t FactoryIndex::lists() const noexcept {
  const auto* inverted = dynamic_cast<const faiss::IndexIVF*>(&core_of(*parts_->index));
  return inverted == nullptr ? 0 : inverted->nlist;
}

const SearchSettings& FactoryIndex::defaults() const noexcept { return parts_->defaults; }

std::string FactoryIndex::name() const { return parts_->factory; }

std::vector<Neighbor> FactoryIndex::do_search(std::span<const float> query, std::size_t count,
                                              const SearchSettings& settings) const {
  return std::move(do_search_batch(query, count, settings).front());
}

std::vector<std::vector<Neighbor>> FactoryIndex::do_search_batch(std::span<const float> queries,
                                                                 std::size_t count,
                                                                 const SearchSettings& settings) const {
  const RowFilter* filter = settings.filter;
  const std::size_t allowed = filter == nullptr ? size() : filter->count();
  if (filter != nullptr && allowed < size() / kSparseFilter) {
    return rows_->search_batch(queries, count, {.filter = filter});
  }
  SearchSettings complete = settings;
  if (complete.nprobe == 0) complete.nprobe = parts_->defaults.nprobe;
  if (complete.ef_search == 0) complete.ef_search = parts_->defaults.ef_search;
  if (complete.k_factor == 0) complete.k_factor = parts_->defaults.k_factor;
  double wanted = std::ceil(static_cast<double>(count) * complete.k_factor);
  // Where FAISS takes no filter, so many more rows are asked for that as many allowed ones are among them.
  const bool sieve = filter != nullptr && !parts_->takes_filter();
  if (sieve) wanted *= kSieveFactor * static_cast<double>(size()) / static_cast<double>(allowed);
  const std::size_t most = sieve ? size() : allowed;
  const std::size_t candidates =
      std::max(count, static_cast<std::size_t>(std::min(wanted, static_cast<double>(most))));
  if (sieve) complete.filter = nullptr;

  std::pair<std::size_t, std::vector<faiss::Index::idx_t>> found;
  try {
    found = parts_->find(queries, dimensions(), candidates, complete);
  } catch (const faiss::FaissException& exception) {
    throw Error(ErrorCode::internal, "FAISS cannot search " + name() + ": " + reason_of(exception));
  }
  std::vector<std::vector<Neighbor>> answers;
  for (std::size_t q = 0; q * dimensions() < queries.size(); ++q) {
    const auto query = queries.subspan(q * dimensions(), dimensions());
    TopNeighbors best(count);
    for (const auto row : std::span(found.second).subspan(q * found.first, found.first)) {
      if (row < 0 || (filter != nullptr && !filter->allows(static_cast<std::size_t>(row)))) continue;
      best.offer({row, rows_->score(query, static_cast<std::size_t>(row))});
    }
    answers.push_back(best.take());
    if (answers.back().size() < count) answers.back() = rows_->search(query, count, {.filter = filter});
  }
  return answers;
}

}  // namespace resonance::index
