"""An Orthanc of the tests' own: a real archive, in a folder and on ports of its own."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import requests

PATIENCE_S = 60
_PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")


def find_program() -> str | None:
    """Orthanc, with its DICOMweb plugin; Debian keeps it off the path."""
    found = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
    return found if found and _PLUGIN.is_file() else None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Orthanc:
    """An archive that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        """Starts it, with its files in an empty folder."""
        program = find_program()
        assert program is not None
        self.dicom_port, self.http_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.http_port}"
        self.dicomweb = f"{self.url}/dicom-web"
        self._folder, self._program = folder, program
        self._log = folder / "orthanc.log"
        settings = {
            "Name": "tests",
            "StorageDirectory": str(folder / "storage"),
            "IndexDirectory": str(folder / "storage"),
            "DicomAet": "ORTHANC",
            "DicomPort": self.dicom_port,
            "HttpPort": self.http_port,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "DicomCheckCalledAet": True,
            "DicomAlwaysAllowStore": True,
            "Plugins": [str(_PLUGIN)],
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
            "OverwriteInstances": False,
            "StableAge": 1,
        }
        self._settings = folder / "orthanc.json"
        self._settings.write_text(json.dumps(settings))
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def address(self) -> str:
        return f"ORTHANC@127.0.0.1:{self.dicom_port}"

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, str(self._settings)], stdout=log, stderr=log
            )
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                requests.get(f"{self.url}/system", timeout=5).raise_for_status()
                return
            except requests.RequestException:
                assert self._process.poll() is None, self._log.read_text()[-3000:]
                time.sleep(0.1)
        raise AssertionError(f"Orthanc does not answer: {self._log.read_text()[-3000:]}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(PATIENCE_S)
            self._process = None

    def store(self, file: bytes) -> str:
        """Puts a DICOM file in; gives Orthanc's id of it."""
        answer = requests.post(f"{self.url}/instances", data=file, timeout=60)
        answer.raise_for_status()
        return str(answer.json()["ID"])

    def send(self, instances: list[str], title: str) -> None:
        """Makes Orthanc send instances to one of its peers, and waits until it has."""
        answer = requests.post(
            f"{self.url}/modalities/{title}/store",
            json={"Resources": instances, "Synchronous": True},
            timeout=600,
        )
        answer.raise_for_status()

    def know(self, title: str, port: int) -> None:
        """Tells it of a node on this machine that it may send to."""
        node = {"AET": title, "Host": "127.0.0.1", "Port": port}
        requests.put(f"{self.url}/modalities/{title}", json=node, timeout=60).raise_for_status()

    def everything(self) -> list[str]:
        """Orthanc's ids of all instances."""
        return [str(each) for each in requests.get(f"{self.url}/instances", timeout=60).json()]

    def find(self, modality: str) -> list[str]:
        """Orthanc's ids of the instances of a modality."""
        answer = requests.post(
            f"{self.url}/tools/find",
            json={"Level": "Instance", "Query": {"Modality": modality}},
            timeout=60,
        )
        answer.raise_for_status()
        return [str(each) for each in answer.json()]

    def file(self, instance: str) -> bytes:
        answer = requests.get(f"{self.url}/instances/{instance}/file", timeout=60)
        answer.raise_for_status()
        return answer.content

    def tags(self, instance: str) -> dict[str, Any]:
        answer = requests.get(f"{self.url}/instances/{instance}/simplified-tags", timeout=60)
        answer.raise_for_status()
        return dict(answer.json())
