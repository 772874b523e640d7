"""A name in a file name or in a DICOM header reaches no answer and no log."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.dicom_files import CANARY, make_dicom


def files_with_names() -> dict[str, bytes]:
    noise = np.random.default_rng(0).integers(0, 4096, (200, 180)).astype(np.uint16)
    whole = make_dicom(noise, laterality="L", view="CC")
    return {
        "whole": whole,
        "blank": make_dicom(np.zeros((300, 300), dtype=np.uint16)),
        "cut in its header": whole[: whole.index(CANARY.encode()) + len(CANARY) + 60],
        "cut in its pixels": whole[:-2000],
        "without pixels": make_dicom(noise, PixelData=None),
        "with a name for a number": make_dicom(noise, Rows=None),
        "text": f"{CANARY};1950-01-01".encode(),
    }


@pytest.mark.parametrize("path", ["/api/predictions", "/api/images"])
@pytest.mark.parametrize("kind", files_with_names())
def test_a_name_is_never_repeated(
    client: TestClient,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    kind: str,
    path: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    data = files_with_names()[kind]
    assert CANARY.encode() in data
    answer = client.post(path, files={"file": (f"{CANARY}^Anna.dcm", data, f"image/{CANARY}")})
    assert answer.status_code in (200, 415, 422)
    printed = capfd.readouterr()
    for text in (answer.content, repr(answer.headers).encode()):
        assert CANARY.encode() not in text
    assert CANARY not in caplog.text + printed.out + printed.err


def test_a_malformed_form_is_refused_without_its_names(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in (CANARY, "file"):
        body = f'--e\r\nContent-Disposition: form-data; name="{name}"; filename="{CANARY}"\r\n\r\na'
        answer = client.post(
            "/api/predictions",
            content=body.encode(),
            headers={"content-type": "multipart/form-data; boundary=e"},
        )
        assert answer.status_code == 400
        assert CANARY not in answer.text + caplog.text
