"""The command line's part: tokens, and a sender that does not give up too early."""

import http.server
import json
import threading

import pytest

from tests.feed.messages import message
from traumatracker.__main__ import main
from traumatracker.errors import CannotRun
from traumatracker.sources.feed import client
from traumatracker.web.feed import reads
from traumatracker.web.feed.models import FeedToken


@pytest.fixture
def run(db, capsys, monkeypatch):
    """`run(words…)` → (exit code, what was printed as JSON, what was said on the error stream)."""
    monkeypatch.setattr("traumatracker.web.jobs.prepare", lambda home: None)  # the tests' store is up to date

    def command(*words):
        code = main(["feed", *map(str, words), "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else None, said.err

    return command


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(run):
    code, made, _ = run("token", "--profile", "synthetic", "--source", "control-room")
    assert (code, made["source"], made["profile"]) == (0, "control-room", "synthetic")
    assert reads.sender(f"Bearer {made['token']}").source == "control-room"
    code, listed, _ = run("tokens")
    assert (code, [each["source"] for each in listed]) == (0, ["control-room"])
    assert made["token"] not in str(listed) + str(FeedToken.objects.values())
    assert "secret" not in str(listed)
    run("token", "--profile", "synthetic", "--source", "control-room")
    assert run("revoke", "--source", "control-room", "--keep-newest")[1]["revoked"] == 1
    assert run("revoke", "--source", "control-room")[:2] == (0, {"source": "control-room", "revoked": 1})
    assert reads.sender(f"Bearer {made['token']}") is None


def test_a_token_written_to_a_file_is_the_token_and_nothing_else(db, capsys, monkeypatch):
    monkeypatch.setattr("traumatracker.web.jobs.prepare", lambda home: None)
    assert main(["feed", "token", "--profile", "synthetic", "--source", "control-room"]) == 0
    said = capsys.readouterr()
    assert reads.sender(f"Bearer {said.out.removesuffix(chr(10))}").source == "control-room"
    assert "only time" in said.err


def test_an_empty_token_file_is_said(run, tmp_path):
    (tmp_path / "token.txt").write_text("\n")
    code, _, said = run("send", tmp_path / "m", "--url", "http://x", "--token-file", tmp_path / "token.txt")
    assert (code, "token file is empty" in said) == (2, True)


@pytest.mark.parametrize("words, why", [
    (("token", "--profile", "seattle", "--source", "x"), "has no [feed]"),
    (("token", "--profile", "nowhere", "--source", "x"), "no profile called"),
    (("revoke", "--source", "nobody"), "no token of"),
])  # fmt: skip
def test_what_cannot_be_done_says_why(run, words, why):
    code, _, said = run(*words)
    assert code == 2
    assert why in said


class Feed(http.server.BaseHTTPRequestHandler):
    """Answers each request with the next of `answers`: (status, headers), 200 with a verdict on every line."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.headers["Authorization"], body))
        status, headers = self.server.answers.pop(0) if self.server.answers else (200, {})
        lines = body.splitlines()
        bad = [at for at, line in enumerate(lines) if b"gone" in line]
        told = [{"line": at + 1, "verdict": "accepted"} for at in range(len(lines))]
        for at in bad:
            told[at] |= {"verdict": "quarantined", "reason": "unknown_status", "place": "/x", "what_to_do": "Look."}
        counts = {"accepted": len(lines) - len(bad)} | ({"quarantined": len(bad)} if bad else {})
        said = {"messages": len(lines), "counts": counts, "verdicts": told}
        answer = json.dumps(said if status == 200 else {"error": "x", "what_to_do": "Mend it."}).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(answer))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


@pytest.fixture
def feed(tmp_path, monkeypatch):
    """A feed on this machine; its `words` are those of the command, and `waited` the seconds the sender would wait."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    server.asked, server.answers, server.waited = [], [], []
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    (tmp_path / "token").write_text("secret\n")
    server.file = tmp_path / "messages.ndjson"
    server.url = f"http://127.0.0.1:{server.server_port}/feed/v1/messages"
    server.words = ("send", server.file, "--url", server.url, "--token-file", tmp_path / "token")
    posting = client.poster
    monkeypatch.setattr(client, "poster", lambda url, token: posting(url, token, sleep=server.waited.append))
    yield server
    server.shutdown()
    server.server_close()


def test_a_file_is_sent_in_requests_of_at_most_500_and_told_by_its_own_lines(run, feed):
    told = [json.dumps(message(f"R{n}")) for n in range(1100)]
    told[700] = json.dumps(message(status="gone"))
    feed.file.write_text("\n\n" + "\r\n".join(told))
    code, done, _ = run(*feed.words)
    assert code == 1
    assert (done["messages"], done["counts"]) == (1100, {"accepted": 1099, "quarantined": 1})
    assert [(each["line"], each["reason"]) for each in done["refused"]] == [(703, "unknown_status")]
    assert [len(body.splitlines()) for _, body in feed.asked] == [500, 500, 100]
    assert {token for token, _ in feed.asked} == {"Bearer secret"}


def test_a_request_is_no_longer_than_a_feed_takes(feed):
    line = json.dumps(message("x" * 90_000))
    feed.file.write_text("\n".join([line] * 60))
    bodies = [body for _, body in client._requests(feed.file)]
    assert len(bodies) > 1
    assert max(map(len, bodies)) <= client.REQUEST_BYTES
    assert sum(len(body.splitlines()) for body in bodies) == 60


def test_what_was_not_answered_is_sent_again(run, feed):
    feed.file.write_text(json.dumps(message()))
    feed.answers[:] = [(503, {"Retry-After": "5"}), (429, {}), (502, {}), (200, {})]
    code, done, _ = run(*feed.words)
    assert (code, done["counts"]) == (0, {"accepted": 1})
    assert feed.waited == [5.0, 2, 4]
    assert len({body for _, body in feed.asked}) == 1


def test_a_feed_that_is_not_there_is_tried_for_minutes(run, feed):
    feed.file.write_text(json.dumps(message()))
    feed.shutdown()
    feed.server_close()
    code, _, said = run(*feed.words)
    assert code == 2
    assert "cannot be reached" in said
    assert 120 < sum(feed.waited) < 600


def test_a_refused_request_is_not_sent_again(run, feed):
    feed.file.write_text(json.dumps(message()))
    feed.answers[:] = [(401, {})]
    code, _, said = run(*feed.words)
    assert (code, len(feed.asked)) == (2, 1)
    assert "(401). Mend it." in said


@pytest.mark.parametrize("url", ["http://feed.example/feed/v1/messages", "ftp://localhost/x", "file:///x", "localhost"])
def test_a_token_never_travels_in_the_clear(url):
    with pytest.raises(CannotRun, match="in the clear"):
        client.poster(url, "secret")
