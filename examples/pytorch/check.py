#!/usr/bin/env python3
"""Uses batches of a video in PyTorch, CuPy and another process, and compares them.

    check.py VIDEO [cuda:0|cpu]      PASS and FAIL lines; the exit status is 0 if all passed

Without PyTorch or CuPy their parts are left out, and it says so. Reads host memory
with ctypes alone.
"""
import base64, ctypes, gc, json, os, subprocess, sys
import nvc

N, SIZE = 4, 96
failed = 0


def check(name, ok, text=""):
    global failed
    failed += not ok
    print("PASS" if ok else "FAIL", name, text, flush=True)


class DLTensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32), ("ndim", ctypes.c_int32),
                ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16),
                ("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64)]


def raw(capsule):
    """The tensor in a capsule that nobody has taken."""
    return ctypes.cast(nvc._get(id(capsule), b"dltensor"), ctypes.POINTER(DLTensor)).contents


def by_hand(path, device):
    """The bytes of all batches in host memory, with ctypes alone."""
    out = []
    for b in nvc.Video(path, N, SIZE, device):
        c = b.__dlpack__()
        t = raw(c)
        shape = [t.shape[i] for i in range(t.ndim)]
        assert (shape, t.code, t.bits, t.lanes, t.device_type) == ([N, 3, SIZE, SIZE], 2, 16, 1, 1), (shape, t.code, t.bits)
        assert [t.strides[i] for i in range(t.ndim)] == [3 * SIZE * SIZE, SIZE * SIZE, SIZE, 1]
        out.append(ctypes.string_at(t.data, len(b) * 3 * SIZE * SIZE * 2))
        del c, t, b
    return out


def torch_part(path, device, want):
    import torch
    # Of host memory, pictures of the last batch that were not filled are not compared.
    ours = lambda x, n: x[:n].cpu().contiguous().numpy().tobytes()
    got, kept = [], []
    for b in nvc.Video(path, N, SIZE, device):
        x = torch.from_dlpack(b)
        if not kept:
            kept.append(x)
            check("torch: shape, strides, dtype, device", list(x.shape) == [N, 3, SIZE, SIZE] and x.stride() == (3 * SIZE * SIZE, SIZE * SIZE, SIZE, 1)
                  and x.dtype == torch.float16 and x.device.type == ("cpu" if device == "cpu" else "cuda"), f"{x.dtype} {x.device}")
        got.append(ours(x, len(b)))
        b.release()
        del x
    check("torch: every batch is what the CPU makes", got == want, f"{len(got)} batches")
    gc.collect()
    check("torch: a tensor outlives batch and video", ours(kept[0], N) == want[0])
    if device == "cpu":
        return
    # A consumer that is late: its stream sleeps, then copies; the tensor is dropped at
    # once, and the next batches are made in the memory that comes free.
    side, copies = torch.cuda.Stream(), []
    with torch.cuda.stream(side):
        for i, b in enumerate(nvc.Video(path, N, SIZE, device)):
            x = torch.from_dlpack(b)
            n = len(b)
            b.release()
            torch.cuda._sleep(20_000_000)
            copies.append((x.clone(), n))
            del x
            if i == 5:
                break
    side.synchronize()
    check("torch: a late consumer sees its own batch", [ours(x, n) for x, n in copies] == want[: len(copies)], f"{len(copies)} batches")
    # A producer that is late: the GPU is busy when the batch is made, and read at once.
    late = []
    for i, b in enumerate(nvc.Video(path, N, SIZE, device)):
        torch.cuda._sleep(20_000_000)
        x = torch.from_dlpack(b)
        late.append(ours(x.clone(), len(b)))
        if i == 5:
            break
    check("torch: an unfinished batch is never seen", late == want[: len(late)])


def cupy_part(path, device, want):
    import cupy
    got = []
    for b in nvc.Video(path, N, SIZE, device):
        x = cupy.from_dlpack(b)
        assert x.shape == (N, 3, SIZE, SIZE) and x.dtype == cupy.float16
        got.append(cupy.asnumpy(x[: len(b)]).tobytes())
        del x
    check("cupy: every batch is what the CPU makes", got == want, f"{len(got)} batches")


def ipc_part(path, device, want):
    b = next(nvc.Video(path, N, SIZE, device))
    try:
        text = b.ipc()
    except RuntimeError as e:
        print("INFO ipc: not on this machine:", e)
        return
    p = subprocess.run([sys.executable, __file__, "--ipc", text], capture_output=True)
    out = p.stdout
    if p.returncode != 0:
        check("ipc", False, p.stderr.decode(errors="replace")[-300:])
        return
    check("ipc: another process reads the batch", out == want[0], f"{len(out)} bytes")


def ipc_child(text):
    """Reads the memory with CuPy's runtime, and writes it to standard output."""
    import cupy
    x = json.loads(text)
    base = cupy.cuda.runtime.ipcOpenMemHandle(bytes(x["Handle"]))
    size = 2 * N * 3 * SIZE * SIZE
    memory = cupy.cuda.UnownedMemory(base, x["Offset"] + size, None)
    a = cupy.ndarray((size,), cupy.uint8, cupy.cuda.MemoryPointer(memory, x["Offset"]))
    sys.stdout.buffer.write(cupy.asnumpy(a).tobytes())
    del a, memory
    cupy.cuda.runtime.ipcCloseMemHandle(base)


def main():
    if sys.argv[1:2] == ["--ipc"]:
        return ipc_child(sys.argv[2])
    path, device = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "cuda:0"
    want = by_hand(path, "cpu")
    check("ctypes: batches in host memory", len(want) > 1, f"{len(want)} batches")
    again = by_hand(path, "cpu")
    check("ctypes: the same once more", again == want)
    parts = [("torch", torch_part)] + ([("cupy", cupy_part), ("cupy", ipc_part)] if device != "cpu" else [])
    for module, part in parts:
        try:
            __import__(module)
        except ImportError:
            print("INFO no", module, "here: left out")
            continue
        try:
            part(path, device, want)
        except Exception as e:  # the others go on
            check(part.__name__, False, f"{type(e).__name__}: {e}")
    sys.exit(failed != 0)


main()
