#pragma once

#include <filesystem>
#include <string>

#include "training/trainer/checkpoint_info.h"

namespace resonance::training {

/// A page with a run's curves as inline SVG, its last figures and its config: one file, nothing to fetch.
std::string run_report_html(const CheckpointInfo& info);
/// Writes it atomically. @throws Error as AtomicFile
void write_run_report(const std::filesystem::path& path, const CheckpointInfo& info);

}  // namespace resonance::training
