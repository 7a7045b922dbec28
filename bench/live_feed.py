"""The live feed: from a message accepted to its entry visible, while a refresh runs and twenty people browse.

A made-up force is read, then `traumatracker serve` runs with its live worker, and everything goes through it by HTTP:
one message a request, each about a new log that one officer attended. A message is visible when the officer's entry
stands in the store, which every page reads anew. Readers look at a page, read for one to three seconds and go on. The
floor is one durable commit of the same bytes, alone, on the same disk.
"""

import csv
import http.client
import json
import multiprocessing
import os
import random
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEOPLE, YEARS = 300, 5
READERS, SECONDS_OF_READING = 20, (1.0, 3.0)
RATE, SECONDS = 50, 60  # messages a second; Source: what is promised
HIGHER, SECONDS_EACH = (100, 150, 200, 300), 15
VISIBLE_WITHIN = 1.0  # seconds, at the 99th percentile; Source: what is promised
PORT = 8765


class Site:
    """The served product and its store."""

    def __init__(self, home: Path):
        self.home, self.files = home, home / "synthetic"
        self.environment = os.environ | {
            "TRAUMATRACKER_HOME": str(home),
            "TRAUMATRACKER_MODE": "demonstration",
            "TRAUMATRACKER_FEED_MESSAGES_A_SECOND": "0",
        }
        self.program = str(Path(sys.executable).with_name("traumatracker"))

    def run(self, *words: str) -> str:
        done = subprocess.run([self.program, *words], env=self.environment, stdout=subprocess.PIPE, text=True)
        assert done.returncode in (0, 1), words
        return done.stdout

    def start(self) -> None:
        self.server = subprocess.Popen(
            [self.program, "serve", "--port", str(PORT), "--json"], env=self.environment, stdout=subprocess.DEVNULL
        )
        for _ in range(200):
            try:
                if self.get("/about/", {})[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the pages did not start")

    def stop(self) -> None:
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(20)

    def get(self, path: str, headers: dict) -> tuple[int, str, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body, {name.lower(): value for name, value in answer.getheaders()}


class Reader:
    """Somebody signed in, by the page everybody uses."""

    def __init__(self, site: Site, person: str):
        self.site, self.cookie = site, ""
        status, body, headers = site.get("/sign-in/", {})
        while status != 200:  # busy: the page says so, and to come again
            time.sleep(1)
            status, body, headers = site.get("/sign-in/", {})
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', body).group(1)
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        form = f"csrfmiddlewaretoken={token}&person={person}"
        sent = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": headers["set-cookie"].split(";")[0]}
        connection.request("POST", "/sign-in/", form, sent)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 302
        self.cookie = answer.getheader("Set-Cookie").split(";")[0]

    def page(self, path: str) -> tuple[float, int]:
        """Ask for a page; returns seconds and the status of the answer."""
        start = time.perf_counter()
        status, _, _ = self.site.get(path, {"Cookie": self.cookie})
        return time.perf_counter() - start, status


class Watch:
    """Looks into the store, every hundredth of a second, for entries of the messages that were sent.

    A process of its own, as the readers are, so that none of them waits for another's Python. The clock is the
    machine's, so that their times can be compared.
    """

    def __init__(self, store: Path):
        self.ours, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=_look, args=(store, theirs))
        self.process.start()
        self.ours.recv()

    def count(self) -> int:
        """How many entries were seen so far."""
        self.ours.send("count")
        return self.ours.recv()

    def stop(self) -> dict[str, float]:
        """End, and return when the entry of each event was first seen."""
        self.ours.send("stop")
        seen = self.ours.recv()
        self.process.join()
        return seen


def _look(store: Path, pipe) -> None:
    connection, seen = sqlite3.connect(store, timeout=30), {}
    last = connection.execute("SELECT coalesce(max(id), 0) FROM exposure_exposure").fetchone()[0]
    pipe.send("looking")
    while True:
        rows = connection.execute("SELECT id, event_id FROM exposure_exposure WHERE id > ?", [last]).fetchall()
        now = time.perf_counter()
        for number, event in rows:
            last = max(last, number)
            seen.setdefault(event, now)
        if pipe.poll(0.01):
            if pipe.recv() == "stop":
                pipe.send(seen)
                return
            pipe.send(len(seen))


def message(ref: str, collar: str) -> bytes:
    """Return a message about a new log that this officer attended five minutes ago."""
    now = datetime.now(tz=UTC)
    arrived = (now - timedelta(minutes=5)).isoformat()
    incident = {
        "ref": ref, "version": 1, "updated_at": now.isoformat(), "opened_at": arrived, "status": "closed",
        "codes": [{"role": "closing", "system": "NSIR", "code": "313"}],
        "units": [{"callsign": "LB01", "status": "at_scene", "status_at": arrived, "at_scene_at": arrived,
                   "crew": [{"identifier": collar, "identifier_type": "collar"}]}],
    }  # fmt: skip
    return json.dumps({"message": 1, "incident": incident}).encode()


def send(token: str, body: bytes, sent: threading.local) -> float:
    """Post one message and return the moment its answer came."""
    if not hasattr(sent, "connection"):
        sent.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    sent.connection.request("POST", "/feed/v1/messages", body, headers)
    answer = sent.connection.getresponse()
    verdict = json.loads(answer.read())["verdicts"][0]
    assert verdict["verdict"] == "accepted", verdict
    return time.perf_counter()


def feed(site: Site, token: str, collars: list[str], rate: float, seconds: float, name: str) -> dict:
    """Send at this rate and return, in milliseconds, answers and visibility at the percentiles, and what never came."""
    watch, sent, accepted, answers = Watch(site.home / "casework.sqlite3"), threading.local(), {}, []
    start = time.perf_counter()

    def one(number: int) -> None:
        due = start + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        began, ref = time.perf_counter(), f"{name}-{number}"
        accepted[f"cad:{ref}"] = send(token, message(ref, collars[number % len(collars)]), sent)
        answers.append(accepted[f"cad:{ref}"] - began)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(int(rate * seconds))))
    took = time.perf_counter() - start
    for _ in range(300):
        if watch.count() >= len(accepted):
            break
        time.sleep(0.1)
    seen = watch.stop()
    visible = [max(0.0, seen[event] - at) for event, at in accepted.items() if event in seen]
    return {"asked": rate, "held": len(accepted) / took, "answer": _ms(answers), "visible": _ms(visible),
            "never": len(accepted) - len(visible)}  # fmt: skip


