import numpy as np

from gan_core.figures import (
    class_bars,
    effect_bars,
    loss_curves,
    probability_bars,
    score_curves,
    score_histogram,
)
from tests.helpers.figures import EFFECTS, SERIES, curve


def every_figure(text=str):
    return [
        loss_curves(SERIES, text=text),
        loss_curves({}, text=text),
        loss_curves(
            SERIES | {"d_class": curve(1), "g_level_7": curve(1)},
            parts={"class": "class", "level_{n}": "level of {n} px"},
            wasserstein=True,
            text=text,
        ),
        score_curves(SERIES, smoothing=0.5, text=text),
        score_curves(SERIES | {"class_accuracy": curve(1)}, d_output="critic", text=text),
        probability_bars(["cat"], np.ones(1), 0, text=text),
        effect_bars(EFFECTS, text=text),
        class_bars(["cat"], np.ones(1), np.ones(1), text=text),
        score_histogram(np.linspace(1, 0, 50), 5, text=text),
    ]


def test_backgrounds_are_transparent_and_left_to_the_template():
    for figure in every_figure():
        assert figure.layout.template.layout.paper_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.paper_bgcolor is None
        assert figure.layout.plot_bgcolor is None
        assert figure.layout.font.color is None
        assert figure.layout.uirevision


def test_every_visible_string_can_be_translated():
    for figure in every_figure(text=lambda message: f"«{message}»"):
        layout = figure.layout
        visible = [layout.xaxis.title.text, layout.yaxis.title.text, *(note.text for note in layout.annotations)]
        for trace in figure.data:
            visible.append(trace.name)
            if trace.type == "heatmap":
                visible.append(trace.colorbar.title.text)
            if figure.layout.uirevision.startswith("effect"):
                assert "«Effect»" in trace.hovertemplate
        for string in filter(None, visible):
            assert string.removeprefix("D: ").removeprefix("G: ").startswith("«"), string
