#!/usr/bin/env python3
"""Writes the scenes juggler, cornell, weekend, ocean, materials, lantern and gallery.

Usage: scripts/make_scenes.py [FOLDER]     (default: scenes, beside this script's folder)

The files are committed; this script says where their numbers come from.
"""

import json
import math
import sys
from pathlib import Path

# ---- text ------------------------------------------------------------------------------------


def short(x: float, digits: int = 4) -> float:
    """Rounded, without negative zero; whole numbers stay whole."""
    r = round(x, digits) + 0.0
    return int(r) if r == int(r) else r


def shorten(value, digits: int = 4):
    if isinstance(value, float):
        return short(value, digits)
    if isinstance(value, (list, tuple)):
        return [shorten(v, digits) for v in value]
    if isinstance(value, dict):
        return {k: shorten(v, digits) for k, v in value.items()}
    return value


def text(value, indent: int = 0, before: int = 0, width: int = 100) -> str:
    """JSON with whatever fits on a line kept on one; `before` characters stand in front of it."""
    flat = json.dumps(value)
    if indent + before + len(flat) < width or not isinstance(value, (list, dict)):
        return flat
    inner, outer = " " * (indent + 2), " " * indent
    if isinstance(value, dict):
        parts = [f"{json.dumps(k)}: {text(v, indent + 2, len(k) + 4)}" for k, v in value.items()]
        return "{\n" + ",\n".join(inner + p for p in parts) + f"\n{outer}}}"
    if all(not isinstance(v, dict) for v in value):
        return "[\n" + filled([json.dumps(v) for v in value], inner, width) + f"\n{outer}]"
    return "[\n" + ",\n".join(inner + text(v, indent + 2) for v in value) + f"\n{outer}]"


def filled(items: list[str], inner: str, width: int) -> str:
    lines, line = [], inner
    for i, item in enumerate(items):
        piece = item + ("," if i + 1 < len(items) else "")
        if len(line) + len(piece) + 1 > width and line != inner:
            lines.append(line.rstrip())
            line = inner
        line += piece + " "
    return "\n".join(lines + [line.rstrip()])


def write(folder: Path, name: str, comment: str, scene: dict, digits: int = 4) -> None:
    head = "".join(f"// {line}\n" for line in comment.strip().splitlines())
    scene = {"$schema": "scene.schema.json", "juggler": 1, **scene}
    (folder / f"{name}.json").write_text(head + text(shorten(scene, digits)) + "\n")


# ---- vectors ---------------------------------------------------------------------------------


def add(*vs):
    return [sum(c) for c in zip(*vs)]


def mul(v, s):
    return [c * s for c in v]


def sub(a, b):
    return [x - y for x, y in zip(a, b)]


def mix(a, b, t):
    return [x * (1 - t) + y * t for x, y in zip(a, b)]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def length(v):
    return math.sqrt(dot(v, v))


def unit(v):
    return mul(v, 1 / length(v))


# ---- the juggler -----------------------------------------------------------------------------

FPS = 24
FRAMES = 48
BEAT = FRAMES / FPS / 6  # three balls, each back in the same hand after six throws: one loop
DWELL = 0.30             # seconds a ball stays in a hand
FLIGHT = 3 * BEAT - DWELL
APEX = 0.95              # metres above the hands
BALL = 0.115             # metres
START = 0.31             # seconds into the pattern at frame 1: one ball at the top, one coming down


def bob(t: float) -> float:
    """How far the body sinks: once for every throw, lowest when a ball leaves the hand."""
    return -0.022 * (1 + math.cos(2 * math.pi * t / BEAT)) / 2


def sway(t: float) -> float:
    """Sideways, towards the hand that throws."""
    return 0.018 * math.cos(math.pi * t / BEAT)


def throw_point(side: int):
    return [side * 0.27, 1.12, 0.38]


def catch_point(side: int):
    return [side * 0.43, 1.16, 0.30]


def ball_in_hand(side: int, t: float):
    """Where a hand holds, or waits for, its ball. The hand throws at t = 0, period two beats."""
    t %= 2 * BEAT
    empty = 2 * BEAT - DWELL
    a, b = throw_point(side), catch_point(side)
    if t < empty:  # back out to the next catch, over a low arc
        s = t / empty
        e = s * s * (3 - 2 * s)
        return add(mix(a, b, e), [0, 0.03 * math.sin(math.pi * s), 0])
    s = (t - empty) / DWELL  # scoop: down with the ball and up into the throw
    e = s * s * (3 - 2 * s)
    return add(mix(b, a, e), [0, -0.15 * math.sin(math.pi * s), 0])


def hand_time(side: int, t: float) -> float:
    return t if side > 0 else t - BEAT  # the right hand throws at 0, the left one a beat later


def ball_position(k: int, t: float):
    """Ball k, thrown k beats after the first one."""
    t = (t - k * BEAT) % (6 * BEAT)
    side = 1 if k % 2 == 0 else -1
    if t >= 3 * BEAT:
        t, side = t - 3 * BEAT, -side
    if t >= FLIGHT:  # in the other hand, which throws it at 3 beats
        return ball_in_hand(-side, t - 3 * BEAT)
    s = t / FLIGHT
    lift = 4 * APEX * s * (1 - s)
    return add(mix(throw_point(side), catch_point(-side), s), [0, lift, 0])


