"""optae's own damped Gauss-Newton method, and its linear algebra."""
