// How the glTF reader says no: the value at fault by JSON pointer, before anybody has looked up
// where that stands in the text.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace juggler::gltf {

struct Problem {
    std::string pointer; // JSON pointer, empty for the file as a whole
    std::string message;
    int64_t offset = -1; // byte of the file, where it is no value that is wrong
};

class Refusal : public std::exception {
public:
    explicit Refusal(std::vector<Problem> problems) : problems_(std::move(problems)) {}
    [[nodiscard]] const char* what() const noexcept override { return "glTF file refused"; }
    [[nodiscard]] const std::vector<Problem>& problems() const noexcept { return problems_; }

private:
    std::vector<Problem> problems_;
};

[[noreturn]] inline void refuse(std::string pointer, std::string message) {
    throw Refusal({{std::move(pointer), std::move(message), -1}});
}

[[noreturn]] inline void refuse_byte(uint64_t offset, std::string message) {
    throw Refusal({{"", std::move(message), static_cast<int64_t>(offset)}});
}

// "/nodes" and 3 to "/nodes/3".
template <class Index>
std::string pointer_to(std::string base, Index index) {
    return std::move(base) + "/" + std::to_string(index);
}

// What may still be allocated for a file's geometry and pictures.
class MemoryBudget {
public:
    explicit MemoryBudget(uint64_t bytes) : left_(bytes) {}
    [[nodiscard]] uint64_t left() const noexcept { return left_; }
    // For `count` things of `bytes_each`, on behalf of the value at `pointer`.
    void take(uint64_t count, uint64_t bytes_each, const std::string& pointer) {
        if (bytes_each != 0 && count > left_ / bytes_each)
            refuse(pointer, "needs " + std::to_string(count) + " times " +
                                std::to_string(bytes_each) + " bytes, more than the " +
                                std::to_string(left_) + " left of the memory budget");
        left_ -= count * bytes_each;
    }
    void give_back(uint64_t bytes) noexcept { left_ += bytes; }

private:
    uint64_t left_;
};

} // namespace juggler::gltf
