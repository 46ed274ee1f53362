#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace resonance {

/// Everything that can go wrong, as far as a caller can act on it. A closed list: a new code needs a new
/// remedy.
enum class ErrorCode {
  invalid_argument,    ///< the request itself is wrong: a value out of range, an unknown option
  not_found,           ///< a file, track or catalog that was named does not exist
  unreadable,          ///< it exists and the system refuses to read or write it
  unsupported_format,  ///< not audio, or a codec this build cannot decode
  corrupt_data,        ///< it has the right format and the content is damaged
  limit_exceeded,      ///< a bound on duration, channels, rate, size or count
  version_mismatch,    ///< made by another model, feature version or schema
  busy,                ///< somebody else is writing it
  no_space,            ///< the disk or the quota is full
  cancelled,           ///< the caller asked to stop
  internal,            ///< a bug in Resonance
};

/// The name of a code in messages and JSON, e.g. "corrupt_data".
std::string_view name_of(ErrorCode code) noexcept;
/// Exit status of a program that ends because of it: 2 wrong usage, 3 could not be carried out, 130
/// cancelled.
int exit_status_of(ErrorCode code) noexcept;
/// HTTP status of a response that reports it.
int http_status_of(ErrorCode code) noexcept;

/// The one exception of the library. The message says what was wrong, with which file, and what to do.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// The Error for a failed system call: the code follows from `error_number`, the message names `action` and
/// the system's reason, e.g. "cannot write catalog/meta.json: No space left on device".
Error system_error(int error_number, const std::string& action);

}  // namespace resonance
