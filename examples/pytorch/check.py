#!/usr/bin/env python3
"""Uses batches of a video in PyTorch, CuPy and another process, and compares them.

    check.py VIDEO [cuda:0|cpu]      PASS and FAIL lines; the exit status is 0 if all passed

Without PyTorch or CuPy their parts are left out, and it says so. Reads host memory
with ctypes alone.
"""
import ctypes, gc, itertools, json, subprocess, sys
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
    sleep = lambda: torch.cuda._sleep(50_000_000)  # clocks: some 30 ms
    side, copies, busy = torch.cuda.Stream(), [], 0
    with torch.cuda.stream(side):
        for b in itertools.islice(nvc.Video(path, N, SIZE, device), 6):
            x = torch.from_dlpack(b)
            n = len(b)
            b.release()
            sleep()
            copies.append((x.clone(), n))
            del x
            busy += not side.query()
    side.synchronize()
    check("torch: a late consumer sees its own batch", [ours(x, n) for x, n in copies] == want[: len(copies)] and busy > 0,
          f"{len(copies)} batches, {busy} dropped before they were read")
    # A producer that is late: batches are made in a stream that sleeps first, and read at
    # once in another.
    late, busy = [], 0
    for b in made_late(path, device, side.cuda_stream, lambda: torch.cuda.stream(side), sleep):
        x = torch.from_dlpack(b)
        busy += not side.query()
        late.append(ours(x.clone(), len(b)))
    check("torch: an unfinished batch is never seen", late == want[: len(late)] and busy > 0, f"{len(late)} batches, {busy} unfinished when they were given")


def made_late(path, device, handle, stream, sleep):
    """Batches that are made in a stream behind a long sleep."""
    video = nvc.Video(path, N, SIZE, device, handle)
    for _ in range(6):
        with stream():
            sleep()
        yield next(video)


def cupy_part(path, device, want):
    import cupy
    ours = lambda x, n: cupy.asnumpy(x[:n]).tobytes()
    got, kept = [], []
    for b in nvc.Video(path, N, SIZE, device):
        x = cupy.from_dlpack(b)
        if not kept:
            kept.append(x)
            check("cupy: shape, strides, dtype, device", x.shape == (N, 3, SIZE, SIZE) and x.strides == (6 * SIZE * SIZE, 2 * SIZE * SIZE, 2 * SIZE, 2)
                  and x.dtype == cupy.float16 and x.device.id == int(device[5:] or 0), f"{x.dtype} {x.device}")
        got.append(ours(x, len(b)))
        b.release()
        del x
    check("cupy: every batch is what the CPU makes", got == want, f"{len(got)} batches")
    gc.collect()
    check("cupy: a tensor outlives batch and video", ours(kept[0], N) == want[0])
    # Late consumers and producers, as for PyTorch. To be late is to write much memory.
    junk = cupy.cuda.alloc(1 << 30)
    side = cupy.cuda.Stream(non_blocking=True)

    def sleep():
        for _ in range(40):
            cupy.cuda.runtime.memsetAsync(junk.ptr, 0, 1 << 30, side.ptr)

    copies, busy = [], 0
    with side:
        for b in itertools.islice(nvc.Video(path, N, SIZE, device), 6):
            x = cupy.from_dlpack(b)
            n = len(b)
            b.release()
            sleep()
            y = cupy.empty_like(x)
            cupy.cuda.runtime.memcpyAsync(y.data.ptr, x.data.ptr, x.nbytes, cupy.cuda.runtime.memcpyDeviceToDevice, side.ptr)
            copies.append((y, n))
            del x
            busy += not side.done
    side.synchronize()
    check("cupy: a late consumer sees its own batch", [ours(x, n) for x, n in copies] == want[: len(copies)] and busy > 0,
          f"{len(copies)} batches, {busy} dropped before they were read")
    late, busy = [], 0
    for b in made_late(path, device, side.ptr, lambda: side, sleep):
        x = cupy.from_dlpack(b)
        busy += not side.done
        late.append(ours(x, len(b)))
    check("cupy: an unfinished batch is never seen", late == want[: len(late)] and busy > 0, f"{len(late)} batches, {busy} unfinished when they were given")


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
