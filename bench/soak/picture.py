"""The picture of a long run: latency, memory and lag over time, one under the other."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from bench.plots import HEIGHT, WIDTH, Lines, chart_of

_MIB: Final = 1_048_576
_SVG: Final = "http://www.w3.org/2000/svg"
_LABELS: Final = 10


def draw_soak(document: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write the picture of the run, and return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "soak.svg"
    path.write_bytes(_picture(document["soak"]))
    return [path]


def _picture(run: Mapping[str, Any]) -> bytes:
    panels = list(_panels(run["windows"], run["offered"]))
    root = Element("svg", {"xmlns": _SVG, "viewBox": f"0 0 {WIDTH} {HEIGHT * len(panels)}"})
    for number, (title, lines) in enumerate(panels):
        place = {"x": "0", "y": str(number * HEIGHT), "width": str(WIDTH), "height": str(HEIGHT)}
        SubElement(root, "svg", place).append(_drawn(title, lines))
    return tostring(root)


def _panels(windows: Sequence[Mapping[str, Any]], offered: float) -> Iterator[tuple[str, Lines]]:
    times = _columns(windows, "latencyMs")
    yield f"Milliseconds since a transfer was due, {offered:.0f} a second", times
    memory = _columns(windows, "memoryBytes")
    yield "Memory in MiB", {name: _scaled(points, 1 / _MIB) for name, points in memory.items()}
    lag = _columns(windows, "lag")
    yield (
        "Seconds that the oldest waits",
        {"for the seal": lag["unsealed_age_s"], "in the outbox": lag["outbox_age_s"]},
    )


def _columns(windows: Sequence[Mapping[str, Any]], table: str) -> Lines:
    names = windows[0][table]
    return {name: {round(window["endedS"]): window[table][name] for window in windows} for name in names}


def _scaled(points: Mapping[int, float], factor: float) -> dict[int, float]:
    return {second: number * factor for second, number in points.items()}


def _drawn(title: str, lines: Lines) -> Element:
    chart = chart_of(title, "seconds", lines)
    chart.show_minor_x_labels = False
    chart.x_labels_major_every = max(1, len(chart.x_labels) // _LABELS)
    # There is room for every label that is shown, which pygal does not see.
    chart.truncate_label = -1
    chart.show_dots = False
    drawn: Element = chart.render_tree()
    return drawn
