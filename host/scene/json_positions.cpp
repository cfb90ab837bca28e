#include "host/scene/json_positions.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>

namespace juggler {
namespace {

using Json = nlohmann::json;

constexpr size_t enough_problems = 20;  // more of them help nobody, and each costs a line count
constexpr size_t max_kept_line = 65536; // longer lines are not worth an excerpt

// Feeds the parser and counts: `*consumed` is the number of bytes it has taken so far.
class CountingIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(const char* at, uint64_t* consumed) : at_(at), consumed_(consumed) {}
    reference operator*() const { return *at_; }
    CountingIterator& operator++() {
        ++at_;
        ++*consumed_;
        return *this;
    }
    CountingIterator operator++(int) {
        CountingIterator before = *this;
        ++*this;
        return before;
    }
    bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
    bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

private:
    const char* at_;
    uint64_t* consumed_;
};

template <class Handler>
bool run_parser(std::string_view text, Handler& handler) {
    return Json::sax_parse(CountingIterator(text.data(), &handler.consumed),
                           CountingIterator(text.data() + text.size(), nullptr), &handler,
                           Json::input_format_t::json, true, true);
}

// First byte at or after `from` that is not white space, a comma, a colon or a comment: between
// two values nothing else can stand.
uint64_t next_token(std::string_view text, uint64_t from) {
    while (from < text.size()) {
        const char c = text[from];
        if (c == ' ' || c == ',' || c == '\n' || c == ':' || c == '\t' || c == '\r') {
            ++from;
        } else if (text.substr(from, 2) == "//") {
            from = std::min(text.find('\n', from), text.size());
        } else if (text.substr(from, 2) == "/*") {
            const size_t end = text.find("*/", from + 2);
            from = end == std::string_view::npos ? text.size() : end + 2;
        } else {
            return from;
        }
    }
    return from;
}

uint64_t number_end(std::string_view text, uint64_t begin) {
    const auto in_number = [](char c) {
        return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
    };
    while (begin < text.size() && in_number(text[begin]))
        ++begin;
    return begin;
}

uint64_t word_end(std::string_view text, uint64_t begin) {
    const auto in_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '+' || c == '.';
    };
    while (begin < text.size() && in_word(text[begin]))
        ++begin;
    return begin;
}

// Follows the parser through the text: where the current token stands, which containers are open.
class Follower {
public:
    explicit Follower(std::string_view text) : text_(text) {}
    uint64_t consumed = 0;

protected:
    struct Frame {
        bool array;
        uint64_t count;  // values so far, this one included
        std::string key; // objects: of the current value
        uint64_t begin;
    };

    // Places of the token the parser has just reported.
    uint64_t begin_token() { return begin_ = next_token(text_, end_); }
    void end_token(uint64_t end) { end_ = end; }
    void take_bracket() {
        begin_token();
        end_token(begin_ + 1);
    }
    void take_number() {
        begin_token();
        end_token(number_end(text_, begin_));
    }
    void take_string() {
        begin_token();
        end_token(consumed);
    }
    void take_word() {
        begin_token();
        end_token(word_end(text_, begin_));
    }
    void count_value() {
        if (!frames_.empty()) ++frames_.back().count;
    }
    [[nodiscard]] std::string pointer() const {
        std::string text;
        for (const Frame& frame : frames_) {
            if (frame.count == 0) break;
            text += "/" + (frame.array ? std::to_string(frame.count - 1) : pointer_part(frame.key));
        }
        return text;
    }

    std::string_view text_;
    uint64_t begin_ = 0, end_ = 0; // of the current token
    std::vector<Frame> frames_;
};

// What the parser's own complaint means for the author of the file.
struct Complaint {
    uint64_t offset, length;
    std::string message;
};

Complaint unexpected_end(std::string_view text, const std::string& open) {
    const size_t last = text.find_last_not_of(" \t\r\n");
    const uint64_t offset = last == std::string_view::npos ? 0 : last + 1;
    return {offset, 1, "unexpected end of file" + open};
}

Complaint bad_string(std::string_view text, uint64_t begin, uint64_t consumed,
                     std::string_view what) {
    const uint64_t last = consumed > 0 ? consumed - 1 : 0;
    if (what.find("ill-formed UTF-8") != std::string_view::npos)
        return {last, 1, "invalid UTF-8 in a string"};
    if (what.find("missing closing quote") != std::string_view::npos || text[last] == '\n')
        return {begin, 1, "the string that starts here has no closing quote on its line"};
    const size_t reason = what.find("invalid string: ");
    std::string message(reason == std::string_view::npos ? what : what.substr(reason));
    message.resize(std::min(message.size(), message.find("; last read")));
    return {last, 1, message};
}

