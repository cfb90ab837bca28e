#include "cpu/units.h"
#include "host/cli/commands.h"
#include "host/cli/help.h"
#include "host/cli/manual.h"
#include "host/cli/streams.h"
#include "host/learn/lesson.h"
#include "host/render/backend.h"

#include <string_view>
#include <utility>
#include <vector>

namespace juggler {
namespace {

const char* const shells = "bash zsh fish man";

std::string joined(const std::vector<std::string>& words, const char* between = " ") {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : between) + word;
    return text;
}

template <class Range>
std::string names_in(const Range& range, std::string first = "") {
    for (const auto& one : range)
        first += (first.empty() ? "" : " ") + std::string(one.name);
    return first;
}

// Of a verb, or of all of them (""), with the values that only this build knows.
std::vector<OptionName> options_of(const std::string& verb) {
    std::vector<OptionName> options;
    for (OptionName& option : option_names(verb)) {
        if (option.long_name == "--no-light-sampling") continue; // for tests alone
        if (option.long_name == "--backend") option.value.words = names_in(backends(), "auto");
        if (option.long_name == "--backends") option.value.words = names_in(backends());
        if (option.long_name == "--isa") option.value.words = names_in(instruction_sets(), "best");
        options.push_back(std::move(option));
    }
    return options;
}

std::vector<OptionName> all_options_of(const std::string& verb) {
    std::vector<OptionName> options = options_of(verb);
    for (OptionName& option : options_of(""))
        options.push_back(std::move(option));
    return options;
}

// Several values with commas between them.
bool takes_list(const OptionName& option) {
    return option.long_name == "--backends" || option.long_name == "--layers";
}

// May stand without its value.
bool may_be_bare(const std::string& verb, const OptionName& option) {
    return option.long_name == "--tev" || (verb != "show" && option.long_name == "--show");
}

// What a verb's words other than options are: some of a few, or files with certain endings.
struct Subject {
    std::string words, endings;
};
Subject subject_of(const std::string& verb) {
    if (verb == "learn") return {names_in(lessons()), ""};
    if (verb == "completion") return {shells, ""};
    if (verb == "devices") return {};
    if (verb == "merge") return {"", "film"};
    if (verb == "diff") return {"", "png exr hdr pfm"};
    if (verb == "show") return {"", "png exr hdr pfm mp4 webm gif json html"};
    return {"", "json gltf glb obj"};
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

// Between single quotes, for every shell here.
std::string single_quoted(const std::string& text) {
    return "'" + replaced(text, "'", "'\\''") + "'";
}

// bash: after these words, these can come.
std::string bash_case(const OptionName& option) {
    std::string text = "        ";
    if (!option.short_name.empty()) text += option.short_name + "|";
    text += option.long_name + ") ";
    if (option.value.file) return text + "_juggler_files ;;\n";
    if (option.value.words.empty()) return text + ";;\n";
    return text + (takes_list(option) ? "_juggler_list '" : "_juggler_words '") +
           option.value.words + "' ;;\n";
}

std::string bash_verb(const std::string& verb) {
    std::string text = "    " + verb + ") case $before in\n", names;
    for (const OptionName& option : all_options_of(verb)) {
        names += " " + option.long_name;
        if (!option.short_name.empty()) names += " " + option.short_name;
        const bool bare = may_be_bare(verb, option);
        // Behind a bare one, `=` has to say that a value comes.
        if (bare)
            text += "        " + option.long_name + "=) _juggler_words '" + option.value.words +
                    "' ;;\n";
        if (option.takes_value && !bare) text += bash_case(option);
    }
    const Subject subject = subject_of(verb);
    text += "        *) if [[ $word == -* ]]; then _juggler_words '" + names.substr(1) + "'";
    if (!subject.words.empty()) text += "\n           else _juggler_words '" + subject.words + "'";
    if (!subject.endings.empty()) text += "\n           else _juggler_files " + subject.endings;
    return text + "; fi ;;\n        esac ;;\n";
}

// zsh: `[` and `]` stand around what is said of an option, `:` behind it.
std::string zsh_said(const std::string& text) {
    return replaced(replaced(replaced(text, "\\", "\\\\"), "[", "\\["), "]", "\\]");
}
std::string zsh_word(const std::string& text) { return replaced(text, ":", "\\:"); }

std::string zsh_action(const OptionName& option) {
    if (option.value.file) return "file:_files";
    if (option.value.words.empty()) return "value:";
    const std::string name = option.long_name.substr(2);
    return takes_list(option) ? name + ":_sequence compadd - " + option.value.words
                              : name + ":(" + option.value.words + ")";
}

std::string zsh_option(const std::string& verb, const OptionName& option) {
    const bool bare = may_be_bare(verb, option);
    std::string rest = "[" + zsh_said(option_meaning(verb, option.long_name)) + "]";
    if (option.takes_value) rest += (bare ? "::" : ":") + zsh_action(option);
    const std::string marked = option.long_name + (!option.takes_value ? "" : bare ? "=-" : "=");
    if (option.long_name == "--set") return single_quoted("*" + marked + rest);
    if (option.short_name.empty()) return single_quoted(marked + rest);
    return "'(" + option.short_name + " " + option.long_name + ")'{" + option.short_name +
           (option.takes_value ? "+" : "") + "," + marked + "}" + single_quoted(rest);
}

std::string zsh_subject(const std::string& verb) {
    const Subject subject = subject_of(verb);
    if (!subject.words.empty()) return single_quoted("1:" + verb + ":(" + subject.words + ")");
    if (subject.endings.empty()) return "";
    const std::string files =
        ":file:_files -g \"*.(" + replaced(subject.endings, " ", "|") + ")(-.)\"";
    const bool several = verb == "merge" || verb == "show" || verb == "diff";
    return single_quoted((several ? "*" : "1") + files);
}

std::string zsh_verb(const std::string& verb) {
    std::string text = "        " + verb + ") _arguments";
    for (const OptionName& option : options_of(verb))
        text += " \\\n            " + zsh_option(verb, option);
    const std::string subject = zsh_subject(verb);
    if (!subject.empty()) text += " \\\n            " + subject;
    return text + " \\\n            $everywhere ;;\n";
}

std::string fish_option(const std::string& verb, const OptionName& option) {
    std::string text = "complete -c juggler";
    if (!verb.empty()) text += " -n '__fish_seen_subcommand_from " + verb + "'";
    if (!option.short_name.empty()) text += " -s " + option.short_name.substr(1);
    text += " -l " + option.long_name.substr(2);
    const std::string& words = option.value.words;
    if (option.value.file)
        text += " -r -F";
    else if (takes_list(option))
        text += " -x -a " + single_quoted("(__fish_append , " + words + ")");
    else if (option.takes_value)
        text += (may_be_bare(verb, option) ? "" : std::string(" -x")) +
                (words.empty() ? "" : " -a " + single_quoted(words));
    return text + " -d " + single_quoted(option_meaning(verb, option.long_name)) + "\n";
}

std::string fish_subject(const std::string& verb) {
    const Subject subject = subject_of(verb);
    const std::string begin =
        "complete -c juggler -n '__fish_seen_subcommand_from " + verb + "' -a ";
    if (!subject.words.empty()) return begin + single_quoted(subject.words) + "\n";
    if (subject.endings.empty()) return "";
    return begin + "'(__juggler_files ." + replaced(subject.endings, " ", " .") + ")'\n";
}

} // namespace

std::string bash_completion() {
    const std::string verbs = joined(verb_names());
    std::string text =
        R"(# bash completion of juggler
_juggler_words() { # WORDS
    COMPREPLY=($(compgen -W "$1" -- "$word"))
}
_juggler_list() { # WORDS: several of them, with commas
    local done=
    [[ $word == *,* ]] && done=${word%,*},
    COMPREPLY=($(compgen -P "$done" -W "$1" -- "${word#"$done"}"))
    compopt -o nospace 2>/dev/null
}
_juggler_files() { # ENDING...: files that end so, and folders; where no file does, any
    local name ending
    local -a all=() fit=() folders=()
    compopt -o filenames 2>/dev/null
    while IFS= read -r name; do
        all+=("$name")
        [[ -d $name ]] && folders+=("$name")
        for ending; do [[ -f $name && $name == *."$ending" ]] && fit+=("$name"); done
    done < <(compgen -f -- "$word")
    if ((${#fit[@]})); then COMPREPLY=("${folders[@]}" "${fit[@]}"); else COMPREPLY=("${all[@]}"); fi
}
_juggler() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb= i
    # --option=value comes as three words.
    if [[ $word == = ]]; then
        word=
        [[ $before == --show || $before == --tev ]] && before+==
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD-2]}
        [[ $before == --show || $before == --tev ]] && before+==
    fi
    for ((i = 1; i < COMP_CWORD; ++i)); do
        case ${COMP_WORDS[i]} in
)";
    text += "        " + joined(verb_names(), "|") + ") verb=${COMP_WORDS[i]}; break ;;\n";
    text += "        esac\n    done\n    COMPREPLY=()\n    case $verb in\n";
    for (const std::string& verb : verb_names())
        text += bash_verb(verb);
    std::string words = verbs;
    text += "    *) case $before in\n";
    for (const OptionName& option : options_of("")) {
        words += " " + option.long_name;
        if (!option.short_name.empty()) words += " " + option.short_name;
        if (option.takes_value) text += bash_case(option);
    }
    return text + "        *) _juggler_words '" + words +
           "' ;;\n        esac ;;\n    esac\n    return 0\n}\ncomplete -F _juggler juggler\n";
}

std::string zsh_completion() {
    std::string text = "#compdef juggler\n# zsh completion of juggler\n_juggler() {\n"
                       "    local curcontext=$curcontext state line\n    typeset -A opt_args\n"
                       "    local -a everywhere=(";
    for (const OptionName& option : options_of(""))
        text += "\n        " + zsh_option("", option);
    text += "\n    )\n    _arguments -C $everywhere '1:command:->command' '*::word:->word'\n"
            "    case $state in\n    command)\n        local -a commands=(";
    for (const std::string& verb : verb_names())
        text += "\n            " + single_quoted(verb + ":" + zsh_word(verb_meaning(verb)));
    text += "\n        )\n        _describe -t commands command commands ;;\n    word)\n"
            "        curcontext=${curcontext%:*}-$words[1]:\n        case $words[1] in\n";
    for (const std::string& verb : verb_names())
        text += zsh_verb(verb);
    // As a file of a function, and as a text that is evaluated.
    return text + "        esac ;;\n    esac\n}\n"
                  "if [[ $funcstack[1] == _juggler ]]; then\n    _juggler \"$@\"\nelse\n"
                  "    compdef _juggler juggler\nfi\n";
}

std::string fish_completion() {
    std::string text = R"(# fish completion of juggler
function __juggler_files --description 'Files with these endings, and folders; where there is none, any'
    set -l word (commandline -ct)
    set -l fit
    for ending in $argv
        set -a fit (__fish_complete_path $word | string match -er -- '(/|'(string escape --style=regex -- $ending)')(\t.*)?$')
    end
    if test (count $fit) -gt 0
        printf '%s\n' $fit
    else
        __fish_complete_path $word
    end
end
complete -c juggler -f
)";
    for (const std::string& verb : verb_names())
        text += "complete -c juggler -n __fish_use_subcommand -a " + verb + " -d " +
                single_quoted(verb_meaning(verb)) + "\n";
    for (const OptionName& option : options_of(""))
        text += fish_option("", option);
    for (const std::string& verb : verb_names()) {
        for (const OptionName& option : options_of(verb))
            text += fish_option(verb, option);
        text += fish_subject(verb);
    }
    return text;
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
