"""Which distributions hold a module or a command, among those that a lock file pins.

A module is mostly called as its distribution is. Where that isn't so, a table says what is known
in the field; where several may hold it, all that are pinned count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.plan.packages.pins import normal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_MODULES: Final = """
airflow apache-airflow apache-airflow-core
attr attrs
attrs attrs
audioop audioop-lts
Bio biopython
bs4 beautifulsoup4
bson pymongo bson
cairo pycairo
cgi legacy-cgi
community python-louvain
compose docker-compose
Crypto pycryptodome pycrypto
Cryptodome pycryptodomex
cv2 opencv-python opencv-python-headless opencv-contrib-python opencv-contrib-python-headless
Cython cython
databricks databricks-sdk databricks-sql-connector databricks-connect
dateutil python-dateutil
dbt dbt-core
decouple python-decouple
distutils setuptools
dns dnspython
docx python-docx
dotenv python-dotenv
faiss faiss-cpu faiss-gpu faiss-gpu-cu12
fitz pymupdf
flask_sqlalchemy flask-sqlalchemy
git gitpython
github pygithub
gitlab python-gitlab
google.api_core google-api-core
google.auth google-auth
google.cloud.bigquery google-cloud-bigquery
google.cloud.storage google-cloud-storage
google.oauth2 google-auth
google.protobuf protobuf
google.rpc googleapis-common-protos
googleapiclient google-api-python-client
graphviz graphviz
gridfs pymongo
grpc grpcio
hydra hydra-core
imblearn imbalanced-learn
IPython ipython
jose python-jose
jwt pyjwt
kafka kafka-python kafka-python-ng
kubernetes kubernetes
ldap python-ldap
Levenshtein levenshtein python-levenshtein
lightning lightning pytorch-lightning
magic python-magic
markdown markdown
memcache python-memcached
mpl_toolkits matplotlib basemap
multipart python-multipart
mysql mysql-connector-python mysql-connector
MySQLdb mysqlclient
nacl pynacl
netCDF4 netcdf4
odf odfpy
OpenGL pyopengl
OpenSSL pyopenssl
osgeo gdal
osgeo_utils gdal
PIL pillow pillow-simd
pkg_resources setuptools
pptx python-pptx
psycopg psycopg psycopg-binary psycopg-c
psycopg2 psycopg2 psycopg2-binary
pylab matplotlib
PyQt5 pyqt5
pythoncom pywin32
pywt pywavelets
rdkit rdkit rdkit-pypi
ruamel ruamel-yaml
sentence_transformers sentence-transformers
serial pyserial
shapefile pyshp
skimage scikit-image
sklearn scikit-learn scikit-learn-intelex
sklearnex scikit-learn-intelex
skopt scikit-optimize
sksurv scikit-survival
slugify python-slugify unicode-slugify
snowflake snowflake-connector-python snowflake-snowpark-python snowflake-sqlalchemy
socks pysocks
sqlalchemy sqlalchemy
tables tables
telegram python-telegram-bot
telnetlib standard-telnetlib
tensorflow tensorflow tensorflow-cpu tensorflow-gpu tensorflow-macos tensorflow-intel
tlz toolz
toml toml
umap umap-learn
usb pyusb
win32api pywin32
win32com pywin32
wx wxpython
xgboost xgboost xgboost-cpu
Xlib python-xlib
yaml pyyaml
zmq pyzmq
"""

_COMMANDS: Final = """
airflow apache-airflow apache-airflow-core
aws awscli
dbt dbt-core
jupyter jupyter jupyter-core
jupyter-nbconvert nbconvert
py.test pytest
spark-submit pyspark
"""

_FAMILIES: Final = {"dbt": "dbt-"}
"""Commands and modules that load whatever is installed below their name."""

_NAMESPACES: Final = frozenset(
    ("google", "azure", "zope", "backports", "jaraco", "sphinxcontrib", "databricks", "ruamel",
     "snowflake", "opentelemetry", "nvidia", "dbt", "mpl_toolkits", "airflow")
)  # fmt: skip
"""Top-level packages that many distributions share."""


def _table(text: str) -> dict[str, tuple[str, ...]]:
    rows = (line.split() for line in text.split("\n") if line)
    return {name: tuple(distributions) for name, *distributions in rows}


MODULES: Final = _table(_MODULES)
COMMANDS: Final = _table(_COMMANDS)


def of_module(name: str, pinned: Collection[str]) -> set[str]:
    """The pinned distributions that may hold a module, by its dotted name; empty where none may.

    Of a package that many share, the one with the longest name that fits, else all of them.
    """
    steps = name.split(".")
    for count in range(len(steps), 0, -1):
        prefix = steps[:count]
        if found := {one for one in _said(".".join(prefix)) if one in pinned}:
            shared = count == 1 and steps[0] in _NAMESPACES
            return found | _below(steps[0], pinned) if shared else found
    return _below(steps[0], pinned) if steps[0] in _NAMESPACES else set()


def of_command(name: str, pinned: Collection[str]) -> set[str]:
    """The pinned distributions that bring a command of that name; empty where none is known."""
    found = {one for one in (normal(name), *COMMANDS.get(name, ())) if one in pinned}
    family = _FAMILIES.get(name)
    return found | {one for one in pinned if family and one.startswith(family)}


def replaces_standard(name: str) -> bool:
    """Whether a distribution may hold a module that Python itself had once."""
    return name in MODULES


def _said(name: str) -> Iterator[str]:
    plain = normal(name.replace(".", "-"))
    yield plain
    yield from MODULES.get(name, ())
    if "." not in name and name not in MODULES:
        yield from (f"python-{plain}", f"py{plain}", f"{plain}-python")


def _below(top: str, pinned: Collection[str]) -> set[str]:
    prefix = f"{normal(top)}-"
    return {one for one in pinned if one.startswith(prefix)}
