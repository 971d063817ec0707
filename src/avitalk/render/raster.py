"""Which surface each picture sample sees: projection, smooth normals, z-buffer, shadow map."""

import math

import numpy as np
from numpy.typing import NDArray

from avitalk.render.compiled import kernel

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

SAMPLES = 4
# Rotated grid: four samples in distinct rows and columns smooth nearly upright and nearly
# level edges in four steps; an ordered 2 x 2 grid does it in two.
SAMPLE_X = (-0.125, 0.375, -0.375, 0.125)
SAMPLE_Y = (-0.375, -0.125, 0.125, 0.375)
NEAR_M = 0.02


@kernel
def vertex_normals(vertices: F32, triangles: I32, normals: F32) -> None:
    """Write area-weighted unit normals of `vertices` (V, 3) to `normals` (V, 3)."""
    normals[:] = 0.0
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux = vertices[b, 0] - vertices[a, 0]
        uy = vertices[b, 1] - vertices[a, 1]
        uz = vertices[b, 2] - vertices[a, 2]
        wx = vertices[c, 0] - vertices[a, 0]
        wy = vertices[c, 1] - vertices[a, 1]
        wz = vertices[c, 2] - vertices[a, 2]
        nx = uy * wz - uz * wy
        ny = uz * wx - ux * wz
        nz = ux * wy - uy * wx
        for v in (a, b, c):
            normals[v, 0] += nx
            normals[v, 1] += ny
            normals[v, 2] += nz
    for v in range(normals.shape[0]):
        x, y, z = normals[v, 0], normals[v, 1], normals[v, 2]
        length = math.sqrt(x * x + y * y + z * z)
        if length > 0.0:
            normals[v, 0] = x / length
            normals[v, 1] = y / length
            normals[v, 2] = z / length


@kernel
def project(vertices: F32, eye: F32, axes: F32, lens: F32, screen: F32) -> None:
    """Project `vertices` (V, 3) to `screen` (V, 3): x and y in pixels, 1 / depth (0: behind).

    `lens` holds focal length, centre x, centre y in pixels. 1 / depth is affine over the screen,
    hence can be interpolated there exactly.
    """
    for v in range(vertices.shape[0]):
        x = vertices[v, 0] - eye[0]
        y = vertices[v, 1] - eye[1]
        z = vertices[v, 2] - eye[2]
        depth = axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z
        if depth < NEAR_M:
            screen[v, 2] = 0.0
            continue
        across = axes[0, 0] * x + axes[0, 1] * y + axes[0, 2] * z
        up = axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z
        screen[v, 0] = lens[1] + lens[0] * across / depth
        screen[v, 1] = lens[2] - lens[0] * up / depth
        screen[v, 2] = 1.0 / depth


@kernel
def rasterise(screen: F32, triangles: I32, closed: int, top: int, nearness: F32, seen: I32) -> None:
    """Find the nearest triangle at each sample of a band of rows.

    Writes `nearness` (rows, W, 4), 1 / depth, and `seen` (rows, W, 4), triangle index or -1, for
    picture rows `top` .. `top + rows`. The first `closed` triangles are seen from outside only,
    the others from both sides. Triangles reaching behind the lens are left out.
    """
    rows, width = nearness.shape[0], nearness.shape[1]
    nearness[:] = 0.0
    seen[:] = -1
    zero, half, one = np.float32(0.0), np.float32(0.5), np.float32(1.0)
    p1, p3 = np.float32(SAMPLE_X[3]), np.float32(SAMPLE_X[1])
    margin = half + p3  # a pixel's outermost sample, from its far edge
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        az, bz, cz = screen[a, 2], screen[b, 2], screen[c, 2]
        if az == zero or bz == zero or cz == zero:
            continue
        if t < closed:
            across = (screen[b, 0] - screen[a, 0]) * (screen[c, 1] - screen[a, 1])
            if across >= (screen[b, 1] - screen[a, 1]) * (screen[c, 0] - screen[a, 0]):
                continue
        # Rows relative to the band keep the numbers small, hence exact enough in float32.
        ax, bx, cx = screen[a, 0], screen[b, 0], screen[c, 0]
        ay = screen[a, 1] - np.float32(top)
        by = screen[b, 1] - np.float32(top)
        cy = screen[c, 1] - np.float32(top)
        first_x = max(0, math.ceil(min(ax, bx, cx) - margin))
        last_x = min(width - 1, math.floor(max(ax, bx, cx) - (one - margin)))
        first_y = max(0, math.ceil(min(ay, by, cy) - margin))
        last_y = min(rows - 1, math.floor(max(ay, by, cy) - (one - margin)))
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if first_x > last_x or first_y > last_y or area == zero:
            continue
        # Barycentric weights and 1 / depth are affine over the screen: w = w0 + x wx + y wy.
        scale = one / area
        ux, uy = (by - cy) * scale, (cx - bx) * scale
        vx, vy = (cy - ay) * scale, (ax - cx) * scale
        wx, wy = -ux - vx, -uy - vy
        zx = ux * az + vx * bz + wx * cz
        zy = uy * az + vy * bz + wy * cz
        # Steps to samples 3 and 1; samples 0 and 2 lie opposite to them.
        u3, u1 = p1 * ux + p3 * uy, p3 * ux - p1 * uy
        v3, v1 = p1 * vx + p3 * vy, p3 * vx - p1 * vy
        w3, w1 = p1 * wx + p3 * wy, p3 * wx - p1 * wy
        z3, z1 = p1 * zx + p3 * zy, p3 * zx - p1 * zy
        u_out, v_out, w_out = -max(abs(u3), abs(u1)), -max(abs(v3), abs(v1)), -max(abs(w3), abs(w1))
        z_out = max(abs(z3), abs(z1))
        this = np.int32(t)
        for y in range(first_y, last_y + 1):
            py = np.float32(y) + half - cy
            for x in range(first_x, last_x + 1):
                px = np.float32(x) + half - cx
                u = ux * px + uy * py
                v = vx * px + vy * py
                w = one - u - v
                if u < u_out or v < v_out or w < w_out:
                    continue
                z = cz + zx * px + zy * py
                n0, n1 = nearness[y, x, 0], nearness[y, x, 1]
                n2, n3 = nearness[y, x, 2], nearness[y, x, 3]
                if z + z_out <= min(n0, n1, n2, n3):
                    continue
                s0, s1 = seen[y, x, 0], seen[y, x, 1]
                s2, s3 = seen[y, x, 2], seen[y, x, 3]
                d0, d1, d2, d3 = z - z3, z + z1, z - z1, z + z3
                in0 = (u - u3 >= zero) & (v - v3 >= zero) & (w - w3 >= zero) & (d0 > n0)
                in1 = (u + u1 >= zero) & (v + v1 >= zero) & (w + w1 >= zero) & (d1 > n1)
                in2 = (u - u1 >= zero) & (v - v1 >= zero) & (w - w1 >= zero) & (d2 > n2)
                in3 = (u + u3 >= zero) & (v + v3 >= zero) & (w + w3 >= zero) & (d3 > n3)
                nearness[y, x, 0] = d0 if in0 else n0
                nearness[y, x, 1] = d1 if in1 else n1
                nearness[y, x, 2] = d2 if in2 else n2
                nearness[y, x, 3] = d3 if in3 else n3
                seen[y, x, 0] = this if in0 else s0
                seen[y, x, 1] = this if in1 else s1
                seen[y, x, 2] = this if in2 else s2
                seen[y, x, 3] = this if in3 else s3
