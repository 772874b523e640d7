"""Fuzzing that is guided by which lines a file reaches: `make fuzz`, with Google's atheris.

`python -m tests.fuzz.guided TARGET SECONDS` mutates the target's seeds and keeps what reaches new
lines of the package, of pydicom or of python-multipart. A target may raise the errors that its
parser promises; any other is a defect, and is written to `crash-*` in the working folder. The
decoders in C are not instrumented: for these there is `python -m tests.fuzz`, which mutates by
format, in limited processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import atheris
import numpy as np

with atheris.instrument_imports(include=["mammoscope", "pydicom", "python_multipart"]):
    from starlette.requests import Request

    from mammoscope.images.decode import Limits, decode
    from mammoscope.inference.card import CARD_FILE, GRAPH_FILE, PREPROCESS_FILE, read_card
    from mammoscope.inference.decode_message import (
        MessageError,
        image_to_header,
        receive_header,
        receive_image,
        send,
    )
    from mammoscope.inference.store import PACKAGE_ZOO
    from mammoscope.serving.keys import add_key, read_keys
    from mammoscope.serving.multipart import read_form
    from mammoscope.serving.problems import ProblemError
    from mammoscope.types import BreastImage, DecodeError, MammoscopeError, ModelIntegrityError

from tests.fuzz.seeds import seeds

MAX_PIXELS = 200_000
# Given by `main`, which takes it away again: libFuzzer ends the process without a farewell.
SCRATCH = Path(sys.argv[3] if len(sys.argv) > 3 else "")
BOUNDARY = "e"
FORM = (
    b'--e\r\nContent-Disposition: form-data; name="model"\r\n\r\nalpha\r\n'
    b'--e\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n'
    b"Content-Type: application/dicom\r\n\r\n\x00\x01\r\n--e--\r\n"
)


def decode_file(data: bytes) -> None:
    for modality in ("mammogram", "histology"):
        with contextlib.suppress(DecodeError):
            decode(data, modality=modality, limits=Limits(max_pixels=MAX_PIXELS))


def open_card(data: bytes) -> None:
    """The card, as a model's folder holds it; its graph and preprocess config are there."""
    (SCRATCH / CARD_FILE).write_bytes(data)
    with contextlib.suppress(ModelIntegrityError):
        read_card(SCRATCH)


def open_preprocess(data: bytes) -> None:
    """The preprocess config, in a model's folder whose card names its digest."""
    card = json.loads((model_folder() / CARD_FILE).read_bytes())
    card["files"][PREPROCESS_FILE] = hashlib.sha256(data).hexdigest()
    (SCRATCH / PREPROCESS_FILE).write_bytes(data)
    open_card(json.dumps(card).encode())


def read_upload(data: bytes) -> None:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": data, "more_body": False}

    kind = f"multipart/form-data; boundary={BOUNDARY}".encode()
    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind)]}
    try:
        form = read_form(Request(scope, receive), ("model",), max_bytes=100_000, timeout_s=5)
        asyncio.run(form)
    except ProblemError:
        pass


def open_keys(data: bytes) -> None:
    path = SCRATCH / "keys.json"
    path.write_bytes(data)
    path.chmod(0o600)
    with contextlib.suppress(MammoscopeError):
        read_keys(path)


def hear_reply(data: bytes) -> None:
    stream = io.BytesIO(data)
    with contextlib.suppress(MessageError, EOFError, DecodeError):
        header = receive_header(stream)
        receive_image(stream, header, modality="mammogram", max_pixels=MAX_PIXELS)


def fail_at_times(data: bytes) -> None:
    """What no target may do; for the test that a defect is told."""
    if len(data) % 10 == 7:
        raise KeyError("planted")


def model_folder() -> Path:
    return min(PACKAGE_ZOO.glob("cnn-rsna@*"))


def keys_seed() -> bytes:
    path = SCRATCH / "seed.json"
    add_key(path, "Reading room", scopes=("predict",), per_minute=10, days=9)
    return path.read_bytes()


def reply_seed() -> bytes:
    image = BreastImage(np.zeros((2, 2), dtype=np.float32), laterality="L", view="CC")
    stream = io.BytesIO()
    send(stream, image_to_header(image), image.pixels.data.cast("B"))
    return stream.getvalue()


def seeds_of(target: str) -> Mapping[str, bytes]:
    """The files that mutation starts from."""
    if target == "decode":
        return seeds()
    folder = model_folder()
    made: dict[str, Callable[[], bytes]] = {
        "card": (folder / CARD_FILE).read_bytes,
        "preprocess": (folder / PREPROCESS_FILE).read_bytes,
        "form": lambda: FORM,
        "keys": keys_seed,
        "reply": reply_seed,
        "faulty": lambda: b"sound",
    }
    return {target: made[target]()}


TARGETS: dict[str, Callable[[bytes], None]] = {
    "decode": decode_file,
    "card": open_card,
    "preprocess": open_preprocess,
    "form": read_upload,
    "keys": open_keys,
    "reply": hear_reply,
    "faulty": fail_at_times,
}


def main() -> int:
    """Fuzzes in a process of its own; its exit status, 0 where no defect was found."""
    with tempfile.TemporaryDirectory(prefix="guided-") as scratch:
        command = [sys.executable, "-m", "tests.fuzz.guided", *sys.argv[1:3], scratch]
        return subprocess.run(command, check=False).returncode


def fuzz(target: str, seconds: int) -> None:
    for name in (GRAPH_FILE, PREPROCESS_FILE):
        (SCRATCH / name).write_bytes((model_folder() / name).read_bytes())
    corpus = SCRATCH / "corpus"
    corpus.mkdir()
    for number, data in enumerate(seeds_of(target).values()):
        (corpus / str(number)).write_bytes(data)
    words = [sys.argv[0], f"-max_total_time={seconds}", "-max_len=20000", "-timeout=20"]
    atheris.Setup([*words, str(corpus)], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    if len(sys.argv) > 3:
        fuzz(sys.argv[1], int(sys.argv[2]))
    sys.exit(main())
