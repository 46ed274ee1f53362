#include "resonance/core/error.h"

#include <array>
#include <cerrno>
#include <system_error>

namespace resonance {
namespace {

struct CodeRow {
  ErrorCode code;
  std::string_view name;
  int exit_status;
  int http_status;
};

constexpr std::array kCodeTable{
    CodeRow{ErrorCode::invalid_argument, "invalid_argument", 2, 400},
    CodeRow{ErrorCode::not_found, "not_found", 3, 404},
    CodeRow{ErrorCode::unreadable, "unreadable", 3, 403},
    CodeRow{ErrorCode::unsupported_format, "unsupported_format", 3, 415},
    CodeRow{ErrorCode::corrupt_data, "corrupt_data", 3, 422},
    CodeRow{ErrorCode::limit_exceeded, "limit_exceeded", 3, 413},
    CodeRow{ErrorCode::version_mismatch, "version_mismatch", 3, 409},
    CodeRow{ErrorCode::busy, "busy", 3, 423},
    CodeRow{ErrorCode::no_space, "no_space", 3, 507},
    CodeRow{ErrorCode::cancelled, "cancelled", 130, 503},
    CodeRow{ErrorCode::internal, "internal", 3, 500},
};

const CodeRow& row_of(ErrorCode code) noexcept {
  for (const CodeRow& row : kCodeTable) {
    if (row.code == code) return row;
  }
  return kCodeTable.back();
}

ErrorCode code_of(int error_number) noexcept {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::not_found;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ErrorCode::no_space;
    case EAGAIN:
    case EBUSY:
      return ErrorCode::busy;
    default:
      return ErrorCode::unreadable;
  }
}

}  // namespace

std::string_view name_of(ErrorCode code) noexcept { return row_of(code).name; }
int exit_status_of(ErrorCode code) noexcept { return row_of(code).exit_status; }
int http_status_of(ErrorCode code) noexcept { return row_of(code).http_status; }

Error system_error(int error_number, const std::string& action) {
  return {code_of(error_number), action + ": " + std::generic_category().message(error_number)};
}

}  // namespace resonance
