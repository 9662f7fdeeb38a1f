// Devices: the GPUs that NVSIM_PROFILE names, and what they say of themselves.
#include "cuda_int.h"

// H200: measured (driver 580). Ada and Blackwell: NVIDIA's published tables, for a
// GeForce-like and a workstation-like GPU.
static const struct sim_caps h200_caps[] = {
	{0, 1, 1, 4080, 4080, 48, 16, 65280}, {1, 1, 1, 4080, 4080, 48, 16, 65280},    {2, 1, 1, 2048, 2048, 48, 16, 8192},
	{3, 1, 1, 2048, 2048, 48, 16, 8192},  {4, 1, 1, 4096, 4096, 48, 16, 65536},    {5, 0, 1, 32768, 16384, 64, 64, 67108864}, {5, 1, 1, 32768, 16384, 64, 64, 67108864}, {5, 2, 1, 32768, 16384, 64, 64, 67108864}, {5, 3, 1, 32768, 16384, 64, 64, 67108864},
	{8, 1, 7, 8192, 8192, 144, 144, 262144}, {8, 3, 7, 8192, 8192, 144, 144, 262144}, {9, 1, 1, 4096, 4096, 48, 16, 65536},
	{10, 1, 7, 8192, 8192, 128, 128, 262144},
};
static const struct sim_caps ada_caps[] = {
	{0, 1, 1, 4080, 4080, 48, 16, 65280}, {1, 1, 1, 4080, 4080, 48, 16, 65280},    {2, 1, 1, 2048, 2048, 48, 16, 8192},
	{3, 1, 1, 2048, 2048, 48, 16, 8192},  {4, 1, 1, 4096, 4096, 48, 16, 65536},    {5, 0, 1, 32768, 16384, 64, 64, 67108864}, {5, 1, 1, 32768, 16384, 64, 64, 67108864}, {5, 2, 1, 32768, 16384, 64, 64, 67108864}, {5, 3, 1, 32768, 16384, 64, 64, 67108864},
	{8, 1, 7, 8192, 8192, 144, 144, 262144}, {8, 3, 7, 8192, 8192, 144, 144, 262144}, {9, 1, 1, 4096, 4096, 48, 16, 65536},
	{10, 1, 7, 8192, 8192, 128, 128, 262144}, {11, 1, 3, 8192, 8192, 128, 128, 262144}, {11, 0, 3, 8192, 8192, 128, 128, 262144},
};
static const struct sim_caps blackwell_caps[] = {
	{0, 1, 1, 4080, 4080, 48, 16, 65280}, {1, 1, 1, 4080, 4080, 48, 16, 65280},    {2, 1, 1, 2048, 2048, 48, 16, 8192},
	{3, 1, 1, 2048, 2048, 48, 16, 8192},  {4, 1, 3, 8192, 8192, 48, 16, 262144},   {4, 2, 3, 8192, 8192, 48, 16, 262144},
	{5, 0, 1, 32768, 16384, 64, 64, 67108864}, {5, 1, 1, 32768, 16384, 64, 64, 67108864}, {5, 2, 1, 32768, 16384, 64, 64, 67108864}, {5, 3, 1, 32768, 16384, 64, 64, 67108864}, {8, 1, 7, 8192, 8192, 144, 144, 262144}, {8, 2, 7, 8192, 8192, 144, 144, 262144},
	{8, 3, 7, 8192, 8192, 144, 144, 262144}, {9, 1, 1, 4096, 4096, 48, 16, 65536}, {10, 1, 7, 8192, 8192, 128, 128, 262144},
	{11, 1, 3, 8192, 8192, 128, 128, 262144}, {11, 0, 3, 8192, 8192, 128, 128, 262144},
};

static const struct sim_profile profiles[] = {
	{"h200", "NVIDIA H200 (simulated)", 9, 0, 132, (size_t)143771 << 20, 7, 0, h200_caps, LEN(h200_caps)},
	{"ada", "NVIDIA L4 (simulated)", 8, 9, 58, (size_t)23034 << 20, 4, 2, ada_caps, LEN(ada_caps)},
	{"blackwell", "NVIDIA RTX PRO 6000 Blackwell (simulated)", 12, 0, 188, (size_t)97887 << 20, 4, 4, blackwell_caps, LEN(blackwell_caps)},
};

struct sim_device sim_devices[8];
int sim_ndevices, sim_initialised;

