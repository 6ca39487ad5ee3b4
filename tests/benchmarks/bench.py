#!/usr/bin/env python
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it costs to set up many accounts with this collection, beside other ways of making the same calls.

Usage: bench.py [--quick] [--write]

Every contender is a process of its own that calls the emulator over HTTPS, and finds accounts that nobody has set up,
then the same accounts set up. The emulator's log and state show that each made the same calls and left the same behind;
where one did not, that is said, and the exit status is 1. Times are of the whole process, its start included.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, Callable

import bench_accounts

from ansible_collections.alicloud.ram.tests.lib import emulated

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- written by make bench -->", "<!-- end -->"

AT_A_TIME = 50  # accounts: the fleet form's default; the script's threads; the bare client's workers
FORKS = 20
TASKS = 3  # of the role for a host, and of playbooks/floor.yml
SAMPLE = 20  # hosts of the ordinary way
RATE = 90  # AssumeRole calls a second, the default
LATENCIES = (0.0, 0.02)
STATES = ("nothing", "everything")
SIZES, QUICK_SIZES = (10, 100, 1000), (10, 100)
GROWTH, QUICK_GROWTH = (2000, 5000), (200,)

LOAD = os.getloadavg()[0] if hasattr(os, "getloadavg") else None  # of the minute before this process
FLEET = "fleet form"
ROLE = f"role, {FORKS} forks"
ORDINARY = f"role, ordinary modules, {FORKS} forks"
SCRIPT = f"SDK script, {AT_A_TIME} threads"
BARE = "bare aiohttp, signed beforehand"
CARELESS = f"careless script, {AT_A_TIME} threads"
RATED = f"fleet form, {RATE} AssumeRole a second, published rates"
SETUP, APPLY = "playbook setup", "playbook apply, a declaration a host"
FLOOR = "as many no-op tasks as the role has"
PACED = f"fleet form, {RATE} AssumeRole a second"


@dataclass(frozen=True)
class Row:
    """What one run took. ``wall`` and ``cpu`` in seconds, ``peak`` in megabytes."""

    contender: str
    accounts: int
    latency: float | None
    state: str
    wall: float
    cpu: float
    peak: float
    calls: int
    scaled: bool = False


# Processes


@dataclass(frozen=True)
class Took:
    """``wall`` and ``cpu`` in seconds, ``peak`` in megabytes; of a process and its descendants."""

    wall: float
    cpu: float
    peak: float
    output: str = ""


def run(command: list[str], environment: dict[str, str]) -> Took:
    """A failure ends the benchmark."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, cwd=HERE, stdout=file, stderr=subprocess.STDOUT)
        with watched(process.pid) as memory:
            dummy, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        file.seek(0)
        output = file.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{output[-4000:]}")
    return Took(wall, usage.ru_utime + usage.ru_stime, memory(), output)


@contextlib.contextmanager
def watched(pid: int) -> Iterator[Callable[[], float]]:
    """Look at the memory of a process and its descendants four times a second; pages that they share count once.

    Gives a function that tells the most that was seen, in megabytes: 0 where the system does not tell.
    """
    seen, ended = [0.0], threading.Event()

    def watch() -> None:
        while True:
            seen.append(sum(map(proportional_megabytes, family(pid))))
            if ended.wait(0.25):
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield lambda: max(seen)
    finally:
        ended.set()
        thread.join()


def family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            found += map(int, pathlib.Path(f"/proc/{one}/task/{one}/children").read_text(encoding="ascii").split())
    return found


def proportional_megabytes(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


# Contenders


class Bench:
    """An emulator with accounts that nobody has set up, for one contender."""

    def __init__(self, emulator: emulated.Emulator, directory: pathlib.Path, accounts: int, latency: float) -> None:
        self.emulator = emulator
        self.directory = directory
        self.accounts = accounts
        self.latency = latency
        self.seen = 0
        self.log: list[dict[str, Any]] = []
        self.environment = {
            **emulated.clean_environment(directory),
            **emulator.environment,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build"),
            "ALIBABA_CLOUD_ACCESS_KEY_ID": bench_accounts.HUB_KEY,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": bench_accounts.HUB_SECRET,
        }

    def file(self, name: str, content: Any) -> str:
        path = self.directory / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    def forget(self) -> None:
        """What was called until now is not the contender's."""
        self.log = self.emulator.calls(since=self.seen)
        self.seen = max((call["seq"] for call in self.log), default=self.seen)

    def measured(self, contender: str, state: str, took: Took) -> Row:
        self.forget()
        return Row(contender, self.accounts, self.latency, state, took.wall, took.cpu, took.peak, len(self.log))

    def unlike(self) -> str:
        return bench_accounts.unlike(self.emulator.ask("snapshot"), self.accounts)


