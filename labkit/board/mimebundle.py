"""What IPython is told of an object that shows a widget: the widget's own bundle, to which its words are added."""

from __future__ import annotations

from typing import Any


def of(widget: Any, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401 - ipywidgets is untyped
    """Return a widget's data and metadata by MIME type; both are empty where it has none.

    Parameters
    ----------
    widget
        The widget.
    kwargs
        What IPython asks for (``_repr_mimebundle_``, IPython documentation, "Integrating your objects with IPython").
    """
    found: Any = widget._repr_mimebundle_(**kwargs) or {}
    return found if isinstance(found, tuple) else (found, {})
