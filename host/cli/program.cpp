#include "host/cli/commands.h"
#include "host/cli/help.h"
#include "host/cli/pages.h"
#include "host/cli/report.h"
#include "host/cli/streams.h"

#include <cstdlib>
#include <new>

namespace juggler {
namespace {

Environment environment() {
    const auto variable = [](const char* name) -> std::optional<std::string> {
        const char* value = std::getenv(name);
        return value && *value ? std::optional<std::string>(value) : std::nullopt;
    };
    return {variable("JUGGLER_BACKEND"), variable("JUGGLER_THREADS"),
            [](const char* name) -> const char* { return std::getenv(name); }};
}

const char* verb_name(Verb verb) {
    switch (verb) {
    case Verb::render:
        return "render";
    case Verb::check:
        return "check";
    case Verb::merge:
        return "merge";
    case Verb::diff:
        return "diff";
    case Verb::show:
        return "show";
    case Verb::devices:
        return "devices";
    case Verb::compare:
        return "compare";
    case Verb::bench:
        return "bench";
    case Verb::learn:
        return "learn";
    case Verb::tiles:
        return "tiles";
    case Verb::completion:
        return "completion";
    default:
        return "";
    }
}

Exit run_verb(const CommandLine& line, Context& context) {
    switch (line.verb) {
    case Verb::help:
        print(help_text(line.help_topic));
        return Exit::done;
    case Verb::version:
        print(version_text());
        return Exit::done;
    case Verb::render:
        return render(line.render, context);
    case Verb::check:
        return check(line.check, context);
    case Verb::merge:
        return merge(line.merge, context);
    case Verb::diff:
        return diff(line.diff, context);
    case Verb::show:
        return show(line.show);
    case Verb::devices:
        return devices(line.devices);
    case Verb::compare:
        return compare(line.compare, context);
    case Verb::bench:
        return bench(line.bench, context);
    case Verb::learn:
        return learn(line.learn, context);
    case Verb::tiles:
        return tiles(line.tiles, context);
    case Verb::completion:
        return completion(line.completion);
    }
    return Exit::failed;
}

// Messages about places in inputs name the file first; those about the command line are whole
// sentences; all others finish "juggler: cannot ...".
std::string message_of(const Error& e, const std::string& topic) {
    std::string text = e.what();
    if (!text.ends_with('\n')) text += '\n';
    if (dynamic_cast<const InputError*>(&e)) return text;
    const bool sentence = dynamic_cast<const UsageError*>(&e) || e.exit() == Exit::interrupted ||
                          e.exit() == Exit::terminated;
    text.insert(0, sentence ? "juggler: " : "juggler: cannot ");
    return e.exit() == Exit::usage ? text + usage_line(topic) : text;
}

int report(const Error& e, const CommandLine& line, const Context& context) {
    const bool json = line.verb == Verb::render && line.render.progress == ProgressHow::json;
    say(json ? failed_json(context.stage, int(e.exit()), e.what())
             : message_of(e, verb_name(line.verb)));
    return int(e.exit());
}

} // namespace

int run_program(int word_count, const char* const* words) {
    CommandLine line;
    Context context;
    // Before the line is understood, its first word tells which help to name.
    for (const Verb verb :
         {Verb::render, Verb::check, Verb::merge, Verb::diff, Verb::show, Verb::devices,
          Verb::compare, Verb::bench, Verb::learn, Verb::tiles, Verb::completion})
        if (word_count > 1 && std::string(words[1]) == verb_name(verb)) line.verb = verb;
    try {
        settle_streams();
        settle_color(ColorHow::automatic); // until the line is understood
        const std::vector<std::string> all(words + (word_count > 0 ? 1 : 0), words + word_count);
        line = parse_command_line(all, environment());
        settle_color(line.color);
        if (!line.log_file.empty()) open_log(line.log_file);
        context.command = command_text(all);
        context.quiet = line.quiet;
        context.verbosity = line.verbosity;
        return int(run_verb(line, context));
    } catch (const Error& e) {
        return report(e, line, context);
    } catch (const std::bad_alloc&) {
        return report(Error(Exit::failed, "go on: out of memory"), line, context);
    } catch (const std::exception& e) {
        return report(Error(Exit::failed, std::string("go on: ") + e.what()), line, context);
    }
}

} // namespace juggler
