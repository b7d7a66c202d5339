"""FreeSWITCH's reports of legs, as its sources write them: the samples, and others made of them."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

FOLDER = Path(__file__).parent / "samples" / "freeswitch"

A_LEG = "5d1c8a52-7b1e-4d0f-9a53-0c1f3b6de001"
B_LEG = "5d1c8a52-7b1e-4d0f-9a53-0c1f3b6de002"
GIVEN_UP = "7a0e2f10-0001-4b8e-8b1d-5c5a9d2f0001"
TRANSFERRED = "9c3f1e66-2222-4c1a-a0d5-1f2e3d4c5b6a"
OLD = "01df56f4-d99a-4ef6-b7fe-b924b2415b70"

FILES = {
    "a-leg": f"a_{A_LEG}.cdr.json",
    "b-leg": f"{B_LEG}.cdr.json",
    "given up": f"a_{GIVEN_UP}.cdr.json",
    "transferred": f"{TRANSFERRED}.cdr.json",
    "old": f"{OLD}.cdr.json",
    "a-leg, XML": f"a_{A_LEG}.cdr.xml",
    "b-leg, XML": f"{B_LEG}.cdr.xml",
    "transferred, XML": f"{TRANSFERRED}.cdr.xml",
}
TEMPLATES = ("example", "sql", "default", "snom", "linksys", "asterisk", "asterisk_semicolon", "opencdrrate")


def sample(name: str) -> str:
    """The text of a sample report."""
    return (FOLDER / FILES[name]).read_text(encoding="utf-8")


def rows(template: str) -> list[str]:
    """The rows of mod_cdr_csv with this template."""
    return (FOLDER / f"{template}.csv").read_text(encoding="utf-8").splitlines()


def changed(name: str, without: tuple[str, ...] = (), **told: str) -> str:
    """A sample in JSON with other variables, which are encoded, and without some."""
    report: dict[str, Any] = json.loads(sample(name))
    values = {key: quote(value, safe="") for key, value in told.items()}
    report["variables"] = {k: v for k, v in (report["variables"] | values).items() if k not in without}
    return json.dumps(report, ensure_ascii=False)


def leg(number: int, talk: float = 30.0) -> str:
    """The report of an a-leg of its own: call number so and so, at 9:00 and a second later each."""
    uuid = f"00000000-0000-4000-8000-{number:012}"
    start = 1_793_696_400_000_000 + number * 1_000_000
    answer, end = start + 2_000_000, start + 2_000_000 + round(talk * 1_000_000)
    report = changed(
        "a-leg", uuid=uuid, call_uuid=uuid, accountcode=str(1000 + number % 7),
        start_uepoch=str(start), answer_uepoch=str(answer), end_uepoch=str(end),
        uduration=str(end - start), billusec=str(end - answer),
    )  # fmt: skip
    return report.replace(A_LEG, uuid)
