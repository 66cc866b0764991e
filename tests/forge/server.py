"""A GitLab in small on 127.0.0.1: remembers, refuses what its contract forbids, fails on demand."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CONTRACT = json.loads((Path(__file__).parent / "contract.json").read_text())
KINDS = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}
SECRET = "glpat-a-secret-of-the-tests"
PROJECT = "group/sub/shop"


@dataclass
class Fault:
    """What comes instead of an answer; `times` how often, `of` which method and path begin so."""

    of: str = ""
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"message": "no"}'
    times: int = 10**6
    sleep: float = 0.0
    trickle: float = 0.0
    status_line: str = ""
    slow_headers: int = 0  # so many, one each twentieth of a second
    cut: bool = False
    after: bool = False  # the change is made, and its answer lost


@dataclass
class State:
    """What the server holds, and what it was asked."""

    schedules: dict[int, dict[str, Any]] = field(default_factory=dict)
    variables: list[dict[str, Any]] = field(default_factory=list)
    project: dict[str, Any] = field(
        default_factory=lambda: {
            "id": 3,
            "default_branch": "main",
            "namespace": {"full_path": "group/sub"},
            "ci_default_git_depth": 20,
            "build_git_strategy": "fetch",
        }
    )
    notes: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    """By merge request, the oldest first."""
    user: int = 40
    version: str = "18.5.1-ee"
    plan: str | None = None
    scopes: tuple[str, ...] = ("api",)
    expires: str | None = None
    limit: int = 10
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def add(self, description: str, **more: Any) -> int:
        number = max(self.schedules, default=10) + 1
        self.schedules[number] = {
            "id": number, "description": description, "ref": "refs/heads/main", "cron": "0 3 * * *",
            "cron_timezone": "UTC", "active": True, "owner": {"username": "ann"}, "variables": [],
            **more,
        }  # fmt: skip
        return number

    def say(self, request: int, body: str, *, author: int | None = None) -> dict[str, Any]:
        """A note in a merge request, by the token's own user unless somebody else is told."""
        number = 1 + sum(map(len, self.notes.values()))
        whose = {"id": self.user if author is None else author, "username": "bot"}
        note = {"id": number, "body": body, "author": whose, "system": False}
        self.notes.setdefault(request, []).append(note)
        return note

    def shown(self) -> dict[str, tuple[str, str, bool]]:
        """Cron, time zone and activity by description."""
        return {
            one["description"]: (one["cron"], one["cron_timezone"], one["active"])
            for one in self.schedules.values()
        }

    @property
    def changes(self) -> list[str]:
        return [one for one in self.asked if not one.startswith("GET")]


class Handler(BaseHTTPRequestHandler):
    """Looks a request up in the contract, then in the state."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_: Any) -> None: ...

    def handle_any(self) -> None:
        state = self.server.state
        url = urllib.parse.urlsplit(self.path)
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        path = url.path.removeprefix(CONTRACT["prefix"])
        asked = f"{self.command} {path}"
        state.asked.append(asked)
        state.tokens.append(self.headers.get("PRIVATE-TOKEN"))
        fault = next((f for f in state.faults if asked.startswith(f.of) and f.times > 0), None)
        if fault is not None:
            fault.times -= 1
            if fault.after:
                self.answer(path, url.query, body)
            self.fail(fault)
            return
        if self.headers.get("PRIVATE-TOKEN") != SECRET:
            self.reply(401, {"message": "401 Unauthorized"})
            return
        status, tree, headers = self.answer(path, url.query, body)
        self.reply(status, tree, headers)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def fail(self, fault: Fault) -> None:
        time.sleep(fault.sleep)
        self.close_connection = True
        if fault.sleep:
            return
        if fault.status_line:
            self.wfile.write(f"{fault.status_line}\r\n\r\n".encode())
            return
        self.send_response(fault.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(fault.body))}
        for name, value in (headers | fault.headers).items():
            self.send_header(name, value)
        self.dawdle(fault)
        self.end_headers()
        if fault.trickle:
            self.drip(fault)
        else:
            self.wfile.write(fault.body[: len(fault.body) // 2] if fault.cut else fault.body)

    def dawdle(self, fault: Fault) -> None:
        """A header at a time: no single one is slow."""
        with contextlib.suppress(OSError):
            for number in range(fault.slow_headers):
                self.send_header(f"X-{number}", "1")
                self.flush_headers()
                time.sleep(0.05)

    def drip(self, fault: Fault) -> None:
        """A byte at a time: no single read is slow."""
        with contextlib.suppress(OSError):
            for byte in fault.body:
                self.wfile.write(bytes([byte]))
                time.sleep(fault.trickle)

    def reply(self, status: int, tree: Any, headers: dict[str, str] | None = None) -> None:
        data = b"" if status == 204 else json.dumps(tree).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def answer(self, path: str, query: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        found = _operation(self.command, path)
        if found is None:
            return self.violated(f"no operation {self.command} {path}")
        name, steps = found
        rule = CONTRACT["operations"][name]
        given = json.loads(body) if body else {}
        asked = dict(urllib.parse.parse_qsl(query, strict_parsing=True) if query else [])
        if said := _breach(rule, given, asked, self.headers.get("content-type"), body):
            return self.violated(f"{name}: {said}")
        if steps and steps[0] not in (PROJECT, "group/sub"):
            return 404, {"message": "404 Project Not Found"}, {}
        status, tree = _do(self.server.state, name, steps[1:], given)
        if status >= 400:
            return status, tree, {}
        assert status == rule["status"], name
        if not rule.get("list"):
            return status, tree, {}
        page, size = int(asked.get("page", 1)), min(int(asked.get("per_page", 20)), 100)
        size = min(size, self.server.page_size)
        more = {"x-next-page": str(page + 1) if page * size < len(tree) else ""}
        return status, tree[(page - 1) * size : page * size], more

    def violated(self, said: str) -> tuple[int, Any, dict[str, str]]:
        self.server.state.violations.append(said)
        return 400, {"error": said}, {}


class Server(ThreadingHTTPServer):
    """Ends with its block; `address` is that of the interface."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.state, self.page_size = State(), 100
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}).start()

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: Any) -> None:
        """A client that went away is none of the server's errors."""


