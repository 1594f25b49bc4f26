#!/usr/bin/env python3
"""Runs commands of az in this one process, each a line of its input, and prints each answer as a line of JSON; what fails, as {"failed": code}.

    AZURE_CONFIG_DIR=... (and what the host printed) python3 session.py
"""
import io
import json
import shlex
import sys

import shim

shim.apply()

from azure.cli.core import get_default_cli  # noqa: E402

for line in sys.stdin:
    out = io.StringIO()
    try:
        code = get_default_cli().invoke(shlex.split(line), out_file=out)
    except SystemExit as end:
        code = end.code or 1
    print(json.dumps(json.loads(out.getvalue() or "null") if code == 0 else {"failed": code}), flush=True)
