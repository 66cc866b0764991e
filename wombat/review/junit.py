"""JUnit for CI systems: a testcase for each artifact, column and check."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from wombat.data.report import finding_from_json
from wombat.data.told import counted, counts
from wombat.executor.messages import set_aside
from wombat.review.asked import asked, case_name
from wombat.review.places import in_repository

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wombat.executor.outcome import TaskReport

SHOWN_ROWS = 20


def junit(report: TaskReport, plan: Mapping[str, Any] | None = None, *, prefix: str = "") -> str:
    """One suite for one attempt of a task's part, as XML.

    With the run's `plan`, as JSON, each check of a schema is a case, those that hold too, in the
    schema's file (`prefix` is where the project lies in its repository). What fails is shown as
    element content, which is what GitLab displays; what warns is skipped with its reason. Names are
    unique, since GitLab drops doubles, and the same on every branch, since GitLab compares tests by
    name: profile and depth stand beside them.
    """
    cases = list(_unique(_cases(report, plan or {}, prefix)))
    suite = ET.Element("testsuite", name=f"{report.pipeline}/{report.name}")
    ET.SubElement(ET.SubElement(suite, "properties"), "property", name="profile",
                  value=_clean(report.profile))  # fmt: skip
    for case in cases:
        suite.append(case)
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("tests", str(len(cases)))
    suite.set("time", f"{report.seconds:.3f}")
    return document(suite)


def document(suite: ET.Element) -> str:
    """A file of one suite."""
    top = ET.Element("testsuites")
    top.append(suite)
    ET.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(top, "unicode") + "\n"


def told(suite: str, cases: Iterable[tuple[str, str]]) -> str:
    """A file of cases that only say something, each by its name: all of them pass."""
    found = ET.Element("testsuite", name=suite)
    for name, said in cases:
        ET.SubElement(_into(found, _case(suite, name)), "system-out").text = _clean(said)
    found.set("tests", str(len(found)))
    return document(found)


def _into(suite: ET.Element, case: ET.Element) -> ET.Element:
    suite.append(case)
    return case


def _cases(report: TaskReport, plan: Mapping[str, Any], prefix: str) -> Iterator[ET.Element]:
    yield _task(report)
    for check in report.checks:
        if check["schema"] is None and not check["findings"]:
            continue
        name = check["schema"] if check.get("type", "dataframe") == "dataframe" else None
        place = plan.get("places", {}).get(name)
        file = in_repository(prefix, place.rpartition(":")[0]) if place else None
        schema = plan.get("schemas", {}).get(name)
        for case in _artifact(report, check, schema):
            if file is not None:
                case.set("file", _clean(file))
            yield case


def _task(report: TaskReport) -> ET.Element:
    """The task itself: what isn't the data's fault is this case's error."""
    case = _case(f"{report.pipeline}/{report.name}", "runs")
    case.set("time", f"{report.seconds:.3f}")
    said = f"profile {report.profile}"
    if report.left_out:
        said += f"; {report.left_out:,} more checks and findings had no room in the run's record"
    ET.SubElement(case, "system-out").text = _clean(said)
    if report.skipped is not None:
        _tell(case, "skipped", "skipped", report.skipped)
    if report.reused is not None:
        _tell(case, "skipped", "reused", f"reused, as in run {report.reused}")
    if report.fault is not None and report.fault.exit != 11:
        _tell(case, "error", report.fault.code, report.fault.message)
    return case


def _artifact(
    report: TaskReport, check: dict[str, Any], schema: Mapping[str, Any] | None
) -> Iterator[ET.Element]:
    """A case that says what was checked, then one for each check: in the schema's order, then
    those of which the schema doesn't know the column."""
    arrow = "→" if check["side"] == "input" else "←"
    classname = f"{check['artifact']} {arrow} {report.name}"
    whole = _case(classname, check["schema"] or "content")
    ET.SubElement(whole, "system-out").text = _clean(_checked(report, check))
    yield whole
    if check.get("told"):
        return
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in check["findings"]:
        found.setdefault(case_name(finding, schema, check.get("profile", "")), []).append(finding)
    known = [] if schema is None else list(asked(schema, check))
    for name in known:
        yield _told(classname, name, check, found.pop(name, ()))
    for name, findings in found.items():
        yield _told(classname, name, check, findings)
    if check["side"] == "output":
        yield from _unmeasured(classname, dict(report.outputs).get(check["artifact"], {}))


