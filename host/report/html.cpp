#include "host/report/html.h"

namespace juggler {

std::string escaped_html(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '<':
            safe += "&lt;";
            break;
        case '>':
            safe += "&gt;";
            break;
        case '&':
            safe += "&amp;";
            break;
        case '"':
            safe += "&quot;";
            break;
        case '\'':
            safe += "&#39;";
            break;
        default:
            if (static_cast<unsigned char>(c) >= 32 || c == '\n') safe += c;
        }
    }
    return safe;
}

std::string data_uri(std::string_view type, std::span<const std::byte> bytes) {
    static constexpr char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string uri = "data:" + std::string(type) + ";base64,";
    uri.reserve(uri.size() + (bytes.size() + 2) / 3 * 4);
    // Three bytes become four digits of six bits; what is missing at the end becomes "=".
    for (size_t at = 0; at < bytes.size(); at += 3) {
        const auto byte = [&](size_t i) {
            return at + i < bytes.size() ? std::to_integer<unsigned>(bytes[at + i]) : 0u;
        };
        const unsigned word = byte(0) << 16 | byte(1) << 8 | byte(2);
        uri += digits[word >> 18];
        uri += digits[word >> 12 & 63];
        uri += at + 1 < bytes.size() ? digits[word >> 6 & 63] : '=';
        uri += at + 2 < bytes.size() ? digits[word & 63] : '=';
    }
    return uri;
}

void Html::begin(std::string_view tag, Attributes attributes) {
    html_ += '<';
    html_ += tag;
    for (const auto& [name, value] : attributes) {
        html_ += ' ';
        html_ += name;
        html_ += "=\"";
        html_ += escaped_html(value);
        html_ += '"';
    }
    html_ += '>';
}

Html& Html::open(std::string_view tag, Attributes attributes) {
    begin(tag, attributes);
    open_.emplace_back(tag);
    return *this;
}

Html& Html::close() {
    html_ += "</" + open_.back() + ">\n";
    open_.pop_back();
    return *this;
}

Html& Html::text(std::string_view text) {
    html_ += escaped_html(text);
    return *this;
}

Html& Html::leaf(std::string_view tag, std::string_view text, Attributes attributes) {
    return open(tag, attributes).text(text).close();
}

Html& Html::lone(std::string_view tag, Attributes attributes) {
    begin(tag, attributes);
    html_ += '\n';
    return *this;
}

Html& Html::markup(std::string_view html) {
    html_ += html;
    return *this;
}

} // namespace juggler
