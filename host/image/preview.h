// Pictures in a terminal.
#pragma once

#include "host/image/png.h"

#include <string>

namespace juggler {

enum class ShowHow { off, automatic, blocks, kitty, sixel, live };

struct TerminalSize {
    unsigned columns = 80, rows = 24;
};

// Of the terminal behind the descriptor; 80 x 24 if it is none.
TerminalSize terminal_size(int descriptor);

// The picture as text: two pixels a character cell (an upper half block in 24-bit colours), shrunk
// to fit by averaging light over boxes, never enlarged. Needs nothing but colours and UTF-8.
std::string half_blocks(const EncodedPicture& picture, TerminalSize fit);

// `live` is half blocks. As asked for: kitty and sixel need libchafa, and fall back to half blocks
// without it. `automatic` takes them only where the terminal's own environment names them, and
// never inside tmux.
std::string terminal_picture(const EncodedPicture& picture, ShowHow how, TerminalSize fit);

// What `terminal_picture` does: not automatic, and nothing that it cannot do.
ShowHow settle_show(ShowHow how);

// Was libchafa there when this was built?
bool has_chafa();

} // namespace juggler
