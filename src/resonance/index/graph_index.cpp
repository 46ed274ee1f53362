#include "resonance/index/graph_index.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/index/query_codes.h"
#include "resonance/index/top_scores.h"
#include "resonance/index/vector_kernels.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include <hnswlib/hnswlib.h>
#include <hwy/cache_control.h>

namespace resonance::index {
namespace {

constexpr std::string_view kMagic = "RSGRAPH1";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 64;
constexpr std::size_t kMaxLinks = 64;
constexpr std::uint32_t kNoLink = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kSparseFilter = 20;
constexpr std::size_t kDefaultEfSearch = 160;
constexpr double kDefaultRefineFactor = 2;
// Norms for which scores of codes stay in the normal range of float32.
constexpr double kLeastNorm = 1e-12;
constexpr double kGreatestNorm = 1e12;

// Rows as hnswlib sees them while it links: codes, then the scale.
class CodedSpace final : public hnswlib::SpaceInterface<float> {
 public:
  explicit CodedSpace(std::size_t stride) : stride_(stride) {}

  std::size_t get_data_size() override { return stride_ + sizeof(float); }
  hnswlib::DISTFUNC<float> get_dist_func() override {
    return [](const void* a, const void* b, const void* parameter) {
      const std::size_t stride = *static_cast<const std::size_t*>(parameter);
      const std::span left(static_cast<const std::int8_t*>(a), stride);
      const std::span right(static_cast<const std::int8_t*>(b), stride);
      std::array<float, 2> scales{};
      std::memcpy(&scales[0], left.data() + stride, sizeof(float));
      std::memcpy(&scales[1], right.data() + stride, sizeof(float));
      return -static_cast<float>(code_product(left, right)) * scales[0] * scales[1];
    };
  }
  void* get_dist_func_param() override { return &stride_; }

 private:
  std::size_t stride_;
};

using Hnsw = hnswlib::HierarchicalNSW<float>;

// Adds all rows on so many threads; the first failure ends it.
void link_rows(Hnsw& graph, const RowCodes& codes, std::size_t threads, const std::stop_token& stop) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex mutex;
  const auto work = [&] {
    try {
      std::vector<std::int8_t> row(codes.stride() + sizeof(float));
      for (std::size_t i = 0; (i = next.fetch_add(1)) < codes.size();) {
        if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped while the index was built");
        std::memcpy(row.data(), codes.codes().data() + i * codes.stride(), codes.stride());
        std::memcpy(row.data() + codes.stride(), &codes.scales()[i], sizeof(float));
        graph.addPoint(row.data(), i);
      }
    } catch (...) {
      next = codes.size();
      const std::scoped_lock lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < threads; ++t) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  if (failure) std::rethrow_exception(failure);
}

template <typename T>
void append(std::string& bytes, std::span<const T> values) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

std::string header_of(std::size_t rows, std::size_t upper, std::uint32_t entry, std::size_t links) {
  std::string header(kMagic);
  append<std::uint32_t>(header, std::array{kVersion, static_cast<std::uint32_t>(2 * links)});
  append<std::uint64_t>(header, std::array{std::uint64_t{rows}});
  append<std::uint32_t>(
      header, std::array{static_cast<std::uint32_t>(upper), entry, static_cast<std::uint32_t>(links)});
  header.resize(kHeaderBytes, '\0');
  return header;
}

// The graph in this class's own form, rows by their numbers instead of in the order in which threads came.
std::string flattened(Hnsw& graph, std::size_t rows, std::size_t links) {
  std::vector<std::uint32_t> ground(rows * 2 * links, kNoLink);
  std::vector<std::pair<std::uint32_t, hnswlib::tableint>> upper_nodes;
  const auto row_of = [&](hnswlib::tableint node) {
    return static_cast<std::uint32_t>(graph.getExternalLabel(node));
  };
  const auto copy = [&](hnswlib::linklistsizeint* list, std::uint32_t* target) {
    const std::size_t count = graph.getListCount(list);
    const auto* nodes = list + 1;
    for (std::size_t i = 0; i < count; ++i) target[i] = row_of(nodes[i]);
  };
  for (std::size_t i = 0; i < rows; ++i) {
    const auto node = static_cast<hnswlib::tableint>(i);
    copy(graph.get_linklist0(node), ground.data() + std::size_t{row_of(node)} * 2 * links);
    if (graph.element_levels_[i] > 0) upper_nodes.emplace_back(row_of(node), node);
  }
  std::sort(upper_nodes.begin(), upper_nodes.end());
  std::vector<std::uint32_t> upper_rows;
  std::vector<std::uint32_t> upper(upper_nodes.size() * GraphIndex::kUpperLevels * links, kNoLink);
  for (const auto& [row, node] : upper_nodes) {
    std::uint32_t* target = upper.data() + upper_rows.size() * GraphIndex::kUpperLevels * links;
    const auto levels = std::min<std::size_t>(GraphIndex::kUpperLevels,
                                              static_cast<std::size_t>(graph.element_levels_[node]));
    for (std::size_t level = 0; level < levels; ++level) {
      copy(graph.get_linklist(node, static_cast<int>(level) + 1), target + level * links);
    }
    upper_rows.push_back(row);
  }
  std::string bytes =
      header_of(rows, upper_rows.size(), rows == 0 ? 0 : row_of(graph.enterpoint_node_), links);
  append<std::uint32_t>(bytes, ground);
  append<std::uint32_t>(bytes, upper_rows);
  append<std::uint32_t>(bytes, upper);
  append<std::uint32_t>(bytes, std::array{crc32(0, bytes)});
  return bytes;
}

template <typename T>
T value_at(std::span<const std::byte> bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

Error damaged(const std::string& name, const std::string& what) {
  return Error(ErrorCode::corrupt_data,
               name + " " + what + ": run `resonance index --rebuild`, which needs no audio");
}

struct Scored {
  float score = 0;
  std::uint32_t row = 0;
};
bool is_less(const Scored& a, const Scored& b) { return a.score < b.score; }
bool is_greater(const Scored& a, const Scored& b) { return a.score > b.score; }

}  // namespace

// Marks of the rows that a walk has seen, kept from search to search so that they need not be cleared each
// time.
class GraphIndex::VisitedPool {
 public:
  class Marks {
   public:
    explicit Marks(std::size_t rows)
        : rows_(rows), marks_(static_cast<std::uint16_t*>(std::calloc(rows + 1, sizeof(std::uint16_t)))) {
      if (!marks_) throw std::bad_alloc();
    }
    void begin() {
      if (++now_ != 0) return;
      std::fill_n(marks_.get(), rows_, std::uint16_t{0});
      now_ = 1;
    }
    void fetch(std::uint32_t row) const { hwy::Prefetch(marks_.get() + row); }
    /// Whether the row was not marked before.
    bool mark(std::uint32_t row) { return std::exchange(marks_.get()[row], now_) != now_; }

