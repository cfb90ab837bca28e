#include "tests/cuda/ptx_machine.h"

#include "tests/cuda/post_dominators.h"
#include "tests/cuda/ptx_operations.h"
#include "tests/support/random.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <numeric>
#include <optional>
#include <set>
#include <stdexcept>

namespace juggler::test {
namespace {

using ptx::get;
using ptx::Operands;
using ptx::put;
using ptx::Word;

constexpr uint32_t no_register = ~0u;

enum class Kind {
    compute,
    branch,
    end,
    load,
    store,
    atomic_add,
    pack,
    unpack,
    wait_for_block,
    wait_for_lanes,
    shuffle,
    vote
};
enum class Space { any, shared };

struct Instruction {
    Kind kind = Kind::compute;
    ptx::Operation operation = nullptr;
    Operands o{no_register, 0, 0, 0, 0};
    uint32_t guard = no_register; // done only if this predicate is `guard_is`
    bool guard_is = true;
    uint32_t target = 0; // branch: an instruction
    // Memory: values of `width` bytes, to or from `list`; address: register o.a plus `offset`.
    Space space = Space::any;
    uint32_t width = 0, list_size = 0;
    bool is_signed = false;
    std::array<uint32_t, 4> list{};
    int64_t offset = 0;
    char mode = 0; // shuffle: d(own), i(dx), b(fly), u(p); vote: b(allot), a(ny), l (all)
    uint32_t predicate = no_register; // shuffle: whether the source was within bounds
    uint32_t line = 0;                // of the source
};

[[noreturn]] void refuse(const std::string& what) { throw std::runtime_error("PTX: " + what); }

std::string_view trimmed(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// At commas, but for those within braces and brackets.
std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    int depth = 0;
    size_t begin = 0;
    for (size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && (text[i] == '{' || text[i] == '[')) ++depth;
        if (i < text.size() && (text[i] == '}' || text[i] == ']')) --depth;
        if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
        const std::string_view part = trimmed(text.substr(begin, i - begin));
        if (!part.empty()) parts.push_back(part);
        begin = i + 1;
    }
    return parts;
}

int64_t whole_number(std::string_view text) {
    const bool negative = text.starts_with('-');
    std::string_view digits = text.substr(negative ? 1 : 0);
    int base = 10;
    if (digits.starts_with("0x") || digits.starts_with("0X")) {
        digits.remove_prefix(2);
        base = 16;
    }
    if (digits.ends_with('U')) digits.remove_suffix(1);
    uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error != std::errc() || end != digits.data() + digits.size())
        refuse("no number: " + std::string(text));
    return static_cast<int64_t>(negative ? 0 - value : value);
}

Word immediate(std::string_view text) {
    uint64_t bits = 0;
    const bool single = text.starts_with("0f") || text.starts_with("0F");
    const bool twice = text.starts_with("0d") || text.starts_with("0D");
    if (!single && !twice) return static_cast<Word>(whole_number(text));
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), bits, 16);
    if (error != std::errc() || end != text.data() + text.size())
        refuse("no number: " + std::string(text));
    return bits;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

uint32_t bytes_of(std::string_view type) {
    if (type == "pred") return 1;
    const uint32_t bits = type.size() < 2 ? 0 : static_cast<uint32_t>(whole_number(type.substr(1)));
    if (bits != 8 && bits != 16 && bits != 32 && bits != 64) refuse("type " + std::string(type));
    return bits / 8;
}

// Things whose addresses are known only when a thread starts.
enum class Symbol { local, shared, parameter };
struct Address {
    Symbol symbol;
    size_t offset;
    uint32_t reg;
};

enum Special : uint32_t {
    special_tid_x,
    special_tid_y,
    special_ctaid_x,
    special_ctaid_y,
    special_ntid_x,
    special_nctaid_x,
    special_nctaid_y,
    special_laneid,
    special_count
};
constexpr std::string_view special_names[special_count] = {
    "%tid.x", "%tid.y", "%ctaid.x", "%ctaid.y", "%ntid.x", "%nctaid.x", "%nctaid.y", "%laneid"};

} // namespace

struct PtxMachine::Entry {
    std::string name;
    std::vector<Instruction> code;
    std::vector<Word> registers; // at the start: immediates are in theirs
    std::vector<Address> addresses;
    size_t parameter_bytes = 0, local_bytes = 0, shared_bytes = 0;
    std::vector<uint32_t> block_end; // of each instruction: where its basic block ends
    std::vector<uint32_t> meets;     // of each instruction that ends a block: where all ways from
                                     // it meet, `no_block` where they do not

