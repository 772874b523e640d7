"""What training is fed: the same arrays as serving, in an order that the seed decides."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.augment import AugmentConfig
from mammoscope.experiment.data import prepare_parts
from mammoscope.experiment.feed import Feed
from mammoscope.images.decode import decode
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import ModelStore
from mammoscope.types import DecodeError, Record, Split
from tests.published import write_tiny_model

X = np.random.default_rng(0).random((10, 16, 16, 1), dtype=np.float32)
Y = np.arange(10, dtype=np.float32)


def feed(seed: int = 1, augment: AugmentConfig | None = None) -> Feed:
    return Feed(X, Y, batch_size=4, seed=seed, augment=augment)


def trained_array(dataset: Dataset, record: Record, config: PreprocessConfig) -> np.ndarray:
    """What training is given for a record: the first array of a part that starts with it."""
    others = [Record(f"o{n}", record.label, f"o{n}") for n in range(2)]
    split = Split(train=(record,), validation=(others[0],), test=(others[1],))
    return prepare_parts(dataset, split, ("train",), config)["train"].x


def test_an_epoch_holds_every_image_once() -> None:
    batches = [feed()[index] for index in range(len(feed()))]
    assert [len(x) for x, _ in batches] == [4, 4, 2]
    assert sorted(np.concatenate([y[:, 0] for _, y in batches])) == list(Y)
    for x, y in batches:
        assert np.array_equal(x, X[y[:, 0].astype(int)])


def test_what_is_drawn_depends_on_seed_epoch_and_index_alone() -> None:
    one, other = feed(augment=AugmentConfig()), feed(augment=AugmentConfig())
    other[2]  # the order in which batches are asked for must not matter
    assert np.array_equal(one[0][0], other[0][0])
    one.on_epoch_end()
    assert not np.array_equal(one[0][0], other[0][0])
    other.on_epoch_end()
    assert np.array_equal(one[0][0], other[0][0])
    assert not np.array_equal(
        feed(seed=2, augment=AugmentConfig())[0][0], feed(augment=AugmentConfig())[0][0]
    )


def test_training_and_serving_prepare_the_same_array_to_the_bit(
    phantom_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the feed holds for a record is what a predictor gives its graph for the same image."""
    dataset = open_dataset("phantom", phantom_root)
    record = dataset.records[5]
    write_tiny_model(tmp_path, "tiny", seed=1)
    predictor = Predictor(ModelStore(tmp_path).open("tiny"))
    config = predictor.model.preprocess
    trained = trained_array(dataset, record, config)
    seen: list[np.ndarray] = []
    run = predictor._run
    monkeypatch.setattr(predictor, "_run", lambda arrays: (seen.append(arrays), run(arrays))[1])
    predictor.predict(dataset.load(record))
    assert len(seen) == 1
    assert seen[0].tobytes() == trained.tobytes() and seen[0].shape == trained.shape


def test_a_file_on_disk_and_an_upload_are_prepared_the_same_to_the_bit(shared: Path) -> None:
    dataset = open_dataset("rsna", shared / "data" / "rsna")
    record = dataset.records[0]
    config = PreprocessConfig()
    upload = decode((shared / "data" / "rsna" / record.path).read_bytes(), aspect=record.aspect)
    assert (
        prepare(upload, config).array.tobytes() == trained_array(dataset, record, config).tobytes()
    )


def test_an_image_that_cannot_be_read_stops_the_preparation(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    good = cv2.imencode(".jpg", np.zeros((64, 64), np.uint8))[1].tobytes()
    (tmp_path / "images" / "1_1.jpg").write_bytes(good)
    (tmp_path / "images" / "2_2.jpg").write_bytes(good[:40])
    (tmp_path / "train.csv").write_text(
        "patient_id,image_id,laterality,view,cancer,machine_id\n1,1,L,CC,0,49\n2,2,R,CC,1,49\n"
    )
    dataset = open_dataset("rsna", tmp_path)
    with pytest.raises(DecodeError):
        trained_array(dataset, dataset.records[1], PreprocessConfig(rows=32, columns=32))
