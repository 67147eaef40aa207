// SPDX-License-Identifier: MIT
//
// How this program wants its memory from the system.
#ifndef COOP_COMMAND_LINE_MEMORY_HPP
#define COOP_COMMAND_LINE_MEMORY_HPP

namespace app {

/// Asks for large pages below the heap's first half gigabyte, and that what was freed is kept for what comes. Opening
/// a tower touches hundreds of thousands of small pages otherwise, which takes longer than to read its file. Of no
/// consequence where the system has other ideas. To be called first.
void prefer_large_pages() noexcept;

}  // namespace app

#endif