    // Fills the last two.
    void find_blocks();
};

void PtxMachine::Entry::find_blocks() {
    const auto size = static_cast<uint32_t>(code.size());
    std::vector<bool> begins(size + 1);
    begins[0] = begins[size] = true;
    for (uint32_t at = 0; at < size; ++at) {
        const Kind kind = code[at].kind;
        if (kind == Kind::branch) begins[code[at].target] = true;
        if (kind == Kind::branch || kind == Kind::end || kind == Kind::wait_for_block ||
            kind == Kind::wait_for_lanes || kind == Kind::shuffle || kind == Kind::vote)
            begins[at + 1] = true;
    }
    std::vector<uint32_t> first, block_of(size + 1);
    for (uint32_t at = 0; at < size; ++at) {
        if (begins[at]) first.push_back(at);
        block_of[at] = static_cast<uint32_t>(first.size() - 1);
    }
    block_of[size] = no_block; // a program that runs off its end
    first.push_back(size);
    block_end.resize(size);
    std::vector<Successors> successors;
    for (size_t block = 0; block + 1 < first.size(); ++block) {
        std::fill(block_end.begin() + first[block], block_end.begin() + first[block + 1],
                  first[block + 1]);
        const Instruction& last = code[first[block + 1] - 1];
        const bool leaves = last.kind == Kind::branch || last.kind == Kind::end;
        const bool always = leaves && last.guard == no_register;
        successors.push_back({last.kind == Kind::branch ? block_of[last.target] : no_block,
                              always ? no_block : block_of[first[block + 1]]});
    }
    meets.assign(size, no_block);
    const std::vector<uint32_t> joins = immediate_post_dominators(successors);
    for (size_t block = 0; block + 1 < first.size(); ++block)
        if (joins[block] != no_block) meets[first[block + 1] - 1] = first[joins[block]];
}

namespace {

// Turns the text of one entry into instructions.
class Translator {
public:
    Translator(std::string_view parameters, std::string_view body) {
        for (uint32_t i = 0; i < special_count; ++i)
            names_.emplace(special_names[i], add_register(0));
        read_parameters(parameters);
        read_body(body);
        for (const auto& [index, label] : branches_) {
            const auto found = labels_.find(label);
            if (found == labels_.end()) refuse("no label " + label);
            code_[index].target = found->second;
        }
    }

    std::vector<Instruction> code_;
    std::vector<Word> registers_;
    std::vector<Address> addresses_;
    size_t parameter_bytes_ = 0, local_bytes_ = 0, shared_bytes_ = 0;

private:
    uint32_t add_register(Word value) {
        registers_.push_back(value);
        return static_cast<uint32_t>(registers_.size() - 1);
    }

    void add_symbol(std::string_view name, Symbol symbol, size_t& end, size_t bytes, size_t align) {
        end = (end + align - 1) / align * align;
        const uint32_t reg = add_register(end); // of shared memory: an offset
        if (symbol != Symbol::shared) addresses_.push_back({symbol, end, reg});
        names_.emplace(name, reg);
        end += bytes;
    }

    // ".param .align 8 .b8 NAME[360]" and ".local .align 16 .b8 NAME[2416]", without the first
    // word.
    void read_variable(std::string_view text, Symbol symbol, size_t& end) {
        size_t align = 0, bytes = 0;
        std::string_view type, name;
        for (std::string_view rest = text; !rest.empty();) {
            const size_t space = rest.find_first_of(" \t\n");
            const std::string_view word = rest.substr(0, space);
            rest = space == std::string_view::npos ? "" : trimmed(rest.substr(space));
            if (word == ".align") {
                const size_t next = rest.find_first_of(" \t\n");
                align = static_cast<size_t>(whole_number(rest.substr(0, next)));
                rest = trimmed(rest.substr(next));
            } else if (word == ".ptr" || word == ".global") {
                continue;
            } else if (word.starts_with('.')) {
                type = word.substr(1);
            } else {
                name = word;
            }
        }
        const size_t bracket = name.find('[');
        bytes = bytes_of(type);
        if (align == 0) align = bytes;
        if (bracket != std::string_view::npos)
            bytes *= static_cast<size_t>(
                whole_number(name.substr(bracket + 1, name.find(']') - bracket - 1)));
        add_symbol(name.substr(0, bracket), symbol, end, bytes, align);
    }

