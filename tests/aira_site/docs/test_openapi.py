"""The OpenAPI document is one, without a warning, and says of each route what its rule says."""

import json

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.support.routes import routes


@pytest.fixture(scope="module")
def document():
    GENERATOR_STATS.reset()
    found = SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS
    return json.loads(json.dumps(found))


def test_it_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_is_in_it(document):
    described = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    assert {(route.method, route.path) for route in routes()} == described


def test_what_needs_a_credential_says_so(document):
    for route in routes():
        operation = document["paths"][route.path][route.method.lower()]
        ways = operation.get("security") or [{}]
        assert ({} in ways) == (route.rule == "anybody"), route
        assert "401" in operation["responses"] or {"bearer": []} not in ways, route


def test_every_answer_of_v1_says_what_it_is(document):
    apart = {"/api/v1/openapi.json", "/api/v1/docs", "/api/v1/users/me/export"}
    for path, operations in document["paths"].items():
        if path.startswith("/api/v1/") and path not in apart:
            for method, operation in operations.items():
                found = [answer for code, answer in operation["responses"].items() if code.startswith("2")]
                schemas = [media["schema"] for answer in found for media in answer["content"].values()]
                assert schemas, (method, path)
                assert all("$ref" in schema or schema == {"type": "string"} for schema in schemas), (method, path)


def test_every_operation_has_a_name_of_its_own_and_a_description(document):
    operations = [each for path in document["paths"].values() for each in path.values()]
    assert len({each["operationId"] for each in operations}) == len(operations)
    assert all(each.get("description") for each in operations)


def test_it_is_served(client, document):
    response = client.get("/api/v1/openapi.json")
    assert response["Content-Type"].startswith("application/vnd.oai.openapi+json")
    assert response.json() == document
