#pragma once

#include "resonance/core/npy.h"
#include "resonance/engine/index_request.h"
#include "resonance/engine/snapshot_rows.h"
#include "resonance/index/auto_index.h"
#include "resonance/index/row_codes.h"

#include <filesystem>
#include <memory>
#include <stop_token>

namespace resonance::engine {

/// Builds what is asked for over `rows`, writes its file into `folder` (`files.graph` or `files.faiss`; none
/// for exact search), and measures it. Where there are too few rows for a FAISS string to
/// be trained with, exact search stands in for it.
/// @param choice  for "auto"; its recall is the request's
/// @throws Error(invalid_argument) for a string that FAISS does not know; Error(no_space, unreadable,
/// cancelled)
IndexRecord build_index(const std::filesystem::path& folder, const RowFiles& files, const NpyFile& rows,
                        const std::shared_ptr<const index::RowCodes>& codes, const IndexRequest& request,
                        index::AutoConfig choice, const std::stop_token& stop);

}  // namespace resonance::engine
