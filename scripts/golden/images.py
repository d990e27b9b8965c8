"""Golden values of src/datasets/decode-image.ts from Pillow: small images and what torchvision's loader, resize and crop make of them.

Run: python3 scripts/golden/images.py > test/golden/images.json   (Debian's python3-pil and python3-numpy)
"""
import base64
import io
import json
import struct
import zlib

import numpy
import PIL
from PIL import Image

random = numpy.random.default_rng(1)


def scene(width, height):
    """Smooth waves and a hard edge with noise: what a filter gets wrong shows in one or the other."""
    x, y = numpy.meshgrid(numpy.arange(width), numpy.arange(height))
    waves = [127 + 120 * numpy.sin(x / a + y / b) for a, b in ((3, 7), (5, 2.5), (11, 4))]
    image = numpy.stack(waves, -1)
    image[height // 3 : height // 2] = random.integers(0, 256, (height // 2 - height // 3, width, 3))
    image[:, width // 2 :] = 255 - image[:, width // 2 :]
    return image.clip(0, 255).astype(numpy.uint8)


def saved(image, **options):
    out = io.BytesIO()
    image.save(out, **options)
    return out.getvalue()


def png16(pixels):
    """A PNG of 16 bits a value, which Pillow does not write. pixels [height, width, channels] uint16"""
    height, width, channels = pixels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    chunk = lambda name, body: struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 3: 2}[channels], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def without_adobe(jpeg):
    """The same file without its APP14 marker."""
    at = jpeg.index(b"\xff\xee")
    return jpeg[:at] + jpeg[at + 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0] :]


def framed(image, mode, short, crop):
    image = image.convert(mode)
    if short:
        least = min(image.size)
        if least != short:
            image = image.resize([int(short * side / least) for side in image.size], Image.BICUBIC)
    if crop:
        left, top = (image.width - crop) // 2, (image.height - crop) // 2
        image = image.crop((left, top, left + crop, top + crop))
    values = numpy.asarray(image)
    planes = values[None] if values.ndim == 2 else values.transpose(2, 0, 1)
    return planes.tobytes()


rgb = Image.fromarray(scene(31, 22))
alpha = random.integers(0, 256, (22, 31), dtype=numpy.uint8)
alpha[:, :9] = 0
see_through = rgb.copy()
see_through.putalpha(Image.fromarray(alpha))
palette = rgb.quantize(17)
wide = random.integers(0, 65536, (22, 31, 3)).astype(numpy.uint16)
cmyk = Image.fromarray(numpy.dstack([scene(31, 22), scene(31, 22)[..., :1] // 2]), "CMYK")
cmyk_jpeg = saved(cmyk, format="jpeg", quality=95)

files = {
    "rgb.png": saved(rgb, format="png"),
    "rgba.png": saved(see_through, format="png"),
    "grey.png": saved(rgb.convert("L"), format="png"),
    "grey-alpha.png": saved(see_through.convert("LA"), format="png"),
    "bilevel.png": saved(rgb.convert("1"), format="png"),
    "palette.png": saved(palette, format="png"),
    "palette-transparent.png": saved(palette, format="png", transparency=3),
    "rgb16.png": png16(wide),
    "rgb.jpg": saved(rgb, format="jpeg", quality=90),
    "progressive.jpg": saved(rgb, format="jpeg", quality=80, progressive=True),
    "grey.jpg": saved(rgb.convert("L"), format="jpeg", quality=90),
    "turned.jpg": saved(rgb, format="jpeg", quality=90, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"),
    "cmyk.jpg": cmyk_jpeg,
    "cmyk-without-adobe.jpg": without_adobe(cmyk_jpeg),
}
framings = [
    {"channels": 3},
    {"channels": 1},
    {"shortSide": 16, "crop": 14, "channels": 3},
    {"shortSide": 37, "crop": 32, "channels": 3},
]
more = [
    {"shortSide": 7, "crop": 7, "channels": 3},
    {"shortSide": 21, "crop": 20, "channels": 3},
    {"shortSide": 23, "crop": 23, "channels": 1},
    {"shortSide": 64, "crop": 28, "channels": 1},
    {"crop": 13, "channels": 3},
]
text = lambda data: base64.b64encode(data).decode()
cases = []
for name, data in files.items():
    image = Image.open(io.BytesIO(data))
    image.load()
    points = []
    for framing in framings + (more if name == "rgb.png" else []):
        mode = {1: "L", 3: "RGB"}[framing["channels"]]
        points.append({"framing": framing, "pixels": text(framed(image, mode, framing.get("shortSide"), framing.get("crop")))})
    cases.append({"name": name, "image": text(data), "points": points})
print(json.dumps({"pillow": PIL.__version__, "cases": cases}, indent=1))