// NVSIM_PROFILE is a list of names, one a device; "none" is a driver without GPU.
void devices_init(void) {
	const char *s = nvsim_env("NVSIM_PROFILE");
	if (!s)
		s = "h200";
	sim_ndevices = 0;
	while (*s && sim_ndevices < LEN(sim_devices)) {
		size_t n = strcspn(s, ",");
		for (int i = 0; i < LEN(profiles); i++)
			if (strlen(profiles[i].name) == n && !strncmp(s, profiles[i].name, n)) {
				struct sim_device *d = &sim_devices[sim_ndevices];
				d->ordinal = sim_ndevices++;
				d->profile = &profiles[i];
			}
		s += n;
		s += *s == ',';
	}
}

int driver_version(void) { return (int)nvsim_env_int("NVSIM_DRIVER", 13000); }

struct sim_device *device_get(CUdevice d) { return d >= 0 && d < sim_ndevices ? &sim_devices[d] : NULL; }

API(cuInit)(unsigned int flags) {
	CUresult r;
	if (nvsim_fault(__func__, &r))
		LEAVE(r, "%u", flags);
	if (flags)
		LEAVE(BAD, "%u", flags);
	nvsim_lock();
	if (!sim_initialised) {
		devices_init();
		sim_initialised = sim_ndevices > 0;
	}
	r = sim_ndevices ? OK : CUDA_ERROR_NO_DEVICE;
	nvsim_unlock();
	LEAVE(r, "%u", flags);
}

API(cuDriverGetVersion)(int *v) {
	ENTER(ANY_STATE);
	if (!v)
		LEAVE(BAD, "NULL");
	*v = driver_version();
	LEAVE(OK, "%d", *v);
}

API(cuDeviceGetCount)(int *n) {
	ENTER(NEED_INIT);
	if (!n)
		LEAVE(BAD, "NULL");
	*n = sim_ndevices;
	LEAVE(OK, "%d", *n);
}

API(cuDeviceGet)(CUdevice *d, int ordinal) {
	ENTER(NEED_INIT);
	if (!d)
		LEAVE(BAD, "NULL");
	if (!device_get(ordinal))
		LEAVE(CUDA_ERROR_INVALID_DEVICE, "%d", ordinal);
	*d = ordinal;
	LEAVE(OK, "%d", ordinal);
}

API(cuDeviceGetName)(char *name, int len, CUdevice d) {
	ENTER(NEED_INIT);
	struct sim_device *v = device_get(d);
	if (!v || !name || len <= 0)
		LEAVE(v ? BAD : CUDA_ERROR_INVALID_DEVICE, "%d", d);
	snprintf(name, (size_t)len, "%s", v->profile->device);
	LEAVE(OK, "%d", d);
}

API(cuDeviceComputeCapability)(int *major, int *minor, CUdevice d) {
	ENTER(NEED_INIT);
	struct sim_device *v = device_get(d);
	if (!v || !major || !minor)
		LEAVE(v ? BAD : CUDA_ERROR_INVALID_DEVICE, "%d", d);
	*major = v->profile->major, *minor = v->profile->minor;
	LEAVE(OK, "%d", d);
}

API(cuDeviceTotalMem_v2)(size_t *bytes, CUdevice d) {
	ENTER(NEED_INIT);
	struct sim_device *v = device_get(d);
	if (!v || !bytes)
		LEAVE(v ? BAD : CUDA_ERROR_INVALID_DEVICE, "%d", d);
	*bytes = v->profile->memory;
	LEAVE(OK, "%d", d);
}

static CUresult uuid(const char *fn, CUuuid *u, CUdevice d) {
	struct sim_device *v = device_get(d);
	if (!v || !u)
		return v ? BAD : CUDA_ERROR_INVALID_DEVICE;
	for (int i = 0; i < 16; i++)
		u->bytes[i] = (char)(0x11 * i + d * 7 + v->profile->major);
	(void)fn;
	return OK;
}

API(cuDeviceGetUuid)(CUuuid *u, CUdevice d) {
	ENTER(NEED_INIT);
	LEAVE(uuid(__func__, u, d), "%d", d);
}

API(cuDeviceGetUuid_v2)(CUuuid *u, CUdevice d) {
	ENTER(NEED_INIT);
	LEAVE(uuid(__func__, u, d), "%d", d);
}

