#include "host/base/output_file.h"

#include "host/base/error.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <optional>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace juggler {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

// Names may have 255 bytes; what temporary names add has at most 40.
constexpr size_t kept_bytes = 200;

std::string temporary_name(const std::string& name) {
    std::array<unsigned char, 8> random{};
    if (getrandom(random.data(), random.size(), 0) != ssize_t(random.size()))
        random.fill(0); // O_EXCL still keeps writers apart
    std::string hidden(1, '.');
    hidden += name.substr(0, kept_bytes);
    hidden += '.';
    hidden += std::to_string(getpid());
    hidden += '-';
    for (const unsigned char byte : random) {
        hidden += "0123456789abcdef"[byte >> 4];
        hidden += "0123456789abcdef"[byte & 15];
    }
    hidden += ".tmp";
    return hidden;
}

// What a temporary name was made of.
struct TemporaryName {
    std::string_view name; // the first 200 bytes
    pid_t writer;
};
std::optional<TemporaryName> parse_temporary(std::string_view hidden) {
    constexpr size_t tail = 1 + 16 + 4; // -RANDOM.tmp
    if (!hidden.starts_with('.') || !hidden.ends_with(".tmp") || hidden.size() < tail + 4)
        return std::nullopt;
    const std::string_view head = hidden.substr(1, hidden.size() - 1 - tail); // NAME.PID
    const size_t dot = head.rfind('.');
    if (dot == std::string_view::npos || hidden[1 + head.size()] != '-') return std::nullopt;
    TemporaryName found{head.substr(0, dot), 0};
    const char* end = head.data() + head.size();
    const auto [stop, error] = std::from_chars(head.data() + dot + 1, end, found.writer);
    return error == std::errc() && stop == end && found.writer > 0 ? std::optional(found)
                                                                   : std::nullopt;
}

// Every writer holds a lock as long as it has the file open, also on other machines where the file
// system knows locks. Between making a file and locking it, the writer at least lives, and the file
// is new.
bool is_left_over(int folder, const char* hidden, pid_t writer) {
    const int file = openat(folder, hidden, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) return false;
    struct stat status {};
    const bool unlocked = flock(file, LOCK_EX | LOCK_NB) == 0;
    const bool known = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    close(file);
    const bool gone = kill(writer, 0) != 0 && errno == ESRCH;
    return unlocked && known && (gone || std::time(nullptr) - status.st_mtime > 60);
}

int open_folder(const std::filesystem::path& folder) {
    const int readable = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (readable >= 0 || errno != EACCES) return readable;
    return open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

// File systems that cannot rename without replacing get a hard link, which never replaces.
int rename_to_new(int folder, const char* from, const char* to) {
    if (renameat2(folder, from, folder, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    if (linkat(folder, from, folder, to, 0) != 0) return -1;
    return unlinkat(folder, from, 0);
}

// Devices and pipes, also by a link, and what this process has open: they take bytes but cannot be
// replaced. Renaming a file to /dev/null would leave the machine without one.
bool takes_bytes_in_place(const std::filesystem::path& target) {
    struct stat status {};
    if (stat(target.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) return false;
    if (!S_ISREG(status.st_mode)) return true;
    std::array<char, 6> link{};
    return readlink(target.c_str(), link.data(), link.size()) == ssize_t(link.size()) &&
           std::memcmp(link.data(), "/proc/", link.size()) == 0;
}

// A pipe that nobody reads is an error and not waited for.
int open_in_place(const std::filesystem::path& target) {
    const int file = open(target.c_str(), O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file >= 0) (void)fcntl(file, F_SETFL, O_WRONLY);
    return file;
}

} // namespace

OutputFile::OutputFile(std::filesystem::path target)
    : target_(std::move(target)), name_(target_.filename().string()),
      temporary_name_(temporary_name(name_)) {
    if (name_.empty() || name_ == "." || name_ == "..") fail("write", EISDIR);
    if (takes_bytes_in_place(target_)) {
        file_ = open_in_place(target_);
        if (file_ < 0) fail("write", errno);
        return;
    }
    folder_ = open_folder(folder_of(target_));
    if (folder_ < 0) fail("open the folder of", errno);
    file_ = openat(folder_, temporary_name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file_ < 0) {
        const int error = errno;
        close(std::exchange(folder_, -1));
        fail("write", error);
    }
    temporary_exists_ = true;
    (void)flock(file_, LOCK_EX | LOCK_NB); // for remove_leftovers; nobody else has it
}

OutputFile::~OutputFile() {
    if (file_ >= 0) close(file_);
    if (temporary_exists_) unlinkat(folder_, temporary_name_.c_str(), 0);
    if (folder_ >= 0) close(folder_);
}

void OutputFile::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file_, bytes.data(), bytes.size());
        if (written > 0)
            bytes = bytes.subspan(size_t(written));
        else if (written == 0 || errno != EINTR)
            fail("write", written == 0 ? EIO : errno);
    }
}

void OutputFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void OutputFile::commit(bool no_clobber) {
    if (!temporary_exists_) {
        if (close(std::exchange(file_, -1)) != 0 && errno != EINTR) fail("write", errno);
        return;
    }
    while (fsync(file_) != 0)
        if (errno != EINTR) fail("write", errno);
    if (close(std::exchange(file_, -1)) != 0 && errno != EINTR) fail("write", errno);
    const char* from = temporary_name_.c_str();
    if ((no_clobber ? rename_to_new(folder_, from, name_.c_str())
                    : renameat(folder_, from, folder_, name_.c_str())) != 0)
        fail("write", errno);
    temporary_exists_ = false;
    // A folder that cannot be synchronised (opened by path alone, or not on a disk) loses at worst
    // the new name with the power.
    if (fsync(folder_) != 0 && errno != EBADF && errno != EINVAL && errno != EROFS)
        fail("write the folder of", errno);
}

std::filesystem::path OutputFile::place() const {
    return temporary_exists_ ? folder_of(target_) / temporary_name_ : target_;
}

void OutputFile::fail(const char* doing, int error) const {
    throw Error(Exit::output,
                std::string(doing) + " " + target_.string() + ": " + std::strerror(error));
}

size_t remove_leftovers(const std::filesystem::path& folder, const std::set<std::string>& names) {
    const int handle = open_folder(folder.empty() ? std::filesystem::path(".") : folder);
    DIR* list = handle >= 0 ? fdopendir(handle) : nullptr;
    if (!list) {
        if (handle >= 0) close(handle);
        return 0;
    }
    std::set<std::string, std::less<>> kept;
    for (const std::string& name : names)
        kept.insert(name.substr(0, kept_bytes));
    size_t count = 0;
    while (const dirent* entry = readdir(list)) {
        const auto found = parse_temporary(entry->d_name);
        if (found && kept.contains(found->name) &&
            is_left_over(handle, entry->d_name, found->writer))
            count += unlinkat(handle, entry->d_name, 0) == 0 ? 1 : 0;
    }
    closedir(list);
    return count;
}

void check_output_place(const std::filesystem::path& target) {
    if (!takes_bytes_in_place(target)) return check_output_folder(target.parent_path());
    if (faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) != 0)
        throw Error(Exit::output, "write to " + target.string() + ": " + std::strerror(errno));
}

void check_output_folder(const std::filesystem::path& folder) {
    const std::filesystem::path at = folder.empty() ? std::filesystem::path(".") : folder;
    const auto refuse = [&](int error) {
        const char* const remedy = error == ENOENT ? "; make it first (mkdir -p)" : "";
        throw Error(Exit::output,
                    "write to the folder " + at.string() + ": " + std::strerror(error) + remedy);
    };
    struct stat status {};
    if (stat(at.c_str(), &status) != 0) refuse(errno);
    if (!S_ISDIR(status.st_mode)) refuse(ENOTDIR);
    if (faccessat(AT_FDCWD, at.c_str(), W_OK | X_OK, AT_EACCESS) != 0) refuse(errno);
}

} // namespace juggler