   private:
    struct Free {
      void operator()(std::uint16_t* memory) const { std::free(memory); }
    };
    std::size_t rows_;
    std::uint16_t now_ = 0;
    std::unique_ptr<std::uint16_t, Free> marks_;  // zeroed by the system when first touched
  };

  std::unique_ptr<Marks> take(std::size_t rows) {
    const std::scoped_lock lock(mutex_);
    if (free_.empty()) return std::make_unique<Marks>(rows);
    auto marks = std::move(free_.back());
    free_.pop_back();
    return marks;
  }
  void give(std::unique_ptr<Marks> marks) {
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(marks));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Marks>> free_;
};

// One search: down the upper levels, then with ef candidates over the ground.
class GraphIndex::Walk {
 public:
  Walk(const GraphIndex& graph, std::span<const float> query)
      : graph_(graph),
        query_(encode_query(query, *graph.codes_)),
        marks_(graph.visited_->take(graph.size())),
        next_(2 * kMaxLinks),
        products_(2 * kMaxLinks) {
    marks_->begin();
  }
  ~Walk() { graph_.visited_->give(std::move(marks_)); }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  // Up to ef allowed rows, in no order.
  std::vector<Scored> search(std::size_t ef, const RowFilter* filter) {
    Scored entry = score_of(graph_.entry_);
    for (std::size_t level = kUpperLevels; level > 0; --level) entry = descend(entry, level);
    marks_->mark(entry.row);
    std::vector<Scored> open{entry};
    std::vector<Scored> best;
    best.reserve(ef + 1);
    const auto offer = [&](const Scored& found) {
      if (filter != nullptr && !filter->allows(found.row)) return;
      best.push_back(found);
      std::push_heap(best.begin(), best.end(), is_greater);
      if (best.size() > ef) {
        std::pop_heap(best.begin(), best.end(), is_greater);
        best.pop_back();
      }
    };
    offer(entry);
    while (!open.empty()) {
      const Scored nearest = open.front();
      if (best.size() == ef && nearest.score < best.front().score) break;
      std::pop_heap(open.begin(), open.end(), is_less);
      open.pop_back();
      for (const Scored& found : score_links(graph_.links_of(nearest.row, 0), true)) {
        if (best.size() == ef && found.score <= best.front().score) continue;
        open.push_back(found);
        std::push_heap(open.begin(), open.end(), is_less);
        offer(found);
      }
      // Where the walk most likely goes on.
      if (!open.empty()) hwy::Prefetch(graph_.ground_.data() + open.front().row * graph_.ground_links_);
    }
    return best;
  }

