"""Calls, decorators and bases that are known to do nothing but to return a value."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _below(module: str, names: str) -> set[str]:
    return {f"{module}.{name}" for name in names.split()}


BUILTIN_CALLS: Final = frozenset(
    _below(
        "builtins",
        "abs all any bool bytes chr complex dict divmod float format frozenset hash hex int "
        "isinstance issubclass len list max min object oct ord pow range repr round set slice "
        "sorted str sum super tuple type",
    )
)
ITERATORS: Final = frozenset(_below("builtins", "enumerate filter iter map reversed zip"))
"""What they return is used up by whoever reads it first."""
CALLS: Final = frozenset(
    BUILTIN_CALLS
    | _below("builtins", "classmethod staticmethod property enumerate reversed zip")
    | _below("re", "compile escape")
    | _below("pathlib", "Path PurePath PurePosixPath PosixPath Path.cwd Path.home")
    | _below("typing", "TypeVar ParamSpec TypeVarTuple NewType NamedTuple TypedDict cast")
    | _below("typing_extensions", "TypeVar ParamSpec TypeVarTuple NewType NamedTuple TypedDict")
    | _below("collections", "namedtuple OrderedDict Counter deque ChainMap")
    | _below("dataclasses", "dataclass field")
    | _below("enum", "auto Enum IntEnum StrEnum Flag IntFlag")
    | _below("functools", "partial lru_cache wraps cmp_to_key")
    | _below("operator", "itemgetter attrgetter methodcaller")
    | _below("logging", "getLogger")
    | _below("datetime", "date datetime time timedelta timezone")
    | _below("datetime", "date.today date.fromisoformat datetime.fromisoformat datetime.now")
    | _below("decimal", "Decimal")
    | _below("fractions", "Fraction")
    | _below("uuid", "UUID")
    | _below("zoneinfo", "ZoneInfo")
    | _below("types", "MappingProxyType SimpleNamespace")
    | _below("string", "Template")
    | _below("os", "getenv environ.get getcwd fspath cpu_count")
    | _below("os.path", "abspath basename dirname exists expanduser isdir isfile join realpath")
    | _below("os", "path.abspath path.basename path.dirname path.exists path.expanduser")
    | _below("os", "path.isdir path.isfile path.join path.realpath")
    | _below("math", "ceil cos exp floor log log10 log2 pow radians sin sqrt tan")
    | _below("threading", "Lock RLock local")
    | _below("contextvars", "ContextVar")
    | _below("numpy", "array asarray arange zeros ones dtype datetime64 timedelta64 float64 int64")
    | _below("pandas", "Timestamp Timedelta DateOffset CategoricalDtype DatetimeTZDtype")
    | _below("polars", "Datetime Duration Decimal Enum Categorical List Struct Field")
    | _below("pyarrow", "schema field list_ struct map_ dictionary timestamp duration decimal128")
    | _below("pyarrow", "string large_string int8 int16 int32 int64 float32 float64 bool_ date32")
    | _below("pandera", "Field Column Check Index MultiIndex DataFrameSchema SeriesSchema")
    | _below("pandera.pandas", "Field Column Check Index MultiIndex DataFrameSchema SeriesSchema")
    | _below("pandera.polars", "Field Column Check DataFrameSchema")
    | _below("pydantic", "Field ConfigDict")
)
METHODS: Final = _words(
    "absolute as_posix capitalize casefold copy count difference encode endswith exists "
    "expanduser format get index intersection is_dir is_file isdisjoint items join joinpath keys "
    "lower lstrip partition read_bytes read_text relative_to removeprefix removesuffix replace "
    "resolve rpartition rsplit rstrip split splitlines startswith strip title translate union "
    "upper values with_name with_stem with_suffix"
)
"""Methods of texts, paths and plain containers that change nothing and return no iterator."""
DECORATORS: Final = frozenset(
    _below("builtins", "classmethod property staticmethod")
    | _below("abc", "abstractmethod")
    | _below("contextlib", "asynccontextmanager contextmanager")
    | _below("dataclasses", "dataclass")
    | _below("enum", "unique")
    | _below("functools", "cache cached_property lru_cache total_ordering wraps")
    | _below("typing", "final no_type_check overload override runtime_checkable")
    | _below("typing_extensions", "deprecated final overload override runtime_checkable")
    | _below("warnings", "deprecated")
    | _below("numba", "jit njit vectorize")
    | _below(
        "pandera", "check check_input check_io check_output check_types dataframe_check parser"
    )
    | _below("pandera", "dataframe_parser")
    | _below(
        "pandera.pandas", "check check_input check_io check_output check_types dataframe_check"
    )
    | _below("pandera.polars", "check check_types dataframe_check")
    | _below("pydantic", "computed_field field_serializer field_validator model_serializer")
    | _below("pydantic", "model_validator validate_call")
)
BASES: Final = frozenset(
    _below("builtins", "object dict float frozenset int list set str tuple type bytes")
    | _below(
        "builtins",
        "ArithmeticError AssertionError AttributeError BaseException ConnectionError Exception "
        "IndexError KeyError LookupError NotImplementedError OSError RuntimeError StopIteration "
        "TimeoutError TypeError UserWarning ValueError Warning",
    )
    | _below("abc", "ABC")
    | _below("enum", "Enum Flag IntEnum IntFlag StrEnum")
    | _below("typing", "Generic NamedTuple Protocol TypedDict")
    | _below("typing_extensions", "Generic NamedTuple Protocol TypedDict")
    | _below("collections", "OrderedDict UserDict UserList UserString Counter")
    | _below("collections.abc", "Callable Iterable Iterator Mapping MutableMapping Sequence Set")
    | _below("pydantic", "BaseModel RootModel")
    | _below("pandera", "DataFrameModel SchemaModel")
    | _below("pandera.pandas", "DataFrameModel")
    | _below("pandera.polars", "DataFrameModel")
)
METACLASSES: Final = frozenset(("abc.ABCMeta", "enum.EnumMeta", "enum.EnumType", "builtins.type"))
DUNDERS: Final = _words(
    "__init__ __post_init__ __repr__ __str__ __eq__ __ne__ __hash__ __lt__ __le__ __gt__ __ge__ "
    "__slots__ __match_args__ __doc__ __annotations__ __len__ __bool__ __call__ __enter__ "
    "__exit__ __module__ __qualname__"
)
"""What a class may define so that making one of its objects is looked through."""
