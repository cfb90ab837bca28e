// A large value that the descriptions of many frames hold together.
#pragma once

#include <memory>
#include <utility>

namespace juggler {

// Reads like a const T; copying one shares the value. Equal means: the very same value in memory.
template <class T>
class Shared {
public:
    Shared() : value_(std::make_shared<T>()) {}
    Shared(T value) : value_(std::make_shared<T>(std::move(value))) {}

    const T& operator*() const noexcept { return *value_; }
    const T* operator->() const noexcept { return value_.get(); }
    operator const T&() const noexcept { return *value_; }
    bool operator==(const Shared& other) const noexcept { return value_ == other.value_; }

    // To be written to: a copy of its own first, if others hold the value too.
    T& change() {
        if (value_.use_count() != 1) value_ = std::make_shared<T>(*value_);
        return *value_;
    }
    // The value, moved out if nobody else holds it.
    T take() && {
        if (value_.use_count() != 1) return *value_;
        return std::move(*value_);
    }

private:
    std::shared_ptr<T> value_; // written to only while it is the only one
};

} // namespace juggler
