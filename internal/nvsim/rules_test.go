package nvsim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// Every rule has a client that breaks it and is found out, by the name of the call,
// and beside it one that keeps it and is left alone.
func TestRules(t *testing.T) {
	kernels := Options{Kernels: []string{"testdata/add.cu"}}
	for _, c := range []struct {
		name string
		want string // "" none
		o    Options
	}{
		{name: "nothing"},
		{name: "touch", want: "SIGSEGV"},
		{name: "leak", want: "leak: event"},
		{name: "leak", o: Options{AllowLeaks: true}},
		{name: "memory_leak", want: "context end: 4242 bytes of device memory (cuMemAlloc_v2)"},
		{name: "free_twice", want: "cuMemFree_v2: "},
		{name: "beyond"},
		{name: "bytes"},
		{name: "no_context"},
		{name: "dead_context", want: "cuCtxPushCurrent_v2: "},
		{name: "unbalanced", want: "thread end: 1 contexts are still pushed"},
		{name: "memory_in_context", want: "context end: 65536 bytes of device memory"},
		{name: "released_twice", want: "cuDevicePrimaryCtxRelease_v2: released more often"},
		{name: "legacy_name", want: "cuMemAlloc: is the 32-bit interface"},

		{name: "read_unordered", want: "cuMemcpyDtoHAsync_v2: reads memory"},
		{name: "read_by_event"},
		{name: "read_by_event", o: Options{Env: []string{"NVSIM_ASYNC=1"}}},
		{name: "event_too_early", want: "cuMemcpyDtoHAsync_v2: reads memory"},
		{name: "read_by_wait"},
		{name: "write_while_read", want: "cuMemsetD8Async: writes memory"},
		{name: "both_read"},
		{name: "side_by_side"},
		{name: "columns_overlap", want: "cuMemsetD2D8Async: writes memory"},
		{name: "legacy_orders"},
		{name: "legacy_does_not", want: "cuMemsetD8Async: writes memory"},
		{name: "free_unordered", want: "cuMemFreeAsync: writes memory"},
		{name: "free_ordered"},
		{name: "dead_stream", want: "is not a live stream"},
		{name: "dead_event", want: "cuEventRecord: "},
		{name: "in_order"},
		{name: "in_order", o: Options{Env: []string{"NVSIM_ASYNC=1"}}},
		{name: "host_call", o: Options{Env: []string{"NVSIM_ASYNC=1"}}},

		{name: "sticky", o: Options{Env: []string{"NVSIM_FAULT=cuMemcpyDtoH_v2:1:700"}}},
		{name: "memory_limit", o: Options{Env: []string{"NVSIM_OOM=1000000"}}},
		{name: "devices", o: Options{Profile: "h200,ada"}},
		{name: "no_device", o: Options{Profile: "none"}},
		{name: "kernel", o: kernels},
		{name: "kernel_race", o: kernels, want: "cuMemcpyDtoHAsync_v2: reads memory"},
		{name: "bad_ptx"},

		{name: "decode_and_map"},
		{name: "decode_and_map", o: Options{Env: []string{"NVSIM_ASYNC=1"}}},
		{name: "map_late", want: "was decoded into again after it was displayed"},
		{name: "map_rules"},
		{name: "destroy_mapped", want: "cuvidDestroyDecoder: 1 frames are still mapped"},
		{name: "unmap_race", want: "cuvidMapVideoFrame64: writes memory"},
		{name: "copy_unordered", want: "cuMemcpyDtoDAsync_v2: reads memory"},
		{name: "changed_picture", want: "cuvidDecodePicture: the parser's picture parameters were changed"},
		{name: "late_decode", want: "cuvidDecodePicture: the picture parameters are not those of a parser"},
		{name: "parse_inside", want: "cuvidParseVideoData: called while another call"},
		{name: "one_surface", want: "leaves the parser 1 surfaces"},
		{name: "parser_reserved", want: "reserved fields of CUVIDPARSERPARAMS"},
		{name: "map_reserved", want: "reserved fields of CUVIDPROCPARAMS"},
		{name: "caps_reserved", want: "reserved fields of CUVIDDECODECAPS"},
		{name: "reconfigure_reserved", want: "reserved fields of CUVIDRECONFIGUREDECODERINFO"},
		{name: "map_lost", want: "was lost when the decoder was reconfigured"},
		{name: "null_payload", want: "payload is NULL"},
		{name: "parser_leak", want: "leak: parser"},
		{name: "decode_fault", o: Options{Env: []string{"NVSIM_FAULT=cuvidParseVideoData:1:999"}}},
		{name: "creation"},
	} {
		name := c.name
		for _, e := range c.o.Env {
			name += "," + e
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := client(t, "rules")
			code, out, errs := run(t, c.o, p, c.name, testutils.Clip(t, "h264.h264"))
			switch c.want {
			case "":
				require.Equal(t, 0, code, "%s%s", out, errs)
				require.NotContains(t, errs, "violation")
			case "SIGSEGV":
				require.Equal(t, -1, code, "%s%s", out, errs)
			default:
				require.Contains(t, errs, c.want)
				require.Equal(t, 97, code, "%s%s", out, errs)
			}
			require.Empty(t, out)
		})
	}
}

// A GPU without an encoder says so, and finds what is wrong with a question.
func TestNoEncoder(t *testing.T) {
	for name, want := range map[string]string{
		"":              "",
		"list_revision": "the revision of NV_ENCODE_API_FUNCTION_LIST is 2, not 1",
		"list_reserved": "reserved fields of NV_ENCODE_API_FUNCTION_LIST are set",
		"open_reserved": "reserved fields of NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS are set",
		"open_versions": "nvEncOpenEncodeSessionEx: the struct is of API ",
		"open_context":  "is not a live context",
		"no_encoder":    "nvEncGetEncodeGUIDCount: ",
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := run(t, Options{}, client(t, "nvenc"), name)
			require.Empty(t, out)
			require.Contains(t, errs, want)
			if want == "" {
				require.Equal(t, 0, code, "%s", errs)
			} else {
				require.Equal(t, 97, code, "%s", errs)
			}
		})
	}
}
