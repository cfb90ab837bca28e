# Whether Juggler and Cycles agree on the light in the scenes beside this file: the means of both
# pictures, and how far the means of blocks of 16 by 16 pixels differ. Every scene is rendered as it is,
# and once more with all surfaces matte, where both programs have the same model and must agree.
# Called by scripts/bench-cycles.sh --pictures.
#
#   pictures.py JUGGLER ASSETS [SAMPLES]
#
# Beyond the noise of so few samples, scenes as they are differ because the two models of plastic do
# (docs/performance.md).
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

bounces, width, height = 8, 320, 180
scenes = {"helmet": "FlightHelmet", "cornell": "CornellBox"}
here = pathlib.Path(__file__).parent
juggler, assets = sys.argv[1], pathlib.Path(sys.argv[2])
samples = sys.argv[3] if len(sys.argv) > 3 else "64"


def make_matte(gltf):
    """Takes reflection away from all materials of a glTF text."""
    for material in gltf["materials"]:
        pbr = material.setdefault("pbrMetallicRoughness", {})
        pbr.update(metallicFactor=0, roughnessFactor=1)
        pbr.pop("metallicRoughnessTexture", None)
        material.pop("normalTexture", None)
        material.setdefault("extensions", {})["KHR_materials_specular"] = {"specularFactor": 0}


def make_matte_file(path):
    if path.suffix == ".gltf":
        gltf = json.loads(path.read_text())
        make_matte(gltf)
        path.write_text(json.dumps(gltf))
        return
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    gltf = json.loads(data[20:20 + length])
    make_matte(gltf)
    text = json.dumps(gltf).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + length:]
    path.write_bytes(struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text),
                                 0x4E4F534A) + text + rest)


def blender(script, *arguments):
    # The Python in it looks along PATH for where it belongs: let it find the system's.
    environment = dict(os.environ, PATH="/usr/bin:/bin")
    return subprocess.run(["blender", "-b", "--factory-startup", "-P", here / script, "--",
                           *arguments], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env=environment).stdout


for name, model in scenes.items():
    if not (assets / model).exists():
        print(f"{name}: left out, there is no {assets / model}")
        continue
    for look in ("matte", "as it is"):
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            shutil.copytree(assets / model, folder / model)
            if look == "matte":
                for file in (folder / model).glob("*.gl*"):
                    make_matte_file(file)
            scene = json.loads((here / f"{name}.json").read_text())
            scene["image"].update(width=width, height=height)
            (folder / "scene.json").write_text(json.dumps(scene))
            subprocess.run([juggler, "render", folder / "scene.json", "-s", samples, "--max-depth",
                            str(bounces), "-o", folder / "ours.exr"], check=True,
                           capture_output=True)
            blender("cycles.py", folder / "scene.json", folder / "theirs.exr", samples,
                    str(os.cpu_count()), str(bounces), *(["matte"] if look == "matte" else []))
            out = blender("means.py", folder / "ours.exr", folder / "theirs.exr")
        figures = re.search(r"^means (.*)$", out, re.M)
        if figures is None:
            sys.exit(f"the pictures of {name} could not be compared:\n{out}")
        print(f"{name}, {look}: {figures.group(1)}")
