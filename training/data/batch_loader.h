#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "training/data/batch.h"

namespace resonance::training {

/// Makes the batches of one epoch ahead of time on threads of its own and hands them out in order. One
/// consumer.
class BatchLoader {
 public:
  using Make = std::function<Batch(std::uint64_t step)>;
  /// @param steps  how many batches; @param ahead  how many may wait
  BatchLoader(Make make, std::uint64_t steps, unsigned threads, std::size_t ahead);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  /// The next batch; call at most `steps` times. @throws what making it threw
  Batch next();
  /// Seconds that next() has waited in all: what a faster loader would save.
  [[nodiscard]] double waited_s() const { return waited_s_; }

 private:
  void work();

  Make make_;
  std::uint64_t steps_;
  std::size_t ahead_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::uint64_t begun_ = 0;  ///< the next step nobody makes yet
  std::uint64_t taken_ = 0;
  std::map<std::uint64_t, Batch> ready_;
  std::exception_ptr failure_;
  double waited_s_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace resonance::training
