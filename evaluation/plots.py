"""Pictures of the report, as SVG that needs no font and no file beside it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence

import matplotlib
import matplotlib.colors
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.totals import Count

KOREAN_FONTS = (
    "NanumGothic",
    "Noto Sans CJK KR",
    "Noto Sans CJK JP",
    "Malgun Gothic",
    "AppleGothic",
    "NanumSquare",
    "UnDotum",
)
GOOD, BAD, INK, FAINT = "#256ef4", "#de3412", "#1e2124", "#cdd1d5"
BINS = 10
LEAST_IN_BIN = 5  # fewer sentences say nothing about honesty


def svg(figure: Figure) -> str:
    """Return a picture as a piece of HTML."""
    figure.tight_layout()
    out = io.StringIO()
    figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]


def prepare() -> bool:
    """Choose a font that has Hangul. Returns whether there is one; without it, ids stand for names."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    font = next((name for name in KOREAN_FONTS if name in installed), None)
    # Letters become shapes: the report looks the same where the font is missing.
    matplotlib.rcParams.update({"svg.fonttype": "path", "axes.unicode_minus": False, "font.size": 9, "text.color": INK})
    matplotlib.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
    if font:
        matplotlib.rcParams["font.family"] = [font, "DejaVu Sans"]
    return font is not None


def bars(totals: Mapping[str, Count], target: float | None = None) -> str:
    """Return right answers by group, the worst on top; groups below the target are red."""
    ordered = sorted(totals.items(), key=lambda entry: -entry[1].share)
    figure = Figure(figsize=(5.6, 0.5 + 0.27 * len(ordered)))
    axes: Axes = figure.subplots()
    shares = [total.share for _, total in ordered]
    colours = [BAD if target is not None and share < target else GOOD for share in shares]
    axes.barh([name for name, _ in ordered], shares, color=colours, height=0.7)
    for at, (_, total) in enumerate(ordered):
        axes.text(101, at, f"{total.share:.0f} %  {total.good}/{total.of}", va="center")
    if target is not None:
        axes.axvline(target, color=INK, linewidth=0.8, linestyle=":")
    axes.set_xlim(0, 122)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_ylim(-0.6, len(ordered) - 0.4)
    return svg(figure)


def beside(systems: Mapping[str, Mapping[str, Count]], words: Mapping[str, str]) -> str:
    """Return the systems side by side for each set that all of them were asked."""
    sets = list(dict.fromkeys(name for totals in systems.values() for name in totals))
    figure = Figure(figsize=(7.2, 2.6))
    axes: Axes = figure.subplots()
    width = 0.8 / len(systems)
    for at, (system, colour) in enumerate(zip(systems, (GOOD, "#8a949e", FAINT), strict=False)):
        for place, name in enumerate(sets):
            total = systems[system].get(name)
            if total is None:
                continue
            x = place + (at - (len(systems) - 1) / 2) * width
            axes.bar(x, total.share, width * 0.92, color=colour, label=system if name == sets[0] else None)
            axes.text(x, total.share + 1.5, f"{total.share:.0f}", ha="center")
    axes.set_xticks(range(len(sets)), [words[name] for name in sets])
    axes.set_ylim(0, 112)
    axes.set_ylabel("% right")
    axes.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.2))
    return svg(figure)


