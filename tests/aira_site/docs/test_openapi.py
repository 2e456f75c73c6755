"""The OpenAPI document is valid, gives no warning, and agrees with the rule of each route."""

import json
import re

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from accounts.credentials import cookies
from api.requests.fields import StrictSerializer, valid
from tests.support.routes import routes

REPLY = "/api/v1/conversations/{conversation_id}/replies/{reply_id}"


@pytest.fixture(scope="module")
def document():
    GENERATOR_STATS.reset()
    found = SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS
    return json.loads(json.dumps(found))


def test_it_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_is_in_the_document(document):
    described = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    assert {(route.method, route.path) for route in routes()} == described


def test_routes_that_need_a_credential_declare_it(document):
    for route in routes():
        operation = document["paths"][route.path][route.method.lower()]
        ways = operation.get("security") or [{}]
        assert ({} in ways) == (route.rule == "anybody"), route
        assert "401" in operation["responses"] or {"bearer": []} not in ways, route


def test_every_answer_of_v1_has_a_schema(document):
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


def test_the_document_is_served(client, document):
    response = client.get("/api/v1/openapi.json")
    assert response["Content-Type"].startswith("application/vnd.oai.openapi+json")
    assert response.json() == document


def operations(document):
    return {
        f"{method.upper()} {path}": operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


def media_of(document):
    """Yield (operation, direction, status, media type, media) for each declared request body and response."""
    for name, operation in operations(document).items():
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            yield name, "request", "", kind, media
        for status, answer in operation["responses"].items():
            for kind, media in answer.get("content", {}).items():
                yield name, "answer", status, kind, media


def test_every_operation_has_a_summary_a_stable_name_and_the_tag_of_its_resource(document):
    for name, operation in operations(document).items():
        assert 0 < len(operation["summary"]) <= 100, name
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", operation["operationId"]), name
        assert len(operation["tags"]) == 1, name
        assert re.fullmatch(r"[a-z]+", operation["tags"][0]), name
    named = {operation["operationId"] for operation in operations(document).values()}
    assert {"sign_in", "list_conversations", "note_mood", "get_dashboard", "contract_save_chat"} <= named


def test_every_body_is_json_and_every_operation_that_reads_one_declares_it(document):
    sessions = {"POST /api/v1/session/sign-out-everywhere", "POST /api/v1/session/confirm/link"}
    bodiless = {*sessions, f"POST {REPLY}/stop"}
    forms = {"POST /links/{token}", "POST /forgotten"}
    for name, operation in operations(document).items():
        if name.startswith(("POST", "PUT", "PATCH")) and name not in bodiless:
            media = "application/x-www-form-urlencoded" if name in forms else "application/json"
            assert set(operation["requestBody"]["content"]) == {media}, name


def test_every_request_and_answer_has_an_example_of_its_shape(document):
    for name, direction, status, _, media in media_of(document):
        assert media["examples"], (name, direction, status)
        schema = media["schema"] | {"components": document["components"]}
        for example in media["examples"].values():
            Draft202012Validator(schema, format_checker=FormatChecker()).validate(example["value"])


def test_every_property_and_every_parameter_has_a_description(document):
    for name, schema in document["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            assert described.get("description"), (name, field)
    for name, operation in operations(document).items():
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (name, parameter["name"])
        for status, answer in operation["responses"].items():
            assert answer["description"], (name, status)


def test_a_credential_is_a_bearer_token_or_a_cookie(document):
    schemes = document["components"]["securitySchemes"]
    assert schemes["bearer"] | {"description": ""} == {"type": "http", "scheme": "bearer", "description": ""}
    assert (schemes["cookie"]["type"], schemes["cookie"]["in"], schemes["cookie"]["name"]) == (
        "apiKey",
        "cookie",
        cookies.ACCESS,
    )
    for route in routes():
        ways = operations(document)[str(route)].get("security", [{}])
        assert ways == [{}] or [way for way in ways if way] == [{"bearer": []}, {"cookie": []}], route


def test_the_declared_statuses_are_those_that_are_sent(document):
    sent = {name: set(operation["responses"]) for name, operation in operations(document).items()}
    assert sent["GET /live"] == {"200"}
    assert sent["GET /ready"] == {"200", "503"}
    assert sent["GET /api/health/redis"] == {"200", "500"}
    assert sent["GET /api/v1/plans"] == {"200"}
    assert sent["POST /api/v1/session/sign-up"] == {"200", "400", "411", "413", "429", "503"}
    assert sent["GET /api/v1/dashboard"] == {"200", "400", "401", "403", "404", "503"}
    repeatable = {name for name, statuses in sent.items() if "422" in statuses}
    versioned = {name for name, statuses in sent.items() if "412" in statuses}
    for name, operation in operations(document).items():
        headers = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "header"}
        assert ("Idempotency-Key" in headers, "If-Match" in headers) == (name in repeatable, name in versioned), name


@pytest.mark.parametrize("route", [route for route in routes() if getattr(route.view, "bodies", {}).get(route.action)])
def test_the_server_accepts_the_example_of_each_body(route):
    body = route.view.bodies[route.action]
    if issubclass(body, StrictSerializer):
        assert valid(body(data=body.example))


def test_the_server_accepts_the_examples_of_the_old_api(document, valkey, service):
    for name, operation in operations(document).items():
        method, path = name.split()
        if "requestBody" in operation and path.startswith("/api/") and not path.startswith("/api/v1/"):
            (example,) = operation["requestBody"]["content"]["application/json"]["examples"].values()
            response = getattr(service, method.lower())(
                path, example["value"], format="json", headers={"x-user-id": "u1"}
            )
            assert response.status_code == 200, (name, response.content)
