"""Everything that is asked of lakeFS, in all its outcomes: chapters, each in its own repository."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.lakefs.exchanges import Teller

Chapter = Callable[["Teller"], None]
REFUSES: Final = """name: no-{event}
on:
  {event}:
    branches: [{branch}]
hooks:
  - id: no
    type: lua
    properties:
      script: error("{words}")
"""


def _commit(tell: Teller, branch: str, message: str, **more: Any) -> Any:
    tree = {"message": message, **more}
    return tell("POST", f"/branches/{branch}/commits", tree=tree)


def _put(tell: Teller, branch: str, path: str, body: bytes = b"x", **headers: str) -> Any:
    query = {"path": path}
    return tell("POST", f"/branches/{branch}/objects", query, body=body, headers=headers)


def _branch(tell: Teller, name: str, source: str = "main", **more: Any) -> Any:
    return tell("POST", "/branches", tree={"name": name, "source": source, **more})


def _delete(tell: Teller, branch: str, *paths: str) -> Any:
    return tell("POST", f"/branches/{branch}/objects/delete", tree={"paths": list(paths)})


def _merge(tell: Teller, source: str, target: str, **tree: Any) -> Any:
    return tell("POST", f"/refs/{source}/merge/{target}", tree=tree)


def server(tell: Teller) -> None:
    tell("GET", "//config")
    tell("GET", "//config/version")
    tell("GET", "//user")
    for said in (None, "Basic YTpi", "Basic !", "Bearer abc", "Nonsense"):
        tell("GET", "//config", headers={"Authorization": said})
    tell("POST", "//auth/login", tree=tell.keys)
    tell("POST", "//auth/login", tree={**tell.keys, "secret_access_key": "another"})
    tell("GET", "")
    tell("POST", "//repositories", tree=tell.repository_tree)
    tell("POST", "//repositories", tree={"name": "A_b", "storage_namespace": "local://a"})
    tell("GET", "//nothing")
    for method, path, tree in (
        ("GET", "", None),
        ("GET", "/branches", None),
        ("GET", "/branches/main", None),
        ("GET", "/branches/main/diff", None),
        ("GET", "/commits/main", None),
        ("GET", "/refs/main/objects/ls", None),
        ("GET", "/refs/main/diff/x", None),
        ("GET", "/refs/main/merge/x", None),
        ("GET", "/refs/main/commits", None),
        ("DELETE", "/branches/x", None),
        ("POST", "/branches", {"name": "x", "source": "y"}),
        ("POST", "/branches/main/commits", {"message": "x"}),
        ("POST", "/refs/x/merge/main", {}),
        ("POST", "/branches/main/objects/delete", {"paths": ["x"]}),
    ):
        tell(method, f"//repositories/absent{path}", tree=tree)
    for path in ("/refs/main/objects", "/refs/main/objects/stat"):
        tell("GET", f"//repositories/absent{path}", {"path": "x"})
    tell("POST", "//repositories/absent/branches/main/objects", {"path": "x"}, body=b"x")


def objects(tell: Teller) -> None:
    meta = {"X-Lakefs-Meta-Wombat-Content": "abc", "x-lakefs-meta-b": "1"}
    once = {"If-None-Match": "*"}
    _put(tell, "main", "a/b", b"hello", **meta, **once)
    _put(tell, "main", "a/b", b"again", **once)
    _put(tell, "main", "a/b", **{"If-None-Match": "abc"})
    _put(tell, "main", "a/plain", b"plain")
    _put(tell, "main", "empty", b"")
    _put(tell, "none", "a/b")
    _put(tell, "main", "ü/ä ö+%.txt", "ä".encode())
    _put(tell, "main", "long", b"0123456789" * 30_000)
    tell("POST", "/branches/main/objects", body=b"x")
    tell("POST", "/branches/main/objects", {"path": ""}, body=b"x")
    for path, ref in (("a/b", "main"), ("none", "main"), ("a/b", "none"), ("a/b", "main@")):
        tell("GET", f"/refs/{ref}/objects", {"path": path})
        tell("HEAD", f"/refs/{ref}/objects", {"path": path})
        tell("GET", f"/refs/{ref}/objects/stat", {"path": path})
    tell("GET", "/refs/main/objects/stat", {"path": "a/b", "user_metadata": "false"})
    tell("GET", "/refs/main/objects/stat", {"path": "a/b", "user_metadata": "true"})
    tell("GET", "/refs/main/objects/stat", {"path": "ü/ä ö+%.txt"})
    tell("GET", "/refs/main/objects", {"path": "ü/ä ö+%.txt"})
    tell("GET", "/refs/main/objects", {"path": "long"})
    for wanted in ("0-0", "1-2", "3-100", "5-10", "-2", "2-", "x"):
        _range(tell, "a/b", wanted)
    _range(tell, "empty", "0-10")
    _range(tell, "long", "299990-400000")
    _range(tell, "none", "0-1")
    _delete(tell, "main", "a/b", "none")
    _delete(tell, "none", "a/b")
    _delete(tell, "main")
    _delete(tell, "main", *(f"p{number}" for number in range(1001)))
    tell("GET", "/refs/main/objects/stat", {"path": "a/b"})
    tell("DELETE", "/branches/main/objects", {"path": "empty"})
    tell("DELETE", "/branches/main/objects", {"path": "empty"})
    _put(tell, "main", "a/b", b"after its deletion", **once)
    _commit(tell, "main", "one")
    _put(tell, "main", "a/b", b"of a committed one", **once)
    _delete(tell, "main", "a/b")
    _put(tell, "main", "a/b", b"of a deleted one", **once)
    for path, source in (("a/b", None), ("none", None), ("a/b", "main@")):
        tree = {"src_path": path, **({"src_ref": source} if source else {})}
        tell("POST", "/branches/main/objects/copy", {"dest_path": "copy"}, tree=tree)
    tell("GET", "/refs/main/objects/stat", {"path": "copy"})


def _range(tell: Teller, path: str, wanted: str) -> None:
    tell("GET", "/refs/main/objects", {"path": path}, headers={"Range": f"bytes={wanted}"})


def lists(tell: Teller) -> None:
    tell("GET", "/refs/main/objects/ls")
    for path in ("a/1", "a/2", "a-b", "a/sub/x", "b/é", "c", "a", "A/z", "b/z", "\U0001f600", "￿"):
        _put(tell, "main", path, path.encode(), **({"x-lakefs-meta-k": "v"} if path == "c" else {}))
    for query in (
        {},
        {"amount": "2"},
        {"amount": "2", "after": "a"},
        {"amount": "0"},
        {"amount": "-1"},
        {"amount": "-2"},
        {"amount": "1001"},
        {"amount": "1000", "user_metadata": "true"},
        {"user_metadata": "false"},
        {"prefix": "a/"},
        {"prefix": "a/", "after": "a/1"},
        {"prefix": "a/", "after": "A"},
        {"prefix": "a/", "after": "z"},
        {"prefix": "none"},
        {"delimiter": "/"},
        {"delimiter": "/", "amount": "2"},
        {"delimiter": "/", "after": "a/"},
        {"delimiter": "/", "prefix": "a/", "user_metadata": "false"},
        {"delimiter": "/", "prefix": "a/", "amount": "1"},
        {"delimiter": "/", "prefix": "a/", "after": "a/2", "amount": "1"},
    ):
        tell("GET", "/refs/main/objects/ls", query)
    tell("GET", "/refs/none/objects/ls")
    for query in (
        {},
        {"amount": "2", "after": "a"},
        {"prefix": "a/"},
        {"prefix": "a/", "delimiter": "/"},
    ):
        tell("GET", "/branches/main/diff", query)
    tell("GET", "/branches/none/diff")
    _commit(tell, "main", "all")
    tell("GET", "/refs/main/objects/ls", {"prefix": "b"})
    tell("GET", "/refs/main@/objects/ls", {"prefix": "b"})
    tell("GET", "/refs/main%24/objects/ls", {"prefix": "b"})
    _put(tell, "main", "b/new")
    _delete(tell, "main", "b/z")
    tell("GET", "/refs/main/objects/ls", {"prefix": "b"})
    tell("GET", "/refs/main@/objects/ls", {"prefix": "b"})
    tell("GET", "/branches/main/diff")
    tell("GET", "/refs/main/diff/main@", {"type": "two_dot"})


def commits(tell: Teller) -> None:
    tell("GET", "/branches/main")
    tell("GET", "/branches/none")
    tell("GET", "/commits/main")
    tell("GET", "/commits/none")
    _commit(tell, "main", "nothing")
    _commit(tell, "none", "nowhere")
    tell("POST", "/branches/main/commits", tree={})
    _put(tell, "main", "f", b"f", **{"x-lakefs-meta-a": "1"})
    first = _commit(tell, "main", "first", metadata={"k": "v", "ü": "ä"}).tree["id"]
    _put(tell, "main", "f", b"f", **{"x-lakefs-meta-a": "1"})
    tell("GET", "/branches/main/diff")
    _commit(tell, "main", "the same again")
    _put(tell, "main", "f", b"f", **{"x-lakefs-meta-a": "2"})
    tell("GET", "/branches/main/diff")
    _commit(tell, "main", "other metadata")
    _put(tell, "main", "g/1")
    _put(tell, "main", "g/2")
    _commit(tell, "main", "")
    _delete(tell, "main", "g/1")
    _commit(tell, "main", "one less")
    _commit(tell, "main", "nothing, and allowed", allow_empty=True)
    for ref in (
        first,
        first[:20],
        "main~1",
        "main^",
        "main^1",
        "main^0",
        "main~1^1",
        "main@",
        "main~99",
    ):
        tell("GET", f"/commits/{ref}")
    for ref in ("main^9", "main~x", "main%24"):
        tell("GET", f"/commits/{ref}")
    for ref in ("main^9", "main@@", f"{first}@"):
        tell("GET", f"/refs/{ref}/objects/ls")
    tell("GET", "/refs/main~3/objects/ls")
    last = tell("GET", "/refs/main/commits", {"amount": "2"}).tree["pagination"]["next_offset"]
    tell("GET", "/refs/main/commits", {"amount": "3", "after": last})
    tell("GET", "/refs/none/commits")
    for query in (
        [("prefixes", "g/")],
        [("prefixes", "g/"), ("prefixes", "f")],
        [("prefixes", "g/"), ("amount", "1"), ("limit", "true")],
        [("objects", "g/1")],
        [("prefixes", "none")],
        [("amount", "1"), ("limit", "true")],
        [("first_parent", "true"), ("amount", "1000")],
    ):
        tell("GET", "/refs/main/commits", query)
    tell("POST", "/tags", tree={"id": "v1.0", "ref": first})
    tell("POST", "/tags", tree={"id": "v1.0", "ref": "main"})
    tell("POST", "/tags", tree={"id": "v2", "ref": "none"})
    tell("GET", "/tags/v1.0")
    tell("GET", "/tags/none")
    tell("GET", "/tags")
    tell("GET", "/commits/v1.0")
    tell("GET", "/refs/v1.0/objects/stat", {"path": "f"})
    tell("DELETE", "/tags/v1.0")
    tell("DELETE", "/tags/v1.0")
    _put(tell, "main", "lost")
    tell("PUT", "/branches/main", tree={"type": "reset"})
    tell("GET", "/branches/main/diff")
    tell("PUT", "/branches/none", tree={"type": "reset"})


def branches(tell: Teller) -> None:
    _put(tell, "main", "f")
    first = _commit(tell, "main", "first").tree["id"]
    _put(tell, "main", "g")
    _branch(tell, "b1")
    tell("GET", "/refs/b1/objects/ls")
    for name in ("b1", "b/1", "-b", "b.1", first):
        _branch(tell, name)
    _branch(tell, "b2", "none")
    _branch(tell, "b3", first)
    _branch(tell, "b4", "main~1")
    _branch(tell, "hidden", hidden=True)
    tell("GET", "/branches/hidden")
    for query in (
        {},
        {"prefix": "b", "amount": "1"},
        {"prefix": "b", "after": "b1", "amount": "2"},
    ):
        tell("GET", "/branches", query)
    tell("GET", "/branches", {"prefix": "b", "amount": "1000"})
    for name in ("b4", "b4", "main"):
        tell("DELETE", f"/branches/{name}")
    _put(tell, "b3", "uncommitted")
    tell("DELETE", "/branches/b3")
    tell("GET", "/refs/b3/objects/ls")


def merges(tell: Teller) -> None:
    for path in ("f", "g", "h", "i"):
        _put(tell, "main", path, path.encode())
    _commit(tell, "main", "first")
    for name in "xyzw":
        _branch(tell, name)
    _merge(tell, "x", "main", message="nothing")
    _put(tell, "x", "f", b"of x")
    _put(tell, "x", "n/x")
    _delete(tell, "x", "g")
    tell("GET", "/refs/main/diff/x", {"type": "two_dot"})
    _merge(tell, "x", "main", message="nothing committed")
    x = _commit(tell, "x", "x").tree["id"]
    _put(tell, "y", "f", b"of y, longer")
    _put(tell, "y", "n/y")
    _delete(tell, "y", "h")
    _commit(tell, "y", "y")
    _differences(tell, ("main", "x"), ("x", "y"), ("y", "x"))
    for query in ({"prefix": "n/", "amount": "1"}, {"after": "g", "amount": "1"}):
        tell("GET", "/refs/x/diff/y", {"type": "two_dot", **query})
    _bases(tell, ("x", "y"), ("x", "main"), ("none", "y"), ("x", "none"), (x, "main"))
    _merge(tell, x, "main", message="x", metadata={"a": "b"})
    tell("GET", "/commits/main")
    _bases(tell, ("x", "main"), ("main", "x"))
    _differences(tell, ("main", "x"))
    _merge(tell, "x", "main", message="x again")
    _merge(tell, "y", "main", message="y")
    _differences(tell, ("main", "y"), ("main@", "y"))
    _merge(tell, "none", "main", message="none")
    _merge(tell, "y", "none", message="none")
    _merge(tell, "y", "main", strategy="another")
    _put(tell, "z", "i", b"of z")
    _commit(tell, "z", "z")
    _put(tell, "main", "dirty")
    _merge(tell, "z", "main", message="z")
    _differences(tell, ("main", "z"))
    _commit(tell, "main", "clean")
    _merge(tell, "z", "main")
    tell("GET", "/commits/main")
    _put(tell, "w", "i", b"of z")
    _commit(tell, "w", "the same as z")
    _differences(tell, ("main", "w"))
    _merge(tell, "w", "main", message="the same as z")
    _merge(tell, "y", "main", message="theirs stay", strategy="dest-wins")
    tell("GET", "/refs/main/objects/ls")
    _removed_and_changed(tell)
    _commit(tell, "w", "empty", allow_empty=True)
    _merge(tell, "w", "main", message="an empty commit")
    _merge(tell, "w", "main", message="an empty commit", squash_merge=True, allow_empty=True)


def _removed_and_changed(tell: Teller) -> None:
    _branch(tell, "r")
    _branch(tell, "s")
    _delete(tell, "r", "i")
    _commit(tell, "r", "removed")
    _put(tell, "s", "i", b"changed")
    _commit(tell, "s", "changed")
    _differences(tell, ("r", "s"), ("s", "r"))
    _merge(tell, "r", "s", message="r")
    _merge(tell, "r", "s", message="r", strategy="source-wins")
    tell("GET", "/refs/s/objects/ls", {"prefix": "i"})


def _differences(tell: Teller, *pairs: tuple[str, str]) -> None:
    for left, right in pairs:
        for query in ({}, {"type": "two_dot"}, {"type": "three_dot", "amount": "1000"}):
            tell("GET", f"/refs/{left}/diff/{right}", query)
    tell("GET", "/refs/none/diff/main")
    tell("GET", "/refs/main/diff/none", {"type": "two_dot"})


def _bases(tell: Teller, *pairs: tuple[str, str]) -> None:
    for source, target in pairs:
        tell("GET", f"/refs/{source}/merge/{target}")


def hooks(tell: Teller) -> None:
    """Those of a merge's source count, not those of its target."""
    _branch(tell, "before")
    _put(tell, "before", "e")
    _commit(tell, "before", "before")
    refuses = REFUSES.format(event="pre-merge", branch="main", words="frozen until Monday").encode()
    _put(tell, "main", "_lakefs_actions/a.yaml", refuses)
    _commit(tell, "main", "actions")
    _branch(tell, "x")
    _put(tell, "x", "f")
    _commit(tell, "x", "x")
    _merge(tell, "x", "main", message="x")
    tell("GET", "/refs/main/objects/ls")
    _merge(tell, "before", "main", message="before")
    refuses = REFUSES.format(event="pre-commit", branch="y", words="no commits").encode()
    _branch(tell, "y")
    _put(tell, "y", "_lakefs_actions/b.yaml", refuses)
    _commit(tell, "y", "refused")
    tell("GET", "/branches/y/diff")