Complaint bad_word(std::string_view text, uint64_t begin) {
    if (text[begin] == '\'') return {begin, 1, "strings are written between double quotes"};
    const uint64_t length = std::max<uint64_t>(word_end(text, begin) - begin, 1);
    const std::string_view word = text.substr(begin, length);
    if (word.find("nf") != word.npos || word.find("NaN") != word.npos ||
        word.find("nan") != word.npos)
        return {begin, length, escaped(word, 40) + " is not a number JSON can hold"};
    return {begin, length, "unexpected " + in_quotes(word.substr(0, 40))};
}

Complaint explain(std::string_view text, uint64_t consumed, uint64_t last_end,
                  std::string_view what, const std::string& open) {
    const auto says = [&](std::string_view piece) { return what.find(piece) != what.npos; };
    const uint64_t begin = next_token(text, last_end);
    if (says("number overflow"))
        return {begin, number_end(text, begin) - begin, "is out of range of float"};
    if (says("invalid string")) return bad_string(text, begin, consumed, what);
    if (says("unexpected end of input") || begin >= text.size()) return unexpected_end(text, open);
    if (says("invalid literal") || says("invalid number")) return bad_word(text, begin);
    const size_t reason = what.find("unexpected ");
    std::string message(reason == what.npos ? what : what.substr(reason));
    if (!says("unexpected '")) return {begin, 1, message};
    const uint64_t last = consumed > 0 ? consumed - 1 : 0;
    const size_t before = last == 0 ? text.npos : text.find_last_not_of(" \t\r\n", last - 1);
    if (before != text.npos && text[before] == ',' && (text[last] == ']' || text[last] == '}'))
        message = std::string("a comma before '") + text[last] + "', where a value should follow";
    return {last, 1, message};
}

// Builds the document.
class Builder : public Follower {
public:
    Builder(const std::string& file, std::string_view text, std::vector<Diagnostic>& problems,
            const JsonLimits& limits)
        : Follower(text), file_(file), problems_(problems), limits_(limits) {}

    bool null() {
        take_word();
        return add({});
    }
    bool boolean(bool value) {
        take_word();
        return add({value, place()});
    }
    bool number_integer(int64_t) { return any_number(); }
    bool number_unsigned(uint64_t) { return any_number(); }
    bool number_float(double, const std::string&) { return any_number(); }
    bool binary(Json::binary_t&) { return false; } // never in JSON text
    bool string(std::string& value) {
        take_string();
        if (!check_length(value.size())) return false;
        return add({std::make_unique<std::string>(std::move(value)), place()});
    }
    bool start_object(size_t) { return open(false); }
    bool start_array(size_t) { return open(true); }
    bool key(std::string& value) {
        take_string();
        if (!check_length(value.size())) return false;
        Frame& frame = frames_.back();
        frame.key = value;
        open_.back().object()->members.push_back({std::move(value), place(), {}});
        return true;
    }
    bool end_object() {
        check_keys(*open_.back().object());
        return close();
    }
    bool end_array() { return close(); }
    bool parse_error(size_t, const std::string&, const Json::exception& error) {
        std::string open_bracket;
        if (!frames_.empty()) {
            const Position at = position_at(text_, frames_.back().begin);
            open_bracket = std::string("; the '") + (frames_.back().array ? '[' : '{') +
                           "' of line " + std::to_string(at.line) + ", column " +
                           std::to_string(at.column) + " is not closed";
        }
        const Complaint c = explain(text_, consumed, end_, error.what(), open_bracket);
        const bool of_value = error.id == 406;
        if (of_value) count_value();
        return fail(c.offset, c.length, of_value ? pointer() : "", c.message);
    }

