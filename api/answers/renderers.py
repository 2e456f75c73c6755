"""Encode answers: shapes with msgspec, everything else with DRF."""

from collections.abc import Mapping
from typing import Any

import msgspec
from rest_framework.renderers import JSONRenderer


class ShapeRenderer(JSONRenderer):
    """Renders a shape, or anything that DRF can encode, as JSON."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the JSON; indented if the client asks for that (`Accept: application/json; indent=2`)."""
        if not isinstance(data, msgspec.Struct):
            return super().render(data, accepted_media_type, renderer_context)
        content = msgspec.json.encode(data)
        indent = self.get_indent(accepted_media_type or "", dict(renderer_context or {}))
        return msgspec.json.format(content, indent=indent) if indent else content