def bend(a, b, first: float, second: float, towards):
    """The joint between a and b of a limb whose two bones have these lengths."""
    axis = sub(b, a)
    d = min(length(axis), 0.999 * (first + second))
    axis = unit(axis)
    along = (d * d + first * first - second * second) / (2 * d)
    out = math.sqrt(max(first * first - along * along, 0))
    side = unit(sub(towards, mul(axis, dot(towards, axis))))
    return add(a, mul(axis, along), mul(side, out))


def chain(a, b, ra: float, rb: float, count: int, skip_first: bool = False):
    steps = range(1 if skip_first else 0, count)
    return [mix(a, b, i / (count - 1)) + [ra + (rb - ra) * i / (count - 1)] for i in steps]


def shoulder(side: int, t: float):
    return [side * 0.225 + sway(t), 1.40 + bob(t), 0.0]


def arm(side: int, t: float):
    ball = ball_in_hand(side, hand_time(side, t))
    hand = add(ball, [0.0, -BALL - 0.028, 0.0])
    wrist = add(hand, [side * 0.012, -0.012, -0.035])
    elbow = bend(shoulder(side, t), wrist, 0.30, 0.29, [side * 0.9, -0.6, -0.5])
    upper = chain(shoulder(side, t), elbow, 0.066, 0.047, 12)
    lower = chain(elbow, wrist, 0.047, 0.035, 12, skip_first=True)
    fingers = [add(hand, [side * 0.035, 0.004, 0.01]) + [0.026],
               add(hand, [0.0, 0.002, 0.035]) + [0.026],
               add(hand, [-side * 0.035, 0.004, 0.01]) + [0.024]]
    return upper + lower + [hand + [0.04]] + fingers


def hip(side: int, t: float):
    return [side * 0.095 + 0.7 * sway(t), 0.90 + bob(t), 0.0]


def ankle(side: int):
    return [side * 0.15, 0.10, -0.01]


def knee(side: int, t: float):
    return bend(hip(side, t), ankle(side), 0.42, 0.41, [side * 0.25, 0, 1])


def thigh(side: int, t: float):
    return chain(hip(side, t), knee(side, t), 0.098, 0.064, 13)


def shin(side: int, t: float):
    return chain(knee(side, t), ankle(side), 0.064, 0.045, 15)[1:]


TORSO = [[0, 0.93, 0, 0.148], [0, 0.985, 0.002, 0.140], [0, 1.04, 0.005, 0.137],
         [0, 1.10, 0.008, 0.142], [0, 1.16, 0.010, 0.152], [0, 1.22, 0.012, 0.162],
         [0, 1.28, 0.010, 0.168], [0, 1.335, 0.004, 0.160],
         [0.09, 1.375, 0, 0.105], [-0.09, 1.375, 0, 0.105],
         [0.165, 1.39, 0, 0.088], [-0.165, 1.39, 0, 0.088],
         [0.225, 1.395, 0, 0.078], [-0.225, 1.395, 0, 0.078]]
BELT = [[0, 0.89, 0, 0.142]] + [[x, 0.865, 0, 0.118] for x in (-0.06, 0.06)]
NECK = [[0, 1.475, 0, 0.058], [0, 1.515, 0.005, 0.055]]
HEAD = [[0, 1.645, 0.012, 0.128], [0, 1.605, 0.03, 0.108], [0, 1.578, 0.05, 0.078],
        [0.126, 1.635, 0.0, 0.028], [-0.126, 1.635, 0.0, 0.028],  # ears
        [0, 1.622, 0.142, 0.022], [0, 1.609, 0.148, 0.020]]       # nose
EYES = [[0.047, 1.656, 0.112, 0.029], [-0.047, 1.656, 0.112, 0.029]]
PUPILS = [[0.045, 1.661, 0.131, 0.0145], [-0.045, 1.661, 0.131, 0.0145]]


def hair():
    """A cap of small balls over the crown and down the back of the head."""
    balls, centre, golden = [[0, 1.668, -0.014, 0.129]], [0, 1.652, -0.004], math.pi * (3 - math.sqrt(5))
    for i in range(150):
        y = 1 - 2 * (i + 0.5) / 150
        r, a = math.sqrt(1 - y * y), i * golden
        d = [r * math.cos(a), y, r * math.sin(a)]
        if d[1] < 0.62 * d[2] + 0.12 or d[1] < -0.45:  # the face stays free
            continue
        balls.append(add(centre, mul(d, 0.128)) + [0.030])
    return balls


def mouth():
    return [[0.008 * i, 1.570 + 0.0006 * i * i, 0.138 - 0.0007 * i * i, 0.0095] for i in range(-4, 5)]


def keyed(value, every: int):
    """Keys of one loop; the last is the first one again."""
    keys = []
    for frame in range(0, FRAMES + 1, every):
        t = START + (frame % FRAMES) / FPS
        keys.append([frame / FPS, value(t)])
    return keys


def track(target: str, value, every: int):
    return {"target": target, "loop": True, "curve": "cubic", "keys": keyed(value, every)}


