#include "memory.h"

#include <malloc.h>

namespace resonance::training {

void keep_freed_memory() {
  // NOLINTBEGIN(concurrency-mt-unsafe): before any thread is started
  ::mallopt(M_MMAP_MAX, 0);
  ::mallopt(M_TRIM_THRESHOLD, -1);
  ::mallopt(M_TOP_PAD, 64 << 20U);
  ::mallopt(M_ARENA_MAX, 1);
  // NOLINTEND(concurrency-mt-unsafe)
}

}  // namespace resonance::training
