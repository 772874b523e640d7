"""Requests made up from the API's description, right and wrong ones, get answers that it names."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from mammoscope.inference.store import PACKAGE_ZOO
from mammoscope.inference.studies import FOLDER as STUDIES
from mammoscope.serving.__main__ import description
from tests.published import write_tiny_model
from tests.serving.real_server import running

EXAMPLES = 25
UPLOADS = ("/api/predictions", "/api/images")
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
    shutil.copytree(PACKAGE_ZOO / STUDIES, zoo / STUDIES)
    with running(zoo) as server:
        yield str(server.client.base_url)


BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


@schema.parametrize()
@BOUNDED
def test_a_made_up_request_is_answered_as_the_description_says(
    case: schemathesis.Case, url: str
) -> None:
    case.call_and_validate(base_url=url, checks=CHECKS)


@pytest.mark.parametrize("kind", ["png", "dicom", "blank"])
def test_a_made_up_form_around_a_real_image_is_answered_as_the_description_says(
    url: str, request: pytest.FixtureRequest, kind: str
) -> None:
    """Bytes that are made up are hardly ever an image, and so never get a score."""
    image = request.getfixturevalue(kind)
    seen = set()

    @BOUNDED
    @given(case=st.one_of(schema[path]["POST"].as_strategy() for path in UPLOADS))
    def ask(case: schemathesis.Case) -> None:
        case.body = {**case.body, "file": image}
        if "model" in case.body:
            case.body["model"] = ["alpha"]
        answer = case.call_and_validate(base_url=url, checks=CHECKS)
        seen.add((case.path, answer.status_code))

    ask()
    assert seen >= {("/api/predictions", 422 if kind == "blank" else 200), ("/api/images", 200)}


@pytest.mark.parametrize("what", ["examples", "studies"])
def test_what_a_list_names_is_answered_as_the_description_says(url: str, what: str) -> None:
    """A name that is made up is in no list."""
    listed = schema[f"/api/{what}"]["GET"].Case().call_and_validate(base_url=url, checks=CHECKS)
    names = [one["name"] for one in listed.json()]
    for name in names:
        case = schema[f"/api/{what}/{{name}}"]["GET"].Case(path_parameters={"name": name})
        assert case.call_and_validate(base_url=url, checks=CHECKS).status_code == 200
    assert names
