"""Small drawings of what was measured: SVG by hand, no library."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from tests.bench.city import Growth, Said, Share

WIDTH = 760
_NAMES, _PLOT = 300, 380  # columns: what is measured, and the bars
_ROW = 34
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .faint { fill: #57606a } .grid { stroke: #d0d7de }
  .bar { fill: #2a78c0 } .aim { stroke: #b35900; stroke-width: 2 }
  .back { fill: #ffffff }
"""
_INKS = ("#2a78c0", "#b35900", "#2c7a3f", "#8a3fa0", "#5b6670")


def draw(folder: Path, said: Sequence[Said]) -> None:
    """Draw what there is to draw of some measures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shares = [share for one in said for share in one.shares if share.figure is not None]
    growths = [growth for one in said for growth in one.growths]
    if shares:
        (folder / "shares.svg").write_text(bars(shares), encoding="utf-8")
    for unit in dict.fromkeys(growth.unit for growth in growths):
        of_unit = [growth for growth in growths if growth.unit == unit]
        (folder / f"growth-{unit}.svg").write_text(lines(of_unit), encoding="utf-8")


def bars(shares: Sequence[Share]) -> str:
    """Return one bar for each share of a bare loop's speed, with a tick at its figure."""
    longest = max(max(share.ratio, share.figure or 0) for share in shares) * 1.05
    parts = [text(16, 26, "Speed beside a bare loop (tick: the figure to reach)", "title")]
    for row, share in enumerate(shares):
        y = 50 + row * _ROW
        parts.append(text(_NAMES, y + 15, share.name, "", "end"))
        wide = share.ratio / longest * _PLOT
        parts.append(
            f'<rect class="bar" x="{_NAMES + 10}" y="{y}" width="{wide:.1f}" height="20"/>'
        )
        aim = _NAMES + 10 + (share.figure or 0) / longest * _PLOT
        parts.append(f'<path class="aim" d="M{aim:.1f} {y - 4}v28"/>')
        end = max(_NAMES + 10 + wide, aim) + 6
        said = f"{share.ratio:.0%}" if share.ratio >= 0.1 else f"{share.ratio:.1%}"
        parts.append(text(end, y + 15, said, "faint"))
    return svg(60 + len(shares) * _ROW, parts)


def lines(growths: Sequence[Growth]) -> str:
    """Return a line for each growth: what one item costs at each size. Flat is linear growth."""
    top = max(max(growth.costs_ms.values()) for growth in growths) * 1.15
    sizes = list(growths[0].costs_ms)
    height, left, wide = 240, 60, 400
    unit = growths[0].unit
    parts = [
        text(
            16,
            26,
            f"Processor time of one, by number of {unit} (flat: grows in a straight line)",
            "title",
        )
    ]

    def place(size: int, cost: float) -> tuple[float, float]:
        x = left + (size - sizes[0]) / (sizes[-1] - sizes[0]) * wide
        return x, 50 + height * (1 - cost / top)

    for mark in _marks(top):
        _, y = place(sizes[0], mark)
        parts.append(f'<path class="grid" d="M{left} {y:.1f}h{wide}"/>')
        parts.append(text(left - 8, y + 4, f"{mark:g} ms", "faint", "end"))
    for size in sizes:
        x, _ = place(size, 0)
        parts.append(text(x, 50 + height + 20, f"{size}", "faint", "middle"))
    for number, growth in enumerate(growths):
        ink = _INKS[number % len(_INKS)]
        points = [place(size, cost) for size, cost in growth.costs_ms.items()]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{ink}"/>' for x, y in points]
        y = 70 + number * 24
        parts.append(f'<rect x="490" y="{y - 10}" width="12" height="12" fill="{ink}"/>')
        parts.append(text(510, y, growth.name))
    return svg(50 + height + 40, parts)


def _marks(top: float) -> Iterable[float]:
    step = next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000) if top / s <= 6)
    return [number * step for number in range(int(top / step) + 1)]


def text(x: float, y: float, said: str, kind: str = "", anchor: str = "start") -> str:
    """Return one line of text; `kind` is a class of the style, `anchor` what x means."""
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{named} text-anchor="{anchor}">{escape(said)}</text>'


def svg(height: int, parts: Sequence[str]) -> str:
    """Return a whole drawing of some parts."""
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img">\n<style>{_STYLE}</style>\n'
        f'<rect class="back" width="{WIDTH}" height="{height}"/>\n{body}\n</svg>\n'
    )
