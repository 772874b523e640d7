"""The server: API, built page and description in one FastAPI app."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from functools import partial
from pathlib import Path

import anyio.to_thread
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from mammoscope import __version__
from mammoscope.inference.card import PublishedModel
from mammoscope.inference.decode_worker import DecodeWorkers
from mammoscope.inference.predictor import refuse_missing_runtime
from mammoscope.inference.store import PACKAGE_ZOO, ModelStore
from mammoscope.inference.studies import find_studies
from mammoscope.serving.access import METRICS_PATH, Access
from mammoscope.serving.audit import Audit, open_audit
from mammoscope.serving.docs import docs_page
from mammoscope.serving.examples import find_examples
from mammoscope.serving.gate import Gate
from mammoscope.serving.guard import Guard
from mammoscope.serving.key_ring import KeyRing
from mammoscope.serving.metrics import CONTENT_TYPE, Metrics, State
from mammoscope.serving.openapi import describe
from mammoscope.serving.problems import add_handlers
from mammoscope.serving.roster import open_admitted, open_named, open_roster
from mammoscope.serving.routes import Services, router
from mammoscope.serving.settings import Settings, load_settings
from mammoscope.types import RESEARCH_NOTICE

_LOG = logging.getLogger("mammoscope.serving")
STATIC = Path(__file__).parent / "static"


def create_app(settings: Settings | None = None) -> FastAPI:
    """The app; models that are named are opened here, the others when it starts.

    Args:
        settings: those of the environment where None.

    Raises:
        MammoscopeError: the environment holds a setting that makes no sense, or names a model
            that is not there, cannot be opened or is not admitted in the precision, or one twice;
            or the key file or the audit log cannot be used.
    """
    settings = settings or load_settings()
    store = ModelStore(settings.zoo or PACKAGE_ZOO)
    # Seen here, before a server runs: its caller can then say it in one line.
    named = open_named(store, settings.models, precision=settings.precision)
    refuse_missing_runtime(settings.precision)
    if settings.precision != "float32":
        named = named or open_admitted(store, settings.precision)
    ring = None if settings.key_file is None else KeyRing(settings.key_file)
    audit = open_audit(settings)
    app = FastAPI(
        title="mammoscope",
        version=__version__,
        description=RESEARCH_NOTICE,
        lifespan=_lifespan(settings, store, named, audit),
        # FastAPI's own pages load scripts from another server; see `docs`.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    metrics = Metrics(version=__version__)
    app.add_middleware(
        Guard,
        allowed_hosts=settings.allowed_hosts,
        access=Access(ring, static=STATIC),
        metrics=metrics,
    )
    add_handlers(app)
    app.include_router(router)
    _add_description(app)
    _add_metrics(app, metrics)
    # What no route answers; a mount at "/" would take the wrong methods of the API's routes too.
    app.router.default = _rest(STATIC)
    return app


def _lifespan(
    settings: Settings, store: ModelStore, named: Sequence[PublishedModel], audit: Audit
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Each image that is read has a decoding process: more would never be asked.
        with (
            closing(audit),
            DecodeWorkers(settings.concurrency, max_pixels=settings.max_pixels) as workers,
        ):
            workers.start()
            app.state.services = Services(
                settings=settings,
                roster=await anyio.to_thread.run_sync(
                    partial(open_roster, store, named, threads=settings.threads)
                ),
                gate=Gate(concurrency=settings.concurrency, queue=settings.queue),
                examples=await anyio.to_thread.run_sync(find_examples),
                studies=await anyio.to_thread.run_sync(find_studies, store.zoo),
                workers=workers,
                audit=audit,
            )
            await anyio.to_thread.run_sync(workers.warm_up)
            done_without = ", ".join(sorted(workers.isolation)) or "nothing"
            _LOG.info("files are decoded apart; limited or given up there: %s", done_without)
            yield

    return lifespan


def _add_description(app: FastAPI) -> None:
    @app.get("/openapi.json", include_in_schema=False)
    async def openapi_json() -> JSONResponse:
        return JSONResponse(describe(app))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return docs_page(describe(app))


def _add_metrics(app: FastAPI, metrics: Metrics) -> None:
    @app.get(METRICS_PATH, include_in_schema=False)
    async def exposition() -> Response:
        services: Services = app.state.services
        state = State(
            working=services.gate.working,
            waiting=services.gate.waiting,
            models=len(services.roster.predictors),
            decode_worker_restarts=services.workers.restarts,
        )
        return Response(metrics.text(state), headers={"Content-Type": CONTENT_TYPE})


def _rest(static: Path) -> ASGIApp:
    """The built page and its files; 404 for what looks like the API."""
    built = (static / "index.html").is_file()
    page: ASGIApp = StaticFiles(directory=static, html=True) if built else _no_page

    async def rest(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            raise HTTPException(404)
        await page(scope, receive, send)

    return rest


async def _no_page(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http" or scope["path"] != "/":
        raise HTTPException(404)
    text = (
        "mammoscope is running, but its page is not built.\n"
        "Build it with `make frontend`, then start the server again.\n"
        "The API works without it: see /docs.\n"
    )
    await PlainTextResponse(text)(scope, receive, send)
