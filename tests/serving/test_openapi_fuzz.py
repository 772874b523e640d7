"""Requests made up from the API's description, right and wrong ones, get answers that it names."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from mammoscope.serving.__main__ import description
from tests.published import write_tiny_model
from tests.serving.real_server import running

EXAMPLES = 25
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
schema = schemathesis.openapi.from_dict(json.loads(description()))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    zoo = tmp_path_factory.mktemp("zoo")
    write_tiny_model(zoo, "alpha", seed=1)
    with running(zoo) as server:
        yield str(server.client.base_url)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_a_made_up_request_is_answered_as_the_description_says(
    case: schemathesis.Case, url: str
) -> None:
    case.call_and_validate(base_url=url, checks=CHECKS)
