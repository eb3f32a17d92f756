"""Pictures of a stored report: throughput against concurrency, batch size and table size, and a run over time."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element

import pygal
from pygal.style import CleanStyle

_CALLERS: Final = re.compile(r"(bare|pgbench|baseline|ours), (\d+)")
_BATCHES: Final = re.compile(r"(bare|ours), batches of (\d+)")
_ENTRIES: Final = re.compile(r"A bank with ([\d,]+) entries")

WIDTH: Final = 720
HEIGHT: Final = 400

# A line for each series: its points by what stands on the horizontal axis.
Lines = dict[str, dict[int, float]]


def draw(document: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write the pictures that the report has figures for, and return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, title, axis, lines in _pictures(document):
        if lines:
            chart = chart_of(title, axis, lines)
            path = folder / f"{name}.svg"
            path.write_bytes(chart.render())
            written.append(path)
    return written


def _pictures(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Lines]]:
    groups = document["groups"]
    yield (
        "concurrency",
        "Transfers a second, one a call",
        "callers",
        _matching(_subjects(groups, "singles"), _CALLERS),
    )
    yield (
        "batch-size",
        "Transfers a second, by one caller",
        "transfers a call",
        _matching(_subjects(groups, "singles") | _subjects(groups, "batches"), _BATCHES, first=("bare, 1", "ours, 1")),
    )
    yield "table-size", "Posting on a filled bank, share of an empty one", "entries", _by_table_size(groups)


def _subjects(groups: list[Mapping[str, Any]], name: str) -> dict[str, float]:
    return {
        subject: figures["perSecond"]
        for group in groups
        if group["name"] == name
        for subject, figures in group["subjects"].items()
    }


def _matching(rates: Mapping[str, float], pattern: "re.Pattern[str]", first: tuple[str, ...] = ()) -> Lines:
    lines: Lines = {}
    for subject, rate in rates.items():
        if subject in first:
            lines.setdefault(subject.partition(",")[0], {})[1] = rate
        elif found := pattern.fullmatch(subject):
            lines.setdefault(found[1], {})[int(found[2])] = rate
    return {name: points for name, points in lines.items() if len(points) > 1}


def _by_table_size(groups: list[Mapping[str, Any]]) -> Lines:
    lines: Lines = {}
    for group in groups:
        if group["name"] == "scale" and (found := _ENTRIES.match(group["title"])):
            for comparison in group["comparisons"]:
                kind = "32 threads" if comparison["name"].startswith("32") else "batches of 100"
                lines.setdefault(kind, {})[int(found[1].replace(",", ""))] = comparison["ratio"]
    return lines


def chart_of(title: str, axis: str, lines: Lines) -> pygal.Line:
    """The picture of those lines; it stands by itself, so that nothing is run and nothing fetched where it is shown."""
    places = sorted({place for points in lines.values() for place in points})
    chart = pygal.Line(
        title=title,
        x_title=axis,
        js=(),
        style=CleanStyle(font_family="sans-serif"),
        width=WIDTH,
        height=HEIGHT,
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