def juggler() -> dict:
    skin, objects, tracks = "skin", [], []

    def moving(name, material, value, every=2):
        objects.append({"name": name, "spheres": value(START), "material": material})
        tracks.append(track(f"/objects/{name}/spheres", value, every))

    def upper_body(name, material, spheres):
        place = lambda t: [sway(t), bob(t), 0.0]
        objects.append({"name": name, "translate": place(START), "spheres": spheres,
                        "material": material})
        tracks.append(track(f"/objects/{name}/translate", place, 2))

    objects.append({"name": "ground", "plane": {"y": 0, "half_size": 1000}, "material": "ground"})
    for k in range(3):
        name = f"ball{k + 1}"
        objects.append({"name": name, "sphere": {"center": ball_position(k, START), "radius": BALL},
                        "material": "mirror"})
        tracks.append(track(f"/objects/{name}/sphere/center", lambda t, k=k: ball_position(k, t), 1))
    upper_body("torso", "shirt", TORSO)
    upper_body("belt", "shorts", BELT)
    upper_body("neck", skin, NECK)
    upper_body("head", skin, HEAD)
    upper_body("hair", "hair", hair())
    upper_body("eyes", "white", EYES)
    upper_body("pupils", "iris", PUPILS)
    upper_body("mouth", "lips", mouth())
    for side, word in ((1, "right"), (-1, "left")):
        moving(f"{word}_arm", skin, lambda t, s=side: arm(s, t))
        moving(f"{word}_sleeve", "shirt",
               lambda t, s=side: chain(shoulder(s, t), arm(s, t)[5][:3], 0.080, 0.066, 7))
        moving(f"{word}_thigh", skin, lambda t, s=side: thigh(s, t)[6:])
        moving(f"{word}_shorts", "shorts",
               lambda t, s=side: [p[:3] + [p[3] + 0.010] for p in thigh(s, t)[:8]])
        moving(f"{word}_shin", skin, lambda t, s=side: shin(s, t))
        x = side * 0.15
        objects.append({"name": f"{word}_shoe", "material": "shoes",
                        "spheres": [[x, 0.062, -0.03, 0.058], [x, 0.060, 0.02, 0.060],
                                    [x + side * 0.006, 0.055, 0.07, 0.055],
                                    [x + side * 0.012, 0.050, 0.115, 0.050],
                                    [x + side * 0.016, 0.045, 0.15, 0.045]]})
        objects.append({"name": f"{word}_sock", "material": "white",
                        "spheres": chain([x, 0.105, -0.012], [x, 0.15, -0.008], 0.052, 0.051, 3)})
    return {
        "name": "juggler",
        "image": {"width": 640, "height": 360, "spp": 64, "max_depth": 8, "seed": 1,
                  "tonemap": "none"},
        "camera": {"eye": [-1.75, 0.92, 3.35], "look_at": [0.05, 1.115, 0.1], "fov_y_deg": 37,
                   "aperture": 0.012, "focus": 3.6},
        "sky": {"gradient": {"top": [0.03, 0.12, 0.55], "horizon": [0.33, 0.55, 0.95],
                             "bottom": [0.20, 0.26, 0.20]}},
        "lights": [{"name": "sun", "sun": {"elevation_deg": 47, "azimuth_deg": -140,
                                           "irradiance": [2.7, 2.45, 2.05], "angle_deg": 1.2}}],
        "materials": {
            "ground": {"base_color_texture": {"checker": {"colors": [[0.86, 0.78, 0.05],
                                                                     [0.06, 0.36, 0.05]],
                                                          "size": 0.9}, "offset": [0.13, 0.21]},
                       "roughness": 0.65, "specular": 0.4},
            "mirror": {"base_color": [0.96, 0.96, 0.97], "metallic": 1, "roughness": 0.0},
            "shirt": {"base_color": [0.72, 0.035, 0.025], "roughness": 0.45},
            "shorts": {"base_color": [0.035, 0.06, 0.30], "roughness": 0.55},
            "skin": {"base_color": [0.66, 0.34, 0.20], "roughness": 0.5, "specular": 0.6},
            "hair": {"base_color": [0.13, 0.055, 0.02], "roughness": 0.4},
            "lips": {"base_color": [0.55, 0.10, 0.08], "roughness": 0.4},
            "white": {"base_color": [0.85, 0.85, 0.83], "roughness": 0.25},
            "iris": {"base_color": [0.015, 0.06, 0.28], "roughness": 0.1},
            "shoes": {"base_color": [0.03, 0.03, 0.035], "roughness": 0.25}},
        "objects": objects,
        "animation": {"fps": FPS, "frames": FRAMES, "shutter": 0.5, "tracks": tracks}}


# ---- the Cornell box -------------------------------------------------------------------------
# Geometry, camera and spectra as published by the Cornell University Program of Computer Graphics
# (www.graphics.cornell.edu/online/box/data.html), lengths in millimetres there.

