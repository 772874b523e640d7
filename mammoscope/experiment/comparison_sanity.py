"""A report's section on sanity checks: do the maps hang on weights and labels?"""

from __future__ import annotations

from collections.abc import Sequence

from mammoscope.experiment.report_blocks import Section, Table, Values, estimate_text

_MEASURES = ("rank", "absolute_rank", "ssim")


def sanity_sections(values: Values) -> list[Section]:
    """One section; none where no map was checked."""
    checked = [model for model in values["models"] if model.get("saliency")]
    if not checked:
        return []
    rows = [row for model in checked for row in _rows(model)]
    header = (
        *("model", "maps held against the model's own", "unit", "n", "women"),
        *("rank correlation", "without signs", "SSIM", "check"),
    )
    draws = checked[0]["saliency"]["replicates"]
    caption = (
        "Saliency sanity checks (Adebayo et al. 2018). A map that shows what was learnt changes "
        "once weights are shuffled, from the answer down, or once the network is trained anew on "
        "permuted labels; one that shows the image's edges stays. Spearman's correlation of the "
        "cells, with signs and without, and structural similarity, mean of the images; 1 is the "
        "same map. Maps of different images are alike by the outline of the breast alone. A check "
        "is passed where the interval of the rank correlation lies below the middle between that "
        "and 1, failed where above, else not decided; the paper names no limit, this one is ours. "
        f"{_of_labels(checked)}"
        f"Value (low to high): 95 % interval of {draws:,} bootstrap draws of women."
    )
    return [
        Section(
            "Does the map hang on what was learnt?",
            [Table("Saliency sanity checks", header, rows, caption)],
        )
    ]


def _of_labels(checked: Sequence[Values]) -> str:
    found = [model["saliency"]["labels"] for model in checked if "labels" in model["saliency"]]
    if not found:
        return ""
    least = found[0]["least_fitted_auc"]
    return (
        "Permuted labels decide only once the network fits them, with an AUC on its own training "
        f"images of {least:g} or more. "
    )


def _rows(model: Values) -> list[tuple[str, ...]]:
    found = model["saliency"]
    weights, counts = found["weights"], (found["unit"], str(found["n"]), str(found["n_patients"]))
    half = next(s for s in weights["steps"] if 2 * s["shuffled"] >= weights["layers"])
    whole = weights["steps"][-1]
    # One step is both in a network of few layers.
    steps = [half, whole] if half is not whole else [whole]
    said = [("of another image", found["between_images"], "reference")]
    said += [
        (
            f"{step['shuffled']} of {weights['layers']} layers shuffled",
            step["likeness"],
            weights["verdict"] if step is whole else "on the way",
        )
        for step in steps
    ]
    if labels := found.get("labels"):
        fitted = f"permuted labels, fitted to an AUC of {labels['fitted_auc']:.2f}"
        said.append((fitted, labels["likeness"], labels["verdict"]))
    return [
        (
            model["name"],
            what,
            *counts,
            *(estimate_text(likeness.get(name)) for name in _MEASURES),
            verdict,
        )
        for what, likeness, verdict in said
    ]
