"""What an output may say: its artifact type, and what that type asks of the files."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from wombat.language.decode import Written
from wombat.language.names import Name, Size
from wombat.language.near import listed
from wombat.language.paths import FileName, Function, RelativePath
from wombat.language.scalars import Flag, Number, Raw, Whole, Words, mistake, resolve, shown
from wombat.language.source import Scalar

Type = Literal[
    "dataframe",
    "json",
    "records",
    "array",
    "tensors",
    "model",
    "metrics",
    "text",
    "file",
    "directory",
]
Format = Literal[
    "parquet", "csv", "jsonl", "arrow", "jsonl.gz", "npz", "skops", "onnx", "safetensors"
]
Dtype = Literal[
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
]
Media = Literal["png", "jpeg", "gif", "webp", "pdf", "zip", "gzip", "sqlite", "parquet", "hdf5"]
Encoding = Literal["utf-8", "utf-16", "ascii", "latin-1", "windows-1252"]

TYPES: Final = get_args(Type)
FORMATS: Final[dict[str, tuple[str, ...]]] = {
    "dataframe": ("parquet", "csv", "jsonl", "arrow"),
    "records": ("jsonl", "jsonl.gz"),
    "tensors": ("safetensors", "npz"),
    "model": ("skops", "onnx", "safetensors"),
}
OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "dataframe": ("schema", "dialect"),
    "json": ("json_schema",),
    "records": ("json_schema", "model"),
    "array": ("dtype", "shape", "finite", "min", "max"),
    "tensors": ("tensors", "extra"),
    "model": ("trusted", "opset", "signature", "tensors", "extra"),
    "metrics": ("ranges",),
    "text": ("encoding", "min_size", "max_size"),
    "file": ("media", "min_size", "max_size"),
    "directory": ("files", "extra", "min_size", "max_size"),
}
"""What each artifact type can be asked; the rest of the words are every output's."""
MODELS: Final[dict[str, tuple[str, ...]]] = {
    "skops": ("trusted",),
    "onnx": ("opset", "signature"),
    "safetensors": ("tensors", "extra"),
}
_SYMBOL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CLASS: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_LARGEST: Final = 2**63 - 1


def _dimension(node: Any) -> int | str:
    """A size, or a symbol that stands for the same size wherever it occurs."""
    value = resolve(node) if isinstance(node, Scalar) and node.plain else node
    if type(value) is int and 0 <= value <= _LARGEST:
        return value
    if isinstance(node, str) and _SYMBOL.fullmatch(node):
        return str(node)
    raise mistake(
        "invalid-shape",
        f"{shown(node)} is no dimension; expected a whole number from 0, or a symbol like n",
    )


def _class(text: str) -> str:
    if not _CLASS.fullmatch(text):
        raise mistake(
            "invalid-class",
            f"{shown(text)} names no class; expected its module and name, with dots",
            "for example churn.features.Ratio",
        )
    return text


def _sign(text: str) -> str:
    if len(text) != 1 or not text.isascii() or text in "\r\n\0" or text.isalnum():
        raise mistake(
            "csv-dialect",
            f"{shown(text)} separates nothing; expected one ASCII sign, no letter and no digit",
            'for example ";" or "\\t"',
        )
    return text


def _glob(text: str) -> str:
    steps = text.split("/")
    if not text or any(step in ("", ".", "..") for step in steps) or "\\" in text:
        raise mistake(
            "invalid-glob",
            f"{shown(text)} is no pattern of files; expected one like 'images/*.png'",
            "* stands for anything but '/', ** for any folders, ? for one character",
        )
    return text


Dimension = Annotated[
    int | str,
    BeforeValidator(_dimension),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[A-Za-z_]"}]}
    ),
]
Shape = Annotated[list[Dimension], Field(max_length=32)]
Named = Annotated[Words, WithJsonSchema({"type": "string", "minLength": 1})]
Sign = Annotated[
    Words, AfterValidator(_sign), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 1})
]
Glob = Annotated[Words, AfterValidator(_glob), WithJsonSchema({"type": "string", "minLength": 1})]
Count = Annotated[
    Whole, Field(ge=0, le=_LARGEST), WithJsonSchema({"type": "integer", "minimum": 0})
]


def _ordered(model: Any, low: str, high: str) -> None:
    least, most = getattr(model, low), getattr(model, high)
    if least is not None and most is not None and least > most:
        raise mistake("bounds-empty", f"{low} {least} is above {high} {most}; nothing would fit")


class RangeDecl(Written):
    """What a metric may be."""

    min: Number | None = None
    max: Number | None = None
    required: Flag = True

    @model_validator(mode="after")
    def _sane(self) -> Self:
        _ordered(self, "min", "max")
        return self


class PortDecl(Written):
    """An input or output of a model: what its numbers are, and how many."""

    dtype: Dtype | None = None
    shape: Shape | None = None


