#include "resonance/catalog/segment_stage.h"

#include <utility>

namespace resonance::catalog {

SegmentStage::SegmentStage(std::int64_t id, std::function<void(std::int64_t, std::string_view)> add,
                           std::function<void()> drop)
    : id_(id), add_(std::move(add)), drop_(std::move(drop)) {}

SegmentStage::~SegmentStage() { drop_(); }

}  // namespace resonance::catalog
