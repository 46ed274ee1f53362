#include "resonance/engine/snapshot.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/engine/catalog_meta.h"
#include "resonance/index/flat_index_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFitSample = 4000;  // enough for 512 principal directions; bounds the memory of the fit
constexpr double kRefitChange = 0.1;
constexpr std::size_t kMaxProjectionBytes = std::size_t{256} << 20;
constexpr std::array<std::string_view, 9> kFiles{"index.faiss", "embeddings.npy", "timbre.npy",
                                                 "harmony.npy", "rhythm.npy",     "keys.npy",
                                                 "codes.bin",   "projection.bin", "meta.json"};

/// Whether programs of others have a use for a file, under a name in the catalog's own folder.
bool is_for_others(std::string_view file) { return file != "projection.bin" && file != "codes.bin"; }

/// CRC-32 of a file of any size.
std::uint32_t checksum_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw system_error(errno, "cannot read " + path.string());
  std::vector<char> block(std::size_t{1} << 20);
  std::uint32_t crc = 0;
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    crc = crc32(crc, std::string_view(block.data(), static_cast<std::size_t>(file.gcount())));
  }
  if (file.bad()) throw system_error(EIO, "cannot read " + path.string());
  return crc;
}

/// Streams an N x D array to an .npy file.
class NpyRows {
 public:
  NpyRows(const fs::path& path, std::size_t rows, std::size_t cols) : file_(path) {
    file_.write(npy_header(NpyType::float32, rows, cols));
  }
  void add(std::span<const float> row) { file_.write(std::as_bytes(row)); }
  void commit() { file_.commit(); }

 private:
  AtomicFile file_;
};

/// Every `step`-th descriptor, so that at most kFitSample are held.
std::vector<embedding::Descriptor> sample_descriptors(const catalog::Catalog& catalog,
                                                      const std::stop_token& stop) {
  const std::size_t step = (catalog.track_count() + kFitSample - 1) / kFitSample;
  std::vector<embedding::Descriptor> sample;
  std::size_t seen = 0;
  catalog.for_each(false, [&](const catalog::Track& track) {
    if (stop.stop_requested())
      throw Error(ErrorCode::cancelled, "stopped while fitting the library's projection");
    if (seen++ % step == 0) sample.push_back(embedding::decode_descriptor(catalog.descriptor_of(track.key)));
  });
  return sample;
}

/// A projection and the size of the library it was fitted on.
struct Fit {
  std::optional<embedding::Projection> projection;  ///< absent only for an empty library
  std::size_t library_size = 0;
};

Fit fit_for(const catalog::Catalog& catalog, const embedding::ModelInfo& model, bool refit,
            const std::stop_token& stop) {
  const std::size_t tracks = catalog.track_count();
  if (tracks == 0) return {};
  if (!refit) {
    try {
      const auto current = Snapshot::open(catalog.directory());
      if (current && current->projection() && current->model() == model) {
        const std::size_t fitted = current->meta().fitted_library_size;
        const auto change = static_cast<double>(tracks > fitted ? tracks - fitted : fitted - tracks);
        if (change < kRefitChange * static_cast<double>(fitted)) return {current->projection(), fitted};
      }
    } catch (const Error&) {
      // A damaged snapshot is about to be replaced: fit anew.
    }
  }
  return {embedding::Projection::fit(model, sample_descriptors(catalog, stop)), tracks};
}

fs::path snapshots_of(const fs::path& catalog_directory) { return catalog_directory / "snapshots"; }
fs::path current_of(const fs::path& catalog_directory) { return catalog_directory / "current"; }

/// Number of a snapshot folder; nothing for other names.
std::optional<long> number_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  long number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

