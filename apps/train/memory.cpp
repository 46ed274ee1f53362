#include "memory.h"

#include <malloc.h>

namespace resonance::training {

void keep_freed_memory() {
  ::mallopt(M_MMAP_MAX, 0);
  ::mallopt(M_TRIM_THRESHOLD, -1);
  ::mallopt(M_TOP_PAD, 64 << 20U);
  ::mallopt(M_ARENA_MAX, 1);
}

}  // namespace resonance::training
