"""A start is told in words, and a path never."""

from __future__ import annotations

import pytest

from mammoscope.experiment.starts import describe_start, name_start, saw_no_mammogram


@pytest.mark.parametrize(
    ("start", "name", "short", "said", "clean"),
    [
        ("none", "none", "random weights", "random weights (not ImageNet-initialised)", True),
        (
            "imagenet",
            "imagenet",
            "ImageNet weights",
            "ImageNet weights of Keras Applications, fine-tuned in stages",
            True,
        ),
        (
            "/home/me/none.weights.h5",
            "none.weights.h5",
            "none.weights.h5",
            "the weights of none.weights.h5, fine-tuned",
            False,
        ),
        (
            "birads-cnn@3",
            "birads-cnn@3",
            "birads-cnn@3",
            "the weights of birads-cnn@3, fine-tuned",
            False,
        ),
        (
            "members",
            "members",
            "its members",
            "the graphs of its members, none of them changed",
            True,
        ),
    ],
)
def test_a_start_is_told_at_length_and_in_short(
    start: str, name: str, short: str, said: str, clean: bool
) -> None:
    assert name_start(start) == name
    assert describe_start(start, short=True) == short
    assert describe_start(start) == said
    assert saw_no_mammogram(start) is clean
