#include "host/image/preview.h"

#include "host/image/shrink.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include <sys/ioctl.h>
#ifdef JUGGLER_CHAFA
#include <chafa.h>
#endif

namespace juggler {
namespace {

void append_color(std::string& out, const char* kind, const uint8_t* rgb) {
    out += "\x1b[";
    out += kind;
    for (unsigned c = 0; c < 3; ++c) {
        out += ';';
        out += std::to_string(rgb[c]);
    }
    out += 'm';
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

ShowHow best_of_terminal() {
    if (!variable("TMUX").empty()) return ShowHow::blocks;
    const std::string term = variable("TERM");
    if (term == "xterm-kitty" || !variable("KITTY_WINDOW_ID").empty()) return ShowHow::kitty;
    if (term.find("sixel") != std::string::npos || term == "foot" || term == "mlterm")
        return ShowHow::sixel;
    return ShowHow::blocks;
}

#ifdef JUGGLER_CHAFA
// What chafa needs for a drawing, freed in reverse.
struct ChafaCanvasOwner {
    ChafaTermInfo* term = nullptr;
    ChafaCanvasConfig* config = nullptr;
    ChafaCanvas* canvas = nullptr;
    ChafaCanvasOwner() = default;
    ChafaCanvasOwner(const ChafaCanvasOwner&) = delete;
    ChafaCanvasOwner& operator=(const ChafaCanvasOwner&) = delete;
    ~ChafaCanvasOwner() {
        if (canvas) chafa_canvas_unref(canvas);
        if (config) chafa_canvas_config_unref(config);
        if (term) chafa_term_info_unref(term);
    }
};

std::string chafa_picture(const EncodedPicture& p, ChafaPixelMode mode, TerminalSize fit) {
    // 10 x 20 pixels a cell, which is what terminals assume when they do not say.
    constexpr uint32_t cell_width = 10, cell_height = 20;
    const Shrunk small = shrink(p, fit.columns * cell_width, fit.rows * cell_height);
    ChafaCanvasOwner own;
    // The sequences of a terminal that knows both; which one is used was decided before.
    std::array<char, 18> kitty{"TERM=xterm-kitty"};
    std::array<char, 18> sixel{"TERM=mlterm"};
    std::array<char*, 2> environment{mode == CHAFA_PIXEL_MODE_KITTY ? kitty.data() : sixel.data(),
                                     nullptr};
    own.term = chafa_term_db_detect(chafa_term_db_get_default(), environment.data());
    own.config = chafa_canvas_config_new();
    const auto cells = [](uint32_t pixels, uint32_t cell) {
        return int((pixels + cell - 1) / cell);
    };
    chafa_canvas_config_set_geometry(own.config, cells(small.width, cell_width),
                                     cells(small.height, cell_height));
    chafa_canvas_config_set_cell_geometry(own.config, int(cell_width), int(cell_height));
    chafa_canvas_config_set_pixel_mode(own.config, mode);
    chafa_canvas_config_set_canvas_mode(own.config, CHAFA_CANVAS_MODE_TRUECOLOR);
    own.canvas = chafa_canvas_new(own.config);
    chafa_canvas_draw_all_pixels(own.canvas, CHAFA_PIXEL_RGB8, small.rgb.data(), int(small.width),
                                 int(small.height), int(small.width * 3));
    GString* text = chafa_canvas_print(own.canvas, own.term);
    std::string out(text->str, text->len);
    g_string_free(text, TRUE);
    return out + "\n";
}
#endif

} // namespace

bool has_chafa() {
#ifdef JUGGLER_CHAFA
    return true;
#else
    return false;
#endif
}

TerminalSize terminal_size(int descriptor) {
    winsize size{};
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        return {};
    return {size.ws_col, size.ws_row};
}

std::string half_blocks(const EncodedPicture& picture, TerminalSize fit) {
    const Shrunk small = shrink(picture, std::max(1u, fit.columns), 2 * std::max(1u, fit.rows));
    const size_t row = size_t(small.width) * 3;
    std::string out;
    for (size_t y = 0; y < small.height; y += 2) {
        for (size_t x = 0; x < row; x += 3) {
            append_color(out, "38;2", &small.rgb[y * row + x]);
            if (y + 1 < small.height) append_color(out, "48;2", &small.rgb[(y + 1) * row + x]);
            out += "\u2580"; // upper half block: foreground above, background below
        }
        out += "\x1b[0m\n";
    }
    return out;
}

ShowHow settle_show(ShowHow how) {
    if (how == ShowHow::automatic) how = best_of_terminal();
    const bool pixels = how == ShowHow::kitty || how == ShowHow::sixel;
    return pixels && !has_chafa() ? ShowHow::blocks : how;
}

std::string terminal_picture(const EncodedPicture& picture, ShowHow how, TerminalSize fit) {
    if (how == ShowHow::off) return "";
    how = settle_show(how);
    const TerminalSize room{fit.columns, std::max(2u, fit.rows) - 1}; // a row for the prompt
#ifdef JUGGLER_CHAFA
    if (how == ShowHow::kitty) return chafa_picture(picture, CHAFA_PIXEL_MODE_KITTY, room);
    if (how == ShowHow::sixel) return chafa_picture(picture, CHAFA_PIXEL_MODE_SIXELS, room);
#endif
    return half_blocks(picture, room);
}

} // namespace juggler
