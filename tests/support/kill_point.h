#pragma once

namespace resonance::testing {

/// How a process dies at a change to a file.
enum class Death {
  before,        ///< the change is not made
  half_written,  ///< of a write, the first half is
};

/// From now on this process is killed at its `number`-th change to files or folders (1: the next): a write,
/// sync, truncation, rename, link, removal or new folder, whoever makes it: this program, SQLite or the C++
/// library. What it was killed before did not happen.
///
/// Works by definitions of the system's functions in the test program, which come before the C library's;
/// there is no trace of it in what is tested. A program that links this and never calls it behaves as any
/// other.
void die_at_change(long number, Death death = Death::before);

/// Changes made since die_at_change().
long changes_made();

}  // namespace resonance::testing
