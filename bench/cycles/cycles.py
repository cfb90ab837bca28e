# Renders one of the scenes beside this file with Blender's Cycles, with the same camera, light,
# size, bounces and samples as Juggler has it, and no denoising. Run by scripts/bench-cycles.sh:
#
#   blender -b --factory-startup -P cycles.py -- SCENE.json OUT.exr SAMPLES THREADS BOUNCES [matte]
#
# `matte` puts a diffuse surface of the same colour in the place of each that is not glowing.
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

scene_file, out, samples, threads, bounces, *look = sys.argv[sys.argv.index("--") + 1:]
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
    output = nodes.new("ShaderNodeOutputMaterial")
    # Glows to both sides, as in Juggler.
    material.node_tree.links.new(emission.outputs[0], output.inputs["Surface"])
    mesh.materials.append(material)
    scene.collection.objects.link(bpy.data.objects.new("lamp", mesh))



def make_matte(material):
    tree = material.node_tree
    for node in [n for n in tree.nodes if n.type == "BSDF_PRINCIPLED"]:
        color = node.inputs["Base Color"]
        matte = tree.nodes.new("ShaderNodeBsdfDiffuse")
        matte.inputs["Color"].default_value = color.default_value
        if color.is_linked:
            tree.links.new(color.links[0].from_socket, matte.inputs["Color"])
        glow = tree.nodes.new("ShaderNodeEmission")
        for ours, theirs in (("Color", "Emission"), ("Strength", "Emission Strength")):
            glow.inputs[ours].default_value = node.inputs[theirs].default_value
            if node.inputs[theirs].is_linked:
                tree.links.new(node.inputs[theirs].links[0].from_socket, glow.inputs[ours])
        both = tree.nodes.new("ShaderNodeAddShader")
        tree.links.new(matte.outputs[0], both.inputs[0])
        tree.links.new(glow.outputs[0], both.inputs[1])
        for link in list(node.outputs["BSDF"].links):
            tree.links.new(both.outputs[0], link.to_socket)


if look == ["matte"]:
    for material in bpy.data.materials:
        if material.use_nodes:
            make_matte(material)

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
# Cycles does not count the last way to a light as a bounce.
further = int(bounces) - 1
cycles.max_bounces = cycles.diffuse_bounces = cycles.glossy_bounces = further
cycles.transmission_bounces = further
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
