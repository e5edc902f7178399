# SPDX-License-Identifier: Apache-2.0
"""Options that several commands share, declared once."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

Manifest = Annotated[Path | None, Parameter(name=["--manifest", "-m"], help="The hauberk.yaml to use.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print one JSON document and nothing else.")]
Quiet = Annotated[bool, Parameter(name=["--quiet", "-q"], negative="", help="Print only the verdict's line.")]
Format = Literal["terminal", "json", "html", "md", "sarif", "junit"]
Output = Annotated[Path | None, Parameter(name=["--out", "-o"], help="Write the report to this file.")]
NoCache = Annotated[bool, Parameter(name="--no-cache", negative="", help="Examine everything again.")]
Workers = Annotated[int | None, Parameter(help="Processes in parallel; by default the number of cores, at most 8.")]
