#!/usr/bin/env python3
"""What the pages name is there: files and headings that links go to, files of the source, commands
and options of the program.

    docs_test.py JUGGLER REPOSITORY
"""

import pathlib
import re
import subprocess
import sys

problems = []
ROOMS = "kernels|cpu|host|tests|bench|scenes|scripts|docs|cmake"


def anchor(heading):
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page):
    return {anchor(line.lstrip("#")) for line in page.read_text().splitlines()
            if re.match(r"#+ ", line)}


def check_links(root, page, text):
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, name = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists():
            problems.append(f"{page.relative_to(root)}: no file {target}")
        elif name and name not in anchors(file):
            problems.append(f"{page.relative_to(root)}: no heading {target}")


def check_files(root, page, text):
    """Paths of the repository between backticks; a star stands for anything."""
    for name in re.findall(rf"`((?:{ROOMS})/[\w./*-]+)`", text):
        if not list(root.glob(name.rstrip("/"))) and not name.startswith("bench/results/"):
            problems.append(f"{page.relative_to(root)}: no {name}")
    for name in re.findall(r"\.?/?(scripts/[\w-]+\.(?:sh|py|cpp))", text):
        if not (root / name).exists():
            problems.append(f"{page.relative_to(root)}: no {name}")


def known_options(juggler):
    """By command; "" are those of all."""
    said = subprocess.run([juggler, "completion", "fish"], capture_output=True, text=True,
                          check=True).stdout
    options = {"": set()}
    for line in said.splitlines():
        if verb := re.search(r"__fish_use_subcommand -a ([\w-]+)", line):
            options.setdefault(verb[1], set())
        name = re.search(r" -l ([\w-]+)", line)
        verb = re.search(r"__fish_seen_subcommand_from ([\w-]+)", line)
        if name:
            short = re.search(r" -s (\w)", line)
            options.setdefault(verb[1] if verb else "", set()).update(
                {"--" + name[1], *(["-" + short[1]] if short else [])})
    return options


def check_commands(root, page, text, options):
    """Lines of code that call the program, continued ones joined."""
    text = re.sub(r"\\\n\s*|\|\n\s*ffmpeg.*", " ", text)
    for match in re.finditer(r"(?:\bjuggler|\$juggler|/juggler\") +([a-z][\w-]*)([^\n`]*)", text):
        verb, rest = match[1], re.split(r" [#|]|; | && |\)", match[2])[0]
        code = match[0] in "".join(re.findall(r"^    .*\n|`[^`]+`", text, re.M))
        if not code or verb == "film":  # the first line of a film file
            continue
        if verb not in options:
            problems.append(f"{page.relative_to(root)}: no command: juggler {verb}")
            continue
        for option in re.findall(r"(?<=\s)(--?[a-z][\w-]*)", rest):
            if option not in options[verb] | options[""]:
                problems.append(f"{page.relative_to(root)}: juggler {verb} has no {option}")


def main():
    juggler, root = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    options = known_options(juggler)
    pages = [*root.glob("*.md"), *root.glob("docs/*.md")]
    for page in pages:
        text = page.read_text()
        check_links(root, page, text)
        check_files(root, page, text)
        check_commands(root, page, text, options)
    for problem in problems:
        print("FAIL", problem)
    print(f"{len(pages)} pages, {sum(map(len, options.values()))} options")
    return 1 if problems or len(pages) < 10 else 0


sys.exit(main())
