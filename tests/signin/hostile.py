"""A small identity provider that does what it is told, also what no provider may: for what must be refused."""

import base64
import hashlib
import hmac
import json
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "traumatracker", "a-secret-of-the-tests"
KEY, OTHER = (RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}) for kid in ("one", "one"))


def plain(words):
    return base64.urlsafe_b64encode(words).rstrip(b"=").decode()


def half_hash(access_token):
    return plain(hashlib.sha256(access_token.encode()).digest()[:16])


class Hostile:
    """`metadata`, `claims`, `header` and `userinfo` are added to what an honest provider says; None takes away."""

    def __init__(self):
        self.issuer = ""
        self.reset()

    def reset(self):
        self.metadata, self.claims, self.header, self.userinfo = {}, {}, {}, {}
        self.sign = self.signed
        self.keys = [KEY.as_dict(private=False)]
        self.codes, self.asked = {}, []

    def said(self):
        honest = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/leave",
            "code_challenge_methods_supported": ["S256"],
        }
        return without_none(honest | self.metadata)

    def authorise(self, sent, subject="subject-1"):
        """Return a code for what a browser was sent with, as if somebody had signed in."""
        code = f"code-{len(self.codes)}"
        self.codes[code] = SimpleNamespace(sent=sent, subject=subject)
        return code

    def token(self, form, authorization):
        """Return status and body of the token endpoint: a code once, for its client, with its verifier."""
        self.asked.append(form)
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        found = self.codes.pop(form.get("code"), None)
        challenge = plain(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if found is None or authorization != expected or challenge != found.sent["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now, access = int(time.time()), "an-access-token"
        honest = {
            "iss": self.issuer, "sub": found.subject, "aud": CLIENT, "iat": now, "exp": now + 300, "auth_time": now,
            "nonce": found.sent["nonce"], "at_hash": half_hash(access), "employeeid": "H-1",
        }  # fmt: skip
        self.last_subject = found.subject
        token = self.sign({"alg": "RS256", "kid": "one"} | self.header, without_none(honest | self.claims))
        return 200, without_none({"access_token": access, "token_type": "Bearer", "id_token": token})

    def signed(self, header, claims, key=KEY):
        return jwt.encode(header, claims, key, algorithms=[header["alg"]])

    def signed_with_another_key(self, header, claims):
        return self.signed(header, claims, OTHER)

    def unsigned(self, header, claims):
        return f"{plain(json.dumps(header | {'alg': 'none'}).encode())}.{plain(json.dumps(claims).encode())}."

    def signed_with_the_public_key(self, header, claims):
        body = f"{plain(json.dumps(header | {'alg': 'HS256'}).encode())}.{plain(json.dumps(claims).encode())}"
        return f"{body}.{plain(hmac.digest(KEY.as_pem(private=False), body.encode(), 'sha256'))}"

    def changed_after_signing(self, header, claims):
        head, _, signature = self.signed(header, claims).split(".")
        return f"{head}.{plain(json.dumps(claims | {'employeeid': 'H-2'}).encode())}.{signature}"

    def answer(self, path):
        """Return what a GET gets."""
        return {
            "/.well-known/openid-configuration": self.said,
            "/keys": lambda: {"keys": self.keys},
            "/userinfo": lambda: without_none({"sub": getattr(self, "last_subject", "")} | self.userinfo),
        }[path]()


def without_none(values):
    return {name: value for name, value in values.items() if value is not None}


@contextmanager
def running():
    """Give a hostile provider that listens."""
    hostile = Hostile()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self._send(200, hostile.answer(self.path))

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._send(*hostile.token(form, self.headers["Authorization"]))

        def _send(self, status, value):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(value).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hostile.issuer = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield hostile
    server.shutdown()
    server.server_close()
