"""The process that decodes files for another one: gives up what it does not need, then answers.

Started by `decode_worker`, once, for many files. Linux, as anywhere where `unshare` is allowed
to it: no network; and everywhere but on Windows: limits on memory, CPU seconds, open files and
written bytes. What could not be had is missing from the `isolation` that it reports.
"""

from __future__ import annotations

# Nothing here may start a thread before `_isolate`: the kernel gives a name space of users to a
# process with one thread only. numpy and the decoders are imported after it.
import ctypes
import json
import math
import os
import select
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any, BinaryIO

try:
    resource: Any = import_module("resource")
except ImportError:  # Windows
    resource = None

# linux/sched.h, linux/prctl.h
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
# As root, a name space of the network alone can be left again: setns to the parent's. So a
# name space of users first, in which this process is nobody to whatever is outside.
_NETWORK_FLAGS = (_CLONE_NEWUSER | _CLONE_NEWNET, _CLONE_NEWNET)
# linux/capability.h: _LINUX_CAPABILITY_VERSION_3, this process; effective, permitted, inheritable
_CAPABILITY_HEADER, _NO_CAPABILITIES = struct.pack("=Ii", 0x20080522, 0), bytes(24)
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
# Streams, /dev/null twice, the module file that a late import reads; with room to spare.
_OPEN_FILES = 32


def main(order_text: str) -> None:
    """Answers requests on stdin until it ends.

    Args:
        order_text: JSON of `memory_bytes`, `seconds`, `max_pixels`, of `function`, the
            "module:name" of what decodes, and of `shared`, the descriptor of the memory that
            files and pixels go through, or null.
    """
    order: dict[str, Any] = json.loads(order_text)
    requests, replies = _take_streams()
    isolation = isolate()
    _exit_with(requests)
    decode = _load(order)
    isolation |= limit(order["memory_bytes"])

    from mammoscope.inference.decode_message import (  # noqa: PLC0415 - imports numpy
        BEGUN,
        receive,
        receive_header,
        send,
    )
    from mammoscope.inference.shared_bytes import SharedBytes  # noqa: PLC0415 - with the others

    shared = None if order["shared"] is None else SharedBytes(order["shared"])

    send(replies, {"kind": "ready", "isolation": sorted(isolation)})
    while True:
        try:
            request = receive_header(requests)
            data = shared.read(request["bytes"]) if shared else receive(requests, request["bytes"])
        except EOFError:
            return
        replies.write(BEGUN)
        replies.flush()
        allow_cpu_seconds(order["seconds"])
        header, pixels = answer(decode, data, request)
        del data
        if shared and pixels:
            shared.fill(pixels)
            pixels = b""
        send(replies, header, pixels)
        del pixels


def answer(
    decode: Callable[..., Any], data: bytes, request: Mapping[str, Any]
) -> tuple[dict[str, Any], bytes | memoryview]:
    """A reply's header and body: the image, or what went wrong."""
    import numpy as np  # noqa: PLC0415 - after `isolate`

    from mammoscope.inference.decode_message import image_to_header  # noqa: PLC0415 - the same
    from mammoscope.types import DecodeError, UnsupportedFormatError  # noqa: PLC0415 - the same

    asked = {name: request[name] for name in ("modality", "aspect", "window")}
    try:
        image = decode(data, **asked)
        pixels = np.ascontiguousarray(image.pixels, dtype="<f4")
        return {"kind": "image", **image_to_header(image)}, pixels.data.cast("B")
    except UnsupportedFormatError as error:
        return {"kind": "unsupported", "message": str(error)}, b""
    except DecodeError as error:
        return {"kind": "broken", "message": str(error)}, b""
    except MemoryError:
        return {"kind": "memory"}, b""
    # A defect of the decoder. Its message may quote the file, and so a person: places only.
    except Exception as error:  # noqa: BLE001
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        places = [f"{frame.name}:{frame.lineno}" for frame in frames]
        return {"kind": "defect", "error": type(error).__name__, "places": places}, b""


def isolate() -> set[str]:
    """Gives up the network and new privileges; what of `network`, `privileges` was given up."""
    if sys.platform != "linux":
        return set()
    given_up = set()
    libc = ctypes.CDLL(None, use_errno=True)
    # The first needs no root, where the system lets users have it; the second needs root.
    for flags in _NETWORK_FLAGS:
        if libc.unshare(flags) == 0:
            # Root's rights, or those in the new name space: neither may undo this.
            if libc.capset(_CAPABILITY_HEADER, _NO_CAPABILITIES) == 0:
                given_up.add("network")
            break
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        given_up.add("privileges")
    # Its memory holds images: neither a core dump nor a debugger of the same user may have it.
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return given_up


def limit(memory_bytes: int) -> set[str]:
    """Limits this process for good; what of `memory`, `cpu`, `files` is limited.

    Args:
        memory_bytes: of address space, the libraries' included.
    """
    # A write of compiled code would be refused below.
    sys.dont_write_bytecode = True
    if resource is None:
        return set()
    limited = set()
    if _lower(resource.RLIMIT_AS, memory_bytes):
        limited.add("memory")
    # Python ignores SIGXFSZ, so that a write is an OSError.
    kinds = (
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    )
    if all([_lower(kind, most) for kind, most in kinds]):
        limited.add("files")
    # Set anew for each file.
    limited.add("cpu")
    return limited


def allow_cpu_seconds(seconds: int) -> None:
    """Lets this process use so many more; then the kernel ends it with SIGXCPU."""
    if resource is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        soft = math.ceil(time.process_time()) + seconds
        if hard != resource.RLIM_INFINITY:
            soft = min(soft, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _lower(kind: int, most: int) -> bool:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    try:
        resource.setrlimit(kind, (most, most))
    except (OSError, ValueError):  # macOS refuses some
        return False
    return True


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """stdin and stdout as streams of ours alone: a library that prints must not be in a reply."""
    requests, replies = (os.dup(descriptor) for descriptor in (0, 1))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return os.fdopen(requests, "rb"), os.fdopen(replies, "wb")


def _exit_with(requests: BinaryIO) -> None:
    """Ends this process when the other side is gone, in the middle of a file too.

    Not PR_SET_PDEATHSIG: that signal comes when the *thread* ends that started this process,
    and a server's threads come and go.
    """
    if not hasattr(select, "poll"):  # Windows: the end of stdin is seen at the next request
        return
    watch = select.poll()
    watch.register(requests.fileno(), 0)  # hang-up is told without being asked for

    def wait() -> None:
        watch.poll()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def _load(order: Mapping[str, Any]) -> Callable[..., Any]:
    module, _, name = order["function"].partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    from mammoscope.images.decode import Limits  # noqa: PLC0415 - imports numpy

    limits = Limits(max_pixels=order["max_pixels"])

    return partial(function, limits=limits)
