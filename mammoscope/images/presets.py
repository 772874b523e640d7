"""Named preprocess configs: what is done to an image, under a name that people can say."""

from __future__ import annotations

from collections.abc import Mapping

from mammoscope.images.enhance import Enhancement
from mammoscope.images.preprocess import PreprocessConfig

PRESETS: Mapping[str, PreprocessConfig] = {
    # The breast alone, normalised; nothing else.
    "plain": PreprocessConfig(),
    # More of the image: a breast of 18 cm at 0.4 mm a pixel, and taller than wide as breasts are.
    "detail": PreprocessConfig(rows=448, columns=320),
    # As the paper prepares films for its networks: contrast enhancement, the breast and the
    # pectoral muscle segmented, gray turned into colour.
    "paper": PreprocessConfig(
        enhancement=(Enhancement("clahe", {"clip": 2.0, "tiles": 8}),),
        pectoral="remove",
        color="viridis",
    ),
    # For what segments masses and counts gray levels: the muscle is as bright as a mass.
    "regions": PreprocessConfig(pectoral="remove"),
    # Three windows of the same breast for backbones that were trained on photographs.
    "three-window": PreprocessConfig(color="three-window"),
    # H&E patches: one look of the stains, colour kept. 96 × 96 is PatchCamelyon's own size, and too
    # little tissue for Macenko's stains: Reinhard's means are steadier there.
    "histology": PreprocessConfig(
        rows=96, columns=96, enhancement=(Enhancement("reinhard"),), color="rgb"
    ),
}
