"""A Plotly chart that takes new data several times a second.

`st.plotly_chart` builds a new chart whenever its data change and so forgets the zoom. This one updates a lasting chart
in place (`Plotly.react`): the reader's zoom and hidden traces survive, and nothing flickers.
"""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.io.json import to_json_plotly

from pages.components.assets import PLOTLY_URL
from pages.components.component import component
from pages.ui.text import _

_component = component(
    __file__,
    '<div class="live-chart" role="img"></div>\n<p class="live-chart-failure" role="alert" hidden></p>',
    isolate_styles=False,  # Plotly's own styles live in the document's head
)


def live_chart(figure: go.Figure, *, key: str, height: int, alt: str) -> None:
    """Draw `figure`, or update the chart of the same `key`.

    Colours, font and size come from the page: the figure's own template, width and height are ignored, colours set on
    traces or axes are kept. A changed `figure.layout.uirevision` discards the reader's zoom.

    Args:
        figure: Any Plotly figure.
        key: Unique key of the component, as in Streamlit.
        height: Height of the chart in CSS pixels.
        alt: Text alternative.
    """
    _component(
        key=key,
        height=height,
        data={
            "figure": browser_json(figure),
            "alt": alt,
            "height": height,
            "script": PLOTLY_URL,
            "dictionary": {
                "Reset axes": _("Reset zoom"),
                "Download plot as a PNG": _("Save as PNG"),
            },  # key: Plotly's words
            "failure": _("The chart could not be drawn. Reload the page to try again."),
        },
    )


def browser_json(figure: go.Figure) -> str:
    """JSON of `{data, layout}` for Plotly.js, without template, width and height, which the page decides."""
    spec = figure.to_dict()
    layout = {name: value for name, value in spec["layout"].items() if name not in ("template", "width", "height")}
    return to_json_plotly({"data": spec["data"], "layout": layout})
