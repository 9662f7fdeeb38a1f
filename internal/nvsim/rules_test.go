package nvsim

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A rule is one client of testdata. It breaks a rule and is found out, by the name of
// the call, or it keeps it and is left alone.
type rule struct {
	name string
	want string // "" none
	o    Options
}

var (
	kernelTwins = Options{Kernels: []string{"testdata/add.cu"}}
	async       = Options{Env: []string{"NVSIM_ASYNC=1"}}
	slow        = Options{Env: []string{"NVSIM_SLOW_MS=100"}}
)

func fault(s string) Options { return Options{Env: []string{"NVSIM_FAULT=" + s}} }

// ruleClients are the clients by program.
var ruleClients = map[string][]rule{
	"rules": {
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
		{name: "read_by_event", o: async},
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
		{name: "in_order", o: async},
		{name: "host_call", o: async},

		{name: "sticky", o: fault("cuMemcpyDtoH_v2:1:700")},
		{name: "memory_limit", o: Options{Env: []string{"NVSIM_OOM=1000000"}}},
		{name: "devices", o: Options{Profile: "h200,ada"}},
		{name: "no_device", o: Options{Profile: "none"}},
		{name: "kernel", o: kernelTwins},
		{name: "kernel_race", o: kernelTwins, want: "cuMemcpyDtoHAsync_v2: reads memory"},
		{name: "bad_ptx"},
	},
	"rules_video": {
		{name: "decode_and_map"},
		{name: "decode_and_map", o: async},
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
		{name: "decode_fault", o: fault("cuvidParseVideoData:1:999")},
		{name: "creation"},
	},
	"misuse": {
		{name: "context_twice", want: "cuCtxDestroy_v2: "},
		{name: "destroy_primary", want: "cuCtxDestroy_v2: a primary context is released"},
		{name: "set_dead_context", want: "cuCtxSetCurrent: "},
		{name: "reset_primary", want: "cuDevicePrimaryCtxReset_v2: resets the primary context"},
		{name: "current_dead", want: "cuMemAlloc_v2: the current context has been destroyed"},
		{name: "stream_in_context", want: "context end: stream"},
		{name: "copy_dead_stream", want: "cuMemcpyDtoHAsync_v2: "},
		{name: "record_dead_stream", want: "cuEventRecord: "},
		{name: "wait_dead_stream", want: "cuStreamSynchronize: "},
		{name: "stream_twice", want: "cuStreamDestroy_v2: "},
		{name: "wait_dead_event", want: "cuStreamWaitEvent: "},
		{name: "event_twice", want: "cuEventDestroy_v2: "},
		{name: "old_names"},
		{name: "free_host_device", want: "cuMemFreeHost: "},
		{name: "unregister_unknown", want: "cuMemHostUnregister: "},
		{name: "free_inside", want: "cuMemFree_v2: "},
		{name: "free_async_unknown", want: "cuMemFreeAsync: "},
		{name: "pool_reserved", want: "reserved bytes of CUmemPoolProps"},
		{name: "pool_twice", want: "cuMemPoolDestroy: "},
		{name: "module_twice", want: "cuModuleUnload: "},
		{name: "module_leak", want: "leak: module"},
		{name: "context_leak", want: "leak: context "},
		{name: "primary_leak", want: "leak: primary context"},
		{name: "memory_alive", want: "leak: device memory"},
		{name: "stream_leak", want: "leak: stream"},
		{name: "pinned_leak", want: "leak: pinned memory"},
		{name: "registered_leak", want: "leak: registered memory"},
		{name: "pool_leak", want: "leak: memory pool"},
		{name: "launch_dead_stream", want: "cuLaunchKernel: "},
		{name: "launch_without_twin", want: "kernel none has no twin"},
	},
	"misuse_video": {
		{name: "caps_null", want: "cuvidGetDecoderCaps: NULL"},
		{name: "create_reserved", want: "reserved fields of CUVIDDECODECREATEINFO"},
		{name: "create_flags", want: "cuvidCreateDecoder: unknown creation flags 0x40"},
		{name: "create_deinterlace", want: "cuvidCreateDecoder: unknown deinterlace mode 3"},
		{name: "create_display_area", want: "the display area 0,0,321,240 is not inside 320x240"},
		{name: "decoder_twice", want: "cuvidDestroyDecoder: "},
		{name: "decoder_leak", want: "leak: decoder"},
		{name: "destroy_inside", want: "cuvidDestroyDecoder: called inside the decode callback"},
		{name: "wrong_size", want: "cuvidDecodePicture: a picture of 20x12 macroblocks"},
		{name: "two_threads", want: "cuvidDecodePicture: called while another call", o: slow},
		{name: "status_reserved", want: "reserved fields of CUVIDGETDECODESTATUS"},
		{name: "lock_twice", want: "cuvidCtxLockDestroy: "},
		{name: "lock_leak", want: "leak: context lock"},
		{name: "frame_leak", want: "leak: mapped frame"},
		{name: "map_raw", want: "cuvidMapVideoFrame64: the raw fields"},
		{name: "map_field", want: "cuvidMapVideoFrame64: second_field is 3"},
		{name: "map_dead_stream", want: "cuvidMapVideoFrame64: "},
		{name: "map_32", want: "cuvidMapVideoFrame: is for 32-bit programs"},
		{name: "unmap_32", want: "cuvidUnmapVideoFrame: is for 32-bit programs"},
		{name: "parser_annexb", want: "cuvidCreateVideoParser: bAnnexb"},
		{name: "parser_threshold", want: "ulErrorThreshold 101"},
		{name: "parser_header", want: "1025 bytes of sequence header do not fit"},
		{name: "parser_twice", want: "cuvidDestroyVideoParser: "},
		{name: "packet_flags", want: "unknown packet flags 0x100"},
		{name: "many_surfaces", want: "sequence callback: returns 65 surfaces"},
		{name: "changed_after", want: "decode callback: changes the parser's picture parameters"},
		{name: "parser_inside", want: "cuvidDestroyVideoParser: called inside cuvidParseVideoData"},
		{name: "parse_together", want: "cuvidParseVideoData: called while another call", o: slow},
		{name: "own_parser"},
	},
}

