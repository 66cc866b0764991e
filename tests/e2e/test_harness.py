"""The harness reads what gitlab-ci-local prints; it must not see success where there is none."""

from __future__ import annotations

from tests.e2e.harness import parse_jobs

PRINTED = """\
wombat-compile starting shell (build)
wombat-compile $ wombat compile
\x1b[32mwombat-compile\x1b[0m finished in 80 ms
\t[wombat-run] -> churn/load        starting shell (a)
\t[wombat-run] -> churn/load        $ echo hello
\t[wombat-run] -> churn/load        > hello > there
\t[wombat-run] -> churn/load        finished in 1.03 s
\t[wombat-run] -> churn/score: [us] starting shell (b)
\t[wombat-run] -> churn/score: [us] > score
\t[wombat-run] -> churn/score: [us] finished in 96 ms  FAIL 11\x20
\t[wombat-run] -> churn/publish     starting shell (b)
 FAIL  churn/score: [us]
"""


def test_jobs_of_parent_and_child_are_found():
    jobs = parse_jobs(PRINTED)
    assert {name: job.exit_code for name, job in jobs.items()} == {
        "wombat-compile": 0,
        "churn/load": 0,
        "churn/score: [us]": 11,
        "churn/publish": None,
    }
    assert jobs["churn/load"].log == "hello > there"
    assert jobs["churn/score: [us]"].log == "score"