    void read_parameters(std::string_view text) {
        for (std::string_view parameter : split(text)) {
            if (!parameter.starts_with(".param")) refuse("parameter " + std::string(parameter));
            read_variable(trimmed(parameter.substr(6)), Symbol::parameter, parameter_bytes_);
        }
    }

    void read_registers(std::string_view text) { // ".b32 %r<4200>" or ".b64 %SP"
        const size_t space = text.find_first_of(" \t");
        for (std::string_view name : split(trimmed(text.substr(space)))) {
            const size_t angle = name.find('<');
            if (angle == std::string_view::npos) {
                names_.emplace(name, add_register(0));
                continue;
            }
            const auto count = whole_number(name.substr(angle + 1, name.size() - angle - 2));
            const std::string stem(name.substr(0, angle));
            for (int64_t i = 0; i < count; ++i)
                names_.emplace(stem + std::to_string(i), add_register(0));
        }
    }

    void read_body(std::string_view text) {
        uint32_t line = 1;
        while (!(text = text_after_spaces(text, line)).empty()) {
            // A label, or a statement up to its semicolon.
            const size_t end = text.find_first_of(";:");
            if (end == std::string_view::npos) refuse("no end: " + std::string(text.substr(0, 40)));
            const std::string_view statement = trimmed(text.substr(0, end));
            if (text[end] == ':')
                labels_.emplace(statement, static_cast<uint32_t>(code_.size()));
            else
                read_statement(statement, line);
            line += static_cast<uint32_t>(std::count(text.begin(), text.begin() + long(end), '\n'));
            text.remove_prefix(end + 1);
        }
    }
    static std::string_view text_after_spaces(std::string_view text, uint32_t& line) {
        while (!text.empty() && (text[0] == ' ' || text[0] == '\t' || text[0] == '\n')) {
            line += text[0] == '\n';
            text.remove_prefix(1);
        }
        return text;
    }

    void read_statement(std::string_view text, uint32_t line) {
        if (text.starts_with(".reg")) return read_registers(trimmed(text.substr(4)));
        if (text.starts_with(".local"))
            return read_variable(trimmed(text.substr(6)), Symbol::local, local_bytes_);
        if (text.starts_with(".shared"))
            return read_variable(trimmed(text.substr(7)), Symbol::shared, shared_bytes_);
        if (text.starts_with(".pragma")) return;
        if (text.starts_with('.')) refuse("directive " + std::string(text));
        Instruction instruction;
        instruction.line = line;
        if (text.starts_with('@')) {
            const size_t space = text.find_first_of(" \t");
            std::string_view guard = text.substr(1, space - 1);
            instruction.guard_is = !guard.starts_with('!');
            if (!instruction.guard_is) guard.remove_prefix(1);
            instruction.guard = operand(guard);
            text = trimmed(text.substr(space));
        }
        const size_t space = text.find_first_of(" \t");
        const std::string_view opcode = text.substr(0, space);
        const auto operands =
            split(space == std::string_view::npos ? std::string_view() : text.substr(space));
        try {
            read_instruction(instruction, opcode, operands);
        } catch (const std::runtime_error& error) {
            refuse("in '" + std::string(text) + "': " + error.what());
        }
        code_.push_back(instruction);
    }

    uint32_t operand(std::string_view text) {
        const auto found = names_.find(text);
        if (found != names_.end()) return found->second;
        if (text.empty() || (!is_digit(text[0]) && text[0] != '-'))
            refuse("operand " + std::string(text));
        return names_.emplace(text, add_register(immediate(text))).first->second;
    }

    void read_list(Instruction& i, std::string_view text) {
        if (text.starts_with('{')) {
            for (std::string_view part : split(text.substr(1, text.size() - 2)))
                i.list.at(i.list_size++) = operand(part);
        } else {
            i.list[i.list_size++] = operand(text);
        }
    }
    void read_address(Instruction& i, std::string_view text) { // [base+offset]
        text = trimmed(text.substr(1, text.size() - 2));
        const size_t plus = text.find('+');
        i.o.a = operand(trimmed(text.substr(0, plus)));
        if (plus != std::string_view::npos) i.offset = whole_number(trimmed(text.substr(plus + 1)));
    }

