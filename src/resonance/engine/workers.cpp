#include "resonance/engine/workers.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

namespace resonance::engine {

bool run_workers(unsigned jobs, std::size_t count, const std::stop_token& stop,
                 const std::function<void(std::size_t)>& work) {
  if (jobs == 0) jobs = std::max(1U, std::thread::hardware_concurrency());
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> finished{0};
  std::atomic<bool> failed{false};
  std::exception_ptr failure;
  std::mutex failure_mutex;

  const auto run = [&] {
    while (!failed && !stop.stop_requested()) {
      const std::size_t i = next++;
      if (i >= count) return;
      try {
        work(i);
        ++finished;
      } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) return;
        const std::scoped_lock lock(failure_mutex);
        if (!failed.exchange(true)) failure = std::current_exception();
      } catch (...) {
        const std::scoped_lock lock(failure_mutex);
        if (!failed.exchange(true)) failure = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    const std::size_t thread_count = std::min<std::size_t>(jobs, count);
    for (std::size_t i = 0; i < thread_count; ++i) threads.emplace_back(run);
  }
  if (failure) std::rethrow_exception(failure);
  return finished == count;
}

Batch::Batch(std::string_view activity, std::size_t total, ProgressCallback callback)
    : callback_(std::move(callback)) {
  progress_.activity = activity;
  progress_.total = total;
}

void Batch::finish_one(const std::string& path, const std::string& problem, double audio_s,
                       const std::function<void()>& record) {
  const std::scoped_lock lock(mutex_);
  record();
  ++progress_.done;
  progress_.audio_s += audio_s;
  progress_.elapsed_s = elapsed_s();
  progress_.path = path;
  progress_.problem = problem;
  if (callback_) callback_(progress_);
}

double Batch::elapsed_s() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

}  // namespace resonance::engine
