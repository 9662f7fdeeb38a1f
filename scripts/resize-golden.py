#!/usr/bin/env python3
"""Makes frame/testdata/resize.json: pictures resized by OpenCV and Pillow, whose
definitions of the filters are ours. Needs Debian's python3-opencv and python3-pil;
the result is committed, and only changes if this does.

    /usr/bin/python3 scripts/resize-golden.py >frame/testdata/resize.json
"""
import base64, json, sys
import cv2
import numpy as np
from PIL import Image
import PIL

W, H = 23, 17
rng = np.random.default_rng(1)
y, x = np.mgrid[0:H, 0:W]
smooth = np.stack([x * 11, y * 15, (x + y) * 6], -1)
noise = rng.integers(0, 256, (H, W, 3))
src = np.where((x // 6 + y // 5)[..., None] % 2 == 0, smooth, noise).clip(0, 255).astype(np.uint8)


def text(a):
    return base64.b64encode(np.ascontiguousarray(a).tobytes()).decode()


def pillow(size, how):
    """Of floating-point samples: with bytes, Pillow rounds and clips between its passes."""
    planes = [np.asarray(Image.fromarray(src[..., c].astype(np.float32)).resize(size, how)) for c in range(3)]
    return np.stack(planes, -1).round().clip(0, 255).astype(np.uint8)


cases = []
for w, h in [(9, 7), (40, 31), (11, 29), (46, 34), (1, 1), (23, 5)]:
    size = (w, h)
    pil = Image.fromarray(src)
    for name, antialias, by, result in [
        ("nearest", False, "cv2.INTER_NEAREST_EXACT", cv2.resize(src, size, interpolation=cv2.INTER_NEAREST_EXACT)),
        ("bilinear", False, "cv2.INTER_LINEAR", cv2.resize(src, size, interpolation=cv2.INTER_LINEAR)),
        ("bicubic", False, "cv2.INTER_CUBIC", cv2.resize(src, size, interpolation=cv2.INTER_CUBIC)),
        ("area", False, "cv2.INTER_AREA", cv2.resize(src, size, interpolation=cv2.INTER_AREA)),
        ("nearest", False, "PIL NEAREST", np.asarray(pil.resize(size, Image.NEAREST))),
        ("bilinear", True, "PIL BILINEAR", pillow(size, Image.BILINEAR)),
        ("bicubic", True, "PIL BICUBIC", pillow(size, Image.BICUBIC)),
    ]:
        # Pillow's filters made larger have another cubic than OpenCV's.
        if by == "PIL BICUBIC" and (w > W or h > H):
            continue
        # Where one side grows, OpenCV's INTER_AREA is not the mean of areas.
        if by == "cv2.INTER_AREA" and (w > W) != (h > H):
            continue
        cases.append({"by": by, "filter": name, "antialias": antialias, "width": w, "height": h, "rgb": text(result)})
json.dump({"made": f"OpenCV {cv2.__version__}, Pillow {PIL.__version__}", "width": W, "height": H, "rgb": text(src), "cases": cases},
          sys.stdout, indent=0)
print()
