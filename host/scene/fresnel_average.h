// Reflectance of a smooth dielectric met from outside, averaged over the cosine-weighted
// hemisphere.
#pragma once

namespace juggler {

float fresnel_average(double ior); // ior at least 1; error below 1e-5

} // namespace juggler
