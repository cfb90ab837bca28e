// What the verbs do. Each returns the status the program ends with, or throws.
#pragma once

#include "host/cli/options.h"

#include <string>

namespace juggler {

// What is going on, for messages of failures.
struct Context {
    bool quiet = false;
    int verbosity = 0;
    std::string stage = "setup";
    std::string command; // as it was given, for a shell
};

Exit render(const RenderOptions& options, Context& context);
Exit check(const CheckOptions& options, const Context& context);
Exit merge(const MergeOptions& options, const Context& context);
Exit diff(const DiffOptions& options, const Context& context);
Exit show(const ShowOptions& options);
Exit compare(const CompareOptions& options, const Context& context);
Exit bench(const BenchOptions& options, const Context& context);
Exit tiles(const TilesOptions& options, const Context& context);
Exit completion(const CompletionOptions& options);
Exit learn(const LearnOptions& options, const Context& context);
Exit devices(const DevicesOptions& options);

// The whole program but its entry point: reads the command line, runs the verb, and turns whatever
// is thrown into a message and an exit status.
int run_program(int word_count, const char* const* words);

} // namespace juggler