    void read_instruction(Instruction& i, std::string_view opcode,
                          const std::vector<std::string_view>& operands) {
        const auto parts = ptx::parts_of(opcode);
        const std::string_view name = parts[0], type = parts.back();
        const auto has = [&](std::string_view part) {
            return std::find(parts.begin(), parts.end(), part) != parts.end();
        };
        if (name == "bra") {
            i.kind = Kind::branch;
            branches_.emplace_back(code_.size(), std::string(operands.at(0)));
        } else if (name == "ret" || name == "exit") {
            i.kind = Kind::end;
        } else if (name == "ld" || name == "st") {
            for (const std::string_view part : parts)
                if (part == "const" || part == "cluster" || part == "acquire" || part == "release")
                    refuse("memory");
            i.kind = name == "ld" ? Kind::load : Kind::store;
            i.space = has("shared") ? Space::shared : Space::any;
            i.width = bytes_of(type);
            i.is_signed = type[0] == 's';
            read_list(i, operands.at(name == "ld" ? 0 : 1));
            read_address(i, operands.at(name == "ld" ? 1 : 0));
        } else if ((name == "atom" || name == "red") && has("add") && type[0] != 'f') {
            i.kind = Kind::atomic_add;
            i.space = has("shared") ? Space::shared : Space::any;
            i.width = bytes_of(type);
            const size_t first = name == "atom" ? 1 : 0;
            if (name == "atom") i.o.d = operand(operands.at(0));
            read_address(i, operands.at(first));
            i.o.b = operand(operands.at(first + 1));
        } else if (name == "cvta") { // generic addresses are the host's; shared ones are offsets
            if (has("shared")) refuse("shared addresses");
            i.operation = ptx::find_operation("mov.u64");
            i.o.d = operand(operands.at(0));
            i.o.a = operand(operands.at(1));
        } else if (name == "bar" || name == "barrier") {
            i.kind = has("warp") ? Kind::wait_for_lanes : Kind::wait_for_block;
            if (!has("sync")) refuse("barrier");
            i.o.c = operand(operands.at(0));
        } else if (name == "shfl" && has("sync")) {
            i.kind = Kind::shuffle;
            i.mode = parts[2][0];
            const std::string_view to = operands.at(0);
            const size_t bar = to.find('|');
            i.o.d = operand(to.substr(0, bar));
            if (bar != std::string_view::npos) i.predicate = operand(to.substr(bar + 1));
            i.o.a = operand(operands.at(1));
            i.o.b = operand(operands.at(2));
            i.o.e = operand(operands.at(3));
            i.o.c = operand(operands.at(4));
        } else if (name == "vote" && has("sync")) {
            i.kind = Kind::vote;
            i.mode = parts[2] == "ballot" ? 'b' : parts[2] == "any" ? 'a' : 'l';
            i.o.d = operand(operands.at(0));
            i.o.a = operand(operands.at(1));
            i.o.c = operand(operands.at(2));
        } else if (name == "mov" && operands.at(0).starts_with('{')) {
            i.kind = Kind::unpack;
            read_list(i, operands[0]);
            i.width = bytes_of(type) / i.list_size;
            i.o.a = operand(operands.at(1));
        } else if (name == "mov" && operands.at(1).starts_with('{')) {
            i.kind = Kind::pack;
            read_list(i, operands[1]);
            i.width = bytes_of(type) / i.list_size;
            i.o.d = operand(operands[0]);
        } else {
            i.operation = ptx::find_operation(opcode);
            if (i.operation == nullptr) refuse("instruction " + std::string(opcode));
            uint32_t* places[] = {&i.o.d, &i.o.a, &i.o.b, &i.o.c, &i.o.e};
            if (operands.size() > std::size(places)) refuse("operands");
            for (size_t k = 0; k < operands.size(); ++k)
                *places[k] = operand(operands[k]);
        }
    }

    std::map<std::string, uint32_t, std::less<>> names_;
    std::map<std::string, uint32_t, std::less<>> labels_;
    std::vector<std::pair<size_t, std::string>> branches_;
};

enum class State { runs, waits_for_block, waits_for_lanes, ended };

struct Thread {
    std::vector<Word> registers;
    std::vector<std::byte> local;
    uint32_t at = 0; // the next instruction
    State state = State::runs;
};

uint64_t read_value(const std::byte* from, uint32_t width, bool is_signed) {
    uint64_t value = 0;
    std::memcpy(&value, from, width);
    if (!is_signed || width == 8) return value;
    const uint32_t shift = 64 - 8 * width;
    return static_cast<uint64_t>(static_cast<int64_t>(value << shift) >> shift);
}

} // namespace