    std::optional<JsonValue> root;

private:
    [[nodiscard]] JsonPlace place() const {
        if (!limits_.places) return {JsonPlace::nowhere, 0};
        return {static_cast<uint32_t>(begin_), static_cast<uint32_t>(end_ - begin_)};
    }
    bool fail(uint64_t offset, uint64_t length, std::string where, std::string message) {
        problems_.push_back(
            diagnostic_at(file_, text_, offset, length, std::move(where), std::move(message)));
        return false;
    }
    bool check_length(size_t bytes) {
        if (bytes <= max_json_string_bytes) return true;
        return fail(begin_, 1, "",
                    "a string of " + std::to_string(bytes) + " bytes; at most " +
                        std::to_string(max_json_string_bytes) + " are allowed");
    }
    bool any_number() {
        take_number();
        double value = 0; // stays 0 where the number is too small for a double
        std::from_chars(text_.data() + begin_, text_.data() + end_, value);
        JsonValue number{value, place()};
        if (value > std::numeric_limits<float>::max() ||
            value < -std::numeric_limits<float>::max()) {
            number.held = 0.0;
            add(std::move(number));
            fail(begin_, end_ - begin_, pointer(), "is out of range of float");
            return problems_.size() < enough_problems;
        }
        return add(std::move(number));
    }
    bool add(JsonValue value) {
        if (++value_count_ * sizeof(JsonValue) * 2 > limits_.max_memory_bytes)
            return fail(begin_, 1, "",
                        "more values than fit into " + std::to_string(limits_.max_memory_bytes) +
                            " bytes of memory");
        count_value();
        if (open_.empty()) {
            root = std::move(value);
        } else if (auto* array = open_.back().array()) {
            array->items.push_back(std::move(value));
        } else {
            open_.back().object()->members.back().value = std::move(value);
        }
        return true;
    }
    bool open(bool array) {
        take_bracket();
        if (frames_.size() >= max_json_depth)
            return fail(begin_, 1, "",
                        "nesting deeper than " + std::to_string(max_json_depth) + " levels");
        count_value();
        frames_.push_back({array, 0, {}, begin_});
        JsonValue value;
        value.place = place();
        if (array) {
            value.held = std::make_unique<JsonArray>();
        } else {
            value.held = std::make_unique<JsonObject>();
        }
        open_.push_back(std::move(value));
        return true;
    }
    bool close() {
        take_bracket();
        JsonValue done = std::move(open_.back());
        open_.pop_back();
        frames_.pop_back();
        if (!frames_.empty()) --frames_.back().count; // add() counts the container again
        return add(std::move(done));
    }
    // Two values of one name: whichever a reader takes, the author meant the other one, too.
    void check_keys(JsonObject& object) {
        sort_members(object);
        std::vector<bool> extra(object.members.size());
        for (size_t i = 1; i < object.by_key.size(); ++i) {
            const JsonMember& first = object.members[object.by_key[i - 1]];
            const JsonMember& again = object.members[object.by_key[i]];
            if (first.key != again.key) continue;
            report_duplicate(first, again);
            extra[object.by_key[i]] = true;
            object.by_key[i] = object.by_key[i - 1];
        }
        if (std::find(extra.begin(), extra.end(), true) == extra.end()) return;
        std::vector<JsonMember> kept;
        for (size_t i = 0; i < extra.size(); ++i)
            if (!extra[i]) kept.push_back(std::move(object.members[i]));
        object.members = std::move(kept);
        sort_members(object);
    }
    void report_duplicate(const JsonMember& first, const JsonMember& again) {
        if (problems_.size() >= enough_problems) return;
        const Position at = position_at(text_, limits_.places ? first.key_place.begin : 0);
        frames_.back().count = 0; // the pointer of the object itself
        fail(limits_.places ? again.key_place.begin : 0,
             limits_.places ? again.key_place.length : 1, pointer(),
             "has the key " + in_quotes(again.key) + " twice; first on line " +
                 std::to_string(at.line) + ", column " + std::to_string(at.column));
    }

    const std::string& file_;
    std::vector<Diagnostic>& problems_;
    const JsonLimits& limits_;
    std::vector<JsonValue> open_;
    uint64_t value_count_ = 0;
};

// Looks for one value and keeps nothing.
class Finder : public Follower {
public:
    Finder(std::string_view text, std::vector<std::string> parts)
        : Follower(text), parts_(std::move(parts)) {}