/// Points `link` at `target` in one step, whatever it was before.
void replace_link(const fs::path& target, const fs::path& link) {
  std::error_code problem;
  if (fs::read_symlink(link, problem) == target) return;
  const fs::path temporary = link.string() + ".tmp" + std::to_string(static_cast<long>(::getpid()));
  fs::remove(temporary, problem);
  fs::create_symlink(target, temporary, problem);
  if (problem) {
    throw system_error(problem.value(),
                       "cannot make the symbolic link " + link.string() +
                           " (put the catalog on a file system that has them: --catalog DIR)");
  }
  if (::rename(temporary.c_str(), link.c_str()) != 0)
    throw system_error(errno, "cannot replace " + link.string());
}

/// Writes every file of a snapshot into `folder`.
void write_files(const fs::path& folder, const catalog::Catalog& catalog, const embedding::ModelInfo& model,
                 const Fit& fit, const std::stop_token& stop) {
  CatalogMeta meta;
  meta.model = model;
  meta.revision = catalog.revision();
  meta.tracks = catalog.track_count();
  meta.fitted_library_size = fit.library_size;

  std::optional<index::FlatIndexFileWriter> index_file;
  std::optional<NpyRows> fused;
  std::optional<NpyRows> timbre;
  std::optional<NpyRows> harmony;
  std::optional<NpyRows> rhythm;
  const auto open_arrays = [&](const embedding::Embedding& shape) {
    index_file.emplace(folder / "index.faiss", meta.tracks, shape.fused.size());
    fused.emplace(folder / "embeddings.npy", meta.tracks, shape.fused.size());
    timbre.emplace(folder / "timbre.npy", meta.tracks, shape.timbre.size());
    harmony.emplace(folder / "harmony.npy", meta.tracks, shape.harmony.size());
    rhythm.emplace(folder / "rhythm.npy", meta.tracks, shape.rhythm.size());
  };

  std::vector<std::int64_t> keys;
  keys.reserve(meta.tracks);
  catalog.for_each(true, [&](const catalog::Track& track) {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped while writing the search index");
    const auto embedding = fit.projection->project(embedding::decode_descriptor(track.descriptor));
    if (!fused) open_arrays(embedding);
    index_file->add(embedding.fused);
    fused->add(embedding.fused);
    timbre->add(embedding.timbre);
    harmony->add(embedding.harmony);
    rhythm->add(embedding.rhythm);
    keys.push_back(track.key);
    if (meta.tracks <= kMaxListedTracks) meta.rows.emplace_back(track.id, track.path);
  });
  if (!fused) {
    const std::vector<float> none(kEmbeddingDimensions);
    open_arrays({none, none, none, none});
  }
  index_file->commit();
  for (std::optional<NpyRows>* array : {&fused, &timbre, &harmony, &rhythm}) (*array)->commit();
  write_npy(folder / "keys.npy", keys);
  const NpyFile rows(folder / "embeddings.npy");
  index::RowCodes::write(folder / "codes.bin", rows.floats(), rows.cols());
  AtomicFile projection_file(folder / "projection.bin");
  if (fit.projection) projection_file.write(fit.projection->serialize());
  projection_file.commit();
  for (const std::string_view name : kFiles) {
    if (name != "meta.json") meta.checksums.emplace(name, checksum_of(folder / name));
  }
  write_catalog_meta(folder / "meta.json", meta);
}

}  // namespace