API(cuDeviceGetPCIBusId)(char *s, int len, CUdevice d) {
	ENTER(NEED_INIT);
	struct sim_device *v = device_get(d);
	if (!v || !s || len < 13)
		LEAVE(v ? BAD : CUDA_ERROR_INVALID_DEVICE, "%d", d);
	snprintf(s, (size_t)len, "0000:%02X:00.0", 0x18 + d);
	LEAVE(OK, "%d", d);
}

API(cuDeviceGetByPCIBusId)(CUdevice *d, const char *s) {
	ENTER(NEED_INIT);
	unsigned domain, bus, dev;
	if (!d || !s || sscanf(s, "%x:%x:%x", &domain, &bus, &dev) != 3)
		LEAVE(BAD, "%s", s ? s : "NULL");
	if (!device_get((int)bus - 0x18))
		LEAVE(CUDA_ERROR_INVALID_DEVICE, "%s", s);
	*d = (int)bus - 0x18;
	LEAVE(OK, "%s", s);
}

API(cuDeviceGetLuid)(char *luid, unsigned *mask, CUdevice d) {
	ENTER(NEED_INIT);
	(void)luid, (void)mask;
	LEAVE(CUDA_ERROR_NOT_SUPPORTED, "%d", d);
}

API(cuDeviceGetAttribute)(int *pi, CUdevice_attribute a, CUdevice d) {
	ENTER(NEED_INIT);
	struct sim_device *v = device_get(d);
	if (!v)
		LEAVE(CUDA_ERROR_INVALID_DEVICE, "%d", d);
	if (!pi || a < 1 || a > 142)
		LEAVE(BAD, "%d", a);
	static const struct {
		int a, v;
	} known[] = {
		{1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, 0x7fffffff}, {6, 65535}, {7, 65535}, {8, 49152}, {9, 65536}, {10, 32}, {11, 0x7fffffff},
		{12, 65536}, {13, 1980000}, {14, 512}, {15, 1}, {18, 0}, {19, 1}, {20, 0}, {31, 1}, {32, 0}, {34, 0}, {35, 0}, {36, 3201000}, {37, 6144},
		{38, 62914560}, {39, 2048}, {40, 3}, {41, 1}, {42, 32768}, {50, 0}, {51, 32}, {78, 1}, {81, 233472}, {82, 65536}, {83, 1}, {84, 0}, {88, 1},
		{89, 1}, {95, 1}, {97, 232448}, {115, 1}, {116, 1}, {119, 9}, {124, 1},
	};
	*pi = 0;
	for (int i = 0; i < LEN(known); i++)
		if (known[i].a == (int)a)
			*pi = known[i].v;
	switch ((int)a) {
	case 16: *pi = v->profile->sms; break;
	case 33: *pi = 0x18 + d; break;
	case 75: *pi = v->profile->major; break;
	case 76: *pi = v->profile->minor; break;
	case 115: *pi = driver_version() >= 11020; break;
	}
	LEAVE(OK, "%d:%d,%d", a, *pi, d);
}

API(cuDeviceCanAccessPeer)(int *can, CUdevice a, CUdevice b) {
	ENTER(NEED_INIT);
	if (!can || !device_get(a) || !device_get(b))
		LEAVE(CUDA_ERROR_INVALID_DEVICE, "%d,%d", a, b);
	*can = a != b;
	LEAVE(OK, "%d,%d", a, b);
}

static const struct {
	int code;
	const char *name;
} results[] = {
#include "results_gen.h"
};

API(cuGetErrorName)(CUresult r, const char **s) {
	for (int i = 0; s && i < LEN(results); i++)
		if (results[i].code == (int)r) {
			*s = results[i].name;
			return OK;
		}
	if (s)
		*s = NULL;
	return BAD;
}

API(cuGetErrorString)(CUresult r, const char **s) {
	static char text[LEN(results)][64];
	for (int i = 0; s && i < LEN(results); i++)
		if (results[i].code == (int)r) {
			const char *n = results[i].name + (strncmp(results[i].name, "CUDA_ERROR_", 11) ? 5 : 11);
			int k = 0;
			for (; n[k] && k < 63; k++)
				text[i][k] = n[k] == '_' ? ' ' : (char)(n[k] | 0x20);
			*s = text[i];
			return OK;
		}
	if (s)
		*s = NULL;
	return BAD;
}
