"""A project whose schemas are pandera classes, as files."""

from __future__ import annotations

MODELS = '''
"""Classes of a shop."""
from typing import Optional

import pandas as pd
import pandera.pandas as pa

from shop.limits import LIMIT
from shop import checks


class Base(pa.DataFrameModel):
    order_id: int = pa.Field(ge=1, unique=True)


class Orders(Base):
    """Orders of the shop."""

    status: str = pa.Field(isin=["new", "paid"])
    email: Optional[str] = pa.Field(nullable=True, str_matches=r"^[^@]+@[^@]+$")
    price: float = pa.Field(ge=0, lt=LIMIT)
    ordered: pd.DatetimeTZDtype = pa.Field(dtype_kwargs={"unit": "us", "tz": "UTC"})

    @pa.check("order_id")
    def odd(cls, values):
        return values % 2 == 1

    @pa.check("price")
    def positive(cls, values):
        return checks.positive(values)

    @pa.dataframe_check
    def cheap_if_new(cls, frame):
        return (frame.price < 50) | (frame.status != "new")

    class Config:
        strict = True


def unrelated():
    return 1
'''
TASKS = """
from __future__ import annotations

import pandas as pd
from pandera.typing import DataFrame as Frame

from shop import models


def load() -> Frame[models.Orders]:
    return pd.DataFrame()


def report(orders: "Frame[models.Orders] | None") -> pd.DataFrame:
    return orders
"""
PIPELINE = """
pipeline: shop
tasks:
  load:
    run: shop.tasks:load
    outputs: [orders]
  report:
    run: shop.tasks:report
    inputs: {orders: load}
    outputs: [ids]
"""
FILES = {
    "wombat.yml": "project: shop\n",
    "pipelines/shop.yml": PIPELINE,
    "shop/__init__.py": "",
    "shop/models.py": MODELS,
    "shop/limits.py": "LIMIT = 100000\nOTHER = 3\n",
    "shop/checks.py": "def positive(values):\n    return values > 0\n\n\ndef other():\n    pass\n",
    "shop/tasks.py": TASKS,
}


def write(root, files=FILES):
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def changed(root, path, old, new):
    file = root / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
