// libresonance-torch.so: what engine/torch_backend.h loads when a checkpoint is to be listened with.
#include "training/backend/torch_network.h"

extern "C" __attribute__((visibility("default"))) resonance::embedding::Embedder* resonance_open_checkpoint(
    const char* file) {
  return resonance::training::open_checkpoint(file).release();
}