@contextlib.contextmanager
def bench(accounts: int, latency: float, rates: bool = False) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="alicloud-ram-bench-") as name:
        directory = pathlib.Path(name)
        seed = directory / "seed.json"
        seed.write_text(json.dumps(bench_accounts.seed(accounts, latency, rates)), encoding="utf-8")
        with emulated.running("--admin", "--quiet", "--log-limit", "1000000", "--seed", str(seed)) as emulator:
            yield Bench(emulator, directory, accounts, latency)


def playbook(name: str, *options: str) -> list[str]:
    return [os.path.join(os.path.dirname(sys.executable), "ansible-playbook"), f"playbooks/{name}.yml", *options]


def fleet(at: Bench, state: str, rate: int = 0) -> Row:
    accounts = [{"assume_role": assume_role(account_id)} for account_id in bench_accounts.members(at.accounts)]
    variables = at.file("variables.json", {"accounts": accounts, "assume_role_rate": rate})
    command = playbook("fleet", "-i", "localhost,", "-e", f"@{variables}")
    return at.measured(PACED if rate else FLEET, state, run(command, at.environment))


def role(at: Bench, state: str, inside_worker: bool = True) -> Row:
    command = playbook("role", "-i", hosts(at), "-f", str(FORKS), "-e", f"alicloud_ram_inside_worker={inside_worker}")
    took = run(command, at.environment)
    recap = re.findall(r"^account-.* ok=(\d+) .* skipped=(\d+) ", took.output, re.MULTILINE)
    tasks = {sum(map(int, counts)) for counts in recap}
    if tasks != {TASKS}:
        raise SystemExit(f"the role has {tasks} tasks for a host, so playbooks/floor.yml is no measure of it")
    return at.measured(ROLE if inside_worker else ORDINARY, state, took)


def setup(at: Bench, state: str) -> Row:
    """The shipped playbook, with the same declaration for all hosts, from the variables of their group."""
    variables = {"acr_vpc_access_users": list(bench_accounts.USERS), "acr_vpc_access_groups": [bench_accounts.GROUP]}
    return at.measured(SETUP, state, run(shipped(at, "acr_setup", variables, {}), at.environment))


def apply(at: Bench, state: str) -> Row:
    """The shipped playbook, with a declaration of its own for each host."""
    own = {one: bench_accounts.baseline() for one in bench_accounts.members(at.accounts)}
    return at.measured(APPLY, state, run(shipped(at, "apply", {}, own), at.environment))


def shipped(at: Bench, name: str, variables: dict[str, Any], baselines: dict[str, Any]) -> list[str]:
    members = {
        f"account-{one}": {
            "alicloud_assume_role": assume_role(one),
            **({"alicloud_baseline": baselines[one]} if one in baselines else {}),
        }
        for one in bench_accounts.members(at.accounts)
    }
    inventory = at.file("accounts.json", {"alicloud_accounts": {"hosts": members, "vars": variables}})
    program = os.path.join(os.path.dirname(sys.executable), "ansible-playbook")
    return [program, f"alicloud.ram.{name}", "-i", inventory, "-e", "alicloud_assume_role_rate=0"]


def floor(at: Bench) -> Row:
    took = run(playbook("floor", "-i", hosts(at), "-f", str(FORKS)), at.environment)
    return replace(at.measured(FLOOR, "", took), latency=None)


