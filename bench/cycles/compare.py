# Renders the scenes beside this file with Juggler's `simd` and with Cycles in turns, on one thread,
# and writes samples a second of both and the median of the rounds' ratios. Called by
# scripts/bench-cycles.sh.
#
#   compare.py JUGGLER ASSETS RESULT.json
import datetime
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

rounds, samples, bounces = 3, int(os.environ.get("JUGGLER_SAMPLES", "64")), 8
scenes = {"helmet": "FlightHelmet", "cornell": "CornellBox"}
here = pathlib.Path(__file__).parent
juggler, assets, result = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]


def juggler_speed(scene, folder):
    """M samples/s of rendering alone."""
    stats = folder / "stats.json"
    subprocess.run([juggler, "render", scene, "-b", "simd", "-s", str(samples), "--max-depth",
                    str(bounces), "-o", folder / "juggler.exr", "--stats", stats],
                   check=True, capture_output=True)
    frame = json.loads(stats.read_text())["frames"][0]
    return frame["rays"]["camera"] * 1e-6 / frame["stages"]["compute"]


def cycles_speed(scene, folder):
    """M samples/s, from the difference between many samples and one."""
    # The Python in it looks along PATH for where it belongs: let it find the system's.
    environment = dict(os.environ, PATH="/usr/bin:/bin")
    out = subprocess.run(["blender", "-b", "--factory-startup", "-P", here / "cycles.py", "--",
                          scene, folder / "cycles.exr", str(samples), "1", str(bounces)],
                         check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, env=environment).stdout
    speed = re.search(r"^cycles_msamples_per_s (\S+)", out, re.M)
    if speed is None:
        sys.exit(f"Cycles did not render {scene}:\n{out}")
    return float(speed.group(1))


def version(command):
    return subprocess.run(command, capture_output=True, text=True).stdout.split("\n")[0]


cpu = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M).group(1)
report = {"cpu": cpu, "load": os.getloadavg()[0], "date": datetime.date.today().isoformat(),
          "juggler": version([juggler, "--version"]), "cycles": version(["blender", "--version"]),
          "samples": samples, "bounces": bounces, "threads": 1, "scenes": {}}
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    for scene, model in scenes.items():
        if not (assets / model).exists():
            print(f"{scene}: left out, there is no {assets / model}")
            continue
        shutil.copytree(assets / model, folder / model)
        shutil.copy(here / f"{scene}.json", folder)
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(juggler_speed(folder / f"{scene}.json", folder))
            theirs.append(cycles_speed(folder / f"{scene}.json", folder))
        ratio = statistics.median(a / b for a, b in zip(ours, theirs))
        report["scenes"][scene] = {"juggler_msamples_per_s": statistics.median(ours),
                                   "cycles_msamples_per_s": statistics.median(theirs),
                                   "ratio": ratio}
        print(f"{scene}: {statistics.median(ours):.2f} M samples/s, Cycles "
              f"{statistics.median(theirs):.2f}, ratio {ratio:.2f}")
pathlib.Path(result).write_text(json.dumps(report, indent=2) + "\n")
