"""FLAME files: what is read, and that nothing in them is ever executed."""

import os
import pickle
import struct
import subprocess

import numpy as np
import pytest

from avitalk.errors import InputError
from avitalk.face.flame import load_flame
from avitalk.face.flame.rebuild import array_of
from avitalk.face.flame.unpickle import Record, unpickle
from synthetic_flame import published_pickle, synthetic_flame


def small_arrays() -> dict[str, np.ndarray]:
    """A file of 8 vertices with every array a FLAME file has."""
    rng = np.random.default_rng(0)
    weights = rng.uniform(0, 1, (8, 5))
    regressor = rng.uniform(0, 1, (5, 8)) * (rng.uniform(size=(5, 8)) > 0.5)
    return {
        "v_template": rng.normal(size=(8, 3)),
        "shapedirs": rng.normal(size=(8, 3, 150)),
        "posedirs": rng.normal(size=(8, 3, 36)),
        "J_regressor": regressor,
        "weights": weights / weights.sum(axis=1, keepdims=True),
        "kintree_table": np.array([[2**32 - 1, 0, 1, 1, 1], [0, 1, 2, 3, 4]], np.uint32),
        "f": np.array([[0, 1, 2], [2, 3, 4]], np.uint32),
    }


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    return small_arrays()


def as_read(arrays, tmp_path, data: bytes, suffix=".pkl", **options):
    path = tmp_path / f"model{suffix}"
    path.write_bytes(data)
    return load_flame(path, **options)


def check_same(model, arrays):
    np.testing.assert_array_equal(model.template, arrays["v_template"])
    np.testing.assert_array_equal(model.identity, arrays["shapedirs"].transpose(2, 0, 1)[:100])
    np.testing.assert_array_equal(model.expression, arrays["shapedirs"].transpose(2, 0, 1)[100:])
    np.testing.assert_array_equal(model.correctives, arrays["posedirs"].transpose(2, 0, 1))
    np.testing.assert_array_equal(model.joint_regressor, arrays["J_regressor"])
    np.testing.assert_array_equal(model.skinning, arrays["weights"])
    np.testing.assert_array_equal(model.triangles, arrays["f"])
    assert model.parents == (-1, 0, 1, 1, 1)


@pytest.mark.parametrize("python2", [True, False])
def test_the_published_form_is_read(arrays, tmp_path, python2):
    data = published_pickle(arrays, python2=python2)
    for name in (b"chumpy.ch", b"scipy.sparse.csc", b"numpy.core.multiarray"):
        assert name in data
    check_same(as_read(arrays, tmp_path, data), arrays)


@pytest.mark.parametrize("protocol", range(6))
def test_every_protocol_is_read(arrays, tmp_path, protocol):
    check_same(as_read(arrays, tmp_path, pickle.dumps(arrays, protocol)), arrays)


def test_python_2_strings_of_protocol_0_are_read():
    # What Python 2 wrote for np.array([1.0, -2.0]).
    numbers = struct.pack("<2d", 1.0, -2.0)
    text = "'" + "".join(f"\\x{byte:02x}" for byte in numbers) + "'"
    data = (
        "cnumpy.core.multiarray\n_reconstruct\np0\n(cnumpy\nndarray\np1\n(I0\ntp2\nS'b'\np3\ntp4\n"
        "Rp5\n(I1\n(I2\ntp6\ncnumpy\ndtype\np7\n(S'f8'\np8\nI0\nI1\ntp9\nRp10\n(I3\nS'<'\np11\n"
        f"NNNI-1\nI-1\nI0\ntp12\nbI00\nS{text}\np13\ntp14\nb."
    )
    assert array_of(unpickle(data.encode()), "it").tolist() == [1.0, -2.0]


def test_real_scipy_matrices_are_read(arrays, tmp_path):
    import scipy.sparse

    for form in ("csc_matrix", "csr_matrix", "coo_matrix", "csc_array"):
        content = arrays | {"J_regressor": getattr(scipy.sparse, form)(arrays["J_regressor"])}
        if form == "coo_matrix" and not hasattr(content["J_regressor"], "__dict__"):
            continue
        data = pickle.dumps(content, 2)
        if form == "coo_matrix" and b"coords" in data:
            continue  # newer scipy: a tuple of coordinates
        check_same(as_read(arrays, tmp_path, data), arrays)


