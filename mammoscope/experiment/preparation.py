"""What was done to the images of a model, in words that a table can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.types import Modality

_ENHANCEMENTS = {
    "clahe": "CLAHE",
    "equalize": "histogram equalisation",
    "gamma": "power law",
    "log": "logarithm",
    "macenko": "Macenko stain normalisation",
    "median": "median filter",
    "otsu": "Otsu threshold",
    "reinhard": "Reinhard stain normalisation",
    "slice": "intensity slicing",
    "stretch": "contrast stretching",
    "unsharp": "unsharp masking",
    "wavelet": "wavelet denoising",
}
_COLORS = {
    "gray": "gray",
    "hsv": "HSV channels",
    "lab": "LAB channels",
    "rgb": "RGB channels",
    "three-window": "three intensity windows as channels",
    "viridis": "pseudo-colour (viridis)",
}
# These are said in words of their own; any other is named where it is not the default.
_TOLD = {"rows", "columns", "enhancement", "pectoral", "color"}


def describe_preparation(config: PreprocessConfig, modality: Modality) -> str:
    """`breast only, gray, 256 × 256`; two configs that differ are told in different words."""
    kept = "breast without pectoral muscle" if config.pectoral == "remove" else "breast only"
    if modality == "histology":
        kept = "whole image"
    default = PreprocessConfig()
    return ", ".join(
        [
            kept,
            *(_enhancement(step.name, step.parameters) for step in config.enhancement),
            _COLORS.get(config.color, config.color),
            f"{config.rows} × {config.columns}",
            *(
                f"{field.name.replace('_', ' ')} {getattr(config, field.name)}"
                for field in fields(config)
                if field.name not in _TOLD
                and getattr(config, field.name) != getattr(default, field.name)
            ),
        ]
    )


def _enhancement(name: str, parameters: Mapping[str, float]) -> str:
    said = _ENHANCEMENTS.get(name, name.replace("_", " "))
    if not parameters:
        return said
    values = (f"{key.replace('_', ' ')} {value:g}" for key, value in sorted(parameters.items()))
    return f"{said} ({', '.join(values)})"