func TestRules(t *testing.T) {
	simDir(t)
	t.Run("clients", func(t *testing.T) {
		for program, list := range ruleClients {
			for _, r := range list {
				name := program + "/" + r.name
				for _, e := range r.o.Env {
					name += "," + e
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					r.check(t, client(t, program))
				})
			}
			t.Run(program+"/all", func(t *testing.T) {
				_, out, _ := run(t, Options{}, client(t, program), "list")
				for _, name := range strings.Fields(out) {
					require.True(t, slices.ContainsFunc(list, func(r rule) bool { return r.name == name }), "%s is not run", name)
				}
			})
		}
	})
	t.Run("encoder", noEncoder)
	t.Run("kinds", everyKind)
	// Not when only some were asked for.
	if f := flag.Lookup("test.run"); !strings.Contains(f.Value.String(), "/") {
		t.Run("sites", everySite)
	}
}

func (r rule) check(t *testing.T, program string) {
	code, out, errs := run(t, r.o, program, r.name, testutils.Clip(t, "h264.h264"))
	switch r.want {
	case "":
		require.Equal(t, 0, code, "%s%s", out, errs)
		require.NotContains(t, errs, "violation")
	case "SIGSEGV":
		require.Equal(t, -1, code, "%s%s", out, errs)
	default:
		require.Contains(t, errs, r.want)
		require.Equal(t, 97, code, "%s%s", out, errs)
	}
	require.Empty(t, out)
}

// A GPU without an encoder says so, and finds what is wrong with a question.
func noEncoder(t *testing.T) {
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