def confusion(truth: Sequence[str], read: Sequence[str], order: Sequence[str], words: Mapping[str, str]) -> str:
    """Return which label was read as which; right ones are on the diagonal, in blue, wrong ones red."""
    labels = [label for label in order if label in set(truth) | set(read)]
    matrix = np.zeros((len(labels), len(labels)), dtype=int)
    for meant, taken in zip(truth, read, strict=True):
        matrix[labels.index(meant), labels.index(taken)] += 1
    size = 1.8 + 0.3 * len(labels)
    figure = Figure(figsize=(size + 0.6, size))
    axes: Axes = figure.subplots()
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    colours = np.ones((*matrix.shape, 4))
    for kind, colour in ((np.eye(len(labels), dtype=bool), GOOD), (~np.eye(len(labels), dtype=bool), BAD)):
        red, green, blue, _ = matplotlib.colors.to_rgba(colour)
        # The square root shows also the few: they are what one looks for.
        strength = np.sqrt(share)[kind][:, None]
        colours[kind] = np.concatenate(
            [1 - strength * (1 - np.array([red, green, blue])), np.ones_like(strength)], axis=1
        )
    axes.imshow(colours, interpolation="nearest")
    for row, column in zip(*np.nonzero(matrix), strict=True):
        dark = share[row, column] > 0.35
        axes.text(
            float(column),
            float(row),
            str(matrix[row, column]),
            ha="center",
            va="center",
            color="white" if dark else INK,
            fontsize=7,
        )
    shown = [words.get(label, label) for label in labels]
    axes.set_xticks(range(len(labels)), shown, rotation=55, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(labels)), shown)
    axes.set_xlabel("read as")
    axes.set_ylabel("meant")
    return svg(figure)


def calibration(pairs: Mapping[str, Sequence[tuple[float, bool]]]) -> str:
    """Return for each label how often a reading of some confidence is right: on the diagonal it is honest."""
    figure = Figure(figsize=(3.4 * len(pairs), 3.4))
    for axes, (label, found) in zip(np.atleast_1d(figure.subplots(1, len(pairs))), pairs.items(), strict=True):
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
        points = binned(found)
        axes.plot([sure for sure, _, _ in points], [true for _, true, _ in points], color=GOOD, linewidth=1)
        axes.scatter(
            [s for s, _, _ in points],
            [t for _, t, _ in points],
            s=[12 + 1.2 * n**0.8 for *_, n in points],
            color=GOOD,
            clip_on=False,
        )
        axes.set_title(
            f"{label}: {sum(hit for _, hit in found)}/{len(found)} right, error {expected_error(found):.3f}", fontsize=9
        )
        axes.set_xlabel("confidence")
        axes.set_ylabel("right")
        axes.set_xlim(0, 1.03)
        axes.set_ylim(0, 1.05)
        axes.set_aspect("equal")
    return svg(figure)


def binned(pairs: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """Return (mean confidence, share that is right, how many) for each tenth of confidence that holds enough."""
    found = []
    for at in range(BINS):
        inside = [
            (sure, hit) for sure, hit in pairs if at / BINS <= sure < (at + 1) / BINS or (sure == 1 and at == BINS - 1)
        ]
        if len(inside) >= LEAST_IN_BIN:
            found.append((float(np.mean([s for s, _ in inside])), float(np.mean([h for _, h in inside])), len(inside)))
    return found


def expected_error(pairs: Sequence[tuple[float, bool]]) -> float:
    """Return the expected calibration error: how far confidence is from the truth on average."""
    return sum(abs(sure - true) * count for sure, true, count in binned(pairs)) / max(len(pairs), 1)


def histogram(values: Sequence[float], unit: str, marks: Mapping[str, float], longest: float) -> str:
    """Return how values are spread, with named lines in the picture."""
    figure = Figure(figsize=(5.6, 2.4))
    axes: Axes = figure.subplots()
    axes.hist([min(value, longest) for value in values], bins=40, range=(0, longest), color=GOOD)
    top = axes.get_ylim()[1]
    for at, (name, value) in enumerate(marks.items()):
        axes.axvline(value, color=INK, linewidth=0.8, linestyle=":")
        axes.text(value, top * (0.97 - 0.11 * (at % 4)), f" {name} {value:.0f}", va="top", fontsize=8)
    axes.set_xlabel(unit)
    return svg(figure)


def own_ids(markup: str, prefix: str) -> str:
    """Return a picture whose ids are its own: several pictures in one page must not take each other's shapes."""
    named = re.sub(r'id="([^"]+)"', rf'id="{prefix}\1"', markup)
    return re.sub(r'(href="#|url\(#)([^")]+)', rf"\g<1>{prefix}\2", named)
