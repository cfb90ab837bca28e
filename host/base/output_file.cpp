#include "host/base/output_file.h"

#include "host/base/error.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace juggler {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

std::string temporary_name(const std::string& name) {
    std::array<unsigned char, 8> random{};
    if (getrandom(random.data(), random.size(), 0) != ssize_t(random.size()))
        random.fill(0); // O_EXCL still keeps writers apart
    // Names may have 255 bytes; what is added here has at most 40.
    std::string hidden(1, '.');
    hidden += name.substr(0, 200);
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

void OutputFile::fail(const char* doing, int error) const {
    throw Error(Exit::output,
                std::string(doing) + " " + target_.string() + ": " + std::strerror(error));
}

void check_output_folder(const std::filesystem::path& folder) {
    const std::filesystem::path at = folder.empty() ? std::filesystem::path(".") : folder;
    const auto refuse = [&](int error) {
        throw Error(Exit::output,
                    "write to the folder " + at.string() + ": " + std::strerror(error));
    };
    struct stat status {};
    if (stat(at.c_str(), &status) != 0) refuse(errno);
    if (!S_ISDIR(status.st_mode)) refuse(ENOTDIR);
    if (faccessat(AT_FDCWD, at.c_str(), W_OK | X_OK, AT_EACCESS) != 0) refuse(errno);
}

} // namespace juggler
