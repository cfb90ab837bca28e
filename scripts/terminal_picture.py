#!/usr/bin/env python3
"""Runs a command in a pseudo-terminal and writes what the terminal shows as a page, for a picture.

    terminal_picture.py COLUMNS OUT.html SHOWN COMMAND [WORD...]

SHOWN stands behind the prompt instead of the command. Prints the page's width and height in pixels.
Knows what juggler sends: colours, carriage returns, cursor up, erase to the end of the line.
"""

import html
import os
import re
import subprocess
import sys

import pseudo_terminal

CELL_WIDTH, CELL_HEIGHT, MARGIN = 8, 17, 14
ROWS = 32
FOREGROUND, BACKGROUND = "#d8dee9", "#1b2027"
# The 16 colours that have names, and the cube and greys of the 256.
BASIC = ["#3b4252", "#bf616a", "#a3be8c", "#ebcb8b", "#81a1c1", "#b48ead", "#88c0d0", "#e5e9f0"] * 2


def run(columns, words):
    environment = dict(os.environ, TERM="xterm-256color")
    for name in ("NO_COLOR", "TMUX", "KITTY_WINDOW_ID"):
        environment.pop(name, None)
    _, text = pseudo_terminal.run(words, (ROWS, columns), stdin=subprocess.DEVNULL,
                                  env=environment)
    return text.decode()


def color(numbers):
    """Of what follows 38 or 48; takes it off the list."""
    if numbers.pop(0) == 2:
        return "rgb(%d,%d,%d)" % (numbers.pop(0), numbers.pop(0), numbers.pop(0))
    n = numbers.pop(0)
    if n < 16:
        return BASIC[n]
    if n >= 232:
        return "rgb(%d,%d,%d)" % ((8 + 10 * (n - 232),) * 3)
    steps = [0, 95, 135, 175, 215, 255]
    n -= 16
    return "rgb(%d,%d,%d)" % (steps[n // 36], steps[n // 6 % 6], steps[n % 6])


def styled(style, numbers):
    fore, back, bold = style
    while numbers:
        n = numbers.pop(0)
        if n == 0:
            fore, back, bold = None, None, False
        elif n == 1:
            bold = True
        elif n == 38:
            fore = color(numbers)
        elif n == 48:
            back = color(numbers)
        elif n in (39, 49):
            fore, back = (None, back) if n == 39 else (fore, None)
        elif 30 <= n <= 37 or 90 <= n <= 97:
            fore = BASIC[n % 10]
        elif 40 <= n <= 47 or 100 <= n <= 107:
            back = BASIC[n % 10]
    return fore, back, bold


def screen(text):
    """Lines of (character, style)."""
    lines, row, column, style = [[]], 0, 0, (None, None, False)
    for part in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|[^\x1b]", text):
        if part == "\n":
            row += 1
            if row == len(lines):
                lines.append([])
        elif part == "\r":
            column = 0
        elif part[0] != "\x1b":
            line = lines[row]
            line += [(" ", (None, None, False))] * (column + 1 - len(line))
            line[column] = (part, style)
            column += 1
        elif part[-1] == "m":
            style = styled(style, [int(n or 0) for n in part[2:-1].split(";")])
        elif part[-1] == "A":
            row = max(0, row - int(part[2:-1] or 1))
        elif part[-1] == "K":
            del lines[row][column:]
    while lines and not any(c != " " for c, _ in lines[-1]):
        lines.pop()
    return lines


def cell(character, style):
    fore, back, bold = style
    css = ""
    if character == "\u2580":  # by its colours: fonts leave gaps between rows
        css = "background:linear-gradient(%s 50%%,%s 50%%)" % (fore, back or BACKGROUND)
        character = " "
    else:
        css += "color:%s;" % fore if fore else ""
        css += "background:%s;" % back if back else ""
        css += "font-weight:bold;" if bold else ""
    return "<b style='%s'>%s</b>" % (css, html.escape(character)) if css else html.escape(character)


def main():
    columns, out, shown, words = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
    lines = screen(run(columns, words))
    width = max([len(shown) + 2, *map(len, lines)])
    body = "<i>$</i> " + html.escape(shown) + "\n"
    body += "\n".join("".join(cell(c, s) for c, s in line) for line in lines)
    with open(out, "w", encoding="utf-8") as page:
        page.write(f"""<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: {BACKGROUND}; color: {FOREGROUND} }}
pre {{ margin: {MARGIN}px; font: 13px/{CELL_HEIGHT}px "DejaVu Sans Mono", monospace;
       tab-size: 8; letter-spacing: calc({CELL_WIDTH}px - 1ch) }}
b {{ display: inline-block; height: {CELL_HEIGHT}px; width: {CELL_WIDTH}px; font-weight: normal;
     vertical-align: top }}
i {{ color: #a3be8c; font-style: normal }}
</style><pre>{body}</pre>""")
    print(width * CELL_WIDTH + 2 * MARGIN, (len(lines) + 1) * CELL_HEIGHT + 2 * MARGIN)


main()