class TensorDecl(PortDecl):
    """One tensor among several."""

    finite: Flag = False
    min: Number | None = None
    max: Number | None = None
    required: Flag = True

    @model_validator(mode="after")
    def _sane(self) -> Self:
        _ordered(self, "min", "max")
        return self


class SignatureDecl(Written):
    """What a model takes and gives, by name."""

    inputs: dict[Named, PortDecl] | None = None
    outputs: dict[Named, PortDecl] | None = None


class OpsetDecl(Written):
    """The versions of a model's operators that whoever runs it knows."""

    min: Count | None = None
    max: Count | None = None

    @model_validator(mode="after")
    def _sane(self) -> Self:
        _ordered(self, "min", "max")
        return self


class FilesDecl(Written):
    """How many files of a pattern there are, and how large each may be."""

    min: Count | None = None
    max: Count | None = None
    min_size: Size | None = None
    max_size: Size | None = None

    @model_validator(mode="after")
    def _sane(self) -> Self:
        _ordered(self, "min", "max")
        _ordered(self, "min_size", "max_size")
        return self


class DialectDecl(Written):
    """How a CSV is written."""

    delimiter: Sign | None = None
    quote: Sign | None = None
    decimal: Literal[".", ","] | None = None
    nulls: Annotated[list[Words], Field(min_length=1)] | None = None
    encoding: Encoding | None = None

    @model_validator(mode="after")
    def _apart(self) -> Self:
        signs = (self.delimiter or ",", self.quote or '"')
        if signs[0] == signs[1] or (self.decimal or ".") in signs:
            said = "one sign has two meanings here; expected delimiter, quote and decimal to differ"
            raise mistake("csv-dialect", said, 'for example {delimiter: ";", decimal: ","}')
        return self


class OutputDecl(Written):
    """What a task makes: its artifact type, for frames their schema, and what else it must be."""

    type: Type = "dataframe"
    schema_: Annotated[Words | None, Field(alias="schema")] = None
    path: FileName | None = None
    format: Format | None = None
    dialect: DialectDecl | None = None
    policies: dict[Name, Raw] = Field(default_factory=dict)
    json_schema: RelativePath | None = None
    model: Function | None = None
    dtype: Dtype | None = None
    shape: Shape | None = None
    finite: Flag | None = None
    min: Number | None = None
    max: Number | None = None
    tensors: dict[Named, TensorDecl] | None = None
    trusted: list[Annotated[Words, AfterValidator(_class)]] | None = None
    opset: OpsetDecl | None = None
    signature: SignatureDecl | None = None
    ranges: dict[Named, RangeDecl] | None = None
    encoding: Encoding | None = None
    media: Media | None = None
    min_size: Size | None = None
    max_size: Size | None = None
    files: dict[Glob, FilesDecl] | None = None
    extra: Literal["forbid", "allow"] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.schema_ is not None and self.type != "dataframe":
            raise mistake(
                "output-schema",
                f"a {self.type} has no schema; only dataframes do",
                "remove 'schema', or 'type'",
            )
        if self.path is not None and self.type != "file":
            raise mistake("output-path", f"a {self.type} has no path of its own; only files do")
        self._check_format()
        self._check_options()
        _ordered(self, "min", "max")
        _ordered(self, "min_size", "max_size")
        return self

    def _check_format(self) -> None:
        known = FORMATS.get(self.type, ())
        if self.format is None or self.format in known:
            return
        if not known:
            said = f"an output of type {self.type} has no format; only {', '.join(FORMATS)} have"
            raise mistake("output-format", said)
        said = f"an output of type {self.type} has no format '{self.format}'"
        raise mistake("output-format", f"{said}; expected {listed(known)}")

    def _check_options(self) -> None:
        own, kind = OPTIONS[self.type], f"an output of type {self.type}"
        if self.type == "model":
            own, kind = MODELS[self.format or "skops"], f"a model in {self.format or 'skops'}"
        for word in self.asked():
            if word not in own:
                said = f"{kind} has no '{word}'; expected {listed(own)}"
                raise mistake("output-option", said, f"'{word}' is of {' and '.join(_with(word))}")
        if self.dialect is not None and self.format != "csv":
            raise mistake("output-option", "only CSV has a dialect; expected format: csv beside it")
        if self.json_schema is not None and self.model is not None:
            said = "json_schema and model both say what a record is; expected one of them"
            raise mistake("output-option", said)

    def asked(self) -> dict[str, Any]:
        """The words of the type that stand here, as JSON; sizes in bytes."""
        words = {word for own in OPTIONS.values() for word in own}
        found: dict[str, Any] = self.model_dump(
            mode="json", include=words, exclude_none=True, exclude_defaults=True
        )
        return found


def _with(word: str) -> list[str]:
    plain = [f"type: {name}" for name, own in OPTIONS.items() if word in own and name != "model"]
    return plain + [f"models in {name}" for name, own in MODELS.items() if word in own]
