"""The tagged JSON that carries arguments and return values."""

import contextlib
import math
from collections import Counter, namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_sandbox.codec import MAX_DEPTH, MAX_HASHED, CodecError, decode, encode

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
HASHABLE = st.booleans() | st.integers() | st.text() | st.tuples(st.integers(), st.text())
PLAIN = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(HASHABLE, inner) | st.sets(HASHABLE), max_leaves=20
)


@given(PLAIN)
def test_plain_data_comes_back_as_it_was(value):
    back = decode(encode(value))
    assert back == value
    assert repr(type(back)) == repr(type(value))


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_codec_error(data):
    with contextlib.suppress(CodecError):
        assert decode(encode(decode(data))) is not NotImplemented


def test_nan_and_infinities_survive():
    back = decode(encode([math.nan, math.inf, -math.inf]))
    assert math.isnan(back[0])
    assert back[1:] == [math.inf, -math.inf]


def test_a_subclass_loses_what_it_says_of_itself():
    class Yes(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    point = namedtuple("point", "x y")
    back = decode(encode([Yes(3), Counter("aa"), point(1, 2)]))
    assert [type(v) for v in back] == [int, dict, tuple]
    assert back[0] != 4


@pytest.mark.parametrize("value", [object(), range(3), iter([]), 1j, [lambda: 1]])
def test_what_is_not_plain_data_is_refused_by_name(value):
    with pytest.raises(CodecError, match="plain data"):
        encode(value)


def test_depth_size_and_colliding_keys_are_bounded():
    with pytest.raises(CodecError):
        decode(b"[" * (MAX_DEPTH + 5) + b"]" * (MAX_DEPTH + 5))
    with pytest.raises(CodecError):
        decode(b"[" * 1_000_000)
    with pytest.raises(CodecError, match="at most"):
        decode(encode(set(range(MAX_HASHED + 1))))
    with pytest.raises(CodecError):
        decode(b"9" * 5000)
    nested: list[object] = []
    for _ in range(5000):
        nested = [nested]
    with pytest.raises(CodecError, match="nested"):
        encode(nested)


def test_arguments_from_a_trusted_sender_may_be_large():
    assert len(decode(encode(set(range(MAX_HASHED + 1))), bounded=False)) == MAX_HASHED + 1


@pytest.mark.parametrize("data", [b"{}", b'{"x":[]}', b'{"t":1}', b'{"d":[1]}', b'{"d":[[[],1]]}', b'{"i":"zz"}', b'{"b":"q"}', b'{"s":[[]]}', b""])
def test_malformed_encodings_are_refused(data):
    with pytest.raises(CodecError):
        decode(data)
