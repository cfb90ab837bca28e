#!/usr/bin/env python3
"""What is drawn: pictures that grow, in a terminal (a pseudo-terminal here) and in tev (a stand-in
here); contact sheets, animations, tiles.

    show_live_test.py JUGGLER SCENES
"""

import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "scripts"))
import pseudo_terminal

failed = 0


def check(what, holds):
    global failed
    print("ok  " if holds else "FAIL", what)
    failed += not holds


def in_terminal(words, folder):
    """Exit status and what the terminal got."""
    status, text = pseudo_terminal.run(words, cwd=folder)
    return status, text.decode(errors="replace")


class TevStandIn(threading.Thread):
    """Takes one connection and keeps its packets, checked as tev checks them."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.created, self.updates = [], []

    def run(self):
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rb") as stream:
            while head := stream.read(4):
                packet = stream.read(struct.unpack("<I", head)[0] - 4)
                {4: self.create, 6: self.update}[packet[0]](packet[1:])

    @staticmethod
    def text(data):
        end = data.index(b"\0")
        return data[:end].decode(), data[end + 1:]

    def names(self, data, count):
        names = []
        for _ in range(count):
            name, data = self.text(data)
            names.append(name)
        return names, data

    def create(self, data):
        name, data = self.text(data[1:])
        width, height, count = struct.unpack_from("<iii", data)
        names, rest = self.names(data[12:], count)
        assert not rest
        self.created.append((name, width, height, names))

    def update(self, data):
        name, data = self.text(data[1:])
        (count,) = struct.unpack_from("<i", data)
        names, data = self.names(data[4:], count)
        x, y, width, height = struct.unpack_from("<iiii", data)
        offsets = struct.unpack_from(f"<{count}q", data, 16)
        strides = struct.unpack_from(f"<{count}q", data, 16 + 8 * count)
        values = data[16 + 16 * count:]
        assert (offsets, strides) == ((0, 1, 2), (3, 3, 3))
        assert len(values) == 4 * count * width * height
        self.updates.append((name, x, y, width, height, values))


def read_pfm(path):
    data = path.read_bytes()
    kind, size, _, values = data.split(b"\n", 3)
    width, height = map(int, size.split())
    assert kind == b"PF"
    rows = [values[i * width * 12:(i + 1) * width * 12] for i in range(height)]
    return b"".join(reversed(rows))  # PFM begins at the bottom


def main():
    juggler, scenes = (str(pathlib.Path(name).resolve()) for name in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        render = [juggler, "render", scenes + "/cornell.json", "-b", "simd", "-q"]

        status, text = in_terminal(
            [*render, "--size", "64x64", "-s", "250", "-o", "live.png", "--show=live"], folder)
        ups = text.count("\x1b[23A") + text.count("\x1b[22A")
        check(f"live: is drawn again and again, over itself ({ups} times)",
              status == 0 and ups >= 2)
        check("live: writes the picture as well", (folder / "live.png").stat().st_size > 0)
        shown = subprocess.run([juggler, "show", "live.png", "--show", "blocks"], cwd=folder,
                               capture_output=True, text=True)
        last = text.replace("\r\n", "\n").rstrip("\n").split("A")[-1]
        check("live: ends with the finished picture", last.strip() in shown.stdout.strip())

        tev = TevStandIn()
        tev.start()
        done = subprocess.run([*render, "--size", "40x30", "-s", "300", "-o", "t.pfm",
                               "--tev=" + tev.address], cwd=folder, capture_output=True, text=True)
        tev.join(10)
        check("tev: the run ends well " + done.stderr, done.returncode == 0)
        check("tev: is told of one picture", tev.created == [("t.pfm", 40, 30, ["R", "G", "B"])])
        check("tev: gets all of it, more than once", len(tev.updates) >= 2 and all(
            u[:5] == ("t.pfm", 0, 0, 40, 30) for u in tev.updates))
        check("tev: ends with the light of the file",
              tev.updates and tev.updates[-1][5] == read_pfm(folder / "t.pfm"))

        # It takes the connection, and then never reads.
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            started = time.monotonic()
            done = subprocess.run([*render[:-1], "--size", "1280x720", "-s", "2", "-o", "v.png",
                                   "--tev=127.0.0.1:%d" % deaf.getsockname()[1]], cwd=folder,
                                  capture_output=True, text=True)
            check("tev: one that does not read holds nothing up " + done.stderr,
                  done.returncode == 0 and (folder / "v.png").exists()
                  and "does not read any more" in done.stderr
                  and time.monotonic() - started < 30)
            running = subprocess.Popen([*render, "--size", "640x360", "-s", "60000", "-o", "w.png",
                                        "--tev=127.0.0.1:%d" % deaf.getsockname()[1]], cwd=folder,
                                       stderr=subprocess.DEVNULL)
            deaf.accept()[0].close()  # the first run's
            with deaf.accept()[0]:
                time.sleep(1)
                running.terminate()
                started = time.monotonic()
                check("tev: nor does it hold up a signal",
                      running.wait(30) == 143 and time.monotonic() - started < 5)

        gone = subprocess.run([*render, "-o", "u.png", "--tev=127.0.0.1:9"], cwd=folder,
                              capture_output=True, text=True)
        check("tev: not being there is told before anything is rendered",
              gone.returncode == 4 and "start it first" in gone.stderr
              and not (folder / "u.png").exists())

        for number in range(1, 4):
            subprocess.run([*render, "--size", "16x9", "-s", "1", "--seed", str(number),
                            "-o", f"f_{number:04}.png"], cwd=folder, check=True)
        sheet = subprocess.run([juggler, "show", "f_####.png", "--show", "blocks"], cwd=folder,
                               capture_output=True, text=True)
        check("show: a pattern is a contact sheet with names", sheet.returncode == 0 and all(
            f"f_000{n}.png" in sheet.stdout for n in (1, 2, 3)) and "\u2580" in sheet.stdout)
        whole = subprocess.run([juggler, "show", ".", "--show", "blocks"], cwd=folder,
                               capture_output=True, text=True)
        check("show: so is a folder", "live.png" in whole.stdout and "t.pfm" in whole.stdout)
        played = subprocess.run([juggler, "show", "f_####.png", "--play", "--show", "blocks",
                                 "--fps", "100"], cwd=folder, capture_output=True, text=True)
        check("show: --play draws frames over each other", played.stdout.count("A\x1b[") == 2)
        browser = subprocess.run([juggler, "show", "live.png", "--browser"], cwd=folder,
                                 capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
        check("show: --browser prints the address",
              browser.stdout == (folder / "live.png").resolve().as_uri() + "\n")
        subprocess.run([*render, "--size", "16x9", "-s", "1", "-o", "r.png", "--report", "r.html"],
                       cwd=folder, check=True)
        page = subprocess.run([juggler, "show", "r.html"], cwd=folder, capture_output=True,
                              text=True)
        check("show: a report is told in words", page.returncode == 0 and "cornell.json"
              in page.stdout and "juggler render" in page.stdout and "<" not in page.stdout)
        tiles = subprocess.run([juggler, "tiles", scenes + "/cornell.json", "--size", "64x40",
                                "-s", "4", "-t", "2", "--tile", "16", "--trace", "tiles.json",
                                "--timeline", "tiles.svg"], cwd=folder, capture_output=True,
                               text=True)
        dealt = [int(line.split()[2]) for line in tiles.stdout.splitlines()
                 if line.startswith("thread")]
        check("tiles: every tile has a thread", len(dealt) == 2 and sum(dealt) == 12
              and (folder / "cornell.tiles.png").exists())
        bars = subprocess.run([juggler, "show", "tiles.json"], cwd=folder, capture_output=True,
                              text=True)
        check("tiles: the trace has a lane for each thread", bars.returncode == 0 and all(
            f"worker {n}" in bars.stdout for n in (1, 2) if dealt[n - 1]))
        check("tiles: the drawing has a bar for each tile",
              (folder / "tiles.svg").read_text().count("<title>frame ") == 12)
        empty = folder / "empty"
        empty.mkdir()
        check("show: an empty folder is an error", subprocess.run(
            [juggler, "show", "empty"], cwd=folder, capture_output=True).returncode == 3)
    return 1 if failed else 0


sys.exit(main())