def _ms(seconds: list[float]) -> tuple[float, float, float, float]:
    """Median, 95th and 99th percentile and the longest, in milliseconds."""
    at = statistics.quantiles(seconds, n=100, method="inclusive")
    return tuple(round(1000 * value, 1) for value in (at[49], at[94], at[98], max(seconds)))


def floor(folder: Path, commits: int = 300) -> tuple[float, float, float, float]:
    """One durable commit of a message's bytes after the other, alone."""
    store = sqlite3.connect(folder / "floor.sqlite3", isolation_level=None)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    store.execute("CREATE TABLE row_of (said TEXT)")
    took = []
    for number in range(commits):
        start = time.perf_counter()
        store.execute("INSERT INTO row_of VALUES (?)", [message(f"F{number}", "1").decode()])
        took.append(time.perf_counter() - start)
    return _ms(took)


def browse(site: Site, people: list[str], stop, pages) -> None:
    """Let the readers look at pages until told to stop; then put the seconds and the status of each page."""
    took: list[tuple[float, int]] = []

    def one(number: int) -> None:
        reader, chance = Reader(site, people[number % len(people)]), random.Random(number)
        while not stop.is_set():
            took.append(reader.page(chance.choice(["/me/", "/me/", "/me/looked/", "/me/questions/"])))
            stop.wait(chance.uniform(*SECONDS_OF_READING))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pages.put(took)


