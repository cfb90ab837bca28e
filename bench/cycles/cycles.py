# Renders one of the scenes beside this file with Blender's Cycles, with the same camera, light,
# size, bounces and samples as Juggler has it, and no denoising. Run by scripts/bench-cycles.sh:
#
#   blender -b --factory-startup -P cycles.py -- SCENE.json OUT.exr SAMPLES THREADS BOUNCES
#
# Knows what those scenes hold: a camera, a constant sky, quads that emit, glTF models. glTF has y
# up, Blender z: its importer turns the model, and the rest is turned here.
import json
import os
import sys
import time

import bpy
import numpy
from mathutils import Vector

# The importer of Blender 3.4 asks for a name that newer versions of numpy have dropped.
numpy.bool = bool

scene_file, out, samples, threads, bounces = sys.argv[sys.argv.index("--") + 1:]
with open(scene_file) as f:
    description = json.load(f)


def turned(p):
    return Vector((p[0], -p[2], p[1]))


bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
for thing in description["objects"]:
    if "gltf" in thing:
        path = os.path.join(os.path.dirname(scene_file), thing["gltf"]["file"])
        bpy.ops.import_scene.gltf(filepath=path)
        continue
    quad = thing["quad"]
    corner, u, v = (turned(quad[k]) for k in ("corner", "u", "v"))
    mesh = bpy.data.meshes.new("lamp")
    mesh.from_pydata([corner, corner + u, corner + u + v, corner + v], [], [(0, 1, 2, 3)])
    material = bpy.data.materials.new("lamp")
    material.use_nodes = True
    nodes = material.node_tree.nodes
    nodes.clear()
    emission = nodes.new("ShaderNodeEmission")
    emission.inputs["Color"].default_value = (
        *description["materials"][thing["material"]]["emission"], 1)
    # Light from the front only.
    geometry = nodes.new("ShaderNodeNewGeometry")
    front = nodes.new("ShaderNodeMath")
    front.operation = "SUBTRACT"
    front.inputs[0].default_value = 1
    links = material.node_tree.links
    links.new(geometry.outputs["Backfacing"], front.inputs[1])
    links.new(front.outputs[0], emission.inputs["Strength"])
    output = nodes.new("ShaderNodeOutputMaterial")
    links.new(emission.outputs[0], output.inputs["Surface"])
    mesh.materials.append(material)
    scene.collection.objects.link(bpy.data.objects.new("lamp", mesh))

world = bpy.data.worlds.new("sky")
world.use_nodes = True
sky = description["sky"]
world.node_tree.nodes["Background"].inputs["Color"].default_value = (
    (*sky["constant"], 1) if sky != "none" else (0, 0, 0, 1))
scene.world = world

view = description["camera"]
camera = bpy.data.cameras.new("camera")
camera.sensor_fit = "VERTICAL"
camera.angle = view["fov_y_deg"] * 3.141592653589793 / 180
camera.clip_end = 1e5
at = bpy.data.objects.new("camera", camera)
eye = turned(view["eye"])
at.location = eye
at.rotation_euler = (turned(view["look_at"]) - eye).to_track_quat("-Z", "Y").to_euler()
scene.collection.objects.link(at)
scene.camera = at

render = scene.render
render.engine = "CYCLES"
render.resolution_x = description["image"]["width"]
render.resolution_y = description["image"]["height"]
render.resolution_percentage = 100
render.threads_mode = "FIXED"
render.threads = int(threads)
render.image_settings.file_format = "OPEN_EXR"
render.image_settings.color_depth = "32"
render.filepath = out
scene.view_settings.view_transform = "Raw"
cycles = scene.cycles
cycles.device = "CPU"
cycles.use_adaptive_sampling = False
cycles.use_denoising = False
cycles.pixel_filter_type = "BOX"
cycles.filter_width = 1
cycles.sample_clamp_direct = cycles.sample_clamp_indirect = 0
cycles.blur_glossy = 0
cycles.caustics_reflective = cycles.caustics_refractive = True
cycles.light_sampling_threshold = 0
cycles.max_bounces = cycles.diffuse_bounces = cycles.glossy_bounces = int(bounces)
cycles.transmission_bounces = int(bounces)
cycles.transparent_max_bounces = 64


def seconds(spp):
    cycles.samples = spp
    begin = time.monotonic()
    bpy.ops.render.render(write_still=True)
    return time.monotonic() - begin


# What is not sampling (import, trees, the file) is in both.
first = seconds(1)
whole = seconds(int(samples))
pixels = render.resolution_x * render.resolution_y
print("cycles_msamples_per_s",
      pixels * (int(samples) - 1) * 1e-6 / (whole - first))