def _operation(method: str, path: str) -> tuple[str, list[str]] | None:
    for name in CONTRACT["operations"]:
        verb, template = name.split(" ")
        pattern = re.sub(r"\{\w+\}", "([^/]+)", template)
        if verb == method and (match := re.fullmatch(pattern, path)):
            return name, [urllib.parse.unquote(step) for step in match.groups()]
    return None


def _breach(rule: Any, given: Any, asked: Any, kind: str | None, body: bytes) -> str | None:
    if unknown := set(asked) - set(rule.get("query", {})):
        return f"unknown query {unknown}"
    if body and (kind != "application/json" or "body" not in rule):
        return f"a body of type {kind}"
    if missing := set(rule.get("required", ())) - set(given):
        return f"missing {missing}"
    for name, value in given.items():
        if type(value) is not KINDS.get(rule["body"].get(name)):
            return f"{name} is {value!r}"
    return None


def _do(state: State, name: str, steps: list[str], given: Any) -> tuple[int, Any]:
    method, _, path = name.partition(" ")
    answers: dict[str, Any] = {
        "/user": {"id": state.user, "username": "bot"},
        "/version": {"version": state.version, "revision": "abc"},
        "/personal_access_tokens/self": {"scopes": list(state.scopes), "expires_at": state.expires},
        "/namespaces/{id}": {"id": 5} | ({"plan": state.plan} if state.plan else {}),
        "/projects/{id}": state.project,
        "/projects/{id}/variables": state.variables,
    }
    if path in answers:
        return 200, answers[path]
    if path == "/projects/{id}/pipeline_schedules":
        return _schedules(state, method, given)
    if "/notes" in path:
        return _note(state, method, steps, given)
    schedule = state.schedules.get(int(steps[0]))
    if schedule is None:
        return 404, {"message": "404 Pipeline Schedule Not Found"}
    if "variables" in path:
        return _variable(schedule, method, steps[1:], given)
    if method == "DELETE":
        del state.schedules[int(steps[0])]
        return 204, None
    if method == "PUT":
        schedule.update(_full(given))
        return 200, schedule
    return 200, schedule


def _schedules(state: State, method: str, given: Any) -> tuple[int, Any]:
    if method == "GET":
        return 200, [
            {k: v for k, v in one.items() if k != "variables"} for one in state.schedules.values()
        ]
    if len(state.schedules) >= state.limit:
        said = f"Maximum number of pipeline schedules ({state.limit}) exceeded"
        return 400, {"message": {"base": [said]}}
    number = state.add(**_full(given))
    return 201, state.schedules[number]


def _note(state: State, method: str, steps: list[str], given: Any) -> tuple[int, Any]:
    """GitLab lists the newest first, and changes a note for its author alone."""
    notes = state.notes.get(int(steps[0]))
    if notes is None:
        return 404, {"message": "404 Not found"}
    if method == "GET":
        return 200, notes[::-1]
    if method == "POST":
        return 201, state.say(int(steps[0]), given["body"])
    for note in notes:
        if note["id"] == int(steps[1]):
            if note["author"]["id"] != state.user:
                return 403, {"message": "403 Forbidden"}
            note["body"] = given["body"]
            return 200, note
    return 404, {"message": "404 Note Not Found"}


def _full(given: Any) -> Any:
    return given | ({"ref": f"refs/heads/{given['ref']}"} if "ref" in given else {})


def _variable(schedule: Any, method: str, steps: list[str], given: Any) -> tuple[int, Any]:
    every = schedule["variables"]
    if method == "POST":
        if any(one["key"] == given["key"] for one in every):
            return 400, {"message": {"key": ["has already been taken"]}}
        every.append(dict(given))
        return 201, given
    for one in every:
        if one["key"] == steps[0]:
            one.update(given)
            return 200, one
    return 404, {"message": "404 Variable Not Found"}
