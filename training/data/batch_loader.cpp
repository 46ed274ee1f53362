#include "training/data/batch_loader.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace resonance::training {

BatchLoader::BatchLoader(Make make, std::uint64_t steps, unsigned threads, std::size_t ahead)
    : make_(std::move(make)), steps_(steps), ahead_(std::max<std::size_t>(1, ahead)) {
  for (unsigned i = 0; i < std::max(1U, threads); ++i) threads_.emplace_back([this] { work(); });
}

BatchLoader::~BatchLoader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void BatchLoader::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock,
                  [&] { return stopping_ || failure_ || begun_ == steps_ || begun_ < taken_ + ahead_; });
    if (stopping_ || failure_ || begun_ == steps_) return;
    const std::uint64_t step = begun_++;
    lock.unlock();
    Batch batch;
    std::exception_ptr failure;
    try {
      batch = make_(step);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure) {
      failure_ = failure;
    } else {
      ready_.emplace(step, std::move(batch));
    }
    changed_.notify_all();
  }
}

Batch BatchLoader::next() {
  const auto begin = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failure_ || ready_.contains(taken_); });
  if (!ready_.contains(taken_)) std::rethrow_exception(failure_);
  Batch batch = std::move(ready_.extract(taken_).mapped());
  ++taken_;
  waited_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  changed_.notify_all();
  return batch;
}

}  // namespace resonance::training
