"""Writing answers: shapes are encoded by msgspec, everything else by DRF."""

from collections.abc import Mapping
from typing import Any

import msgspec
from rest_framework.renderers import JSONRenderer


class ShapeRenderer(JSONRenderer):
    """JSON of a shape, and of whatever DRF can encode."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the answer's bytes; indented if the client asked for that (`Accept: application/json; indent=2`)."""
        if not isinstance(data, msgspec.Struct):
            return super().render(data, accepted_media_type, renderer_context)
        content = msgspec.json.encode(data)
        indent = self.get_indent(accepted_media_type or "", dict(renderer_context or {}))
        return msgspec.json.format(content, indent=indent) if indent else content
