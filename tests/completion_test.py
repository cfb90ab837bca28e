#!/usr/bin/env python3
"""What bash, zsh and fish themselves offer, once they have read what `juggler completion` prints.

    completion_test.py JUGGLER

A shell that is not installed is left out, and said so; bash must be there.
"""

import os
import pathlib
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time

failed = 0

# Runs the completion as bash does when Tab is pressed, of words that bash would have made.
BASH = r"""
. "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_juggler juggler "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
((${#COMPREPLY[@]})) && printf '%s\n' "${COMPREPLY[@]}"
"""

# A line editor in a pseudo-terminal that writes every match it is given, and what Tab made of the
# line, into files.
ZSH = r"""
PS1='ready> '; fpath=($1 $fpath)
autoload -Uz compinit; compinit -u -D
zstyle ':completion:*' menu no
unsetopt auto_menu beep
compadd() {
    local -a hits
    [[ ${@[(r)-*[OAD]*]} == -[OAD] ]] || {
        builtin compadd -O hits "$@"
        print -rl -- $hits >> $2/matches
    }
    builtin compadd "$@"
}
functions[compadd]=${functions[compadd]//\$2/$2}
told() { print -r -- $BUFFER > $2/line; zle send-break }
functions[told]=${functions[told]//\$2/$2}
zle -N told; bindkey '^I' complete-word '^X' told
"""


def check(what, holds, got=None):
    global failed
    print("ok  " if holds else f"FAIL {got}", what)
    failed += not holds


class Bash:
    name = "bash"

    def __init__(self, folder, text):
        self.folder, self.file = folder, folder / "completion.bash"
        self.file.write_text(text)

    def offers(self, line):
        words = line.replace("=", " = ").split()
        if line[-1] in " =":
            words.append("" if line[-1] == " " else "=")
            if words[-2:] == ["=", "="]:
                words.pop()
        done = subprocess.run(["bash", "-c", BASH, "-", str(self.file), *words],
                              cwd=self.folder, capture_output=True, text=True)
        assert not done.stderr, done.stderr
        return set(done.stdout.splitlines())


class Fish:
    name = "fish"

    def __init__(self, folder, text):
        self.folder, self.file = folder, folder / "completion.fish"
        self.file.write_text(text)

    def offers(self, line):
        done = subprocess.run(
            ["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]",
             str(self.file), line], cwd=self.folder, capture_output=True, text=True,
            env=dict(os.environ, HOME=str(self.folder)))
        assert not done.stderr, done.stderr
        return {one.split("\t")[0].split("=")[-1] for one in done.stdout.splitlines()}


class Zsh:
    name = "zsh"

    def __init__(self, folder, text):
        self.folder = folder
        self.functions, self.notes = folder / ".functions", folder / ".notes"
        self.functions.mkdir()
        self.notes.mkdir()
        (self.functions / "_juggler").write_text(text)
        (folder / ".init").write_text(ZSH)

    def offers(self, line):
        for old in self.notes.iterdir():
            old.unlink()
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.environ["TERM"] = "dumb"
            os.execvp("zsh", ["zsh", "-f", "-i"])
        try:
            self.type(terminal, f"set -- {self.functions} {self.notes}; . ./.init\n", b"ready> ")
            self.type(terminal, line + "\t\x18", None)
        finally:
            os.close(terminal)
            os.waitpid(child, 0)
        matches = self.notes / "matches"
        return set(matches.read_text().splitlines()) if matches.exists() else set()

    def type(self, terminal, text, until):
        os.write(terminal, text.encode())
        seen, end = b"", time.monotonic() + 20
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.05)[0]:
                seen += os.read(terminal, 4096)
            if until in seen if until else (self.notes / "line").exists():
                return
        raise TimeoutError(seen.decode())


def main():
    juggler = str(pathlib.Path(sys.argv[1]).resolve())
    for shell in (Bash, Zsh, Fish):
        if not shutil.which(shell.name):
            print(f"skipped: {shell.name} is not installed (apt-get install {shell.name})")
            continue
        text = subprocess.run([juggler, "completion", shell.name], capture_output=True, text=True,
                              check=True).stdout
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for file in ("room.json", "robot.glb", "cow.obj", "a b.json", "notes.txt", "p.png", "x.film"):
                (folder / file).touch()
            (folder / "scenes").mkdir()
            offers = shell(folder, text).offers

            def offered(line, wanted, unwanted=()):
                got = offers(line)
                bare = {g.rstrip("/ ") for g in got}
                check(f"{shell.name}: {line!r} offers {' '.join(wanted)}"
                      + (f", not {' '.join(unwanted)}" if unwanted else ""),
                      set(wanted) <= bare and not set(unwanted) & bare, sorted(got))

            offered("juggler ren", ["render"])
            offered("juggler ", ["render", "compare", "learn"], ["room.json"])
            offered("juggler render --arr", ["--arrangement"])
            offered("juggler render --arrangement ",
                    ["sequential", "concurrent", "parallel", "both"], ["room.json"])
            offered("juggler render --arrangement par", ["parallel"], ["both"])
            offered("juggler render --arrangement=par", ["parallel"], ["both"])
            offered("juggler render -b s", ["sequential", "simd"], ["openmp"])
            offered("juggler render --bvh ", ["quick", "normal", "high"])
            offered("juggler render --isa ", ["best", "baseline"])
            offered("juggler render ", ["room.json", "robot.glb", "cow.obj", "scenes"], ["notes.txt"])
            offered("juggler -q render room.json --spl", ["--split"])
            offered("juggler render --env ", ["p.png"] if shell is Zsh else ["p.png", "notes.txt"])
            offered("juggler render -s ", [], ["room.json", "notes.txt"])
            offered("juggler render --show=", ["live", "kitty"])
            offered("juggler render --layers albedo,d", ["depth"] if shell is Zsh
                    else ["albedo,depth"])
            offered("juggler render --no-l", [], ["--no-light-sampling"])
            offered("juggler merge ", ["x.film"], ["room.json"])
            offered("juggler diff p.png ", ["p.png"], ["room.json"])
            offered("juggler learn over", ["overlap"])
            offered("juggler completion ", ["bash", "zsh", "fish", "man"], ["room.json"])
            offered("juggler devices ", [], ["room.json"])
    return 1 if failed else 0


sys.exit(main())
