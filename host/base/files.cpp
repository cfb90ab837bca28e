#include "host/base/files.h"

#include "host/base/error.h"
#include "host/base/hash.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace juggler {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(Exit::input, message); }

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

class Descriptor {
public:
    explicit Descriptor(int handle) : handle_(handle) {}
    ~Descriptor() {
        if (handle_ >= 0) ::close(handle_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const noexcept { return handle_; }

private:
    int handle_;
};

std::atomic<uint64_t> read_so_far{0};

// Without O_NONBLOCK, opening a pipe waits for its writer for ever.
constexpr int open_flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;

std::atomic<bool> take_note{false}, none_noted{true};
std::atomic<uint64_t> noted_hash{0};

void note(std::string_view name, const std::vector<std::byte>& bytes) {
    if (!take_note) return;
    const bool first = none_noted.exchange(false);
    const uint64_t of_name = first ? 0 : hash_bytes(name.data(), name.size());
    noted_hash += hash_bytes(bytes.data(), bytes.size(), of_name);
}

// Reads what `file` holds now; a file that grows meanwhile is cut at its first length.
// `doing` begins the messages: "open FILE".
std::vector<std::byte> read_all(int file, const std::string& doing, uint64_t max_bytes) {
    struct stat facts {};
    if (::fstat(file, &facts) != 0) refuse(doing + ": " + std::strerror(errno));
    if (S_ISDIR(facts.st_mode)) refuse(doing + ": it is a folder");
    if (!S_ISREG(facts.st_mode)) refuse(doing + ": it is no regular file");
    const auto size = static_cast<uint64_t>(facts.st_size);
    if (size > max_bytes)
        refuse(doing + ": it has " + std::to_string(size) + " bytes, more than the " +
               std::to_string(max_bytes) + " allowed");

    std::vector<std::byte> bytes(static_cast<size_t>(size));
    size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t got = ::read(file, bytes.data() + filled, bytes.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) refuse(doing + ": " + std::strerror(errno));
        if (got == 0) break;
        filled += static_cast<size_t>(got);
    }
    bytes.resize(filled);
    read_so_far += filled;
    return bytes;
}

int open_beneath(int folder, const std::string& path) {
    open_how how{};
    how.flags = static_cast<decltype(how.flags)>(open_flags);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    return static_cast<int>(::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how));
}

// For kernels before 5.6 and sandboxes that know no openat2: compares resolved names. Weaker, since
// a link may change between the comparison and the opening.
int open_compared(const std::filesystem::path& folder, const std::string& path) {
    std::error_code error;
    const auto root = std::filesystem::canonical(folder, error);
    if (error) return errno = error.value(), -1;
    const auto target = std::filesystem::canonical(root / path, error);
    if (error) return errno = error.value(), -1;
    const auto relative = target.lexically_relative(root);
    if (relative.empty() || *relative.begin() == "..") return errno = EXDEV, -1;
    return ::open(target.c_str(), open_flags);
}

std::optional<int> hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return std::nullopt;
}

std::string percent_decoded(std::string_view uri) {
    std::string path;
    for (size_t i = 0; i < uri.size(); ++i) {
        if (uri[i] != '%') {
            path += uri[i];
            continue;
        }
        const auto high = i + 2 < uri.size() ? hex_digit(uri[i + 1]) : std::nullopt;
        const auto low = i + 2 < uri.size() ? hex_digit(uri[i + 2]) : std::nullopt;
        if (!high || !low) refuse(in_quotes(uri) + " has a % without two hexadecimal digits");
        path += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    return path;
}

// "http" of "http://...", "C" of "C:\x"; empty if there is none (RFC 3986, 3.1).
std::string_view scheme_of(std::string_view uri) {
    const size_t end = uri.find_first_of(":/?#\\");
    return end != std::string_view::npos && uri[end] == ':' ? uri.substr(0, end)
                                                            : std::string_view();
}

} // namespace

uint64_t bytes_read() { return read_so_far; }

std::vector<std::byte> read_file(const std::filesystem::path& path, uint64_t max_bytes) {
    const Descriptor file(::open(path.c_str(), open_flags));
    const std::string doing = "open " + path.string();
    if (file.get() < 0) refuse(doing + ": " + std::strerror(errno));
    std::vector<std::byte> bytes = read_all(file.get(), doing, max_bytes);
    note(path.filename().string(), bytes);
    return bytes;
}

std::vector<std::byte> read_standard_input(uint64_t max_bytes) {
    std::vector<std::byte> bytes;
    constexpr size_t step = size_t(1) << 16;
    for (;;) {
        const size_t filled = bytes.size();
        bytes.resize(filled + step);
        const ssize_t got = ::read(STDIN_FILENO, bytes.data() + filled, step);
        if (got < 0 && errno != EINTR)
            refuse(std::string("read standard input: ") + std::strerror(errno));
        bytes.resize(filled + (got > 0 ? static_cast<size_t>(got) : 0));
        if (got == 0) {
            note({}, bytes);
            return bytes;
        }
        if (bytes.size() > max_bytes)
            refuse("read standard input: it has more than the " + std::to_string(max_bytes) +
                   " bytes allowed");
    }
}

std::string path_of_uri(std::string_view uri) {
    if (uri.empty()) refuse("the URI is empty");
    // A single letter is a drive, which is a place outside the scene's folder like any other.
    const std::string_view scheme = scheme_of(uri);
    if (scheme.size() > 1)
        refuse(in_quotes(uri) + " has the scheme " + std::string(scheme) +
               ":, which is not supported; only files in the scene's folder are read");
    const std::string path = percent_decoded(uri);
    if (path.find('\0') != std::string::npos) refuse("the URI has a NUL byte");
    if (scheme.size() == 1 || path.front() == '/' || path.find('\\') != std::string::npos)
        refuse(in_quotes(uri) + " is outside the scene's folder");
    return path;
}

Folder::Folder(const std::filesystem::path& path)
    : path_(path.empty() ? std::filesystem::path(".") : path),
      handle_(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (handle_ < 0) refuse("open folder " + path_.string() + ": " + std::strerror(errno));
}

Folder::~Folder() { ::close(handle_); }

std::vector<std::byte> Folder::read(std::string_view uri, uint64_t max_bytes) const {
    const std::string path = path_of_uri(uri);
    const std::string doing = "cannot open " + in_quotes(path);
    int handle = open_beneath(handle_, path);
    if (handle < 0 && (errno == ENOSYS || errno == EPERM)) handle = open_compared(path_, path);
    const Descriptor file(handle);
    if (handle < 0 && errno == EXDEV) refuse(in_quotes(uri) + " is outside the scene's folder");
    if (handle < 0) refuse(doing + ": " + std::strerror(errno));
    std::vector<std::byte> bytes = read_all(handle, doing, max_bytes);
    note(path, bytes);
    return bytes;
}

FilesRead::FilesRead() {
    noted_hash = 0;
    none_noted = true;
    take_note = true;
}
FilesRead::~FilesRead() { take_note = false; }
uint64_t FilesRead::hash() const { return noted_hash; }

} // namespace juggler
