"""Figures -> the text that Prometheus reads (exposition format 0.0.4). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "newsweir_"

Kind = Literal["gauge", "counter", "summary"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric.

    name     in Prometheus's way: with its unit at the end, without our prefix
    about    what it is, in a line
    samples  values by what stands behind the name (`_sum`, `{event="polled"}`); a
             figure that is not known has none, and is left out
    """

    name: str
    about: str
    samples: Mapping[str, float] = field(default_factory=dict)
    kind: Kind = "gauge"


def gauge(name: str, about: str, value: float | None) -> Figure:
    """Return a figure of one value; None for one that is not known."""
    return Figure(name, about, {} if value is None else {"": value})


def labelled(label: str, values: Mapping[str, float]) -> dict[str, float]:
    """Return samples that are told apart by a label."""
    return {f'{{{label}="{_escaped(name)}"}}': value for name, value in sorted(values.items())}


def write(figures: Sequence[Figure]) -> bytes:
    """Return the text of all figures that are known."""
    lines: list[str] = []
    for figure in figures:
        if not figure.samples:
            continue
        name = PREFIX + figure.name
        lines += [f"# HELP {name} {figure.about}", f"# TYPE {name} {figure.kind}"]
        lines += [f"{name}{suffix} {_number(value)}" for suffix, value in figure.samples.items()]
    return "\n".join([*lines, ""]).encode()


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
