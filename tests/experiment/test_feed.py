"""What training is fed: the same arrays as serving, in an order that the seed decides."""

from __future__ import annotations

from pathlib import Path

import mammoscope.classifiers  # isort: skip - sets the backend before Keras is imported
import cv2
import keras
import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.augment import AugmentConfig
from mammoscope.experiment.data import prepare_records
from mammoscope.experiment.feed import Feed
from mammoscope.images.decode import decode
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import ModelStore
from mammoscope.types import DecodeError, Record
from tests.published import write_tiny_model

assert mammoscope.classifiers
X = np.random.default_rng(0).random((10, 16, 16, 1), dtype=np.float32)
Y = np.arange(10, dtype=np.float32)


def feed(seed: int = 1, augment: AugmentConfig | None = None) -> Feed:
    return Feed(X, Y, batch_size=4, seed=seed, augment=augment)


def trained_array(
    dataset: Dataset, record: Record, config: PreprocessConfig, cache: Path
) -> np.ndarray:
    """What training is given for a record: the only image of its feed."""
    part = prepare_records(dataset, [record], config, cache)
    return Feed(part.x, part.y, batch_size=1, seed=0, augment=None)[0][0]


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
    one.epoch = 1
    assert not np.array_equal(one[0][0], other[0][0])
    other.epoch = 1
    assert np.array_equal(one[0][0], other[0][0])
    assert not np.array_equal(
        feed(seed=2, augment=AugmentConfig())[0][0], feed(augment=AugmentConfig())[0][0]
    )


def test_images_that_are_not_shuffled_come_in_their_own_order() -> None:
    plain = Feed(X, Y, batch_size=4, seed=1, augment=None, shuffled=False)
    assert np.array_equal(np.concatenate([plain[n][1][:, 0] for n in range(3)]), Y)


def test_keras_is_fed_every_image_once_an_epoch_whatever_the_workers() -> None:
    class Spy(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
            shown.epoch = epoch

    class Watched(Feed):
        def __getitem__(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
            x, y = super().__getitem__(batch)
            seen.setdefault(self.epoch, {})[batch] = y[:, 0].tolist()
            return x, y

    orders = []
    for workers in (1, 3):
        seen: dict[int, dict[int, list[float]]] = {}
        shown = Watched(X, Y, batch_size=4, seed=1, augment=None, workers=workers)
        model = keras.Sequential([keras.Input((16, 16, 1)), keras.layers.Flatten()])
        model.add(keras.layers.Dense(1))
        model.compile(optimizer="sgd", loss="mse")
        model.fit(shown, epochs=3, shuffle=False, verbose=0, callbacks=[Spy()])
        for epoch in range(3):
            assert sorted(y for batch in seen[epoch].values() for y in batch) == list(Y)
        orders.append({epoch: [seen[epoch][n] for n in range(3)] for epoch in range(3)})
    assert orders[0] == orders[1] and orders[0][0] != orders[0][1]


def test_training_and_serving_prepare_the_same_array_to_the_bit(
    phantom_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the feed holds for a record is what a predictor gives its graph for the same image."""
    dataset = open_dataset("phantom", phantom_root)
    record = dataset.records[5]
    write_tiny_model(tmp_path, "tiny", seed=1)
    predictor = Predictor(ModelStore(tmp_path).open("tiny"))
    config = predictor.model.preprocess
    trained = trained_array(dataset, record, config, tmp_path / "cache")
    seen: list[np.ndarray] = []
    run = predictor._run
    monkeypatch.setattr(predictor, "_run", lambda arrays: (seen.append(arrays), run(arrays))[1])
    predictor.predict(dataset.load(record))
    assert len(seen) == 1
    assert seen[0].tobytes() == trained.tobytes() and seen[0].shape == trained.shape


def test_a_file_on_disk_and_an_upload_are_prepared_the_same_to_the_bit(
    shared: Path, tmp_path: Path
) -> None:
    dataset = open_dataset("rsna", shared / "data" / "rsna")
    record = dataset.records[0]
    config = PreprocessConfig()
    upload = decode((shared / "data" / "rsna" / record.path).read_bytes(), aspect=record.aspect)
    assert (
        prepare(upload, config).array.tobytes()
        == trained_array(dataset, record, config, tmp_path / "cache").tobytes()
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
        trained_array(
            dataset, dataset.records[1], PreprocessConfig(rows=32, columns=32), tmp_path / "cache"
        )
