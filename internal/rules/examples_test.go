package rules

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shownBy says for types without an example of their own which one shows them: values
// that are part of another type, and its enums. GPU: there is one to read, which cannot
// run everywhere.
var shownBy = map[string]map[string]string{
	"codec": {
		"Capability": "EncoderCaps", "DeviceConfig": "DecoderConfig", "Deinterlace": "DecoderConfig", "ErrorPolicy": "DecoderConfig",
		"Layout": "DecoderConfig", "Latency": "Decoder_Decode", "ID": "DecoderCaps",
		"ContainerInfo": "Demuxer", "DemuxerConfig": "Packet", "Selection": "Packet", "PacketFlags": "Packet", "SideData": "Packet", "PictureType": "Packet",
		"MediaType": "StreamInfo", "MuxerConfig": "Muxer", "Chapter": "Muxer",
		"FrameInfo": "Index", "PacketRecord": "Index", "ScannedMetadata": "Index",
		"SimpleDecoderConfig": "SimpleDecoder", "ThreadedDecoderConfig": "ThreadedDecoder", "ScalerConfig": "Scaler",
		"TranscoderConfig": "Transcoder", "Interval": "Transcoder", "Progress": "Transcoder",
		"Picture": "Encoder_Encode", "Reconfiguration": "Encoder_Reconfigure", "RateControl": "Encoder_Reconfigure", "RateMode": "Encoder_Reconfigure",
		"Preset": "Encoder", "Tuning": "Encoder_Encode", "BReference": "EncoderConfig", "MultiPass": "EncoderConfig", "QP": "EncoderConfig", "QPMapMode": "EncoderConfig",
		"Slice": "EncoderConfig", "SliceMode": "EncoderConfig", "Tiles": "EncoderConfig", "TimingInfo": "EncoderConfig",
	},
	"frame": {
		"Batch": "BatchPool", "BatchConfig": "BatchPool", "DType": "BatchPool", "Order": "BatchPool", "Slot": "BatchPool",
		"Conversion": "Converter", "Filter": "Converter", "ChromaFilter": "Converter", "Fit": "Converter",
		"Color": "Color_Resolve", "ToRGB": "Color_Resolve", "Matrix": "Color_Resolve", "Range": "Color_Resolve", "Primaries": "Color_Resolve",
		"Transfer": "Color_Resolve", "ChromaLocation": "Color_Resolve", "ColorNameError": "Color_Resolve",
		"Family": "Format", "Plane": "Sink", "Memory": "Tensor", "Rounding": "Rational",
		"HostPoolConfig": "HostPool", "PoolStats": "HostPool",
		"DevicePool": "GPU", "DevicePoolConfig": "GPU", "Hold": "GPU", "CUDAArray": "GPU", "CUDATensor": "GPU", "IPCTensor": "GPU",
		"Chromaticity": "MasteringDisplay", "ContentLight": "SEIValue", "AlternativeTransfer": "SEIValue", "AmbientViewing": "SEIValue", "DolbyVision": "SEIValue",
		"PicTiming": "SEIValue", "RecoveryPoint": "SEIValue", "UserDataUnregistered": "SEIValue", "UUID": "SEIValue", "SEICodec": "SEIValue",
		"Clock": "TimeCode", "GroupTimeCode": "TimeCode", "CaptionPair": "Captions", "CaptionType": "Captions", "UserDataRegistered": "Captions", "T35Kind": "Captions",
		"SEIType": "SEI", "SEISyntax": "SEI",
	},
}

// TestExamples: every exported type of the packages that programs use has an example
// that runs, or is shown by another's.
func TestExamples(t *testing.T) {
	list, _ := sources(t, parser.ParseComments)
	for _, dir := range slices.Sorted(maps.Keys(shownBy)) {
		var code, tests []*ast.File
		for _, s := range list {
			switch {
			case s.dir == dir && s.test:
				tests = append(tests, s.file)
			case s.dir == dir:
				code = append(code, s.file)
			}
		}
		run := map[string]bool{}
		for _, e := range doc.Examples(tests...) {
			if e.Output != "" {
				run[e.Name] = true
			}
		}
		require.Greater(t, len(run), 10, dir)
		used := map[string]bool{}
		for _, name := range exportedTypes(code) {
			by, ok := shownBy[dir][name]
			used[name] = true
			switch {
			case !ok && !run[name]:
				t.Errorf("%s.%s has no example with an output: write one, or say in shownBy what shows it", dir, name)
			case ok && run[name]:
				t.Errorf("%s.%s has an example: take it out of shownBy", dir, name)
			case ok && by != "GPU" && !run[by]:
				t.Errorf("%s.%s: there is no Example%s that runs", dir, name, by)
			}
		}
		for name := range shownBy[dir] {
			if !used[name] {
				t.Errorf("%s has no type %s: take it out of shownBy", dir, name)
			}
		}
	}
}

func exportedTypes(files []*ast.File) (names []string) {
	for _, f := range files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, s := range g.Specs {
				if name := s.(*ast.TypeSpec).Name.Name; ast.IsExported(name) {
					names = append(names, name)
				}
			}
		}
	}
	return names
}

// TestDocs: every exported name has a comment that says what it is. Names of one const or
// var block may share the block's, and fields are said in their struct's style.
func TestDocs(t *testing.T) {
	list, fset := sources(t, parser.ParseComments)
	n := 0
	for _, s := range list {
		if s.test || strings.HasPrefix(s.dir, "internal/") || strings.HasPrefix(s.dir, "examples/") || strings.HasPrefix(s.dir, "scripts/") {
			continue
		}
		for _, d := range s.file.Decls {
			for _, u := range undocumented(d) {
				t.Errorf("%s: %s has no doc comment", fset.Position(u.Pos()), u.Name)
			}
			n++
		}
	}
	require.Greater(t, n, 1000)
}

// undocumented returns the exported names of a declaration that have no comment.
func undocumented(d ast.Decl) (names []*ast.Ident) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		// The interface that they are of says what those do.
		if d.Recv != nil && slices.Contains([]string{"Error", "String", "Unwrap", "Is"}, d.Name.Name) {
			return nil
		}
		if ast.IsExported(d.Name.Name) && exportedReceiver(d) && d.Doc == nil {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		group := d.Doc != nil
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if ast.IsExported(s.Name.Name) && s.Doc == nil && s.Comment == nil && (!group || d.Lparen.IsValid()) {
					names = append(names, s.Name)
				}
			case *ast.ValueSpec:
				// A comment above begins a group within a block.
				group = group || s.Doc != nil
				for _, name := range s.Names {
					if ast.IsExported(name.Name) && !group && s.Comment == nil {
						names = append(names, name)
					}
				}
			}
		}
	}
	return names
}

// exportedReceiver is false for methods of types that nobody else can name.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	name := ""
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return name == ""
	})
	return ast.IsExported(name)
}
