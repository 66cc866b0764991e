"""What of the environment a task may see: a list of names, never a token or a credential."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ALLOWED: Final = frozenset(
    (
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "TZ", "TMPDIR", "LANG", "LANGUAGE"),
        *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "LD_LIBRARY_PATH"),
        *("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "JAVA_HOME", "SPARK_HOME", "R_HOME"),
        *("PYTHONHASHSEED", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONWARNINGS", "PYTHONPATH"),
        *("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONUNBUFFERED", "PYTHONHOME"),
        *("PYTHONFAULTHANDLER", "PYTHONMALLOC", "SOURCE_DATE_EPOCH", "NO_COLOR", "FORCE_COLOR"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"),
        *("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES"),
        *("CI", "GITLAB_CI", "CI_SERVER_HOST", "CI_SERVER_URL", "CI_PROJECT_PATH"),
        *("CI_PROJECT_NAME", "CI_PROJECT_URL", "CI_COMMIT_SHA", "CI_COMMIT_SHORT_SHA"),
        *("CI_COMMIT_BRANCH", "CI_COMMIT_TAG", "CI_COMMIT_REF_NAME", "CI_DEFAULT_BRANCH"),
        *("CI_JOB_ID", "CI_JOB_NAME", "CI_JOB_URL", "CI_PIPELINE_ID", "CI_PIPELINE_IID"),
        *("CI_PIPELINE_SOURCE", "CI_PIPELINE_URL", "CI_MERGE_REQUEST_IID"),
        *("GITHUB_ACTIONS", "GITHUB_SHA", "GITHUB_REF_NAME", "GITHUB_REPOSITORY"),
        *("GITHUB_RUN_ID", "GITHUB_RUN_NUMBER", "GITHUB_EVENT_NAME", "GITHUB_SERVER_URL"),
    )
)
PREFIXES: Final = ("LC_",)
PROXIES: Final = frozenset(("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"))


def allowed(environ: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that a worker gets.

    A proxy's address with a password in it stays out. The folder of this interpreter comes first
    in PATH, so that `python` in a task is the one that runs Wombat.
    """
    kept = {name: value for name, value in environ.items() if _may_pass(name, value)}
    kept["PATH"] = _path(kept.get("PATH", os.defpath))
    return kept


def _may_pass(name: str, value: str) -> bool:
    if name.lower() in PROXIES:
        return "@" not in value
    return name in ALLOWED or name.startswith(PREFIXES)


def _path(path: str) -> str:
    own = str(Path(sys.executable).parent)
    folders = [folder for folder in path.split(os.pathsep) if folder != own]
    return os.pathsep.join([own, *folders])


def of_task(
    base: Mapping[str, str],
    *,
    declared: Mapping[str, str],
    scratch: str,
    pipeline: str,
    task: str,
    run: str,
    part: str | None,
) -> dict[str, str]:
    """A task's environment: what the worker has, what the task declares, what Wombat says."""
    said = {
        "WOMBAT_SCRATCH": scratch,
        "WOMBAT_PIPELINE": pipeline,
        "WOMBAT_TASK": task,
        "WOMBAT_RUN": run,
    }
    if part is not None:
        said["WOMBAT_PART"] = part
    return {**base, **declared, **said}