 private:
  Scored score_of(std::uint32_t row) {
    next_[0] = row;
    scored_.clear();
    score_next(1);
    return scored_.empty() ? Scored{-std::numeric_limits<float>::infinity(), row} : scored_.front();
  }

  // Greedily to the row that no link of this level leads on from. Ends: the score rises with every step.
  Scored descend(Scored from, std::size_t level) {
    for (bool moved = true; moved;) {
      moved = false;
      for (const Scored& found : score_links(graph_.links_of(from.row, level), false)) {
        if (found.score > from.score) {
          from = found;
          moved = true;
        }
      }
    }
    return from;
  }

  // The rows that links lead to, those not seen before if `once`.
  const std::vector<Scored>& score_links(std::span<const std::uint32_t> links, bool once) {
    std::size_t count = 0;
    if (once) {
      for (const std::uint32_t row : links) marks_->fetch(row < graph_.size() ? row : 0);
    }
    for (const std::uint32_t row : links) {
      if (row >= graph_.size()) break;  // no more links
      if (!once || marks_->mark(row)) next_[count++] = row;
    }
    scored_.clear();
    score_next(count);
    return scored_;
  }

  void score_next(std::size_t count) {
    const std::span<const std::uint32_t> rows(next_.data(), count);
    for (const std::uint32_t row : rows) hwy::Prefetch(graph_.codes_->scales().data() + row);
    code_products_of(graph_.codes_->codes(), rows, query_.codes, std::span(products_).first(count));
    const auto scales = graph_.codes_->scales();
    for (std::size_t i = 0; i < count; ++i) {
      const float score = static_cast<float>(products_[i]) * scales[rows[i]];
      if (std::isfinite(score)) scored_.push_back({score, rows[i]});
    }
  }

