#include "host/cli/live.h"

#include "host/cli/streams.h"
#include "host/image/encode.h"
#include "host/image/preview.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace juggler {

void Redrawn::draw(const std::string& lines) {
    // To the first column, up over the last drawing.
    std::string text = lines_ > 0 ? "\r\x1b[" + std::to_string(lines_) + "A" : "";
    lines_ = size_t(std::count(lines.begin(), lines.end(), '\n'));
    out_(text + lines);
}

LiveView::LiveView(const RenderOptions& options, Note note)
    : note_(std::move(note)),
      terminal_(options.show == ShowHow::live && isatty(STDERR_FILENO) == 1) {
    if (!options.tev.empty()) tev_ = std::make_unique<TevViewer>(options.tev);
}

bool LiveView::due() const {
    const std::lock_guard lock(mutex_);
    return (terminal_ || tev_) && Clock::now() - last_ >= std::chrono::milliseconds(250);
}

void LiveView::show(const std::string& name, const Picture& light, const ToneSettings& tone) {
    const std::lock_guard lock(mutex_);
    last_ = Clock::now();
    if (tev_) tev_->show(name, light.width, light.height, light.rgb);
    forget_lost_tev("; rendering goes on");
    if (!terminal_) return;
    const std::vector<uint8_t> codes = display_codes(std::vector<float>(light.rgb), tone);
    const EncodedPicture shown{light.width, light.height, 3, 255, {codes.begin(), codes.end()}};
    redrawn_.draw(terminal_picture(shown, ShowHow::live, terminal_size(STDERR_FILENO)));
}

void LiveView::finish() {
    const std::lock_guard lock(mutex_);
    if (tev_) tev_->finish();
    forget_lost_tev("");
}

void LiveView::forget_lost_tev(const char* consequence) {
    const auto trouble = tev_ ? tev_->trouble() : std::nullopt;
    if (!trouble) return;
    note_("cannot " + *trouble + consequence);
    tev_.reset();
}

} // namespace juggler