WHITE = """.343 .445 .551 .624 .665 .687 .708 .723 .715 .710 .745 .758 .739 .767 .777 .765 .751 .745
.748 .729 .745 .757 .753 .750 .746 .747 .735 .732 .739 .734 .725 .721 .733 .725 .732 .743 .744 .748
.728 .716 .733 .726 .713 .740 .754 .764 .752 .736 .734 .741 .740 .732 .745 .755 .751 .744 .731 .733
.744 .731 .712 .708 .729 .730 .727 .707 .703 .729 .750 .760 .751 .739 .724 .730 .740 .737"""
GREEN = """.092 .096 .098 .097 .098 .095 .095 .097 .095 .094 .097 .098 .096 .101 .103 .104 .107 .109
.112 .115 .125 .140 .160 .187 .229 .285 .343 .390 .435 .464 .472 .476 .481 .462 .447 .441 .426 .406
.373 .347 .337 .314 .285 .277 .266 .250 .230 .207 .186 .171 .160 .148 .141 .136 .130 .126 .123 .121
.122 .119 .114 .115 .117 .117 .118 .120 .122 .128 .132 .139 .144 .146 .150 .152 .157 .159"""
RED = """.040 .046 .048 .053 .049 .050 .053 .055 .057 .056 .059 .057 .061 .061 .060 .062 .062 .062
.061 .062 .060 .059 .057 .058 .058 .058 .056 .055 .056 .059 .057 .055 .059 .059 .058 .059 .061 .061
.063 .063 .067 .068 .072 .080 .090 .099 .124 .154 .192 .255 .287 .349 .402 .443 .487 .513 .558 .584
.620 .606 .609 .651 .612 .610 .650 .638 .627 .620 .630 .628 .642 .639 .657 .639 .635 .642"""
LIGHT = {400: 0.0, 500: 8.0, 600: 15.6, 700: 18.4}  # W/(m^2 sr) per band, linear in between


def colour_matching(nm: float):
    """CIE 1931, fits of Wyman, Sloan and Shirley, "Simple Analytic Approximations to the CIE XYZ
    Color Matching Functions", JCGT 2013."""
    def lobe(mean, below, above):
        s = below if nm < mean else above
        return math.exp(-0.5 * ((nm - mean) / s) ** 2)
    return [1.056 * lobe(599.8, 37.9, 31.0) + 0.362 * lobe(442.0, 16.0, 26.7)
            - 0.065 * lobe(501.1, 20.4, 26.2),
            0.821 * lobe(568.8, 46.9, 40.5) + 0.286 * lobe(530.9, 16.3, 31.1),
            1.217 * lobe(437.0, 11.8, 36.0) + 0.681 * lobe(459.0, 26.0, 13.8)]


def linear_srgb(spectrum):
    """Of a spectrum over 400, 404 ... 700 nm, scaled so that the constant 1 is (1, 1, 1)."""
    def rgb(values):
        xyz = [0.0, 0.0, 0.0]
        for i, v in enumerate(values):
            xyz = add(xyz, mul(colour_matching(400 + 4 * i), v))
        x, y, z = xyz
        return [3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
                -0.9692660 * x + 1.8760108 * y + 0.0415560 * z,
                0.0556434 * x - 0.2040259 * y + 1.0572252 * z]
    one = rgb([1.0] * 76)
    return [max(c / w, 0.0) for c, w in zip(rgb(spectrum), one)]


