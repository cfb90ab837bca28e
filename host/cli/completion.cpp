#include "host/cli/commands.h"
#include "host/cli/manual.h"
#include "host/cli/streams.h"
#include "host/learn/lesson.h"
#include "host/render/backend.h"

#include <utility>

namespace juggler {
namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

std::string backend_names() {
    std::string names = "auto";
    for (const Backend& backend : backends())
        names += " " + std::string(backend.name);
    return names;
}

std::string lesson_names() {
    std::string names;
    for (const Lesson& lesson : lessons())
        names += (names.empty() ? "" : " ") + std::string(lesson.name);
    return names;
}

// Options whose values are known, with these values.
std::vector<std::pair<std::string, std::string>> known_values() {
    std::vector<std::pair<std::string, std::string>> values = option_choices();
    values.emplace_back("--backend", backend_names());
    values.emplace_back("--backends", backend_names());
    return values;
}

std::string all_names(const OptionName& option) {
    return option.short_name.empty() ? option.long_name
                                     : option.short_name + " " + option.long_name;
}

std::vector<std::string> words_of(const std::string& verb) {
    std::vector<std::string> words;
    if (!verb.empty())
        for (const OptionName& option : option_names(verb))
            words.push_back(all_names(option));
    for (const OptionName& option : option_names(""))
        words.push_back(all_names(option));
    return words;
}

} // namespace

std::string bash_completion() {
    std::string text =
        "# bash completion of juggler\n_juggler() {\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    local verb=${COMP_WORDS[1]} words=\n"
        "    COMPREPLY=()\n    case $before in\n";
    for (const auto& [option, values] : known_values())
        text += "    " + option + ") COMPREPLY=($(compgen -W '" + values +
                "' -- \"$word\")); return ;;\n";
    text += "    esac\n    if [ \"$COMP_CWORD\" = 1 ]; then\n        words='" +
            joined(verb_names()) + " " + joined(words_of("")) +
            "'\n    else\n        case $verb in\n";
    for (const std::string& verb : verb_names()) {
        std::string words = joined(words_of(verb));
        if (verb == "learn") words += " " + lesson_names();
        if (verb == "completion") words += " bash zsh fish man";
        text += "        " + verb + ") words='" + words + "' ;;\n";
    }
    return text + "        esac\n    fi\n"
                  "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                  "    [[ $word == -* ]] || COMPREPLY+=($(compgen -f -- \"$word\"))\n"
                  "    return 0\n"
                  "}\ncomplete -o filenames -F _juggler juggler\n";
}

std::string zsh_completion() {
    std::string text = "#compdef juggler\n# zsh completion of juggler\n_juggler() {\n"
                       "    case $words[CURRENT-1] in\n";
    for (const auto& [option, values] : known_values())
        text += "    " + option + ") compadd -- " + values + "; return ;;\n";
    text += "    esac\n    if (( CURRENT == 2 )); then\n        compadd -- " +
            joined(verb_names()) + "\n        return\n    fi\n    case $words[2] in\n";
    for (const std::string& verb : verb_names()) {
        text += "    " + verb + ") compadd -- " + joined(words_of(verb));
        if (verb == "learn") text += " " + lesson_names();
        if (verb == "completion") text += " bash zsh fish man";
        text += " ;;\n";
    }
    return text + "    esac\n    _files\n}\n_juggler \"$@\"\n";
}

std::string fish_completion() {
    std::string text = "# fish completion of juggler\n";
    for (const std::string& verb : verb_names())
        text += "complete -c juggler -n __fish_use_subcommand -f -a " + verb + "\n";
    const auto values_of = [](const std::string& option) {
        for (const auto& [name, values] : known_values())
            if (name == option) return " -x -a '" + values + "'";
        return std::string(" -r");
    };
    std::vector<std::string> topics = verb_names();
    topics.insert(topics.begin(), "");
    for (const std::string& verb : topics)
        for (const OptionName& option : option_names(verb)) {
            text += "complete -c juggler";
            if (!verb.empty()) text += " -n '__fish_seen_subcommand_from " + verb + "'";
            if (!option.short_name.empty()) text += " -s " + option.short_name.substr(1);
            text += " -l " + option.long_name.substr(2);
            if (option.takes_value) text += values_of(option.long_name);
            text += "\n";
        }
    return text + "complete -c juggler -n '__fish_seen_subcommand_from learn' -f -a '" +
           lesson_names() +
           "'\ncomplete -c juggler -n '__fish_seen_subcommand_from completion' "
           "-f -a 'bash zsh fish man'\n";
}

Exit completion(const CompletionOptions& options) {
    if (options.shell == "bash")
        print(bash_completion());
    else if (options.shell == "zsh")
        print(zsh_completion());
    else if (options.shell == "fish")
        print(fish_completion());
    else
        print(manual_page());
    return Exit::done;
}

} // namespace juggler
