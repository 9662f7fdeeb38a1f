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
	ada         = Options{Profile: "ada"}
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
	"rules_enc": {
		{name: "encode_all", o: ada},
		{name: "context_gone", want: "nvEncDestroyEncoder: the session's context was destroyed", o: ada},
		{name: "other_context", want: "nvEncEncodePicture: the current context is not the session's", o: ada},
		{name: "not_initialised", want: "nvEncEncodePicture: the encoder is not initialised", o: ada},
		{name: "initialised_twice", want: "nvEncInitializeEncoder: the encoder is initialised already", o: ada},
		{name: "old_api", want: "API 9.0 is not simulated", o: ada},
		{name: "session_twice", want: "nvEncDestroyEncoder: ", o: ada},
		{name: "session_leak", want: "leak: encode session", o: ada},
		{name: "destroyed_mapped", want: "nvEncDestroyEncoder: resource ", o: ada},
		{name: "mixed_apis", want: "NV_ENC_CREATE_BITSTREAM_BUFFER is of API 12.0, the session of 13.0", o: ada},
		{name: "wrong_version", o: ada},
		{name: "reserved", want: "reserved fields of NV_ENC_PIC_PARAMS are set (byte 3359", o: ada},
		{name: "reserved_bit", want: "reserved fields of NV_ENC_CONFIG are set", o: ada},
		{name: "caps_number", want: "API 13.0 has no capability", o: ada},
		{name: "vectors", want: "is not a buffer of motion vectors", o: ada},
		{name: "twice_submitted", want: "is used again before the output of its picture was locked", o: ada},
		{name: "unknown_input", want: "is neither an input buffer nor a mapped resource", o: ada},
		{name: "unknown_output", want: "nvEncEncodePicture: ", o: ada},
		{name: "output_locked", want: "nvEncEncodePicture: bitstream buffer ", o: ada},
		{name: "after_end", want: "a picture comes after the end of the stream", o: ada},
		{name: "new_stream", o: ada},
		{name: "end_without_reset", want: "a picture comes after the end of the stream", o: ada},
		{name: "end_with_picture", want: "the end of the stream comes with a picture", o: ada},
		{name: "map_without_mode", want: "qpDeltaMap is set, but qpMapMode is not", o: ada},
		{name: "overwritten", want: "was overwritten while lookahead needed it", o: ada},
		{name: "early_lock", want: "is locked before nvEncEncodePicture returned success", o: ada},
		{name: "lock_order", want: "output 1 is locked out of order, 0 comes next", o: ada},
		{name: "lock_unknown", want: "nvEncLockBitstream: ", o: ada},
		{name: "lock_twice", want: "is locked already", o: ada},
		{name: "unlock_twice", want: "nvEncUnlockBitstream: ", o: ada},
		{name: "destroy_locked", want: "nvEncDestroyBitstreamBuffer: bitstream buffer ", o: ada},
		{name: "destroy_unknown", want: "nvEncDestroyBitstreamBuffer: ", o: ada},
		{name: "unmapped_early", want: "was unmapped or destroyed before this was locked", o: ada},
	},
	"rules_enc_buffer": {
		{name: "host_input", o: ada},
		{name: "not_a_buffer", want: "nvEncLockInputBuffer: ", o: ada},
		{name: "input_twice", want: "is locked already", o: ada},
		{name: "input_not_locked", want: "nvEncUnlockInputBuffer: ", o: ada},
		{name: "submit_locked", want: "nvEncEncodePicture: input buffer ", o: ada},
		{name: "input_in_flight", want: "is reused before the output of its picture was locked", o: ada},
		{name: "destroy_locked_input", want: "nvEncDestroyInputBuffer: input buffer ", o: ada},
		{name: "touch_unlocked", want: "SIGSEGV", o: ada},
		{name: "read_unlocked", want: "SIGSEGV", o: ada},
		{name: "left_locked", want: "nvEncDestroyEncoder: input buffer ", o: ada},
		{name: "buffers_leak", want: "leak: encoder input buffer", o: ada},
		{name: "buffers_leak", want: "leak: encoder output buffer", o: ada},
		{name: "buffers_leak", want: "leak: registered resource", o: ada},
		{name: "buffers_leak", want: "leak: mapped resource", o: ada},
		{name: "other_owner", want: "nvEncRegisterResource: the memory is another context's", o: ada},
		{name: "too_small", want: "are not inside one allocation", o: ada},
		{name: "dead_array", want: "nvEncRegisterResource: ", o: ada},
		{name: "unregister_unknown", want: "nvEncUnregisterResource: ", o: ada},
		{name: "unregister_mapped", want: "nvEncUnregisterResource: resource ", o: ada},
		{name: "map_unknown", want: "nvEncMapInputResource: ", o: ada},
		{name: "map_twice", want: "is mapped already", o: ada},
		{name: "map_freed", want: "nvEncMapInputResource: the memory of resource ", o: ada},
		{name: "encode_freed", want: "nvEncEncodePicture: the memory of resource ", o: ada},
		{name: "unmap_twice", want: "nvEncUnmapInputResource: ", o: ada},
		{name: "io_dead_stream", want: "nvEncSetIOCudaStreams: ", o: ada},
		{name: "io_changed", want: "no longer holds the stream", o: ada},
		{name: "io_destroyed", want: "the stream of nvEncSetIOCudaStreams was destroyed", o: ada},
		{name: "io_ordered", o: ada},
		{name: "io_unordered", want: "nvEncEncodePicture: reads memory", o: ada},
		{name: "input_unordered", want: "nvEncEncodePicture: reads memory", o: ada},
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
		{name: "array_twice", want: "cuArrayDestroy: "},
		{name: "copy_dead_array", want: "cuMemcpy2D_v2: "},
		{name: "array_leak", want: "context end: 4096 bytes of device memory (cuArray3DCreate_v2)"},
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

// Clients compiled against the header of each API encode, and those of one API are told
// when they mix in another.
func TestEncodeAPIs(t *testing.T) {
	for _, api := range []string{"111", "120", "121", "122", "130", "131"} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			o := Options{Profile: "blackwell", Env: []string{"NVSIM_NVENC=131"}}
			program := apiClient(t, "rules_enc", api)
			rule{name: "encode_all", o: o}.check(t, program)
			rule{name: "wrong_version", o: o}.check(t, program)
			rule{name: "reserved", want: "reserved fields of NV_ENC_PIC_PARAMS", o: o}.check(t, program)
			buffers := apiClient(t, "rules_enc_buffer", api)
			rule{name: "host_input", o: o}.check(t, buffers)
			rule{name: "io_ordered", o: o}.check(t, buffers)
			rule{name: "io_unordered", want: "nvEncEncodePicture: reads memory", o: o}.check(t, buffers)
		})
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
