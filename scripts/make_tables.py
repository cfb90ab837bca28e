#!/usr/bin/env python3
"""Writes host/image/srgb_table.cpp: the sRGB curve as exact float tables.

Usage: scripts/make_tables.py > host/image/srgb_table.cpp

Every number is computed with 60 digits and rounded to float once, so the tables are the same
wherever this runs. The curve is IEC 61966-2-1: c = 12.92 x up to x = 0.0031308 (c = 0.04045),
c = 1.055 x^(1/2.4) - 0.055 above.
"""

import struct
from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 60


def linear(c: Decimal) -> Decimal:
    """The light of an encoded value, both in [0, 1]."""
    if c <= Decimal("0.04045"):
        return c / Decimal("12.92")
    return ((c + Decimal("0.055")) / Decimal("1.055")) ** Decimal("2.4")


def float_bits(x: float) -> int:
    return struct.unpack("<I", struct.pack("<f", x))[0]


def from_bits(bits: int) -> float:
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def nearest(x: Decimal) -> float:
    """The float nearest to x >= 0, ties to even."""
    bits = float_bits(float(x))
    near = [from_bits(max(bits + step, 0)) for step in (-1, 0, 1)]
    distance = [abs(Fraction(f) - Fraction(x)) for f in near]
    least = min(distance)
    ties = [f for f, d in zip(near, distance) if d == least]
    return min(ties, key=lambda f: float_bits(f) & 1)


def at_least(x: Decimal) -> float:
    """The smallest float that is not below x >= 0."""
    bits = float_bits(float(x))
    while Fraction(from_bits(bits)) >= Fraction(x):
        bits -= 1
    while Fraction(from_bits(bits)) < Fraction(x):
        bits += 1
    return from_bits(bits)


def hex_float(x: float) -> str:
    mantissa, exponent = x.hex().split("p")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}p{int(exponent)}f"


def table(name: str, comment: str, values: list[float]) -> str:
    lines = [f"// {comment}", f"const float {name}[{len(values)}] = {{"]
    for start in range(0, len(values), 6):
        lines.append("    " + " ".join(hex_float(v) + "," for v in values[start:start + 6]))
    lines.append("};")
    return "\n".join(lines)


def main() -> None:
    decoded = [nearest(linear(Decimal(code) / 255)) for code in range(256)]
    threshold = [at_least(linear((Decimal(code) - Decimal("0.5")) / 255)) for code in range(1, 256)]
    print("// Written by scripts/make_tables.py; change that, not this.")
    print('#include "host/image/srgb_table.h"\n')
    print("namespace juggler {\n")
    print("// clang-format off")
    print(table("srgb8_to_linear", "Light of code i.", decoded) + "\n")
    print(table("srgb8_threshold", "The least light that is encoded as i + 1 or more.", threshold))
    print("// clang-format on\n")
    print("} // namespace juggler")


main()
