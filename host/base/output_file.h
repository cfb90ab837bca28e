// Files that appear whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace juggler {

// Written under a temporary name in the target's folder; the target's own name changes hands in
// one step at commit(). Whatever stood there before stays until then, and stays for good if this
// is destroyed without a commit. A symbolic link at the target is replaced, not followed. Only a
// device or a pipe is never replaced: it gets the bytes as they come.
// Failures throw Error(Exit::output) with the path and the system's words.
class OutputFile {
public:
    explicit OutputFile(std::filesystem::path target);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    void write(std::span<const std::byte> bytes);
    void write(std::string_view text);

    // On disk under its own name when this returns. With `no_clobber`, an existing target is an
    // error and stays as it is.
    void commit(bool no_clobber = false);

    [[nodiscard]] const std::filesystem::path& target() const noexcept { return target_; }

    // Where the bytes are until then, for another program that writes them: it must open the file
    // that is there, not make a new one.
    [[nodiscard]] std::filesystem::path place() const;

private:
    [[noreturn]] void fail(const char* doing, int error) const;

    std::filesystem::path target_;
    std::string name_, temporary_name_; // within the folder
    int folder_ = -1;
    int file_ = -1;
    bool temporary_exists_ = false;
};

// Throws Error(Exit::output) unless `folder` is a folder that files can be made in. "" is the
// current folder.
void check_output_folder(const std::filesystem::path& folder);

// Removes what writers that were killed have left of these files: temporary files that nobody has
// open any more. `names` are file names within the folder. Gives their number.
size_t remove_leftovers(const std::filesystem::path& folder, const std::set<std::string>& names);

// The same of what `target` needs: its folder, or only itself where it is a device or a pipe.
void check_output_place(const std::filesystem::path& target);

} // namespace juggler