// The block that runs.
struct PtxMachine::Block {
    const Entry& entry;
    PtxMachine& machine;
    std::vector<Thread> threads;
    std::vector<std::byte> shared, parameters;
    MemoryRange last{}; // global memory that was used last
    struct Touch {
        const Instruction* by;
        bool local;
        uint64_t sector;
        auto operator<=>(const Touch&) const = default;
    };
    std::vector<Touch> touched; // by a basic block of a warp

    Block(PtxMachine& m, const Entry& e, uint32_t thread_count, const void* argument)
        : entry(e), machine(m), threads(thread_count), shared(e.shared_bytes),
          parameters(e.parameter_bytes) {
        std::memcpy(parameters.data(), argument, parameters.size());
        for (Thread& thread : threads) {
            thread.registers = e.registers;
            thread.local.resize(e.local_bytes + 16);
        }
    }

    void start(uint32_t x, uint32_t y, uint32_t grid_x, uint32_t grid_y) {
        std::fill(shared.begin(), shared.end(), std::byte{0xcd});
        for (uint32_t i = 0; i < threads.size(); ++i) {
            Thread& thread = threads[i];
            Word* r = thread.registers.data();
            const Word specials[special_count] = {i,      0,      x,     y, threads.size(),
                                                  grid_x, grid_y, i % 32};
            std::copy(std::begin(specials), std::end(specials), r);
            for (const Address& address : entry.addresses)
                r[address.reg] =
                    reinterpret_cast<Word>(base_of(address.symbol, thread)) + address.offset;
            thread.at = 0;
            thread.state = State::runs;
        }
    }
    std::byte* base_of(Symbol symbol, Thread& thread) {
        if (symbol == Symbol::parameter) return parameters.data();
        // Aligned as the directive asks, 16 at most.
        auto at = reinterpret_cast<uintptr_t>(thread.local.data());
        return reinterpret_cast<std::byte*>((at + 15) / 16 * 16);
    }

    [[noreturn]] void complain(const Instruction& i, const std::string& what) const {
        throw std::runtime_error(what + " in line " + std::to_string(i.line) + " of " + entry.name);
    }

    static bool holds(const std::vector<std::byte>& memory, const std::byte* p, size_t bytes) {
        return p >= memory.data() && p + bytes <= memory.data() + memory.size();
    }
    std::byte* address(const Instruction& i, Thread& thread) {
        const size_t bytes = size_t(i.width) * std::max(1u, i.list_size);
        const Word at = thread.registers[i.o.a] + static_cast<Word>(i.offset);
        if (at % bytes != 0 && i.space == Space::any) complain(i, "a misaligned access");
        if (i.space == Space::shared) {
            const auto offset = static_cast<uint32_t>(at);
            if (offset + bytes > shared.size()) complain(i, "an access beyond shared memory");
            return shared.data() + offset;
        }
        auto* p = reinterpret_cast<std::byte*>(at);
        if (p >= last.begin && p + bytes <= last.end) return p;
        if (holds(thread.local, p, bytes)) return p;
        if (holds(parameters, p, bytes)) {
            if (i.kind != Kind::load) complain(i, "a parameter is written");
            return p;
        }
        const MemoryRange range = machine.range_of_ ? machine.range_of_(p) : MemoryRange{};
        if (!(p >= range.begin && p + bytes <= range.end)) complain(i, "a wild access");
        last = range;
        return p;
    }

