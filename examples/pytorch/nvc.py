"""Batches of a video as DLPack tensors, made by libnvc.so. Needs nothing but ctypes.

    for batch in nvc.Video("in.mp4", n=8, size=224):
        x = torch.from_dlpack(batch)     # N x 3 x H x W, float16, no copy
"""
import ctypes
import os

_lib = ctypes.CDLL(os.environ.get("NVC_LIB", os.path.join(os.path.dirname(os.path.abspath(__file__)), "libnvc.so")))
_i64, _str, _ptr = ctypes.c_int64, ctypes.c_char_p, ctypes.c_void_p
for _name, _result, _args in [
    ("nvc_open", _i64, [_str, _str, _i64, _i64, ctypes.c_size_t]),
    ("nvc_next", _i64, [_i64, ctypes.POINTER(_i64)]),
    ("nvc_device", _i64, [_i64, ctypes.POINTER(_i64)]),
    ("nvc_dlpack", _ptr, [_i64, ctypes.c_size_t]),
    ("nvc_delete", None, [_ptr]),
    ("nvc_ipc", _i64, [_i64, _str, _i64]),
    ("nvc_error", _i64, [_str, _i64]),
    ("nvc_release", None, [_i64]),
    ("nvc_close", None, [_i64]),
]:
    _f = getattr(_lib, _name)
    _f.restype, _f.argtypes = _result, _args


def _error():
    text = ctypes.create_string_buffer(4096)
    n = _lib.nvc_error(text, 4096)
    return RuntimeError(text.raw[:n].decode(errors="replace"))


# Capsules that nobody took call this when they go.
_destructor_type = ctypes.CFUNCTYPE(None, _ptr)
_is_valid = ctypes.pythonapi.PyCapsule_IsValid
_is_valid.restype, _is_valid.argtypes = ctypes.c_int, [_ptr, _str]
_get = ctypes.pythonapi.PyCapsule_GetPointer
_get.restype, _get.argtypes = _ptr, [_ptr, _str]
_new = ctypes.pythonapi.PyCapsule_New
_new.restype, _new.argtypes = ctypes.py_object, [_ptr, _str, _destructor_type]


@_destructor_type
def _destroy(capsule):
    if _is_valid(capsule, b"dltensor"):
        _lib.nvc_delete(_get(capsule, b"dltensor"))


class Batch:
    """len(batch) pictures; what from_dlpack of any library takes."""

    def __init__(self, number, filled):
        self._number, self._filled = number, filled

    def __len__(self):
        return self._filled

    def __dlpack_device__(self):
        i = _i64()
        kind = _lib.nvc_device(self._number, ctypes.byref(i))
        if kind < 0:
            raise _error()
        return kind, i.value

    def __dlpack__(self, *, stream=None, **_):
        # None is the legacy stream on CUDA; -1 says that the consumer orders its work.
        s = 1 if stream is None or stream == -1 else stream
        p = _lib.nvc_dlpack(self._number, s)
        if not p:
            raise _error()
        return _new(p, b"dltensor", _destroy)

    def ipc(self):
        """JSON for another process. Keep the batch until that is done."""
        text = ctypes.create_string_buffer(4096)
        n = _lib.nvc_ipc(self._number, text, 4096)
        if n < 0:
            raise _error()
        return text.raw[:n].decode()

    def release(self):
        """Tensors of it stay."""
        if self._number:
            _lib.nvc_release(self._number)
            self._number = 0

    __del__ = release


class Video:
    """Batches in order. On a GPU they are made in the stream with that handle, or in one
    of their own: consumers need not know, they are ordered after it."""

    def __init__(self, path, n=8, size=224, device="auto", stream=0):
        self._number = 0
        self._number = _lib.nvc_open(os.fsencode(path), device.encode(), n, size, stream)
        if self._number < 0:
            self._number = 0
            raise _error()

    def __iter__(self):
        return self

    def __next__(self):
        filled = _i64()
        number = _lib.nvc_next(self._number, ctypes.byref(filled))
        if number < 0:
            raise _error()
        if number == 0:
            raise StopIteration
        return Batch(number, filled.value)

    def close(self):
        if self._number:
            _lib.nvc_close(self._number)
            self._number = 0

    __del__ = close
