"""What the weights of a run began as, in words that tell nothing of a machine."""

from __future__ import annotations

from pathlib import PurePath

# What has no weights, or those of its members.
DATA, MEMBERS = "data", "members"
STARTS = {
    DATA: "nothing but its training images",
    "none": "random weights (not ImageNet-initialised)",
    "imagenet": "ImageNet weights of Keras Applications, fine-tuned in stages",
    MEMBERS: "the graphs of its members, none of them changed",
}
_SHORT = {
    "none": "random weights",
    "imagenet": "ImageNet weights",
    DATA: "the data",
    MEMBERS: "its members",
}


def name_start(start: str) -> str:
    """`none`, `imagenet`, `NAME@V`, or a file's name: where it lay is nobody's business."""
    return PurePath(start).name


def describe_start(start: str, *, short: bool = False) -> str:
    """The start as a card says it, or as a cell of a table does.

    Args:
        start: as `training.json` has it.
        short: few words; of a file or a published model its name alone.
    """
    name = name_start(start)
    if short:
        return _SHORT.get(start, name)
    return STARTS.get(start, f"the weights of {name}, fine-tuned")


def saw_no_mammogram(start: str) -> bool:
    """Whether the weights cannot have seen anybody's mammogram before the training."""
    return start in STARTS