def protection(tell: Teller) -> None:
    _put(tell, "main", "f")
    _commit(tell, "main", "first")
    _branch(tell, "x")
    _put(tell, "x", "g")
    _commit(tell, "x", "x")
    _branch(tell, "kept-0")
    tell("GET", "/settings/branch_protection")
    tell("PUT", "/settings/branch_protection", tree=[{"pattern": "main"}, {"pattern": "kept-*"}])
    tell.until(403, "POST", "/branches/kept-0/objects", {"path": "g"}, body=b"x")
    tell("GET", "/settings/branch_protection")
    _put(tell, "main", "g")
    _put(tell, "main", "f", **{"If-None-Match": "*"})
    _delete(tell, "main", "f")
    _commit(tell, "main", "refused")
    tell("DELETE", "/branches/main/objects", {"path": "f"})
    tell("PUT", "/branches/main", tree={"type": "reset"})
    tree = {"src_path": "f"}
    tell("POST", "/branches/main/objects/copy", {"dest_path": "copy"}, tree=tree)
    _merge(tell, "x", "main", message="x")
    _branch(tell, "kept-1")
    _put(tell, "kept-1", "g")
    tell("DELETE", "/branches/kept-1")


def presigned(tell: Teller) -> None:
    """On a store of objects that can't: the local one."""
    _put(tell, "main", "f")
    for query in ({}, {"presign": "true"}):
        tell("GET", "/branches/main/staging/backing", {"path": "p", **query})
        tell("GET", "/refs/main/objects", {"path": "f", **query})
        tell("GET", "/refs/main/objects/stat", {"path": "f", **query})


CHAPTERS: Final[dict[str, Chapter]] = {
    chapter.__name__: chapter
    for chapter in (
        server,
        objects,
        lists,
        commits,
        branches,
        merges,
        hooks,
        protection,
        presigned,
    )
}