def refreshing(site: Site, stop, done: list[float]) -> None:
    """Refresh again and again over files that each time hold something new."""
    path, number = site.files / "logs.csv", 0
    while not stop.is_set():
        number += 1
        lines = path.read_text("utf-8").splitlines(keepends=True)
        cells = lines[1].split(",")
        cells[0] = f"BENCH{number}"
        path.write_text("".join([*lines, ",".join(cells)]), "utf-8")
        start = time.perf_counter()
        site.run("refresh", "--profile", "synthetic", str(site.files), "--json")
        done.append(time.perf_counter() - start)


def main() -> None:
    """Make the force, measure quiet, under load and at higher rates, and print the table."""
    with tempfile.TemporaryDirectory(prefix="traumatracker-live-") as name:
        site = Site(Path(name))
        site.run("synthesise", "--people", str(PEOPLE), "--years", str(YEARS), "--seed", "7", "--out", str(site.files))
        site.run("refresh", "--profile", "synthetic", str(site.files), "--json")
        token = json.loads(site.run("feed", "token", "--profile", "synthetic", "--source", "bench", "--json"))["token"]
        with (site.files / "hr_identifiers.csv").open(encoding="utf-8-sig", newline="") as file:
            collars = [row["Id_Value"] for row in csv.DictReader(file) if row["Id_Type"] == "COLLAR" and not row["To"]]
        store = sqlite3.connect(site.home / "casework.sqlite3")
        people = [row[0] for row in store.execute("SELECT id FROM people_person WHERE left_on IS NULL LIMIT 40")]
        store.close()
        site.start()
        try:
            _report(site, token, collars, people)
        finally:
            site.stop()


def _report(site: Site, token: str, collars: list[str], people: list[str]) -> None:
    from traumatracker.console import table

    lines = [("one durable commit, alone (floor)", "", *floor(site.home), "")]
    feed(site, token, collars, 10, 3, "warm")
    quiet = feed(site, token, collars, RATE, 20, "quiet")
    stop, refreshes, told = multiprocessing.Event(), [], multiprocessing.Queue()
    readers = multiprocessing.Process(target=browse, args=(site, people, stop, told))
    readers.start()
    again = threading.Thread(target=refreshing, args=(site, stop, refreshes))
    again.start()
    loaded = feed(site, token, collars, RATE, SECONDS, "loaded")
    rates = []
    for rate in HIGHER:
        rates.append(feed(site, token, collars, rate, SECONDS_EACH, f"rate{rate}"))
        if rates[-1]["visible"][2] > 1000 * VISIBLE_WITHIN or rates[-1]["held"] < 0.95 * rate:
            break
    stop.set()
    pages = told.get()
    readers.join()
    again.join()
    for what, one in [("quiet", quiet), ("refresh and readers", loaded), *(("the same", one) for one in rates)]:
        for kind in ("answer", "visible"):
            label = f"{what}, {one['asked']} a second: {'answered' if kind == 'answer' else 'accepted to visible'}"
            lines.append((label, round(one["held"], 1), *one[kind], one["never"]))
    refused = sum(status != 200 for _, status in pages)
    lines.append((f"{len(pages)} pages, {READERS} readers", "", *_ms([took for took, _ in pages]), refused))
    print(table(("ms", "a second", "50%", "95%", "99%", "most", "never seen, refused"), lines))
    print(f"{len(refreshes)} refreshes ran meanwhile, {statistics.median(refreshes):.1f} s each at the median.")
    held = [one for one in (loaded, *rates) if one["visible"][2] <= 1000 * VISIBLE_WITHIN and not one["never"]]
    most = max((one["held"] for one in held), default=0)
    print(f"Highest rate held with 99% visible within {VISIBLE_WITHIN:.0f} s: {most:.0f} a second.")


if __name__ == "__main__":
    main()