    bool null() { return word(); }
    bool boolean(bool) { return word(); }
    bool number_integer(int64_t) { return number(); }
    bool number_unsigned(uint64_t) { return number(); }
    bool number_float(double, const std::string&) { return number(); }
    bool binary(Json::binary_t&) { return false; }
    bool string(std::string&) {
        take_string();
        return visit();
    }
    bool key(std::string& value) {
        take_string();
        frames_.back().key = value;
        return true;
    }
    bool start_object(size_t) { return open(false); }
    bool start_array(size_t) { return open(true); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool parse_error(size_t, const std::string&, const Json::exception&) { return false; }

    std::optional<Position> nearest;

private:
    bool word() {
        take_word();
        return visit();
    }
    bool number() {
        take_number();
        return visit();
    }
    bool open(bool array) {
        take_bracket();
        if (frames_.size() >= max_json_depth || !visit()) return false;
        frames_.push_back({array, 0, {}, begin_});
        return true;
    }
    bool close() {
        take_bracket();
        const bool on_path = matched_ == frames_.size();
        frames_.pop_back();
        // The container that should hold the value has ended: the value is not there.
        return !on_path;
    }
    // False ends the search. A value is on the path if its container is and its name matches.
    bool visit() {
        count_value();
        if (matched_ != frames_.size()) return true;
        if (!frames_.empty()) {
            const Frame& frame = frames_.back();
            const std::string& part = parts_[matched_ - 1];
            if (frame.array ? part != std::to_string(frame.count - 1) : part != frame.key)
                return true;
        }
        nearest = position_at(text_, begin_, end_ - begin_);
        return ++matched_ <= parts_.size();
    }

    std::vector<std::string> parts_;
    size_t matched_ = 0; // values of the path met so far, the root included
};

} // namespace

Position position_at(std::string_view text, uint64_t offset, uint64_t length) {
    offset = std::min<uint64_t>(offset, text.size());
    const std::string_view before = text.substr(0, offset);
    const size_t line_end = before.rfind('\n');
    Position p;
    p.line = 1 + static_cast<uint64_t>(std::count(before.begin(), before.end(), '\n'));
    p.column = line_end == before.npos ? offset + 1 : offset - line_end;
    p.offset = offset;
    p.length = std::max<uint64_t>(length, 1);
    return p;
}

std::string_view line_at(std::string_view text, uint64_t offset) {
    offset = std::min<uint64_t>(offset, text.size());
    const size_t previous = text.substr(0, offset).rfind('\n');
    const size_t begin = previous == text.npos ? 0 : previous + 1;
    std::string_view line =
        text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

Diagnostic diagnostic_at(std::string file, std::string_view text, uint64_t offset, uint64_t length,
                         std::string pointer, std::string message) {
    const Position p = position_at(text, offset, length);
    Diagnostic d;
    d.file = std::move(file);
    d.line = p.line;
    d.column = p.column;
    d.length = p.length;
    d.pointer = std::move(pointer);
    d.message = std::move(message);
    const std::string_view line = line_at(text, offset);
    if (line.size() <= max_kept_line) d.source_line = line;
    return d;
}

std::string pointer_part(std::string_view key) {
    std::string part;
    for (char c : key) {
        if (c == '~') {
            part += "~0";
        } else if (c == '/') {
            part += "~1";
        } else {
            part += c;
        }
    }
    return part;
}

std::vector<std::string> split_pointer(std::string_view pointer) {
    std::vector<std::string> parts;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const size_t end = std::min(pointer.find('/'), pointer.size());
        std::string part;
        for (size_t i = 0; i < end; ++i) {
            const bool escape = pointer[i] == '~' && i + 1 < end;
            if (escape && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
                part += pointer[++i] == '0' ? '~' : '/';
            } else {
                part += pointer[i];
            }
        }
        parts.push_back(std::move(part));
        pointer.remove_prefix(end);
    }
    return parts;
}

std::optional<Position> find_position(std::string_view text, std::string_view pointer) {
    Finder finder(text, split_pointer(pointer));
    run_parser(text, finder);
    return finder.nearest;
}

std::optional<JsonValue> parse_json(const std::string& file, std::string_view text,
                                    std::vector<Diagnostic>& problems, const JsonLimits& limits) {
    if (text.starts_with("\xef\xbb\xbf")) {
        problems.push_back(diagnostic_at(file, text, 0, 1, "",
                                         "starts with a byte order mark; save it as plain UTF-8"));
        problems.back().source_line.clear();
        return std::nullopt;
    }
    Builder builder(file, text, problems, limits);
    if (!run_parser(text, builder)) return std::nullopt;
    return std::move(builder.root);
}

} // namespace juggler
