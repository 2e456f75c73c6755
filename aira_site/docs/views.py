"""The OpenAPI document, and a page that shows it. The page works offline and with the strict CSP."""

from functools import cache

from django.http import HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from accounts.access.rules import Rule

CONTENT_TYPE = "application/vnd.oai.openapi+json; charset=utf-8"


class DocsViewSet(ViewSet):
    """The OpenAPI document, for programs and for people; needs no credential."""

    is_public = True
    tag = "docs"
    names = {
        "document": "get_openapi_document",
        "page": "get_docs_page",
    }
    storeless = ("document", "page")
    answers = {
        "document": {(200, "application/vnd.oai.openapi+json"): OpenApiTypes.OBJECT},
        "page": {(200, "text/html"): OpenApiTypes.STR},
    }
    examples = {"document": {"openapi": "3.1.1", "info": {"title": "Aira"}, "paths": {}}, "page": "<!doctype html>"}
    rules = {"document": Rule.ANYBODY, "page": Rule.ANYBODY}
    authentication_classes = ()

    def document(self, request: Request) -> HttpResponse:  # noqa: ARG002 (DRF's signature)
        """Return the OpenAPI 3.1 document."""
        return HttpResponse(_document(), content_type=CONTENT_TYPE)

    def page(self, request: Request) -> HttpResponse:
        """Return a page to read and try the API."""
        return render(request, "aira_site/docs.html")


@cache
def _document() -> bytes:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return bytes(OpenApiJsonRenderer().render(schema, renderer_context={}))
