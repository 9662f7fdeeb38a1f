// A kernel for the test of kernels.
extern "C" __global__ void add(float *p, unsigned n, float k) {
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
	if (i < n)
		p[i] += k;
}
