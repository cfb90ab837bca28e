// Reading files: whole, bounded, and, for files that other files name, only inside their folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace juggler {

// The bytes of a regular file. Throws Error(Exit::input) "open PATH: why not" if it is missing, no
// regular file, or longer than `max_bytes`.
std::vector<std::byte> read_file(const std::filesystem::path& path, uint64_t max_bytes);

// The same of standard input, to its end.
std::vector<std::byte> read_standard_input(uint64_t max_bytes);

// By this process so far, through the functions of this header.
uint64_t bytes_read();

// A URI reference of a scene file as a path relative to that file's folder: percent escapes
// decoded, query and fragment refused. Throws Error(Exit::input), saying why, for anything with a
// scheme (http:, file:, C:), a host (//host), an absolute path, a backslash or a NUL byte.
// Leaving the folder by ".." is refused where the file is opened.
std::string path_of_uri(std::string_view uri);

// A folder whose files may be read, and nothing outside it, whatever names and links say.
class Folder {
public:
    explicit Folder(const std::filesystem::path& path); // "" is the current folder
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    // The bytes of a regular file, by URI reference relative to the folder. Throws
    // Error(Exit::input) with a whole sentence, for the diagnostic of the value that named it.
    [[nodiscard]] std::vector<std::byte> read(std::string_view uri, uint64_t max_bytes) const;

private:
    std::filesystem::path path_;
    int handle_ = -1;
};

// While one of these lives, it takes note of every file that is read in this process by the
// functions above. At most one lives at a time.
class FilesRead {
public:
    FilesRead();
    ~FilesRead();
    FilesRead(const FilesRead&) = delete;
    FilesRead& operator=(const FilesRead&) = delete;

    // Of contents, and of names without the folder a file is in or is named from; the first file,
    // which names the others, may be called anything. The order of the others does not count.
    [[nodiscard]] uint64_t hash() const;
};

} // namespace juggler