def light_spectrum():
    values = []
    for nm in range(400, 704, 4):
        low = min(nm // 100 * 100, 600)
        s = (nm - low) / 100
        values.append(LIGHT[low] * (1 - s) + LIGHT[low + 100] * s)
    return values


def quads(millimetres):
    """Four corners a quad, as two triangles each."""
    positions = [mul(p, 0.001) for quad in millimetres for p in quad]
    indices = [t for i in range(0, len(positions), 4) for t in ([i, i + 1, i + 2], [i, i + 2, i + 3])]
    return {"triangles": {"positions": positions, "indices": indices}}


def block(top):
    """The published blocks stand upright: their sides go straight down from the top."""
    sides = [[[a[0], 0.0, a[2]], a, b, [b[0], 0.0, b[2]]] for a, b in
             zip(top, [top[3], top[0], top[1], top[2]])]
    return quads([top] + sides)


def cornell() -> dict:
    spectrum = lambda words: linear_srgb([float(w) for w in words.split()])
    matte = lambda color: {"base_color": color, "specular": 0}
    h = 548.8
    # The published ceiling has the light's rectangle in its plane: here it is cut out.
    ceiling = [[[556, h, 0], [556, h, 227], [0, h, 227], [0, h, 0]],
               [[556, h, 332], [556, h, 559.2], [0, h, 559.2], [0, h, 332]],
               [[556, h, 227], [556, h, 332], [343, h, 332], [343, h, 227]],
               [[213, h, 227], [213, h, 332], [0, h, 332], [0, h, 227]]]
    shapes = [
        ("floor", "white", quads([[[552.8, 0, 0], [0, 0, 0], [0, 0, 559.2], [549.6, 0, 559.2]]])),
        ("light", "light", quads([[[343, h, 227], [343, h, 332], [213, h, 332], [213, h, 227]]])),
        ("ceiling", "white", quads(ceiling)),
        ("back_wall", "white", quads([[[549.6, 0, 559.2], [0, 0, 559.2], [0, h, 559.2],
                                       [556, h, 559.2]]])),
        ("right_wall", "green", quads([[[0, 0, 559.2], [0, 0, 0], [0, h, 0], [0, h, 559.2]]])),
        ("left_wall", "red", quads([[[552.8, 0, 0], [549.6, 0, 559.2], [556, h, 559.2],
                                     [556, h, 0]]])),
        ("short_block", "white", block([[130, 165, 65], [82, 165, 225], [240, 165, 272],
                                        [290, 165, 114]])),
        ("tall_block", "white", block([[423, 330, 247], [265, 330, 296], [314, 330, 456],
                                       [472, 330, 406]]))]
    return {
        "name": "Cornell box",
        "image": {"width": 512, "height": 512, "spp": 256, "max_depth": 16, "tonemap": "none",
                  "exposure": 1},
        "camera": {"eye": [0.278, 0.273, -0.8], "look_at": [0.278, 0.273, 0.0],
                   "fov_y_deg": 2 * math.degrees(math.atan(0.0125 / 0.035))},
        "sky": "none",
        "materials": {"white": matte(spectrum(WHITE)), "green": matte(spectrum(GREEN)),
                      "red": matte(spectrum(RED)),
                      "light": {"base_color": [0.78, 0.78, 0.78], "specular": 0,
                                "emission": linear_srgb(light_spectrum())}},
        "objects": [{"name": n, "material": m, **shape} for n, m, shape in shapes]}


# ---- the last picture of Ray Tracing in One Weekend ------------------------------------------
# After Peter Shirley, Trevor David Black, Steve Hollasch, "Ray Tracing in One Weekend", chapter 14:
# the same field and the same odds, with random numbers of our own.


class Random:
    """A linear congruential generator (Knuth's MMIX constants): the same numbers everywhere."""

    def __init__(self, seed: int):
        self.state = seed

    def __call__(self, low: float = 0.0, high: float = 1.0) -> float:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return low + (high - low) * (self.state >> 11) / 2**53


def fuzzy(color, fuzz: float) -> dict:
    """The book's metal adds a random vector of length `fuzz` to the mirrored ray. The half vector
    turns by half of that: alpha = fuzz / 2, and roughness is the root of alpha."""
    return {"base_color": color, "metallic": 1, "roughness": math.sqrt(fuzz / 2)}


def weekend() -> dict:
    random = Random(1986)
    materials = {"ground": {"base_color": [0.5, 0.5, 0.5], "specular": 0},
                 "glass": {"transmission": 1, "ior": 1.5, "roughness": 0},
                 "brown": {"base_color": [0.4, 0.2, 0.1], "specular": 0},
                 "metal": fuzzy([0.7, 0.6, 0.5], 0.0)}
    objects = [
        {"name": "ground", "sphere": {"center": [0, -1000, 0], "radius": 1000}, "material": "ground"},
        {"name": "big_glass", "sphere": {"center": [0, 1, 0], "radius": 1}, "material": "glass"},
        {"name": "big_brown", "sphere": {"center": [-4, 1, 0], "radius": 1}, "material": "brown"},
        {"name": "big_metal", "sphere": {"center": [4, 1, 0], "radius": 1}, "material": "metal"}]
    glass = []
    for a in range(-11, 11):
        for b in range(-11, 11):
            choice = random()
            x = a + 0.9 * random()
            z = b + 0.9 * random()
            if length([x - 4, 0, z]) <= 0.9:
                continue
            ball = [x, 0.2, z, 0.2]
            if choice >= 0.95:
                glass.append(ball)
                continue
            name = f"{'matte' if choice < 0.8 else 'metal'}_{a + 11}_{b + 11}"
            if choice < 0.8:
                color = [random() * random() for _ in range(3)]
                materials[name] = {"base_color": color, "specular": 0}
            else:
                color = [random(0.5, 1) for _ in range(3)]
                materials[name] = fuzzy(color, random(0, 0.5))
            objects.append({"sphere": {"center": ball[:3], "radius": 0.2}, "material": name})
    objects.append({"name": "small_glass", "spheres": glass, "material": "glass"})
    return {
        "name": "one weekend",
        "image": {"width": 1200, "height": 675, "spp": 10, "max_depth": 50, "tonemap": "none"},
        "camera": {"eye": [13, 2, 3], "look_at": [0, 0, 0], "fov_y_deg": 20,
                   "aperture": 2 * 10 * math.tan(math.radians(0.6 / 2)), "focus": 10},
        "sky": {"gradient": {"top": [0.5, 0.7, 1], "horizon": [0.75, 0.85, 1], "bottom": [1, 1, 1]}},
        "materials": materials,
        "objects": objects}


# ---- the ocean -------------------------------------------------------------------------------

SEA_LOOP = 4      # seconds
SEA_WIND = 35     # degrees: where most waves run to
SEA_Z = -45       # metres: the middle of the water, most of it behind what is looked at


def sea_waves() -> list[dict]:
    """Waves from swell to ripples, smaller ones running more astray, none steep enough to break."""
    random, waves = Random(1999), []
    for i in range(28):
        metres = 26 * 0.84 ** i
        spread = 18 + 2.2 * i
        amplitude = 0.0125 * metres * random(0.6, 1.0) * (1 if i < 14 else 0.75)
        waves.append({"length": short(metres, 3), "amplitude": short(amplitude),
                      "steepness": 0.55 if i < 16 else 0.3,
                      "azimuth_deg": short(SEA_WIND + random(-spread, spread), 1),
                      "phase_deg": short(random(0, 360), 1)})
    return waves


def sea_at(waves: list[dict], x: float, z: float, t: float):
    """The water that rests at (x, z): where it is at a time, and how it leans there."""
    p, slope = [x, 0.0, z], [0.0, 0.0]
    for w in waves:
        k = 2 * math.pi / w["length"]
        a = math.radians(w["azimuth_deg"])
        d = [math.sin(a), -math.cos(a)]
        turns = math.sqrt(9.81 * w["length"] / (2 * math.pi)) / w["length"]
        turns = math.floor(turns * SEA_LOOP + 0.5) / SEA_LOOP
        phase = k * (d[0] * x + d[1] * z) + math.radians(w["phase_deg"]) - 2 * math.pi * turns * t
        s, c = math.sin(phase), math.cos(phase)
        across = w["steepness"] * w["amplitude"]
        p = add(p, [-across * d[0] * s, w["amplitude"] * c, -across * d[1] * s])
        slope = [slope[i] - w["amplitude"] * k * d[i] * s for i in (0, 1)]
    return p, slope


def ocean() -> dict:
    waves, frames = sea_waves(), 24 * SEA_LOOP
    buoy = {"translate": [], "rotate": []}
    swell = waves[:12]  # a buoy does not follow the ripples
    for frame in range(0, frames + 1, 4):
        p, slope = sea_at(swell, 1.2, 4.5 - SEA_Z, frame / 24)
        p[2] += SEA_Z
        # Turned by the smallest rotation that takes up to the water's normal, a little less far.
        n = unit([-0.8 * slope[0], 1, -0.8 * slope[1]])
        half = unit([n[0], n[1] + 1, n[2]])
        buoy["translate"].append([frame / 24, p])
        buoy["rotate"].append([frame / 24, [half[2], 0.0, -half[0], half[1]]])
    track = lambda key: {"target": f"/objects/buoy/{key}", "loop": True, "curve": "cubic",
                         "keys": buoy[key]}
    return {
        "name": "ocean",
        "image": {"width": 960, "height": 540, "spp": 64, "max_depth": 6, "tonemap": "aces"},
        "camera": {"eye": [-3.2, 2.6, 13.5], "look_at": [0.6, 0.75, 0], "fov_y_deg": 36},
        "sky": {"gradient": {"top": [0.10, 0.22, 0.52], "horizon": [0.85, 0.55, 0.33],
                             "bottom": [0.02, 0.05, 0.07]}},
        "lights": [{"name": "sun", "sun": {"elevation_deg": 14, "azimuth_deg": 28,
                                           "irradiance": [2.6, 1.9, 1.2], "angle_deg": 1.5}}],
        "materials": {
            "water": {"base_color": [0.006, 0.035, 0.045], "roughness": 0.08, "ior": 1.33},
            "paint": {"base_color": [0.75, 0.07, 0.03], "roughness": 0.3},
            "band": {"base_color": [0.9, 0.88, 0.82], "roughness": 0.35},
            "lantern": {"emission": [14, 8.5, 2.5]}},
        "meshes": {"buoy": [
            {"spheres": [[0, 0.12, 0, 0.5]], "material": "paint"},
            {"spheres": [[0, 0.30 + 0.052 * i, 0, 0.40 - 0.026 * i] for i in range(9)],
             "material": "band"},
            {"spheres": [[0, 0.74 + 0.04 * i, 0, 0.12 - 0.006 * i] for i in range(9)],
             "material": "paint"},
            {"sphere": {"center": [0, 1.18, 0], "radius": 0.11}, "material": "lantern"}]},
        "objects": [
            {"name": "ocean", "ocean": {"size": [140, 140], "cells": 724, "loop": SEA_LOOP,
                                        "waves": waves},
             "translate": [0, 0, SEA_Z], "material": "water"},
            {"name": "buoy", "instance": {"mesh": "buoy"}, "translate": buoy["translate"][0][1],
             "rotate": buoy["rotate"][0][1]}],
        "animation": {"fps": 24, "frames": frames, "shutter": 0,
                      "tracks": [track("translate"), track("rotate")]}}


# ---- materials -------------------------------------------------------------------------------


def materials() -> dict:
    """Five rows of five balls; roughness grows to the right in the first three."""
    steps = [0, 0.15, 0.35, 0.6, 1]
    rows = [
        [{"base_color": "#ffd479", "metallic": 1, "roughness": r} for r in steps],
        [{"base_color": "#c02828", "roughness": r} for r in steps],
        [{"transmission": 1, "roughness": r, "base_color": "#f4fffb",
          "attenuation": {"color": "#a8e4d2", "distance": 1}} for r in (0, 0.1, 0.25, 0.45, 0.7)],
        [{"base_color": "#8a1020", "metallic": 0.6, "roughness": 0.45, "clearcoat": 1},
         {"base_color": "#123a66", "roughness": 0.8, "clearcoat": 1, "clearcoat_roughness": 0.25},
         {"base_color": "#301848", "roughness": 1, "specular": 0.3, "sheen_color": "#c0a0ff",
          "sheen_roughness": 0.3},
         {"base_color": "#5a2010", "roughness": 1, "specular": 0.3, "sheen_color": "#ffb070",
          "sheen_roughness": 0.6},
         {"base_color": "#e8e4dc", "roughness": 0.5, "specular_color": [6, 2.5, 1]}],
        [{"base_color": "#d8d8e0", "metallic": 1, "roughness": 0.25, "anisotropy": 0.9},
         {"base_color": "#d89060", "metallic": 1, "roughness": 0.3, "anisotropy": 0.8,
          "anisotropy_rotation_deg": 90},
         {"base_color": "#b0b0b8", "metallic": 1, "roughness": 0.12, "iridescence": 1,
          "iridescence_ior": 1.8, "iridescence_thickness_nm": 380},
         {"base_color": "#101014", "roughness": 0.1, "iridescence": 1, "iridescence_ior": 1.6,
          "iridescence_thickness_nm": 520},
         {"transmission": 1, "thin": True, "roughness": 0, "iridescence": 1,
          "iridescence_ior": 1.35, "iridescence_thickness_nm": 450}]]
    named = {"floor": {"roughness": 0.55, "base_color_texture":
                       {"checker": {"colors": ["#a8a49c", "#8e8b86"], "size": 1}}},
             "wall": {"base_color": "#8a8a90", "roughness": 1, "specular": 0},
             "key": {"base_color": [0, 0, 0], "emission": [1, 0.95, 0.88], "emission_strength": 11},
             "rim": {"base_color": [0, 0, 0], "emission": [0.75, 0.87, 1], "emission_strength": 9}}
    objects = [
        {"name": "floor", "plane": {"y": 0, "half_size": 40}, "material": "floor"},
        {"name": "wall", "quad": {"corner": [-40, 0, -9], "u": [80, 0, 0], "v": [0, 30, 0]},
         "material": "wall"},
        {"name": "key", "quad": {"corner": [-7, 7, 4], "u": [4.5, 0, -3], "v": [0, 3, 2]},
         "material": "key"},
        {"name": "rim", "quad": {"corner": [6, 1.5, -4.5], "u": [2, 0, 4], "v": [0, 5, 0]},
         "material": "rim"}]
    for z, row in enumerate(rows):
        for x, material in enumerate(row):
            name = f"{'gold plastic glass layers films'.split()[z]}_{x + 1}"
            named[name] = material
            objects.append({"name": name, "material": name,
                            "sphere": {"center": [(x - 2) * 1.15, 0.5, (z - 2) * 1.15],
                                       "radius": 0.5}})
    return {
        "name": "materials",
        "image": {"width": 960, "height": 600, "spp": 64, "max_depth": 10, "tonemap": "aces",
                  "exposure": 0.3},
        "camera": {"eye": [0, 5.6, 8.2], "look_at": [0, 0.2, 0.05], "fov_y_deg": 29},
        "sky": {"gradient": {"top": [0.22, 0.25, 0.32], "horizon": [0.5, 0.5, 0.52],
                             "bottom": [0.1, 0.1, 0.1]}},
        "materials": named,
        "objects": objects}


# ---- lantern ---------------------------------------------------------------------------------


def garland(x: float, z: float, length: float, count: int) -> list:
    """Bulbs along a hanging string, from wall to wall."""
    bulbs = []
    for i in range(count):
        t = (i + 0.5) / count
        bulbs.append([x + (t - 0.5) * length, 2.35 - 1.6 * t * (1 - t), z, 0.022])
    return bulbs


def lantern() -> dict:
    bulbs = [b for k in range(6) for b in garland(0, -1.8 + 0.7 * k, 4.6, 18)]
    wall = lambda c, m: {"material": m, "quad": c}
    glass = [[-0.62, 0.93, -0.15, 0.18], [0.55, 0.88, 0.25, 0.13], [0.15, 0.85, 0.42, 0.10]]
    return {
        "name": "lantern",
        "image": {"width": 960, "height": 540, "spp": 256, "max_depth": 12, "tonemap": "agx",
                  "exposure": 0.3, "filter": "blackman-harris"},
        "camera": {"eye": [0.8, 1.5, 1.75], "look_at": [-0.12, 1.12, -0.2], "fov_y_deg": 46,
                   "aperture": 0.03, "blades": 6, "focus": 1.75},
        "sky": "none",
        "materials": {
            "floor": {"base_color_texture": {"checker": {"colors": ["#8a5a33", "#5f3a20"],
                                                         "size": 0.25}, "scale": [20, 20]},
                      "roughness": 0.35},
            "plaster": {"base_color": [0.72, 0.66, 0.58], "roughness": 1, "specular": 0},
            "tiles": {"base_color_texture": {"checker": {"colors": ["#20506b", "#d8d2c4"],
                                                         "size": 0.1}, "scale": [3.2, 1.6]},
                      "roughness": 0.2},
            "wood": {"base_color": [0.23, 0.11, 0.05], "roughness": 0.3},
            "glass": {"transmission": 1, "roughness": 0, "ior": 1.5},
            "green glass": {"transmission": 1, "roughness": 0.05,
                            "attenuation": {"color": [0.2, 0.8, 0.35], "distance": 0.15}},
            "brass": {"base_color": [0.91, 0.68, 0.32], "metallic": 1, "roughness": 0.18},
            "bulb": {"emission": [1.0, 0.62, 0.25], "emission_strength": 55},
            "paper": {"base_color": [0.9, 0.8, 0.6], "emission": [1.0, 0.72, 0.4],
                      "emission_strength": 2.2}},
        "objects": [
            wall({"corner": [-2.5, 0, 2.6], "u": [5, 0, 0], "v": [0, 0, -5]}, "floor"),
            wall({"corner": [-2.5, 2.6, -2.4], "u": [5, 0, 0], "v": [0, 0, 5]}, "plaster"),
            wall({"corner": [-2.5, 0, -2.4], "u": [5, 0, 0], "v": [0, 2.6, 0]}, "tiles"),
            wall({"corner": [-2.5, 0, 2.6], "u": [0, 0, -5], "v": [0, 2.6, 0]}, "plaster"),
            wall({"corner": [2.5, 0, -2.4], "u": [0, 0, 5], "v": [0, 2.6, 0]}, "plaster"),
            wall({"corner": [2.5, 0, 2.6], "u": [-5, 0, 0], "v": [0, 2.6, 0]}, "plaster"),
            {"material": "wood", "box": {"center": [0, 0.72, 0], "size": [1.9, 0.06, 1.1]}},
            *[{"material": "wood", "box": {"center": [x, 0.345, z], "size": [0.07, 0.69, 0.07]}}
              for x in (-0.85, 0.85) for z in (-0.45, 0.45)],
            {"material": "glass", "spheres": glass},
            {"material": "green glass", "knot": {"radius": 0.2, "thickness": 0.045},
             "translate": [0.1, 0.86, -0.1]},
            {"material": "brass", "knot": {"radius": 0.2, "thickness": 0.04, "turns": 3,
                                           "winds": 4},
             "translate": [-0.3, 0.84, 0.33]},
            {"material": "brass", "sphere": {"center": [0.62, 0.87, -0.28], "radius": 0.12}},
            {"name": "lantern", "material": "paper",
             "sphere": {"center": [-1.1, 1.75, -0.9], "radius": 0.28}},
            {"name": "bulbs", "material": "bulb", "spheres": bulbs}]}


# ---- gallery ---------------------------------------------------------------------------------


def gallery() -> dict:
    side, step = 21, 2.4
    places, stands = [], []
    for row in range(side):
        for column in range(side):
            x, z = (column - side // 2) * step, -row * step
            turn = (row * 137.5 + column * 61.0) % 360
            places.append({"rotate_x_deg": 90.0, "rotate_y_deg": turn, "translate": [x, 1.75, z]})
            stands.append({"translate": [x, 0.45, z]})
    copies = lambda mesh, all: {"instance": {"mesh": mesh, "copies": all}}
    return {
        "name": "gallery",
        "image": {"width": 960, "height": 540, "spp": 128, "max_depth": 6},
        "camera": {"eye": [3.4, 3.6, 6.5], "look_at": [0.2, 1.2, -6], "fov_y_deg": 42},
        "sky": {"gradient": {"top": [0.25, 0.42, 0.8], "horizon": [0.95, 0.92, 0.88],
                             "bottom": [0.3, 0.28, 0.25]}},
        "lights": [{"sun": {"elevation_deg": 38, "azimuth_deg": 130, "irradiance": [3.2, 2.9, 2.4],
                            "angle_deg": 1}}],
        "materials": {
            "floor": {"base_color": [0.42, 0.4, 0.38], "roughness": 0.5},
            "stand": {"base_color": [0.75, 0.73, 0.7], "roughness": 0.7},
            "bronze": {"base_color": [0.78, 0.5, 0.3], "metallic": 1, "roughness": 0.25}},
        "meshes": {
            "knot": [{"material": "bronze",
                      "knot": {"radius": 0.75, "thickness": 0.14, "segments": 1024,
                               "sides": 128}}],
            "stand": [{"material": "stand", "box": {"size": [0.9, 0.9, 0.9]}}]},
        "objects": [
            {"material": "floor", "plane": {"y": 0, "half_size": 200}},
            copies("stand", stands), copies("knot", places)]}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "scenes"
    write(folder, "juggler", """
A juggler made of spheres, after the ray-traced one that Eric Graham's Amiga showed in 1986.
Two seconds that repeat: frame 49 is frame 1. Written by scripts/make_scenes.py.""", juggler())
    write(folder, "cornell", """
The Cornell box as measured (www.graphics.cornell.edu/online/box/data.html), millimetres turned to
metres. Colours are the published spectra as linear sRGB, scaled so that a reflectance of 1 is
(1, 1, 1); the ceiling is cut out where the light is. Written by scripts/make_scenes.py.""",
          cornell(), 6)
    write(folder, "weekend", """
The last picture of "Ray Tracing in One Weekend" (Shirley, Black, Hollasch), with other random
numbers. Metal's fuzz f became roughness sqrt(f / 2). Written by scripts/make_scenes.py.""", weekend())
    write(folder, "ocean", """
An evening at sea: a million triangles that all move every frame, and a buoy on them. Four seconds
that repeat: frame 97 is frame 1. Written by scripts/make_scenes.py.""", ocean())
    write(folder, "materials", """
What surfaces can be: gold, plastic and glass from smooth to rough; then coats, velvets and a tinted
gloss; then brushed metals and thin films. Written by scripts/make_scenes.py.""", materials())


    write(folder, "lantern", """
An evening indoors: a hundred and eight bulbs and a paper lantern over glass and brass.
Written by scripts/make_scenes.py.""", lantern())
    write(folder, "gallery", """
A hundred and fifteen million triangles: one knot of 262 144, placed 441 times.
Written by scripts/make_scenes.py.""", gallery())


if __name__ == "__main__":
    main()
