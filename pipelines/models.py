"""What the evaluation needs, as people write it who have pandera already."""

import pandas as pd
import pandera.pandas as pa


class Judged(pa.DataFrameModel):
    """Flights with a probability and an outcome; an AUC needs late ones and punctual ones."""

    origin: str
    carrier: str
    hour: pd.Int8Dtype = pa.Field(ge=0, le=23)
    late: pd.BooleanDtype
    probability: float = pa.Field(ge=0, le=1)

    @pa.dataframe_check
    def both_kinds(cls, frame: pd.DataFrame) -> bool:  # noqa: N805  # pandera calls it on the class
        return frame["late"].nunique() == 2

    class Config:
        strict = "filter"
