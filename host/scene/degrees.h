// Sine, cosine and logarithm in double precision for loaders, without the C library: its results
// differ between machines, and they reach pictures. Error below 2 ulp; exact where the angle is a
// multiple of 90 degrees.
#pragma once

namespace juggler {

double sin_deg(double degrees);
double cos_deg(double degrees);
double tan_deg(double degrees);
double sin_radians(double radians);
double cos_radians(double radians);
double natural_log(double x); // x > 0 and finite, else 0

} // namespace juggler