def script(at: Bench, state: str) -> Row:
    accounts = at.file("accounts.json", bench_accounts.members(at.accounts))
    command = [sys.executable, "sdk_script.py", accounts, str(AT_A_TIME)]
    return at.measured(SCRIPT, state, run(command, at.environment))


def careless(at: Bench, state: str) -> Row:
    accounts = at.file("accounts.json", bench_accounts.members(at.accounts))
    command = [sys.executable, "sdk_script.py", accounts, str(AT_A_TIME), "careless"]
    return at.measured(CARELESS, state, run(command, at.environment))


def bare(at: Bench, state: str, log: list[dict[str, Any]]) -> Row:
    """The calls of a log of the fleet form's."""
    command = [sys.executable, "bare_client.py", at.file("log.json", log), str(AT_A_TIME)]
    with subprocess.Popen(
        command, env=at.environment, cwd=HERE, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout
        if process.stdout.readline() != "ready\n":
            raise SystemExit("the bare client did not start")
        at.forget()
        with watched(process.pid) as memory:
            took = process.communicate("go\n")[0]
    if process.returncode:
        raise SystemExit(f"the bare client ended with {process.returncode}")
    return at.measured(BARE, state, Took(**json.loads(took), peak=memory()))


def assume_role(account_id: str) -> dict[str, str]:
    return {"account_id": account_id, "role_name": bench_accounts.ROLE}


def hosts(at: Bench) -> str:
    members = {
        f"account-{one}": {"alicloud_assume_role": assume_role(one)} for one in bench_accounts.members(at.accounts)
    }
    return at.file("hosts.json", {"all": {"hosts": members}})


# All of it


class Benchmark:
    """Runs the contenders; ``rows`` is what they took, ``faults`` what any of them did otherwise than the fleet form."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.faults: list[str] = []
        self.calls: dict[str, dict[str, float]] = {}
        self.began = time.monotonic()

    def add(self, row: Row) -> None:
        self.rows.append(row)
        print(
            f"{time.monotonic() - self.began:5.0f} s  {'  '.join(cells(row, self.rows))}", file=sys.stderr, flush=True
        )

    def check(self, at: Bench, row: Row) -> None:
        """That the state is the declared one, and the calls are those of the fleet form."""
        where = f"{row.contender}, {row.accounts} accounts, {row.state}"
        different = at.unlike()
        if different:
            self.faults.append(f"{where}: {different}")
        made = count_by_status(at.log, row.accounts)
        due = self.calls.setdefault(row.state, made)
        if made != due:
            self.faults.append(f"{where}: calls differ from the fleet form's: {difference(made, due)}")

    def group(self, accounts: int, latency: float, paced: bool) -> None:
        """All contenders but the ordinary way, for one number of accounts."""
        logs = {}
        with bench(accounts, latency) as at:
            for state in STATES:
                row = fleet(at, state)
                logs[state] = at.log
                self.add(row)
                self.check(at, row)
            if paced:
                row = fleet(at, STATES[1], RATE)
                self.add(row)
                self.check(at, row)
        if any(call["write"] for call in logs[STATES[1]]):
            self.faults.append(f"{FLEET}, {accounts} accounts: it wrote where everything was there")
        for contender in (setup, apply, script, careless, bare, role):
            with bench(accounts, latency) as at:
                for state in STATES:
                    row = contender(at, state, logs[state]) if contender is bare else contender(at, state)
                    self.add(row)
                    if contender is not careless:
                        self.check(at, row)
                    elif at.unlike():
                        self.faults.append(f"{CARELESS}: {at.unlike()}")
        if paced:
            with bench(accounts, latency, rates=True) as at:
                for state in STATES:
                    row = replace(fleet(at, state, RATE), contender=RATED)
                    self.add(row)
                    if at.unlike():
                        self.faults.append(f"{RATED}: {at.unlike()}")

    def ordinary(self, latency: float, sizes: tuple[int, ...], start: Row) -> None:
        """A sample, scaled: the start of Ansible once, the rest in proportion."""
        with bench(SAMPLE, latency) as at:
            for state in STATES:
                row = role(at, state, inside_worker=False)
                self.check(at, row)
                for accounts in sizes:
                    share = accounts / SAMPLE
                    self.add(
                        replace(
                            row,
                            accounts=accounts,
                            wall=start.wall + (row.wall - start.wall) * share,
                            cpu=start.cpu + (row.cpu - start.cpu) * share,
                            calls=round(row.calls * share),
                            scaled=True,
                        )
                    )

    def all(self, quick: bool) -> None:
        sizes = QUICK_SIZES if quick else SIZES
        with bench(1, 0) as at:
            start = floor(at)
        for accounts in sizes:
            with bench(accounts, 0) as at:
                self.add(floor(at))
        for latency in LATENCIES:
            for accounts in sizes:
                self.group(accounts, latency, paced=(accounts, latency) == (sizes[-1], LATENCIES[0]))
            self.ordinary(latency, sizes, start)
        for accounts in QUICK_GROWTH if quick else GROWTH:
            with bench(accounts, 0) as at:
                for state in STATES:
                    row = fleet(at, state)
                    self.add(row)
                    self.check(at, row)


def count_by_status(log: list[dict[str, Any]], accounts: int) -> dict[str, float]:
    """How often each operation was called for an account.

    Left out is what is asked once in a process, so more often by workers of Ansible than by one process.
    """
    once = ("GetServiceLinkedRoleTemplate", "GetCallerIdentity")
    counts = collections.Counter(
        call["operation"]
        for call in log
        if call["operation"] not in once and call["parameters"].get("PolicyType") != "System"
    )
    return {operation: number / accounts for operation, number in counts.items()}


def difference(made: dict[str, float], due: dict[str, float]) -> str:
    names = sorted(name for name in made.keys() | due.keys() if made.get(name) != due.get(name))
    return ", ".join(f"{name} {made.get(name, 0):g} for {due.get(name, 0):g}" for name in names)


# What is shown

HEADINGS = (
    "latency", "accounts", "found there", "contender", "wall, s", "CPU, s", "CPU/call, ms", "peak, MB", "calls",
    "wall to script's", "wall to bare's",
)  # fmt: skip


def find(rows: list[Row], contender: str, like: Row) -> Row | None:
    wanted = (contender, like.accounts, like.latency, like.state)
    return next((row for row in rows if (row.contender, row.accounts, row.latency, row.state) == wanted), None)


def cells(row: Row, rows: list[Row]) -> list[str]:
    ratios = [find(rows, contender, row) for contender in (SCRIPT, BARE)]
    return [
        "any" if row.latency is None else f"{row.latency * 1000:.0f} ms",
        f"{row.accounts}",
        row.state or "any",
        row.contender + (f", scaled from {SAMPLE} hosts" if row.scaled else ""),
        f"{row.wall:.2f}",
        f"{row.cpu:.2f}",
        f"{1000 * row.cpu / row.calls:.2f}" if row.calls else "-",
        f"{row.peak:.0f}" if row.peak else "-",
        f"{row.calls}",
        *(f"{row.wall / other.wall:.2f}" if other else "-" for other in ratios),
    ]


def table(rows: list[Row]) -> str:
    order = {
        name: number
        for number, name in enumerate(
            (FLEET, SETUP, APPLY, PACED, RATED, ROLE, ORDINARY, SCRIPT, CARELESS, BARE, FLOOR)
        )
    }
    rows = sorted(rows, key=lambda row: (row.latency or 0, row.accounts, row.state, order[row.contender]))
    lines = [list(HEADINGS), *(cells(row, rows) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    left = (2, 3)
    padded = [
        [
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths))
        ]
        for line in lines
    ]
    rule = ["-" * width if column in left else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    return "\n".join(f"| {' | '.join(line)} |" for line in [padded[0], rule, *padded[1:]])


def targets(rows: list[Row]) -> list[tuple[str, str, bool]]:
    """What is aimed at, what was measured, and whether it was met; at the largest number of accounts in the table."""
    size = max(row.accounts for row in rows if row.contender == SCRIPT)
    largest_fleet = max(row.accounts for row in rows if row.contender == FLEET)

    def of(contender: str, state: str, latency: float | None, accounts: int = size) -> Row:
        return next(
            row
            for row in rows
            if (row.contender, row.state, row.latency, row.accounts) == (contender, state, latency, accounts)
        )

    late = LATENCIES[-1]
    at = f"at {late * 1000:.0f} ms"
    setup_state, check_state = STATES

    def wall(one: str, other: str, state: str, latency: float = late) -> float:
        return of(one, state, latency).wall / of(other, state, latency).wall

    def per_call(row: Row) -> float:
        return row.cpu / row.calls

    def growth(state: str) -> float:
        """Processor time of an account, with the most accounts against ``size``."""
        most, middle = of(FLEET, state, 0.0, largest_fleet), of(FLEET, state, 0.0)
        return (most.cpu / most.accounts) / (middle.cpu / middle.accounts)

    def at_most(aim: str, measured: float, limit: float, unit: str = " times") -> tuple[str, str, bool]:
        return aim, f"{measured:.2f}{unit}", measured <= limit

    found = [
        at_most(f"Fleet form: set-up not slower than the careless script, {at}", wall(FLEET, CARELESS, setup_state), 1),
        at_most(
            f"Fleet form: re-check at most half of the careless script's time, {at}",
            wall(FLEET, CARELESS, check_state),
            0.5,
        ),
    ]
    for name, contender in (("setup", SETUP), ("apply", APPLY)):
        for state in STATES:
            aim = f"Playbook {name}, {state} there: at most twice the fleet form's time, {at}"
            found.append(at_most(aim, wall(contender, FLEET, state), 2))
    for state, limit in ((setup_state, 2.4), (check_state, 3.2)):
        ratio = per_call(of(FLEET, state, 0.0)) / per_call(of(BARE, state, 0.0))
        found.append(
            at_most(f"Fleet form, {state} there: CPU a call at most {limit} times the bare client's", ratio, limit)
        )
        aim = f"Fleet form, {state} there: an account of {largest_fleet} costs at most 1.15 times one of {size} (CPU)"
        found.append(at_most(aim, growth(state), 1.15))
    peak = max(of(FLEET, state, 0.0, largest_fleet).peak for state in STATES)
    found.append(at_most(f"Fleet form: at most 350 MB at {largest_fleet} accounts", peak, 350, " MB"))
    for state in STATES:
        rated, free = of(RATED, state, 0.0), of(FLEET, state, 0.0)
        aim = f"Fleet form at the published rates, {state} there: at most 1.15 of accounts divided by the binding rate"
        found.append(at_most(aim, rated.wall * RATE / rated.accounts, 1.15))
        aim = f"Fleet form at the published rates, {state} there: at most 1.05 calls for each needed one"
        found.append(at_most(aim, rated.calls / free.calls, 1.05))
    return found


def machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", load average {LOAD:.1f} when begun" if LOAD is not None else ""
    packages = ", ".join(f"{name} {version(name)}" for name in ("ansible-core", "darabonba-core", "aiohttp"))
    return (
        f"{cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, {packages}{load}"
    )


def report(rows: list[Row]) -> str:
    lines = [f"- {aim}: {measured}, {'met' if met else '**not met**'}" for aim, measured, met in targets(rows)]
    size = max(row.accounts for row in rows if row.contender == SCRIPT)
    return "\n".join([machine(), "", table(rows), "", f"At {size} accounts, the worst of each:", "", *lines])


def write(text: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    head, tail = page.partition(BEGIN)[0], page.partition(END)[2]
    PAGE.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="up to 100 accounts, and 200 for the fleet form")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    options = parser.parse_args()
    benchmark = Benchmark()
    benchmark.all(options.quick)
    text = report(benchmark.rows)
    print(text)
    for fault in benchmark.faults:
        print(f"NOT THE SAME WORK: {fault}")
    if options.write and not benchmark.faults:
        write(text)
    return 1 if benchmark.faults else 0


if __name__ == "__main__":
    sys.exit(main())
