"""Pictures that are drawn and are no mammograms: pages, noise, charts, slices of bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import cv2
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mammoscope.types import FloatArray

Generator = np.random.Generator
Draw = Callable[[Generator, tuple[int, int]], FloatArray]

FONTS = {
    "simplex": cv2.FONT_HERSHEY_SIMPLEX,
    "plain": cv2.FONT_HERSHEY_PLAIN,
    "duplex": cv2.FONT_HERSHEY_DUPLEX,
    "complex": cv2.FONT_HERSHEY_COMPLEX,
    "triplex": cv2.FONT_HERSHEY_TRIPLEX,
    "script": cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
}
_LETTERS = np.array(list("etaoinshrdlucmfwypvbgkETAOINSHR0123456789.,:-()"))


def families() -> Mapping[str, Mapping[str, Draw]]:
    """Kind → name of a family → what draws one of it, float32 (H, W) in [0, 1]."""
    return {
        "text page": {f"{font}, {page}": _page(font, page) for font in FONTS for page in _PAGES},
        "noise": {
            **{f"1/f^{power:g}": _spectral(power) for power in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)},
            "uniform": lambda rng, shape: rng.random(shape, dtype=np.float32),
            "normal": lambda rng, shape: _unit(rng.normal(size=shape)),
            "exponential": lambda rng, shape: _unit(rng.exponential(size=shape)),
            "salt and pepper": _salt_and_pepper,
            "blurred": lambda rng, shape: _unit(
                cv2.GaussianBlur(rng.random(shape), (0, 0), rng.uniform(1, 20))
            ),
            "stripes": lambda rng, shape: _unit(np.broadcast_to(rng.random((shape[0], 1)), shape)),
        },
        "gradient": {
            "linear": lambda rng, shape: _unit(_ramp(rng, shape)),
            "linear, noisy": lambda rng, shape: _unit(
                _ramp(rng, shape) + rng.normal(0, rng.uniform(0.01, 0.2), shape)
            ),
            "radial": lambda rng, shape: _unit(-_radius(rng, shape)),
            "radial disc": lambda rng, shape: _unit(np.maximum(1 - _radius(rng, shape), 0)),
            "steps": lambda rng, shape: _unit(np.floor(_ramp(rng, shape) * rng.integers(2, 20))),
            "waves": lambda rng, shape: _unit(np.sin(_ramp(rng, shape) * rng.uniform(3, 80))),
        },
        "blank": {
            "black": lambda rng, shape: np.zeros(shape, np.float32),
            "white": lambda rng, shape: np.ones(shape, np.float32),
            "gray": lambda rng, shape: np.full(shape, rng.random(), np.float32),
            "nearly": lambda rng, shape: (0.3 + 0.004 * rng.random(shape)).astype(np.float32),
        },
        "drawing": {name: _drawing(name) for name in ("discs", "boxes", "lines", "polygons")},
        "chart": {name: _chart(name) for name in ("line", "bar", "scatter", "pie", "image")},
        "drawn slice": {name: _slice(name) for name in ("head", "body", "lungs", "sector")},
    }


_PAGES = ("letter", "columns", "table", "light on dark")


def _unit(values: object) -> FloatArray:
    array = np.asarray(values, dtype=np.float32)
    low, high = float(array.min()), float(array.max())
    return np.asarray((array - low) / max(high - low, 1e-6), dtype=np.float32)


def _page(font: str, page: str) -> Draw:
    def draw(rng: Generator, shape: tuple[int, int]) -> FloatArray:
        rows, columns = shape
        canvas = np.full(shape, 255, np.uint8)
        scale = rng.uniform(0.3, 1.2) * max(rows, columns) / 700
        line = max(6, round(34 * scale))
        margin = round(rng.uniform(0.03, 0.15) * columns)
        starts = [margin] if page != "columns" else [margin, columns // 2]
        if page == "table":
            starts = [margin + k * (columns - margin) // 4 for k in range(4)]
            for y in range(margin, rows, 2 * line):
                cv2.line(canvas, (margin, y), (columns - margin, y), 0, 1)
        width = (columns - margin) // len(starts) - margin // 2
        for y in range(margin + line, rows - margin // 2, line):
            if rng.random() < 0.12:
                continue
            for x in starts:
                text = "".join(rng.choice(_LETTERS, max(1, round(width / (19 * scale)))))
                words = "".join(" " if rng.random() < 0.17 else letter for letter in text)
                shown = words[: max(1, int(len(words) * rng.uniform(0.4, 1)))]
                cv2.putText(
                    canvas, shown, (x, y), FONTS[font], scale, 0, max(1, round(scale)), cv2.LINE_AA
                )
        # A scan is not quite white, nor lit evenly, nor without grain.
        scanned = _unit(canvas) * rng.uniform(0.7, 1) + rng.normal(0, rng.uniform(0, 0.03), shape)
        scanned = np.clip(scanned - rng.uniform(0, 0.2) * _ramp(rng, shape), 0, 1)
        return (1 - scanned if page == "light on dark" else scanned).astype(np.float32)

    return draw


def _spectral(power: float) -> Draw:
    def draw(rng: Generator, shape: tuple[int, int]) -> FloatArray:
        down, across = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None]
        frequency = np.hypot(down, across)
        frequency[0, 0] = np.inf
        spectrum = np.fft.rfft2(rng.normal(size=shape)) / frequency**power
        return _unit(np.fft.irfft2(spectrum, s=shape))

    return draw


def _salt_and_pepper(rng: Generator, shape: tuple[int, int]) -> FloatArray:
    share = rng.uniform(0.02, 0.4)
    drawn = rng.random(shape)
    return np.where(drawn < share, 0, np.where(drawn > 1 - share, 1, 0.5)).astype(np.float32)


def _ramp(rng: Generator, shape: tuple[int, int]) -> FloatArray:
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0 : 1 : shape[0] * 1j, 0 : 1 : shape[1] * 1j]
    return _unit(np.cos(angle) * x + np.sin(angle) * y)


def _radius(rng: Generator, shape: tuple[int, int]) -> FloatArray:
    y, x = np.mgrid[0 : 1 : shape[0] * 1j, 0 : 1 : shape[1] * 1j]
    centre, axes = rng.uniform(0, 1, 2), rng.uniform(0.2, 1, 2)
    return np.asarray(
        np.hypot((y - centre[0]) / axes[0], (x - centre[1]) / axes[1]), dtype=np.float32
    )


def _drawing(name: str) -> Draw:
    def draw(rng: Generator, shape: tuple[int, int]) -> FloatArray:
        canvas = np.full(shape, rng.choice([0, 0, 255]), np.uint8)
        side = max(shape)
        for _ in range(int(rng.integers(1, 25))):
            level = int(rng.integers(256))
            points = rng.integers(0, side, (int(rng.integers(3, 7)), 2)).astype(np.int32)
            a, b = tuple(map(int, points[0])), tuple(map(int, points[1]))
            stroke = int(rng.integers(1, max(2, side // 40)))
            if name == "discs":
                radius = int(rng.integers(side // 50, side // 3))
                cv2.circle(canvas, a, radius, level, rng.choice([-1, stroke]), cv2.LINE_AA)
            elif name == "boxes":
                cv2.rectangle(canvas, a, b, level, rng.choice([-1, stroke]))
            elif name == "lines":
                cv2.line(canvas, a, b, level, stroke, cv2.LINE_AA)
            else:
                cv2.fillPoly(canvas, [points], level, cv2.LINE_AA)
        return (canvas / np.float32(255)).astype(np.float32)

    return draw


def _chart(name: str) -> Draw:
    def draw(rng: Generator, shape: tuple[int, int]) -> FloatArray:
        figure = Figure(figsize=(shape[1] / 100, shape[0] / 100), dpi=100)
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        values = rng.normal(size=(3, int(rng.integers(5, 60)))).cumsum(axis=1)
        if name == "line":
            axes.plot(values.T)
        elif name == "bar":
            axes.bar(np.arange(values.shape[1]), values[0])
        elif name == "scatter":
            axes.scatter(values[0], values[1])
        elif name == "pie":
            axes.pie(np.abs(values[0, :6]) + 0.1)
        else:
            axes.imshow(rng.random((8, 8)))
        axes.set_title("A chart")
        canvas.draw()
        colors = np.asarray(canvas.buffer_rgba())[:, :, :3]
        return np.asarray(colors.mean(axis=2) / 255, dtype=np.float32)

    return draw


def _slice(name: str) -> Draw:
    """Ellipses of tissue in air, as a slice of a CT or MR or a fan of ultrasound has them."""

    def draw(rng: Generator, shape: tuple[int, int]) -> FloatArray:
        rows, columns = shape
        canvas = np.zeros(shape, np.float32)
        centre = (round(columns * rng.uniform(0.45, 0.55)), round(rows * rng.uniform(0.45, 0.55)))
        across, down = columns * rng.uniform(0.3, 0.48), rows * rng.uniform(0.3, 0.48)

        def ellipse(x: float, y: float, a: float, b: float, level: float) -> None:
            place = (round(centre[0] + x * across), round(centre[1] + y * down))
            axes = (max(1, round(a * across)), max(1, round(b * down)))
            cv2.ellipse(canvas, place, axes, 0, 0, 360, level, -1, cv2.LINE_AA)

        if name == "sector":
            half = rng.uniform(25, 50)
            top = (columns // 2, round(rows * rng.uniform(-0.1, 0.1)))
            reach = round(rows * rng.uniform(0.7, 0.95))
            cv2.ellipse(canvas, top, (reach, reach), 90, -half, half, 0.4, -1, cv2.LINE_AA)
            return _unit(canvas * rng.gamma(1.2, 1.0, shape)).clip(0, 1)
        ellipse(0, 0, 1, 1, rng.uniform(0.5, 1.0))
        ellipse(0, 0, 0.93, 0.93, rng.uniform(0.25, 0.5))
        if name == "lungs":
            for side in (-1, 1):
                ellipse(0.45 * side, 0, rng.uniform(0.25, 0.38), rng.uniform(0.5, 0.75), 0.05)
        for _ in range(int(rng.integers(3, 20 if name == "body" else 8))):
            x, y = rng.uniform(-0.55, 0.55, 2)
            a, b = rng.uniform(0.03, 0.3, 2)
            ellipse(x, y, a, b, rng.uniform(0, 0.9))
        smooth = cv2.GaussianBlur(canvas, (0, 0), max(rows, columns) / 300)
        noisy = smooth + rng.normal(0, rng.uniform(0.005, 0.06), shape)
        return np.asarray(np.clip(noisy, 0, 1), dtype=np.float32)

    return draw


def draw_family(draw: Draw, rng: Generator, count: int) -> Iterator[FloatArray]:
    """Pictures of one family, of 150 to 900 pixels a side."""
    for _ in range(count):
        yield draw(rng, (int(rng.integers(150, 900)), int(rng.integers(150, 900))))
