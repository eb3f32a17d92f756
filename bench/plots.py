"""Pictures of a stored report: throughput against concurrency, batch size and table size, and a long run over time."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

import pygal
from pygal.style import CleanStyle

_CALLERS: Final = re.compile(r"(bare|baseline|ours), (\d+)")
_BATCHES: Final = re.compile(r"(bare|ours), batches of (\d+)")
_WIDTH: Final = 720
_HEIGHT: Final = 400
_LABELS: Final = 10
_MIB: Final = 1_048_576
_SVG: Final = "http://www.w3.org/2000/svg"

# A line for each series: its points by what stands on the horizontal axis.
Lines = dict[str, dict[int, float]]


def draw(document: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write the pictures that the report has figures for, and return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = _soak_picture(document["soak"]) if "soak" in document else _pictures(document["groups"])
    written = []
    for name, picture in pictures:
        path = folder / f"{name}.svg"
        path.write_bytes(picture)
        written.append(path)
    return written


def _pictures(groups: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, bytes]]:
    rates = {
        (group["name"], subject): figures["perSecond"]
        for group in groups
        for subject, figures in group["subjects"].items()
    }
    callers = _matching({subject: rate for (group, subject), rate in rates.items() if group == "singles"}, _CALLERS)
    batches = _matching({subject: rate for (_group, subject), rate in rates.items()}, _BATCHES)
    for name, points in batches.items():
        if single := rates.get(("singles", f"{name}, 1")):
            points[1] = single
    for name, title, axis, lines in (
        ("concurrency", "Transfers a second, one a call", "callers", callers),
        ("batch-size", "Transfers a second, by one caller", "transfers a call", batches),
    ):
        if lines:
            yield name, _chart(title, axis, lines).render()


def _matching(rates: Mapping[str, float], pattern: "re.Pattern[str]") -> Lines:
    lines: Lines = {}
    for subject, rate in rates.items():
        if found := pattern.fullmatch(subject):
            lines.setdefault(found[1], {})[int(found[2])] = rate
    return {name: points for name, points in lines.items() if len(points) > 1}


def _soak_picture(run: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Latency, memory and lag over time, one under the other."""
    memory, lag = _columns(run["windows"], "memory_bytes", 1 / _MIB), _columns(run["windows"], "lag")
    panels: list[tuple[str, Lines]] = [
        (
            f"Milliseconds since a transfer was due, {run['offered']:.0f} a second",
            _columns(run["windows"], "latency_ms"),
        ),
        ("Memory in MiB", memory),
        (
            "Seconds that the oldest waits",
            {"for the seal": lag["unsealed_age_s"], "in the outbox": lag["unread_age_s"]},
        ),
    ]
    root = Element("svg", {"xmlns": _SVG, "viewBox": f"0 0 {_WIDTH} {_HEIGHT * len(panels)}"})
    for number, (title, lines) in enumerate(panels):
        place = {"x": "0", "y": str(number * _HEIGHT), "width": str(_WIDTH), "height": str(_HEIGHT)}
        chart = _chart(title, "seconds", lines)
        chart.show_dots = False
        chart.show_minor_x_labels = False
        chart.x_labels_major_every = max(1, len(chart.x_labels) // _LABELS)
        # There is room for every label that is shown, which pygal does not see.
        chart.truncate_label = -1
        SubElement(root, "svg", place).append(chart.render_tree())
    yield "soak", tostring(root)


def _columns(windows: Sequence[Mapping[str, Any]], table: str, factor: float = 1.0) -> Lines:
    names = windows[0][table]
    return {name: {round(window["ended_s"]): window[table][name] * factor for window in windows} for name in names}


def _chart(title: str, axis: str, lines: Lines) -> pygal.Line:
    """The picture of those lines; it stands by itself, so that nothing is run and nothing fetched where it is shown."""
    places = sorted({place for points in lines.values() for place in points})
    chart = pygal.Line(
        title=title,
        x_title=axis,
        js=(),
        style=CleanStyle(font_family="sans-serif"),
        width=_WIDTH,
        height=_HEIGHT,
        range=(0, max(max(points.values()) for points in lines.values()) * 1.05),
        legend_at_bottom=True,
        pretty_print=True,
        include_x_axis=True,
    )
    chart.add_xml_filter(_without_scripts)
    chart.x_labels = [f"{place:,}" for place in places]
    for name, points in lines.items():
        chart.add(name, [points.get(place) for place in places])
    return chart


def _without_scripts(root: Element) -> Element:
    for parent in list(root.iter()):
        for script in [child for child in parent if str(child.tag).endswith("script")]:
            parent.remove(script)
    return root
