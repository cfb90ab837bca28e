# Compares two pictures of the same size by their means. Run by pictures.py:
#
#   blender -b --factory-startup -P means.py -- OURS.exr THEIRS.exr
import sys

import bpy
import numpy

block = 16


def load(path):
    image = bpy.data.images.load(path)
    image.colorspace_settings.name = "Raw"
    width, height = image.size
    pixels = numpy.empty(width * height * 4, dtype=numpy.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(height, width, 4)[:, :, :3].astype(numpy.float64)


def blocks(picture):
    height, width = (n // block * block for n in picture.shape[:2])
    cut = picture[:height, :width].reshape(height // block, block, width // block, block, 3)
    return cut.mean(axis=(1, 3, 4))


ours, theirs = (load(path) for path in sys.argv[sys.argv.index("--") + 1:])
ratio = theirs.mean(axis=(0, 1)) / ours.mean(axis=(0, 1))
a, b = blocks(ours), blocks(theirs)
shown = (a > 1e-3 * a.mean()) & (numpy.abs(b - a) > 1e-6 * a)  # neither darkness nor the plain sky
apart = numpy.abs(b[shown] / a[shown] - 1)
print("means Cycles over Juggler: red %.3f, green %.3f, blue %.3f; blocks apart by %.1f %% (median), "
      "%.1f %% (90th percentile)" % (*ratio, 100 * numpy.median(apart),
                                     100 * numpy.percentile(apart, 90)))
