"""The files of `mammoscope deidentify`: found, each read in a process apart, written whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from mammoscope.cli.inputs import read_image_file

if TYPE_CHECKING:
    from mammoscope.images.deidentify import Deidentified
    from mammoscope.images.pseudonyms import Pseudonyms

_MAX_KEY_BYTES = 4096
_HEAD = 132  # bytes up to the end of DICOM's magic word


def read_key(file: Path) -> bytes:
    """The key in a file, without white space around it.

    Raises:
        MammoscopeError: it cannot be read, or is no key.
    """
    from mammoscope.types import MammoscopeError

    try:
        with file.open("rb") as stream:
            key = stream.read(_MAX_KEY_BYTES + 1)
    except OSError as error:
        raise MammoscopeError(
            f"the key file cannot be read: {error.strerror or type(error).__name__}"
        ) from None
    if len(key) > _MAX_KEY_BYTES:
        raise MammoscopeError(
            f"the key file is larger than {_MAX_KEY_BYTES} bytes; expected a key: "
            "openssl rand -hex 32"
        )
    return key.strip()


def find_files(paths: Iterable[Path], *, out: Path) -> list[Path]:
    """Files as they are named, and the DICOMs of folders, in order; what is in `out` is not seen.

    A folder's DICOMDIR and what is no DICOM are left out; links to folders are not followed.

    Raises:
        MammoscopeError: there is no file.
    """
    from mammoscope.types import MammoscopeError

    found: dict[Path, Path] = {}
    for path in paths:
        candidates = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in candidates:
            if path.is_dir() and not _is_wanted(file, out):
                continue
            found.setdefault(file.resolve(), file)
    if not found:
        raise MammoscopeError("there is no DICOM in what was given; expected files or folders")
    return list(found.values())


def _is_wanted(file: Path, out: Path) -> bool:
    from mammoscope.images.deidentify import is_dicom

    if not file.is_file() or file.name.upper() == "DICOMDIR":
        return False
    if out.resolve() in file.resolve().parents:
        return False
    try:
        with file.open("rb") as stream:
            head = stream.read(_HEAD)
            return is_dicom(head) or is_dicom(head + stream.read())
    except OSError:
        return True  # told when its turn comes


def write_new(
    result: Deidentified, out: Path, *, sources: Sequence[Path], written: dict[str, bytes]
) -> str:
    """Writes a file, whole or not at all, named by its new SOP Instance UID; gives back the name.

    Args:
        result: what is to be written.
        out: folder, made if it is not there.
        sources: files that must not be replaced.
        written: name → digest of what this run has written; the file is added.

    Raises:
        MammoscopeError: it cannot be written, or would replace a source or another of this run.
    """
    from mammoscope.ledger.durable import write_file
    from mammoscope.types import MammoscopeError

    name = f"{result.sop_uid}.dcm"
    digest = hashlib.sha256(result.data).digest()
    if written.get(name, digest) != digest:
        raise MammoscopeError(
            "another file of this run has the same SOP Instance UID and other contents; "
            "de-identify them into different folders"
        )
    target = out / name
    try:
        if target.exists() and any(target.samefile(source) for source in sources):
            raise MammoscopeError("the file would replace an original; choose another --out")
        write_file(target, lambda aside: aside.write_bytes(result.data))
    except OSError as error:
        raise MammoscopeError(
            f"the file cannot be written: {error.strerror or type(error).__name__}; "
            "give a folder that can be written with --out"
        ) from None
    written[name] = digest
    return name


class Worker:
    """De-identifies files in a process apart: one that brings it down costs itself alone.

    It has the limits of a process that decodes for the server, and where the system allows no
    network.
    """

    def __init__(self, pseudonyms: Pseudonyms, *, keep_going: bool) -> None:
        self._pseudonyms = pseudonyms
        self._keep_going = keep_going
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def deidentify(self, file: Path) -> Deidentified:
        """The file without what tells whose it is.

        Raises:
            MammoscopeError: as `images.deidentify.deidentify`; also if its decoder crashed.
        """
        from mammoscope.types import DecodeError

        data = read_image_file(file)
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1, mp_context=get_context("spawn"), initializer=_confine
            )
        try:
            return self._pool.submit(_deidentify, data, self._pseudonyms, self._keep_going).result()
        except BrokenProcessPool:
            self._stop()
            raise DecodeError(
                "the file brought its decoder down, or took too long; expected a whole mammogram; "
                "export it again, uncompressed if that is possible"
            ) from None

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


def _confine() -> None:
    from mammoscope.inference.sandbox import isolate

    # Before numpy, whose threads would keep the process in its name space; limits come with the
    # first file, once everything is imported.
    isolate()


def _deidentify(data: bytes, pseudonyms: Pseudonyms, keep_going: bool) -> Deidentified:
    from mammoscope.images.decode import out_of_memory
    from mammoscope.images.deidentify import deidentify
    from mammoscope.inference.decode_worker import MEMORY_BYTES, SECONDS
    from mammoscope.inference.sandbox import allow_cpu_seconds, limit

    limit(MEMORY_BYTES)
    allow_cpu_seconds(SECONDS)
    try:
        return deidentify(data, pseudonyms, keep_going=keep_going)
    except MemoryError:
        raise out_of_memory(data) from None