void publish_snapshot(const catalog::Catalog& catalog, const embedding::ModelInfo& model, bool refit,
                      const std::stop_token& stop) {
  const fs::path& directory = catalog.directory();
  const fs::path snapshots = snapshots_of(directory);
  std::error_code problem;
  fs::create_directories(snapshots, problem);
  if (problem) throw system_error(problem.value(), "cannot write " + snapshots.string());

  const Fit fit = fit_for(catalog, model, refit, stop);
  long newest = 0;
  std::vector<fs::path> old;
  for (const fs::directory_entry& entry : fs::directory_iterator(snapshots)) {
    newest = std::max(newest, number_of(entry.path()).value_or(0));
    old.push_back(entry.path());
  }
  const fs::path name = fs::path("snapshots") / std::to_string(newest + 1);
  const fs::path folder = directory / name;
  try {
    fs::create_directory(folder);
    write_files(folder, catalog, model, fit, stop);
    sync_directory(snapshots);
    replace_link(name, current_of(directory));
  } catch (const fs::filesystem_error& error) {
    fs::remove_all(folder, problem);
    throw system_error(error.code().value(), "cannot write " + folder.string());
  } catch (...) {
    fs::remove_all(folder, problem);
    throw;
  }
  for (const std::string_view file : kFiles) {
    if (is_for_others(file)) replace_link(fs::path("current") / file, directory / file);
  }
  sync_directory(directory);
  // Readers that have the old one open keep its files until they let go.
  for (const fs::path& folder_before : old) fs::remove_all(folder_before, problem);
}

Snapshot::Snapshot(const fs::path& folder)
    : folder_(folder),
      meta_(read_catalog_meta(folder / "meta.json")),
      keys_(folder / "keys.npy"),
      fused_(folder / "embeddings.npy"),
      timbre_(folder / "timbre.npy"),
      harmony_(folder / "harmony.npy"),
      rhythm_(folder / "rhythm.npy"),
      codes_(std::make_shared<index::RowCodes>(folder / "codes.bin")) {
  for (const NpyFile* array : {&keys_, &fused_, &timbre_, &harmony_, &rhythm_}) {
    if (array->rows() != meta_.tracks) {
      throw Error(ErrorCode::corrupt_data, folder.string() + ": the arrays differ in length");
    }
  }
  if (fused_.cols() != kEmbeddingDimensions || fused_.type() != NpyType::float32 ||
      keys_.type() != NpyType::int64) {
    throw Error(ErrorCode::corrupt_data,
                folder.string() + ": embeddings.npy or keys.npy is of another shape");
  }
  if (codes_->size() != fused_.rows() || codes_->dimensions() != fused_.cols()) {
    throw Error(ErrorCode::corrupt_data, folder.string() + ": codes.bin is of another shape");
  }
  const auto keys = keys_.integers();
  if (!std::is_sorted(keys.begin(), keys.end())) {
    throw Error(ErrorCode::corrupt_data, folder.string() + ": keys.npy is out of order");
  }
  if (meta_.tracks > 0) {
    projection_ =
        embedding::Projection::deserialize(read_file(folder / "projection.bin", kMaxProjectionBytes));
  }
}

std::optional<Snapshot> Snapshot::open(const fs::path& catalog_directory) {
  // A publisher may remove the folder between our reading the link and opening the files: look again then.
  for (int attempt = 0;; ++attempt) {
    std::error_code problem;
    const fs::path target = fs::read_symlink(current_of(catalog_directory), problem);
    if (problem) return std::nullopt;
    try {
      return Snapshot(catalog_directory / target);
    } catch (const Error& error) {
      const bool replaced = fs::read_symlink(current_of(catalog_directory), problem) != target;
      if (replaced && attempt < 10) continue;
      if (error.code() == ErrorCode::version_mismatch) throw;
      throw Error(ErrorCode::corrupt_data,
                  std::string(error.what()) + " (run `resonance index --rebuild`, which needs no audio)");
    }
  }
}

void Snapshot::verify() const {
  for (const std::string_view name : kFiles) {
    if (name == "meta.json") continue;
    const auto expected = meta_.checksums.find(std::string(name));
    if (expected == meta_.checksums.end() || checksum_of(folder_ / name) != expected->second) {
      throw Error(ErrorCode::corrupt_data, (folder_ / name).string() + " is damaged");
    }
  }
}

std::optional<std::size_t> Snapshot::row_of(std::int64_t key) const {
  const auto all = keys();
  const auto found = std::lower_bound(all.begin(), all.end(), key);
  if (found == all.end() || *found != key) return std::nullopt;
  return static_cast<std::size_t>(found - all.begin());
}

}  // namespace resonance::engine