def test_npz_is_read_and_other_divisions_are_told(arrays, tmp_path):
    path = tmp_path / "model.npz"
    np.savez(path, **arrays)
    check_same(load_flame(path), arrays)
    assert load_flame(path, identity_modes=140).expressions == 10
    odd = arrays | {"shapedirs": arrays["shapedirs"][..., :17]}
    np.savez(path, **odd)
    with pytest.raises(InputError, match="17 directions"):
        load_flame(path)
    assert load_flame(path, identity_modes=7).expressions == 10


@pytest.mark.parametrize("key", sorted(small_arrays()))
def test_a_missing_array_is_named(arrays, tmp_path, key):
    rest = {name: value for name, value in arrays.items() if name != key}
    with pytest.raises(InputError, match=f"'{key}' is missing"):
        as_read(arrays, tmp_path, pickle.dumps(rest, 2))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("v_template", np.zeros((8, 2)), "v_template: shape"),
        ("posedirs", np.zeros((8, 3, 9)), "posedirs: shape"),
        ("J_regressor", np.zeros((4, 8)), "J_regressor: shape"),
        ("weights", np.zeros((8, 5)), "do not add up to 1"),
        ("f", np.array([[0, 1, 99]]), "outside 0 to 7"),
        ("f", np.array([[0, 1, -1]]), "outside 0 to 7"),
        ("kintree_table", np.zeros((3, 3)), "kintree_table"),
        ("kintree_table", np.array([[0, 4, 4, 4, 4], [0, 1, 2, 3, 4]]), "comes after it"),
        ("v_template", np.full((8, 3), np.nan), "NaN"),
        ("v_template", "text", "not an array"),
        ("v_template", np.array(["a"]), "not an array"),
        ("v_template", [[1, 2], [3]], "differing"),
        ("weights", {"a": 1}, "not an array"),
    ],
)
def test_contradictions_are_named(arrays, tmp_path, key, value, message):
    with pytest.raises(InputError, match=message):
        as_read(arrays, tmp_path, pickle.dumps(arrays | {key: value}, 2))


def test_other_files_are_refused(tmp_path, arrays):
    for name, data in (
        ("a.txt", b""), ("a.pkl", b""), ("a.pkl", b"\x89PNG\r\n\x1a\n"), ("a.npz", b"PK"),
        ("a.pkl", pickle.dumps([1, 2])), ("a.pkl", b"." * 10), ("a.npz", b""),
    ):  # fmt: skip
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"a\."):
            load_flame(path)
    with pytest.raises(InputError, match="cannot read"):
        load_flame(tmp_path / "none.pkl")


def test_a_cut_off_file_is_refused_at_every_length(arrays, tmp_path):
    data = published_pickle(arrays)
    rng = np.random.default_rng(0)
    for length in {0, 1, 2, len(data) - 1, *rng.integers(0, len(data), 60).tolist()}:
        with pytest.raises(InputError):
            as_read(arrays, tmp_path, data[:length])


def test_damaged_bytes_do_no_more_than_an_input_error(arrays, tmp_path):
    data = pickle.dumps(arrays, 2)
    rng = np.random.default_rng(1)
    for _ in range(150):
        broken = bytearray(data)
        head = rng.integers(0, 700, 4)  # where the structure is, not the numbers
        broken[int(head[0])] = int(rng.integers(256))
        for place in rng.integers(0, len(data), 3):
            broken[int(place)] = int(rng.integers(256))
        try:
            as_read(arrays, tmp_path, bytes(broken))
        except InputError:
            continue