  const GraphIndex& graph_;
  QueryCodes query_;
  std::unique_ptr<VisitedPool::Marks> marks_;
  std::vector<std::uint32_t> next_;
  std::vector<std::int32_t> products_;
  std::vector<Scored> scored_;
};

GraphIndex::GraphIndex(std::shared_ptr<const ExactIndex> rows, std::shared_ptr<const RowCodes> codes,
                       const SearchSettings& defaults)
    : VectorIndex(rows->size(), rows->dimensions(), rows->metric()),
      rows_(std::move(rows)),
      codes_(std::move(codes)),
      visited_(std::make_unique<VisitedPool>()) {
  if (metric() != Metric::inner_product) {
    throw Error(ErrorCode::invalid_argument, "the graph index is for inner products");
  }
  if (!codes_ || codes_->size() != size() || codes_->dimensions() != dimensions() ||
      size() > std::size_t{std::numeric_limits<std::int32_t>::max()}) {
    throw Error(ErrorCode::invalid_argument, "the graph index needs the codes of its rows");
  }
  set_defaults(defaults);
}

void GraphIndex::set_defaults(const SearchSettings& defaults) {
  defaults_ = defaults;
  defaults_.filter = nullptr;
  if (defaults_.ef_search == 0) defaults_.ef_search = kDefaultEfSearch;
  if (defaults_.k_factor == 0) defaults_.k_factor = kDefaultRefineFactor;
}

GraphIndex::~GraphIndex() = default;

std::unique_ptr<GraphIndex> GraphIndex::build(std::shared_ptr<const ExactIndex> rows,
                                              std::shared_ptr<const RowCodes> codes,
                                              const GraphConfig& config, const SearchSettings& defaults,
                                              const std::stop_token& stop) {
  if (config.links < 2 || config.links > kMaxLinks || config.ef_construction < 1 ||
      config.ef_construction > 4096 || config.threads < 1 || config.threads > 1024) {
    throw Error(ErrorCode::invalid_argument, "a graph has 2 to 64 links and 1 to 4096 candidates");
  }
  std::unique_ptr<GraphIndex> index(new GraphIndex(std::move(rows), std::move(codes), defaults));
  CodedSpace space(index->codes_->stride());
  Hnsw graph(&space, std::max<std::size_t>(index->size(), 1), config.links, config.ef_construction,
             config.seed);
  // hnswlib 0.6 reads one link past a full upper list, to fetch what comes next ahead of time: give each list
  // room for it. A bug found by AddressSanitizer.
  graph.size_links_per_element_ += sizeof(hnswlib::tableint);
  link_rows(graph, *index->codes_, config.threads, stop);
  index->own_bytes_ = flattened(graph, index->size(), config.links);
  index->bytes_ = std::as_bytes(std::span(index->own_bytes_));
  index->parse("the graph");
  return index;
}

std::unique_ptr<GraphIndex> GraphIndex::open(const std::filesystem::path& path,
                                             std::shared_ptr<const ExactIndex> rows,
                                             std::shared_ptr<const RowCodes> codes,
                                             const SearchSettings& defaults) {
  std::unique_ptr<GraphIndex> index(new GraphIndex(std::move(rows), std::move(codes), defaults));
  index->file_.emplace(path, Reading::here_and_there);
  index->path_ = path;
  index->bytes_ = index->file_->bytes();
  index->parse(path.string());
  return index;
}

void GraphIndex::parse(const std::string& name) {
  if (bytes_.size() < kHeaderBytes + sizeof(std::uint32_t)) throw damaged(name, "is not a whole graph");
  const std::size_t upper = value_at<std::uint32_t>(bytes_, 24);
  entry_ = value_at<std::uint32_t>(bytes_, 28);
  links_ = value_at<std::uint32_t>(bytes_, 32);
  ground_links_ = 2 * links_;
  const std::uint64_t rows = value_at<std::uint64_t>(bytes_, 16);
  const std::string header = header_of(rows, upper, entry_, links_);
  if (std::memcmp(bytes_.data(), header.data(), header.size()) != 0 || links_ < 2 || links_ > kMaxLinks) {
    throw damaged(name, "is not a graph of this version");
  }
  if (rows != size()) throw damaged(name, "is a graph of other vectors");
  const std::size_t values = size() * ground_links_ + upper * (1 + kUpperLevels * links_);
  if (upper > size() || (size() > 0 && entry_ >= size()) ||
      bytes_.size() != kHeaderBytes + (values + 1) * sizeof(std::uint32_t)) {
    throw damaged(name, "differs in size from its header");
  }
  const auto* at = reinterpret_cast<const std::uint32_t*>(bytes_.data() + kHeaderBytes);
  ground_ = {at, size() * ground_links_};
  upper_rows_ = {at + ground_.size(), upper};
  upper_ = {upper_rows_.data() + upper, upper * kUpperLevels * links_};
}

std::span<const std::uint32_t> GraphIndex::links_of(std::uint32_t row, std::size_t level) const {
  if (level == 0) return ground_.subspan(row * ground_links_, ground_links_);
  const auto found = std::lower_bound(upper_rows_.begin(), upper_rows_.end(), row);
  if (found == upper_rows_.end() || *found != row) return {};
  const auto number = static_cast<std::size_t>(found - upper_rows_.begin());
  return upper_.subspan((number * kUpperLevels + level - 1) * links_, links_);
}

void GraphIndex::write(const std::filesystem::path& path) const {
  AtomicFile file(path);
  file.write(bytes_);
  file.commit();
}

void GraphIndex::verify() const {
  const std::size_t end = bytes_.size() - sizeof(std::uint32_t);
  const std::string_view text{reinterpret_cast<const char*>(bytes_.data()), end};
  if (crc32(0, text) != value_at<std::uint32_t>(bytes_, end)) throw damaged(path_.string(), "is damaged");
}

std::string GraphIndex::name() const { return "graph" + std::to_string(links_); }

std::vector<Neighbor> GraphIndex::do_search(std::span<const float> query, std::size_t count,
                                            const SearchSettings& settings) const {
  const RowFilter* filter = settings.filter;
  const double norm = std::sqrt(inner_product(query, query));
  if ((filter != nullptr && filter->count() < size() / kSparseFilter) || norm < kLeastNorm ||
      norm > kGreatestNorm) {
    return rows_->search(query, count, {.filter = filter});
  }
  const double factor = settings.k_factor == 0 ? defaults_.k_factor : settings.k_factor;
  const auto wanted = static_cast<std::size_t>(
      std::min(std::ceil(static_cast<double>(count) * factor), static_cast<double>(size())));
  const std::size_t ef =
      std::min(size(), std::max(wanted, settings.ef_search == 0 ? defaults_.ef_search : settings.ef_search));
  std::vector<Scored> found = Walk(*this, query).search(ef, filter);
  if (found.size() < count) return rows_->search(query, count, {.filter = filter});
  if (found.size() > wanted) {
    std::nth_element(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(wanted), found.end(),
                     is_greater);
    found.resize(wanted);
  }
  TopNeighbors best(count);
  for (const Scored& row : found) best.offer({row.row, rows_->score(query, row.row)});
  return best.take();
}

}  // namespace resonance::index