def _told(
    classname: str, name: str, check: dict[str, Any], findings: Iterable[dict[str, Any]]
) -> ET.Element:
    """One case, which says nothing where the check holds: a check of several columns, as of those
    that are too many or that a pattern names, tells of each in its place."""
    findings = sorted(findings, key=lambda one: one["severity"] != "error")
    case = _case(classname, name)
    if findings:
        tag = "failure" if findings[0]["severity"] == "error" else "skipped"
        said = "\n".join(_content(check, finding) for finding in findings)
        _tell(case, tag, findings[0]["check"], said)
    return case


def _unmeasured(classname: str, output: Mapping[str, Any]) -> Iterator[ET.Element]:
    """Rules of drift that hold, and those that had nothing to be measured by."""
    for rule in output.get("drift", ()):
        word = next(word for word in ("psi", "null_rate", "mean", "rows") if word in rule)
        column = f"{rule['column']}." if rule.get("column") else ""
        case = _case(classname, f"{column}drift:{word}")
        if "why" in rule:
            _tell(case, "skipped", "drift", rule["why"])
        if rule.get("holds", True):
            yield case


def _checked(report: TaskReport, check: dict[str, Any]) -> str:
    if check.get("trusted"):
        return f"{check['trusted']}, and what arrives is stamped: not checked again, profile " + (
            report.profile
        )
    said = f"checked {check['rows_checked']:,} of {check['rows']:,} rows, {check['depth']}"
    said += f", profile {report.profile}"
    if casts := check.get("casts"):
        said += f"; {'; '.join(one['message'] for one in casts)}"
    elif check.get("cast"):  # of an older Wombat
        said += f"; cast {', '.join(check['cast'])}"
    if check.get("rejected"):
        said += f"; {set_aside(check['artifact'], check['rejected'], check['rows'])}"
    if check.get("told"):
        said += f"; {counted(len(check['findings']), 'finding')}, told at {check['told']}"
    return said


def _content(check: dict[str, Any], finding: dict[str, Any]) -> str:
    """Counts, rate and row numbers; never a value."""
    lines = [finding["message"] + (f" (schema {check['schema']})" if check["schema"] else "")]
    if finding["checked"]:
        lines.append(counts(finding_from_json(finding), check["rows"]))
    if finding["rows"]:
        shown = finding["rows"][:SHOWN_ROWS]
        rows = ", ".join(f"{row:,}" for row in shown)
        more = ", …" if finding["failing"] > len(shown) else ""
        lines.append(f"row{'s' * (finding['failing'] > 1)} {rows}{more}")
    if finding.get("cure"):
        lines.append(f"write {finding['cure']}")
    return "\n".join(lines)


def _case(classname: str, name: str) -> ET.Element:
    return ET.Element("testcase", classname=_clean(classname), name=_clean(name))


def _tell(case: ET.Element, tag: str, kind: str, text: str) -> None:
    first = text.partition("\n")[0]
    found = ET.SubElement(case, tag, message=_clean(first))
    if tag != "skipped":
        found.set("type", kind)
    found.text = _clean(text)


def _unique(cases: Iterable[ET.Element]) -> Iterator[ET.Element]:
    seen: Counter[tuple[str, str]] = Counter()
    for case in cases:
        key = (case.get("classname", ""), case.get("name", ""))
        seen[key] += 1
        if seen[key] > 1:
            case.set("name", f"{key[1]} ({seen[key]})")
        yield case


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 can't hold."""
    if text.isprintable():
        return text
    return "".join(c for c in text if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff"
                   and c not in "\ufffe\uffff"))  # fmt: skip