class Run:
    """Runs a function when Python's own reader meets it."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def test_malicious_pickles_run_nothing(arrays, tmp_path):
    mark = tmp_path / "executed"
    calls = [
        Run(os.system, f"touch {mark}"),
        Run(eval, f"open({str(mark)!r}, 'w')"),
        Run(exec, f"open({str(mark)!r}, 'w')"),
        Run(subprocess.Popen, ["touch", str(mark)]),
        Run(os.mkdir, str(mark)),
        [Run(getattr, Run(__import__, "os"), "system")],
    ]
    for protocol in (0, 2, 4):
        for call in calls:
            for content in (call, {"v_template": call}, arrays | {"weights": call}):
                with pytest.raises(InputError):
                    as_read(arrays, tmp_path, pickle.dumps(content, protocol))
            # Beside what is read it is not even looked at.
            as_read(arrays, tmp_path, pickle.dumps(arrays | {"note": call}, protocol))
    assert not mark.exists()


@pytest.mark.parametrize(
    "code",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"(S'true'\nios\nsystem\n.",
        b"(cos\nsystem\nS'true'\no.",
        b"\x80\x02cos\nsystem\nU\x04true\x85\x81.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
    ],
)
def test_every_way_to_call_gives_an_inert_record(code):
    found = unpickle(code)
    assert isinstance(found, Record)
    assert found.path in ("os.system", "posix.system")


@pytest.mark.parametrize(
    "code",
    [
        b"\x80\x02X\xff\xff\xff\x7fabc.",  # a text of two gigabytes
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.",  # bytes of eight exabytes
        b"\x8b\xff\xff\xff\x7f.",  # a number of two gigabytes
        b"j\xff\xff\xff\xff.",  # something remembered that is not there
        b"\x80\xff.",  # protocol 255
        b"I" + b"9" * 10_000 + b"\n.",  # a number of ten thousand digits
        b"(" * 1000 + b"e.",
        b"0.", b"t.", b"s.", b"]s.", b"}]K\x01s.", b"K\x01K\x02a.", b"R.", b"b.", b"\x97.",
    ],
)  # fmt: skip
def test_broken_and_oversized_pickles_are_refused(code):
    with pytest.raises(InputError):
        unpickle(code)


def test_bombs_stay_small():
    # Lists of ten times the same list, nested: a billion items if anybody unfolded them.
    bomb = b"]q\x00" + b"".join(
        b"](" + b"h" + bytes([i]) * 1 + (b"h" + bytes([i])) * 9 + b"eq" + bytes([i + 1])
        for i in range(200)
    ) + b"."  # fmt: skip
    found = unpickle(bomb)
    with pytest.raises(InputError):
        array_of(found, "it")
    # One long row, named a thousand times.
    row = b"](" + b"K\x01" * 20_000 + b"eq\x00"
    with pytest.raises(InputError, match="too many numbers"):
        array_of(unpickle(b"](" + row + b"h\x00" * 1000 + b"e."), "it")
    # Nested deeper than Python's own stack.
    unpickle(b"(" * 100_000 + b"t" * 100_000 + b".")
    with pytest.raises(InputError, match="neither text nor number"):
        unpickle(b"}" + b"(" * 100_000 + b"t" * 100_000 + b"K\x01s.")


def test_arrays_that_claim_more_than_they_have_are_refused():
    def array(shape, data=b"\0" * 8, dtype="f8"):
        return Record(
            "numpy.core.multiarray", "_reconstruct", (), (
                1, shape, Record("numpy", "dtype", (dtype, False, True), (3, "<")), False, data),
        )  # fmt: skip

    assert array_of(array((1,)), "it").shape == (1,)
    for shape in ((2,), (-1,), (1 << 62,), (1 << 33, 1 << 33), "no", (1.5,), (1,) * 9):
        with pytest.raises(InputError):
            array_of(array(shape), "it")
    for dtype in ("O", "O8", "V8", "S8", "M8", "f8,f8", 7, "f99"):
        with pytest.raises(InputError):
            array_of(array((1,), dtype=dtype), "it")


def test_a_sparse_matrix_cannot_write_outside_itself():
    def matrix(**changes):
        fields = {"_shape": (2, 3), "data": [1.0, 2.0], "indices": [0, 1], "indptr": [0, 1, 2, 2]}
        return Record("scipy.sparse.csc", "csc_matrix", (), fields | changes)

    assert array_of(matrix(), "it").tolist() == [[1, 0, 0], [0, 2, 0]]
    for changes in (
        {"indices": [0, 2]}, {"indices": [-1, 0]}, {"indptr": [0, 5, 2, 2]}, {"indptr": [0, 2]},
        {"_shape": (1 << 40, 3)}, {"_shape": None}, {"data": [1.0]}, {"indptr": [1, 1, 2, 2]},
    ):  # fmt: skip
        with pytest.raises(InputError):
            array_of(matrix(**changes), "it")


def test_a_whole_model_survives_the_published_form(tmp_path):
    arrays = synthetic_flame().arrays
    check_same(as_read(arrays, tmp_path, published_pickle(arrays)), arrays)