    // One instruction.
    void step(Thread& thread) {
        if (thread.at >= entry.code.size()) throw std::runtime_error("a thread ran off its code");
        Word* r = thread.registers.data();
        const Instruction& i = entry.code[thread.at++];
        if (i.guard != no_register && (r[i.guard] != 0) != i.guard_is) return;
        switch (i.kind) {
        case Kind::compute:
            i.operation(r, i.o);
            break;
        case Kind::branch:
            thread.at = i.target;
            break;
        case Kind::end:
            thread.state = State::ended;
            break;
        case Kind::load: {
            const std::byte* from = address(i, thread);
            for (uint32_t k = 0; k < i.list_size; ++k)
                r[i.list[k]] = read_value(from + k * i.width, i.width, i.is_signed);
            break;
        }
        case Kind::store: {
            std::byte* to = address(i, thread);
            for (uint32_t k = 0; k < i.list_size; ++k)
                std::memcpy(to + k * i.width, &r[i.list[k]], i.width);
            break;
        }
        case Kind::atomic_add: {
            std::byte* at = address(i, thread);
            const uint64_t before = read_value(at, i.width, false);
            const uint64_t after = before + r[i.o.b];
            std::memcpy(at, &after, i.width);
            if (i.o.d != no_register) r[i.o.d] = before;
            break;
        }
        case Kind::pack: {
            Word word = 0;
            for (uint32_t k = 0; k < i.list_size; ++k)
                std::memcpy(reinterpret_cast<std::byte*>(&word) + k * i.width, &r[i.list[k]],
                            i.width);
            r[i.o.d] = word;
            break;
        }
        case Kind::unpack: {
            const Word word = r[i.o.a];
            for (uint32_t k = 0; k < i.list_size; ++k)
                r[i.list[k]] = read_value(reinterpret_cast<const std::byte*>(&word) + k * i.width,
                                          i.width, false);
            break;
        }
        case Kind::wait_for_block:
            thread.state = State::waits_for_block;
            break;
        case Kind::wait_for_lanes:
        case Kind::shuffle:
        case Kind::vote:
            thread.state = State::waits_for_lanes;
            break;
        }
    }

    // Until it ends or waits.
    void run(Thread& thread) {
        uint64_t executed = 0;
        for (; thread.state == State::runs; ++executed)
            step(thread);
        machine.executed_ += executed;
    }

    // The threads [first, first + 32) in step, until all have ended or wait.
    void run_warp(uint32_t first) {
        struct Group {
            uint32_t at, meet, lanes; // `lanes` run from `at` on, and wait at `meet`
        };
        const auto count = std::min(32u, static_cast<uint32_t>(threads.size()) - first);
        const auto running_at = [&](uint32_t at, uint32_t among) {
            uint32_t lanes = 0;
            for (uint32_t lane = 0; lane < count; ++lane) {
                const Thread& thread = threads[first + lane];
                if (thread.state == State::runs && thread.at == at) lanes |= 1u << lane;
            }
            return lanes & among;
        };
        const auto places = [&](uint32_t among) {
            std::set<uint32_t> at;
            for (uint32_t lane = 0; lane < count; ++lane) {
                const Thread& thread = threads[first + lane];
                if ((among >> lane & 1) != 0 && thread.state == State::runs) at.insert(thread.at);
            }
            return at;
        };
        std::vector<Group> stack;
        for (;;) {
            for (const uint32_t at : places(~0u))
                stack.push_back({at, no_block, running_at(at, ~0u)});
            if (stack.empty()) return;
            while (!stack.empty()) {
                Group& group = stack.back();
                const uint32_t lanes = running_at(group.at, group.lanes);
                if (group.at == group.meet || lanes == 0) {
                    stack.pop_back();
                    continue;
                }
                const uint32_t end = entry.block_end[group.at];
                run_block(first, lanes, group.at, end);
                // What waits goes on if it was the last to come, with all that waited.
                const auto one = static_cast<uint32_t>(std::countr_zero(lanes));
                if (threads[first + one].state == State::waits_for_lanes &&
                    release_lanes(first + one))
                    group.lanes = lanes | running_at(end, ~0u);
                const uint32_t among = group.lanes, meet = entry.meets[end - 1];
                const uint32_t follows = threads[first + one].at;
                if (running_at(follows, lanes) == lanes) {
                    group.at = follows;
                    continue;
                }
                const std::set<uint32_t> next = places(among);
                if (meet == no_block)
                    stack.pop_back();
                else
                    group.at = meet;
                for (const uint32_t at : next)
                    if (at != meet) stack.push_back({at, meet, running_at(at, among)});
            }
        }
    }

