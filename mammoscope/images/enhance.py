"""The registry of enhancements, and one named step of a preprocess config with its parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoscope.images import intensity, sharpness, stain
from mammoscope.images.color import lab_to_rgb, rgb_to_lab
from mammoscope.types import FloatArray, MammoscopeError

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Range:
    """What a parameter may be; `whole` numbers only, if so."""

    least: float
    most: float
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Method:
    """An enhancement: its function, and what its parameters may be.

    Attributes:
        function: float32 in [0, 1] → the same, shape kept; parameters and `inside` by keyword.
        ranges: of each parameter; its default stands in the function's signature.
        on_color: works on (H, W, 3) and not on a plane.
    """

    function: Callable[..., FloatArray]
    ranges: Mapping[str, Range] = field(default_factory=dict)
    on_color: bool = False

    def __call__(
        self, pixels: FloatArray, *, inside: Mask | None = None, **parameters: float
    ) -> FloatArray:
        """The pixels, enhanced.

        Args:
            pixels: float32 in [0, 1], (H, W), or (H, W, 3) where `on_color`.
            inside: bool (H, W), where statistics are read; None = everywhere.
            parameters: by name; the function's defaults for the others.
        """
        if "inside" not in signature(self.function).parameters:
            return self.function(pixels, **parameters)
        everywhere = np.ones(pixels.shape[:2], dtype=bool)
        return self.function(pixels, inside=everywhere if inside is None else inside, **parameters)

    def defaults(self) -> dict[str, float]:
        """Parameter → default."""
        known = signature(self.function).parameters
        return {name: known[name].default for name in self.ranges}


ENHANCEMENTS: Mapping[str, Method] = {
    "threshold": Method(intensity.threshold, {"level": Range(0, 1)}),
    "otsu": Method(intensity.threshold_otsu),
    "slice": Method(
        intensity.slice_levels,
        {"center": Range(0, 1), "width": Range(0, 1), "background": Range(0, 1, whole=True)},
    ),
    "stretch": Method(intensity.stretch_contrast, {"low": Range(0, 49), "high": Range(51, 100)}),
    "negative": Method(intensity.negate),
    "gamma": Method(intensity.apply_power, {"gamma": Range(0.1, 10)}),
    "log": Method(intensity.apply_logarithm, {"strength": Range(0.01, 1000)}),
    "equalize": Method(intensity.equalize_histogram),
    "clahe": Method(
        sharpness.equalize_locally, {"clip": Range(1, 40), "tiles": Range(1, 32, whole=True)}
    ),
    "unsharp": Method(sharpness.mask_unsharp, {"radius": Range(0.3, 50), "amount": Range(0, 10)}),
    "wavelet": Method(sharpness.denoise_wavelet, {"levels": Range(1, 8, whole=True)}),
    # OpenCV has no median of floating point beyond 5 × 5.
    "median": Method(sharpness.filter_median, {"radius": Range(1, 2, whole=True)}),
    "macenko": Method(
        stain.normalize_macenko, {"beta": Range(0.01, 1), "alpha": Range(0, 25)}, on_color=True
    ),
    "reinhard": Method(stain.normalize_reinhard, {"beta": Range(0.01, 1)}, on_color=True),
}


@dataclass(frozen=True, slots=True)
class Enhancement:
    """One step of a preprocess config.

    Attributes:
        name: in `ENHANCEMENTS`.
        parameters: all of them, so that a saved config does the same when defaults have changed;
            those not given are filled in.

    Raises:
        MammoscopeError: an unknown name or parameter, or a value out of its range.
    """

    name: str
    # A dict has no hash; steps of one name are few.
    parameters: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        method = ENHANCEMENTS.get(self.name) if isinstance(self.name, str) else None
        if method is None:
            raise MammoscopeError(
                f"no enhancement {self.name!r}; expected one of {', '.join(sorted(ENHANCEMENTS))}"
            )
        if not isinstance(self.parameters, Mapping):
            raise MammoscopeError(f"parameters of {self.name} are no names with numbers")
        unknown = sorted(set(map(str, self.parameters)) - set(method.ranges))
        if unknown:
            known = ", ".join(method.ranges) or "none"
            raise MammoscopeError(
                f"enhancement {self.name} has no parameter {unknown[0]!r}; expected {known}"
            )
        given = {
            name: _checked(self.name, name, value, method.ranges[name])
            for name, value in self.parameters.items()
        }
        object.__setattr__(self, "parameters", method.defaults() | given)

    def apply(self, pixels: FloatArray, *, inside: Mask) -> FloatArray:
        """The pixels, enhanced; 0 outside.

        A method for planes works on the lightness of a colour picture (L* of CIE LAB) and leaves
        its hues.

        Args:
            pixels: float32 in [0, 1], (H, W) or (H, W, 3).
            inside: bool (H, W), the breast, or the picture without its padding.

        Raises:
            MammoscopeError: stain normalisation of a gray picture.
        """
        method = ENHANCEMENTS[self.name]
        if method.on_color and pixels.ndim == 2:
            raise MammoscopeError(
                f"enhancement {self.name} normalises the stains of a histology picture; "
                "the image is a gray mammogram: leave the step out"
            )
        if method.on_color or pixels.ndim == 2:
            enhanced = method(pixels, inside=inside, **self.parameters)
        else:
            lab = rgb_to_lab(pixels)
            lightness = np.ascontiguousarray(lab[:, :, 0])
            lab[:, :, 0] = method(lightness, inside=inside, **self.parameters)
            enhanced = lab_to_rgb(lab)
        outside = ~inside if pixels.ndim == 2 else ~inside[:, :, np.newaxis]
        return np.where(outside, np.float32(0.0), enhanced)


def _checked(method: str, name: str, value: Any, limits: Range) -> float:
    kind = "whole number" if limits.whole else "number"
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not (math.isfinite(value) and limits.least <= value <= limits.most)
        or (limits.whole and value != int(value))
    ):
        raise MammoscopeError(
            f"{name} of enhancement {method} is {value!r}; "
            f"expected a {kind} in [{limits.least:g}, {limits.most:g}]"
        )
    return int(value) if limits.whole else float(value)
