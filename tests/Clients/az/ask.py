#!/usr/bin/env python3
"""Runs commands of az in this one process, each an argument, and prints their answers as one JSON list.

    AZURE_CONFIG_DIR=... (and what the host printed) python3 ask.py "login ..." "sig list ..."
"""
import io
import json
import shlex
import sys

import shim

shim.apply()

from azure.cli.core import get_default_cli  # noqa: E402

answers = []
for text in sys.argv[1:]:
    out = io.StringIO()
    code = get_default_cli().invoke(shlex.split(text), out_file=out)
    if code:
        sys.exit(code)
    answers.append(json.loads(out.getvalue() or "null"))
print(json.dumps(answers))