    // A basic block, by some threads of a warp.
    void run_block(uint32_t first, uint32_t lanes, uint32_t begin, uint32_t end) {
        touched.clear();
        for (uint32_t lane = 0; lane < 32; ++lane) {
            if ((lanes >> lane & 1) == 0) continue;
            Thread& thread = threads[first + lane];
            for (uint32_t at = begin; at < end; ++at) {
                touch(entry.code[at], thread, lane);
                step(thread);
            }
        }
        std::sort(touched.begin(), touched.end());
        touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
        const uint64_t length = end - begin;
        const uint64_t done = length * static_cast<uint64_t>(std::popcount(lanes));
        WarpCounts& counts = machine.counts_[&entry];
        counts.instructions += length;
        counts.lanes += done;
        counts.sectors += touched.size();
        counts.local_sectors += static_cast<uint64_t>(
            std::count_if(touched.begin(), touched.end(), [](const Touch& t) { return t.local; }));
        machine.executed_ += done;
    }
    // Notes the sectors that an instruction will touch.
    void touch(const Instruction& i, const Thread& thread, uint32_t lane) {
        const Word* r = thread.registers.data();
        const bool memory =
            i.kind == Kind::load || i.kind == Kind::store || i.kind == Kind::atomic_add;
        if (!memory || i.space == Space::shared) return;
        if (i.guard != no_register && (r[i.guard] != 0) != i.guard_is) return;
        const uint64_t bytes = uint64_t(i.width) * std::max(1u, i.list_size);
        const Word begin = r[i.o.a] + static_cast<Word>(i.offset);
        const auto* p = reinterpret_cast<const std::byte*>(begin);
        if (holds(parameters, p, bytes)) return; // in the constant cache
        if (!holds(thread.local, p, bytes)) {
            for (uint64_t sector = begin / 32; sector <= (begin + bytes - 1) / 32; ++sector)
                touched.push_back({&i, false, sector});
            return;
        }
        const Word offset = begin - reinterpret_cast<Word>(thread.local.data());
        for (uint64_t word = offset / 4; word <= (offset + bytes - 1) / 4; ++word)
            touched.push_back({&i, true, word * 4 + lane / 8});
    }

    // The instruction a thread waits in.
    [[nodiscard]] const Instruction& waiting_in(const Thread& thread) const {
        return entry.code[thread.at - 1];
    }

    bool release_lanes(uint32_t index) {
        const Instruction& i = waiting_in(threads[index]);
        const auto mask = get<uint32_t>(threads[index].registers[i.o.c]);
        const uint32_t first = index / 32 * 32;
        std::array<Word, 32> words{};
        for (uint32_t lane = 0; lane < 32; ++lane) {
            if ((mask >> lane & 1) == 0) continue;
            if (first + lane >= threads.size() || threads[first + lane].state == State::ended)
                complain(i, "a thread waits for one that has ended");
            const Thread& thread = threads[first + lane];
            if (thread.state != State::waits_for_lanes || &waiting_in(thread) != &i) return false;
            words[lane] = thread.registers[i.o.a];
        }
        for (uint32_t lane = 0; lane < 32; ++lane)
            if ((mask >> lane & 1) != 0) answer(i, mask, lane, words, threads[first + lane]);
        return true;
    }
    static void answer(const Instruction& i, uint32_t mask, uint32_t lane,
                       const std::array<Word, 32>& words, Thread& thread) {
        thread.state = State::runs;
        Word* r = thread.registers.data();
        if (i.kind == Kind::shuffle) {
            // Segments and bounds as the instruction packs them.
            const auto b = get<uint32_t>(r[i.o.b]), c = get<uint32_t>(r[i.o.e]);
            const uint32_t segment = c >> 8 & 31, clamp = c & 31;
            const uint32_t most = (lane & segment) | (clamp & ~segment);
            const uint32_t least = lane & segment;
            int64_t source = 0;
            bool inside = false;
            if (i.mode == 'u') {
                source = int64_t(lane) - b;
                inside = source >= most;
            } else {
                source = i.mode == 'd'   ? int64_t(lane) + b
                         : i.mode == 'b' ? int64_t(lane ^ b)
                                         : int64_t(least | (b & 31 & ~segment));
                inside = source <= most;
            }
            r[i.o.d] = put(get<uint32_t>(words[inside ? size_t(source) : lane]));
            if (i.predicate != no_register) r[i.predicate] = inside;
        } else if (i.kind == Kind::vote) {
            uint32_t ballot = 0;
            for (uint32_t k = 0; k < 32; ++k)
                ballot |= (mask >> k & (words[k] != 0)) << k;
            r[i.o.d] = i.mode == 'b' ? ballot : i.mode == 'a' ? ballot != 0 : ballot == mask;
        }
    }

    bool release_some() {
        bool released = false, all_wait = true, alive = false;
        for (uint32_t i = 0; i < threads.size(); ++i) {
            if (threads[i].state == State::waits_for_lanes) released |= release_lanes(i);
            alive |= threads[i].state != State::ended;
            all_wait &=
                threads[i].state == State::ended || threads[i].state == State::waits_for_block;
        }
        if (released || !alive || !all_wait) return released;
        for (Thread& thread : threads)
            if (thread.state == State::waits_for_block) thread.state = State::runs;
        return true;
    }
};

