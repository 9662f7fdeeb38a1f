package nvsim

import (
	"os"
)

// Options choose the simulated machine. The zero value is one H200.
type Options struct {
	// Profile names the GPUs, separated by commas: h200, ada, blackwell. "none" is
	// a driver that finds no GPU.
	Profile string

	// Missing names functions that the libraries lack, as those of an older driver do.
	Missing []string

	// Kernels names CUDA sources whose kernels, compiled for the host, run when the
	// client launches those of the same names.
	Kernels []string

	// AllowLeaks keeps handles that are alive at the end of the process from
	// failing it. They are listed all the same.
	AllowLeaks bool

	// Env is more of the simulator's variables, "NVSIM_...=value". See the package
	// documentation.
	Env []string
}

// Environ builds the simulator and returns what a process needs in its environment
// to run on it, to be appended to its own. It reports violations on standard error
// and by the exit status 97.
func Environ(o Options) ([]string, error) {
	d, err := dir(o.Missing)
	if err != nil {
		return nil, err
	}
	path := d
	if p := os.Getenv("LD_LIBRARY_PATH"); p != "" {
		path += ":" + p
	}
	env := []string{"NVCODEC_SIM=" + d, "LD_LIBRARY_PATH=" + path, "NVSIM_EXIT=1"}
	if o.Profile != "" {
		env = append(env, "NVSIM_PROFILE="+o.Profile)
	}
	if len(o.Kernels) > 0 {
		lib, err := kernels(o.Kernels)
		if err != nil {
			return nil, err
		}
		env = append(env, "NVSIM_KERNELS="+lib)
	}
	if !o.AllowLeaks {
		env = append(env, "NVSIM_LEAKS=1")
	}
	return append(env, o.Env...), nil
}
