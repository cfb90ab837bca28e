// Work on the rows of a picture, shared among threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace juggler {

// Calls work(row) for every row, from `threads` threads that take the next row when they are done
// with one. False if `stop`, which may be null, became true before the end.
bool for_each_row(uint32_t rows, unsigned threads, const std::atomic<bool>* stop,
                  const std::function<void(uint32_t)>& work);

} // namespace juggler