PtxMachine::PtxMachine(std::string_view ptx, uint64_t seed) : seed_(seed) {
    std::string text;
    for (size_t at = 0; at < ptx.size();) { // without comments, lines kept
        if (ptx.substr(at, 2) == "//") {
            at = std::min(ptx.find('\n', at), ptx.size());
        } else {
            text += ptx[at++];
        }
    }
    std::string_view rest = text;
    if (rest.find(".func") != std::string_view::npos) refuse("a function that was not inlined");
    for (;;) {
        const size_t at = rest.find(".entry");
        if (at == std::string_view::npos) break;
        rest.remove_prefix(at + 6);
        const size_t open = rest.find('('), close = rest.find(')'), brace = rest.find('{');
        size_t end = brace;
        for (int depth = 0; end < rest.size(); ++end) {
            depth += rest[end] == '{' ? 1 : rest[end] == '}' ? -1 : 0;
            if (depth == 0) break;
        }
        if (end >= rest.size()) refuse("an entry without an end");
        Translator translator(rest.substr(open + 1, close - open - 1),
                              rest.substr(brace + 1, end - brace - 1));
        auto entry = std::make_unique<Entry>();
        entry->name = trimmed(rest.substr(0, open));
        entry->code = std::move(translator.code_);
        entry->registers = std::move(translator.registers_);
        entry->addresses = std::move(translator.addresses_);
        entry->parameter_bytes = translator.parameter_bytes_;
        entry->local_bytes = translator.local_bytes_;
        entry->shared_bytes = translator.shared_bytes_;
        entry->find_blocks();
        entries_.push_back(std::move(entry));
        rest.remove_prefix(end);
    }
}

PtxMachine::~PtxMachine() = default;

WarpCounts PtxMachine::total() const {
    WarpCounts all;
    for (const auto& [kernel, counts] : counts_) {
        all.instructions += counts.instructions;
        all.lanes += counts.lanes;
        all.sectors += counts.sectors;
        all.local_sectors += counts.local_sectors;
    }
    return all;
}

const void* PtxMachine::entry(std::string_view part) const {
    for (const auto& entry : entries_)
        if (entry->name.find(part) != std::string::npos) return entry.get();
    return nullptr;
}

cuda::Kernels PtxMachine::kernels() const {
    return {{entry("6device13render_pixelsE"), entry("6device20render_pixels_mergedE"),
             entry("6device24render_pixels_compressedE"), entry("6device10wave_shadeE"),
             entry("6device12wave_closestE"), entry("6device11wave_shadowE"),
             entry("6device23wave_closest_compressedE"), entry("6device22wave_shadow_compressedE")},
            {entry("common13render_pixelsE"), entry("common20render_pixels_mergedE"),
             entry("common24render_pixels_compressedE"), entry("common10wave_shadeE"),
             entry("common12wave_closestE"), entry("common11wave_shadowE"),
             entry("common23wave_closest_compressedE"), entry("common22wave_shadow_compressedE")},
            entry("resolve_meanE"),
            entry("refit_leavesE"),
            entry("refit_nodesE")};
}

void PtxMachine::launch(const void* kernel, cuda::Grid blocks, uint32_t block_threads,
                        const void* argument) {
    const Entry* entry = nullptr;
    for (const auto& known : entries_)
        if (known.get() == kernel) entry = known.get();
    if (entry == nullptr) refuse("no such entry");
    Block block(*this, *entry, block_threads, argument);
    Random random(seed_);
    if (seed_ != 0) ++seed_;
    std::vector<uint32_t> order(block_threads);
    std::iota(order.begin(), order.end(), 0u);
    for (uint32_t index = 0; index < blocks.x * blocks.y; ++index) {
        block.start(index % blocks.x, index / blocks.x, blocks.x, blocks.y);
        for (bool goes_on = true; goes_on;) {
            if (seed_ != 0)
                for (size_t i = order.size(); i > 1; --i)
                    std::swap(order[i - 1], order[random.below(static_cast<uint32_t>(i))]);
            if (counts_warps_)
                for (uint32_t first = 0; first < block_threads; first += 32)
                    block.run_warp(first);
            else
                for (uint32_t i : order)
                    block.run(block.threads[i]);
            goes_on = block.release_some();
        }
        for (const Thread& thread : block.threads)
            if (thread.state != State::ended)
                throw std::runtime_error("threads of a block wait at different places of " +
                                         entry->name);
    }
}

} // namespace juggler::test
