"""With a real archive: Orthanc sends and stores, DCMTK sends and looks, PostgreSQL keeps."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
import pytest
import requests

from mammoscope.interop.node import SUCCESS
from tests.interop.certificates import Certificates
from tests.interop.gateways import GatewayProcess, until
from tests.interop.mammograms import WOMAN_ID, header_of, mammogram
from tests.interop.nodes import LEAVES_SOCKETS, associated, send
from tests.interop.orthanc import Orthanc, find_program
from tests.ledger.postgres import Postgres
from tests.published import write_tiny_model

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_program() is None or shutil.which("storescu") is None,
        reason="Orthanc or DCMTK is not here; `make system-deps` as root installs them",
    ),
    *LEAVES_SOCKETS,
]

MakeGateway = Callable[..., GatewayProcess]


@pytest.fixture
def orthanc(tmp_path: Path) -> Iterator[Orthanc]:
    (tmp_path / "orthanc").mkdir()
    archive = Orthanc(tmp_path / "orthanc")
    yield archive
    archive.stop()


@pytest.fixture
def make_gateway(tmp_path: Path) -> Iterator[MakeGateway]:
    write_tiny_model(tmp_path / "zoo", "tiny", seed=0)
    running: list[GatewayProcess] = []

    def make(*words: str, queue: str | None = None, key: Path | None = None) -> GatewayProcess:
        folder = tmp_path / f"gateway-{len(running)}"
        folder.mkdir()
        running.append(GatewayProcess(folder, tmp_path / "zoo", *words, queue=queue, key=key))
        return running[-1]

    yield make
    for gateway in running:
        gateway.stop()


def referenced(orthanc: Orthanc, report: str) -> str:
    """SOP Instance UID of the image that a report is of."""
    header = header_of(orthanc.file(report))
    (study,) = header.CurrentRequestedProcedureEvidenceSequence
    return str(study.ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID)


def uid(data: bytes) -> str:
    return str(header_of(data).SOPInstanceUID)


def test_what_orthanc_sends_comes_back_as_a_report_that_two_checkers_pass(
    orthanc: Orthanc, make_gateway: MakeGateway, tmp_path: Path
) -> None:
    gateway = make_gateway("--send", orthanc.address, "--accept", "ORTHANC")
    orthanc.know("MAMMOSCOPE", gateway.port)
    images = [mammogram(number) for number in range(4)]
    orthanc.send([orthanc.store(image) for image in images], "MAMMOSCOPE")
    until(lambda: len(orthanc.find("SR")) == 4 and len(orthanc.find("OT")) == 4)
    reports = orthanc.find("SR")
    assert {referenced(orthanc, each) for each in reports} == set(map(uid, images))
    assert {orthanc.tags(each)["PatientID"] for each in reports} == {WOMAN_ID}
    # All in the study of the images, beside them.
    assert len({orthanc.tags(each)["StudyInstanceUID"] for each in orthanc.everything()}) == 1
    for number, report in enumerate(reports):
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(orthanc.file(report))
        for program in ("dsrdump", "dcmdump", "dciodvfy"):
            run = subprocess.run([program, str(path)], capture_output=True, text=True)
            assert run.returncode == 0 and "Error" not in run.stderr, run.stderr
    # What Orthanc's own viewer shows of the picture, pixel by pixel.
    picture = orthanc.find("OT")[0]
    preview = requests.get(f"{orthanc.url}/instances/{picture}/preview", timeout=60)
    shown = cv2.imdecode(np.frombuffer(preview.content, np.uint8), cv2.IMREAD_GRAYSCALE)
    drawn = pydicom.dcmread(io.BytesIO(orthanc.file(picture))).pixel_array
    assert drawn.max() == 255 and np.array_equal(shown, drawn)


def test_by_dicomweb_images_are_fetched_and_reports_stored_once(
    orthanc: Orthanc, make_gateway: MakeGateway
) -> None:
    images = [mammogram(number, study=number) for number in range(3)]
    for image in images[:2]:
        orthanc.store(image)
    long_ago = ("--every", "1", "--days", "100000")
    gateway = make_gateway("--send", orthanc.dicomweb, "--fetch", orthanc.dicomweb, *long_ago)
    until(lambda: len(orthanc.find("SR")) == 2)
    orthanc.store(images[2])
    until(lambda: len(orthanc.find("SR")) == 3)
    # Started anew, it looks at everything again, and knows it.
    gateway.stop()
    gateway.start()
    time.sleep(4)
    assert gateway.counts()["done"] == 3 and len(orthanc.find("SR")) == 3
    assert {referenced(orthanc, each) for each in orthanc.find("SR")} == set(map(uid, images))


def test_an_old_study_is_left_alone(orthanc: Orthanc, make_gateway: MakeGateway) -> None:
    orthanc.store(mammogram(1, study=1, StudyDate="20000101"))
    today = time.strftime("%Y%m%d")
    new = mammogram(2, study=2, StudyDate=today)
    orthanc.store(new)
    make_gateway("--send", orthanc.dicomweb, "--fetch", orthanc.dicomweb, "--every", "1")
    until(lambda: len(orthanc.find("SR")) == 1)
    time.sleep(3)
    (report,) = orthanc.find("SR")
    assert referenced(orthanc, report) == uid(new)


def test_orthanc_is_down_for_a_minute_and_nothing_is_lost(
    orthanc: Orthanc, make_gateway: MakeGateway
) -> None:
    gateway = make_gateway("--send", orthanc.address)
    orthanc.stop()
    images = [mammogram(number) for number in range(20)]
    with associated(gateway.port) as association:
        assert [send(association, image) for image in images] == [SUCCESS] * 20
    time.sleep(60)
    assert gateway.counts() == {"to read": 0, "to send": 20, "parked": 0, "done": 0}
    orthanc.start()
    until(lambda: gateway.counts()["done"] == 20)
    assert Counter(referenced(orthanc, each) for each in orthanc.find("SR")) == Counter(
        map(uid, images)
    )


def test_a_thousand_images_and_five_kills_give_a_thousand_reports(
    orthanc: Orthanc, make_gateway: MakeGateway
) -> None:
    gateway = make_gateway("--send", orthanc.address, "--no-pictures")
    count = 1000
    kills = sorted(random.Random(0).sample(range(50, count - 50), 5))
    sent = 0
    finished = threading.Event()

    def kill() -> None:
        """Each time at once, whatever it is doing, also before it has quite come up again."""
        for after in kills:
            until(lambda after=after: sent >= after, seconds=1200)  # type: ignore[misc]
            gateway.kill()
            gateway.start()
        finished.set()

    killer = threading.Thread(target=kill)
    killer.start()
    # As an archive does: again, until it is told success.
    while sent < count:
        with associated(gateway.port) as association:
            while sent < count and association.is_established:
                try:
                    status = send(association, mammogram(sent))
                except RuntimeError:
                    break
                if status != SUCCESS:
                    break
                sent += 1
            association.abort()
    assert finished.wait(120)
    killer.join()
    until(lambda: gateway.counts()["done"] == count, seconds=1200)
    assert gateway.counts() == {"to read": 0, "to send": 0, "parked": 0, "done": count}
    assert len(orthanc.find("SR")) == count
    assert len({referenced(orthanc, each) for each in orthanc.find("SR")}) == count


def test_two_gateways_on_postgresql_and_one_of_them_dies(
    orthanc: Orthanc, make_gateway: MakeGateway, postgres: Postgres
) -> None:
    url = postgres.new_database()
    # One key for both, as one queue has one.
    one = make_gateway("--send", orthanc.address, "--name", "one", queue=url)
    gateways = [
        one,
        make_gateway("--send", orthanc.address, "--name", "two", queue=url, key=one.key),
    ]
    images = [mammogram(number) for number in range(30)]
    for half, gateway in zip((images[:15], images[15:]), gateways, strict=True):
        with associated(gateway.port) as association:
            assert {send(association, image) for image in half} == {SUCCESS}
    gateways[1].kill()
    # What the dead one had in hand is free once its leases end.
    until(lambda: gateways[0].counts()["done"] == 30)
    assert len({referenced(orthanc, each) for each in orthanc.find("SR")}) == 30


def test_postgresql_is_away_for_a_while_and_nothing_is_lost(
    orthanc: Orthanc, make_gateway: MakeGateway, postgres: Postgres
) -> None:
    gateway = make_gateway("--send", orthanc.address, queue=postgres.new_database())
    with associated(gateway.port) as association:
        assert send(association, mammogram(0)) == SUCCESS
    until(lambda: gateway.counts()["done"] == 1)
    postgres.stop()
    try:
        with associated(gateway.port) as association:
            status: Any = send(association, mammogram(1))
            assert status is not None and status >> 8 == 0xA7  # out of resources: send it again
    finally:
        postgres.start()
    with associated(gateway.port) as association:
        until(lambda: send(association, mammogram(1)) == SUCCESS)
    until(lambda: gateway.counts()["done"] == 2)
    assert len(orthanc.find("SR")) == 2


def test_dcmtk_sends_by_tls_and_not_without_a_certificate(
    orthanc: Orthanc, make_gateway: MakeGateway, tmp_path: Path
) -> None:
    made = Certificates(tmp_path)
    ours, theirs = made.pair("gateway"), made.pair("sender")
    tls = ("--tls-certificate", str(ours[0]), "--tls-key", str(ours[1]))
    # Orthanc is reached in the clear here: by DICOMweb, behind a proxy in life.
    gateway = make_gateway("--send", orthanc.dicomweb, *tls, "--tls-authority", str(made.authority))
    image = tmp_path / "image.dcm"
    image.write_bytes(mammogram())
    address = ["-aec", "MAMMOSCOPE", "127.0.0.1", str(gateway.port), str(image)]
    shown = ["+tls", str(theirs[1]), str(theirs[0]), "+cf", str(made.authority)]
    for words, is_let_in in (
        ([], False),
        (["+tla", "+cf", str(made.authority)], False),
        (shown, True),
    ):
        run = subprocess.run(["storescu", *words, *address], capture_output=True, text=True)
        assert (run.returncode == 0) == is_let_in, run.stderr
    until(lambda: len(orthanc.find("SR")) == 1)
