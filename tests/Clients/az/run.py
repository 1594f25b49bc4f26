#!/usr/bin/env python3
"""Runs az's commands in this one process against a sandbox, and compares exit code, output and the sandbox's log with what is written beside each.

    AZURE_CONFIG_DIR=... (and what the host printed) python3 run.py LOG [--only TEXT] [--record]

LOG is the file that the host writes (--log). Prints a line for each command; ends with 1 where one differs.
--only runs the commands whose text holds TEXT (and logs in), --record prints what came instead of comparing it.
"""
import argparse
import io
import itertools
import json
import logging
import os
import re
import shlex
import struct
import sys
import tempfile
import time

import shim

shim.apply()

import jmespath  # noqa: E402
from azure.cli.core import get_default_cli  # noqa: E402

import commands  # noqa: E402

SHORTER = [
    (re.compile(r"/subscriptions/[0-9a-f-]{36}(?=/|$)", re.I), ""),
    (re.compile(r"/resourceGroups/([^/]+)/providers/Microsoft\.Compute/", re.I), r"\1:"),
    (re.compile(r"/resourceGroups/([^/]+)/providers/", re.I), r"\1:"),
    (re.compile(r"/providers/Microsoft\.Compute/", re.I), ""),
    (re.compile(r"md-[^ /.]+(\.[^ /]+)*\.blob\.[^ /]+ /\S+"), "md-host"),
]
POLL = re.compile(r"/\w*operations/[0-9a-f-]{36}|/operationresults/", re.I)


class Log:
    """The host's log: what has come since it was last asked. Sign-in and polls of operations are left out; the pages of a list are one line."""

    def __init__(self, path):
        self.file = open(path, encoding="utf-8")
        self.rest = ""

    def new(self):
        lines = (self.rest + self.file.read()).split("\n")
        self.rest = lines.pop()
        return [short for short, _ in itertools.groupby(filter(None, map(self.shorten, lines)))]

    @staticmethod
    def shorten(line):
        if " # " in line:
            return None  # a fault of the sandbox itself: the test that started it tells
        _, method, host, path, operation, status = line.split(" ")
        if host.startswith("login.") or POLL.search(path) or method == "CONNECT":
            return None
        if host.startswith("management."):
            short = path
        else:
            short = f"{host} {path}"
            if operation != "-":
                method += ":" + operation
        for pattern, replacement in SHORTER:
            short = pattern.sub(replacement, short)
        return f"{method} {short.replace('.blob.core.windows.net ', '')} {status}"


class Errors(logging.Handler):
    """What az says on the error stream."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.texts = []

    def emit(self, record):
        self.texts.append(record.getMessage())


class Runner:
    def __init__(self, log, folder, record):
        self.log = Log(log)
        self.record = record
        self.cli = get_default_cli()
        self.values = {name: os.environ[name] for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_SUBSCRIPTION_ID")}
        self.values["folder"] = folder
        self.differences = 0
        self.count = 0

    def run(self, command):
        words = shlex.split(command.text)
        words = [re.sub(r"\{(\w+)\}", lambda name: str(self.values[name[1]]), word) for word in words]
        errors = Errors()
        output = io.StringIO()
        start = time.monotonic()
        stderr, sys.stderr = sys.stderr, io.StringIO()
        try:
            code = command.call(self.values) or 0 if command.call else self.invoke(words, output, errors)
            said = "\n".join(errors.texts) + sys.stderr.getvalue()
        finally:
            sys.stderr = stderr
        took = time.monotonic() - start
        try:
            result = json.loads(output.getvalue()) if output.getvalue().strip() else None
        except ValueError:
            result = output.getvalue().strip()
        if command.save and result is not None:
            name, path = command.save
            self.values[name] = jmespath.search(path, result)
        requests = self.log.new()
        self.count += 1
        problems = self.compare(command, code, result, said, requests)
        print(f"{'differs' if problems else 'ok':8}{took:6.1f} s  {command.text if command.call else 'az ' + command.text}", flush=True)
        for problem in problems:
            print("            " + problem.replace("\n", "\n            "), flush=True)
        if self.record:
            print("            " + json.dumps({"code": code, "said": said, "log": requests, "result": result}), flush=True)
        self.differences += bool(problems)

    def invoke(self, words, output, errors):
        loggers = [logging.getLogger(name) for name in ("cli", "az")]
        for logger in loggers:
            logger.addHandler(errors)
        try:
            return self.cli.invoke(words, out_file=output) or 0
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 1
        except Exception as crash:  # az itself crashed: a fault of client or answer, in either case not what was expected
            errors.texts.append(f"crash: {type(crash).__name__}: {crash}")
            return 99
        finally:
            for logger in loggers:
                logger.removeHandler(errors)

    def compare(self, command, code, result, said, requests):
        problems = []
        if code != command.code:
            problems.append(f"exit code {code}, expected {command.code}: {said[:1500]}")
        for path, expected in command.expect.items():
            value = jmespath.search(path, result)
            if value != self.fill(expected):
                problems.append(f"{path} is {json.dumps(value)}, expected {json.dumps(expected)}")
        for text in command.says:
            if text not in said:
                problems.append(f"does not say '{text}': {said[:1500]}")
        if command.log is not None and requests != command.log:
            problems.append("requests were\n  " + "\n  ".join(requests) + "\nexpected\n  " + "\n  ".join(command.log))
        return problems

    def fill(self, expected):
        return expected.format(**self.values) if isinstance(expected, str) and "{" in expected else expected


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("--only")
    parser.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    shim.hurry(0.1)
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        return run(Runner(arguments.log, folder, arguments.record), arguments.only)


def prepare(folder):
    """A small fixed VHD, and a text that is none."""
    size = 20 << 20
    with open(os.path.join(folder, "disk.vhd"), "wb") as disk:
        disk.write(os.urandom(1 << 20))
        disk.truncate(size)
        disk.seek(0, os.SEEK_END)
        disk.write(footer(size))
    with open(os.path.join(folder, "note.txt"), "w", encoding="utf-8") as note:
        note.write("not a disk\n")


def footer(size):
    """A fixed VHD's footer: cookie, features, version, no data offset, time, creator, sizes, geometry, type, checksum, id."""
    fields = ["conectix".encode(), 2, 0x10000, b"\xff" * 8, 0, b"made", 0x10000, 0, size, size, 0, 2]
    form = ">8sII8sI4sIIQQII"
    checksum = ~sum(struct.pack(form, *fields)) & 0xFFFFFFFF
    return struct.pack(form, *fields) + struct.pack(">I", checksum) + bytes(512 - struct.calcsize(form) - 4)


def run(runner, only):
    for command in commands.COMMANDS:
        if not only or command.text.startswith("login") or re.search(only, command.text):
            runner.run(command)
    print(f"{runner.count} commands, {runner.differences} differ")
    return 1 if runner.differences or not runner.count else 0


if __name__ == "__main__":
    sys.exit(main())
