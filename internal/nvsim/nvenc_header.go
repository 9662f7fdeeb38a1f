package nvsim

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// The simulated encoder serves clients of all these APIs at once. For each struct it
// has one neutral form with the fields of all of them (n_config for NV_ENC_CONFIG),
// and for each API a table that says where in the client's struct each field lies. What
// no row of a table covers must be zero.
var nvencAPIs = []string{"11.1", "12.0", "12.1", "12.2", "13.0", "13.1"}

// nvencStructs have a version word and are what clients pass.
var nvencStructs = []string{
	"NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS", "NV_ENC_CAPS_PARAM", "NV_ENC_PRESET_CONFIG", "NV_ENC_CONFIG", "NV_ENC_INITIALIZE_PARAMS", "NV_ENC_RECONFIGURE_PARAMS",
	"NV_ENC_CREATE_INPUT_BUFFER", "NV_ENC_LOCK_INPUT_BUFFER", "NV_ENC_CREATE_BITSTREAM_BUFFER", "NV_ENC_LOCK_BITSTREAM", "NV_ENC_REGISTER_RESOURCE",
	"NV_ENC_MAP_INPUT_RESOURCE", "NV_ENC_PIC_PARAMS", "NV_ENC_SEQUENCE_PARAM_PAYLOAD", "NV_ENC_STAT", "NV_ENC_EVENT_PARAMS", "NV_ENC_MEONLY_PARAMS",
	"NV_ENC_CREATE_MV_BUFFER", "NV_ENC_LOOKAHEAD_PIC_PARAMS", "NV_ENC_RESTORE_ENCODER_STATE_PARAMS",
}

// The members of unions: which codec reads them. Those not named here are not
// simulated, so that all of them must be zero.
var nvencArms = map[string]int{"h264Config": 1, "hevcConfig": 2, "av1Config": 3, "h264PicParams": 1, "hevcPicParams": 2, "av1PicParams": 3}

// nvencFiles makes the encoder's headers and tables, and for clients in C a header
// for each API (nvenc_api_121.h), which has NVIDIA's own names and layouts.
func nvencFiles(layout string) (map[string][]byte, error) {
	files := map[string][]byte{}
	var apis []*golden
	for _, v := range nvencAPIs {
		g, err := readGolden(filepath.Join(layout, "nvenc-"+v+".json"))
		if err != nil {
			return nil, err
		}
		apis = append(apis, g)
		name := "nvenc_api_" + strings.ReplaceAll(v, ".", "") + ".h"
		files[name] = nvencAPI(g, v)
	}
	last := apis[len(apis)-1]
	w := &neutral{writer: writer{g: last, done: map[string]bool{}}, apis: apis, fields: map[string][]field{}}
	w.printf("// Made from testdata/layout/nvenc-*.json.\n#pragma once\n#include <stdint.h>\n")
	w.enums()
	for _, n := range []string{"NV_ENC_INPUT_PTR", "NV_ENC_OUTPUT_PTR", "NV_ENC_REGISTERED_PTR", "NV_ENC_CUSTREAM_PTR"} {
		w.printf("typedef void *%s;\n", n)
	}
	w.structs([]string{"GUID", "NV_ENC_SEI_PAYLOAD", "CONTENT_LIGHT_LEVEL", "MASTERING_DISPLAY_INFO"})
	for _, n := range keys(last.GUIDs) {
		w.printf("#define %s %s\n", n, guid(last.GUIDs[n]))
	}
	for _, s := range nvencStructs {
		if err := w.neutral(s); err != nil {
			return nil, err
		}
	}
	w.printf("enum nvenc_struct {\n")
	for _, s := range nvencStructs {
		w.printf("\tS_%s,\n", strings.ToUpper(short(s)[2:]))
	}
	w.printf("\tNSTRUCTS\n};\nenum { NAPIS = %d };\n", len(apis))
	files["nvenc_neutral_gen.h"] = w.Bytes()

	t := &neutral{writer: writer{g: last}, apis: apis, fields: w.fields}
	t.printf("// Made from testdata/layout/nvenc-*.json.\n")
	for i, g := range apis {
		for _, s := range nvencStructs {
			if g.Structs[s].Size == 0 {
				continue
			}
			t.printf("static const struct nvenc_row rows_%d_%s[] = {\n", i, short(s))
			t.rows(g, s, short(s), "", 0, 0)
			t.printf("};\n")
		}
	}
	t.printf("const struct nvenc_layout nvenc_layouts[NAPIS][NSTRUCTS] = {\n")
	for i, g := range apis {
		t.printf("\t{\n")
		for _, s := range nvencStructs {
			if g.Structs[s].Size == 0 {
				t.printf("\t\t{\"%s\", 0, 0, 0, NULL, 0},\n", s)
				continue
			}
			t.printf("\t\t{\"%s\", %#x, %d, sizeof(struct %s), rows_%d_%s, LEN(rows_%d_%s)},\n", s, g.Versions[s+"_VER"].Value, g.Structs[s].Size, short(s), i, short(s), i, short(s))
		}
		t.printf("\t},\n")
	}
	t.printf("};\nconst struct nvenc_api nvenc_apis[NAPIS] = {\n")
	for i, g := range apis {
		major, minor, _ := strings.Cut(nvencAPIs[i], ".")
		t.printf("\t{%s%s, %d, %#x},\n", major, minor, g.Enums["NV_ENC_CAPS"].Values["NV_ENC_CAPS_EXPOSED_COUNT"], g.Versions["NV_ENC_RC_PARAMS_VER"].Value)
	}
	t.printf("};\n")
	files["nvenc_layout_gen.h"] = t.Bytes()

	var slots bytes.Buffer
	for _, f := range last.Structs["NV_ENCODE_API_FUNCTION_LIST"].Fields {
		if strings.HasPrefix(f.Name, "nvEnc") {
			fmt.Fprintf(&slots, "SLOT(%s, %d)\n", f.Name, f.Offset)
		}
	}
	files["nvenc_slots_gen.h"] = slots.Bytes()
	files["nvenc_gen.h"] = files["nvenc_api_130.h"] // what most drivers speak
	return files, nil
}

// nvencAPI is a header as a client of one API has it.
func nvencAPI(g *golden, version string) []byte {
	w := &writer{g: g, done: map[string]bool{}}
	w.printf("// Made from testdata/layout/nvenc-%s.json.\n#pragma once\n#include <stdint.h>\n", version)
	w.enums()
	for _, n := range keys(g.Aliases) {
		if strings.HasPrefix(n, "NV_ENC_") && strings.HasSuffix(n, "_PTR") {
			w.printf("typedef %s%s;\n", g.Aliases[n], n)
		}
	}
	for _, n := range keys(g.Aliases) {
		if a := g.Aliases[n]; n != a && g.Structs[a].Size > 0 {
			w.printf("typedef struct %s %s;\n", tag(a), n)
		}
	}
	w.structs(keys(g.Structs))
	for _, n := range keys(g.GUIDs) {
		w.printf("#define %s ((GUID)%s)\n", n, guid(g.GUIDs[n]))
	}
	for _, n := range keys(g.Versions) {
		w.printf("#define %s %#xu\n", n, g.Versions[n].Value)
	}
	for _, n := range keys(g.Macros) {
		w.printf("#define %s %d\n", n, g.Macros[n])
	}
	w.printf("NVENCSTATUS NvEncodeAPIGetMaxSupportedVersion(uint32_t *);\nNVENCSTATUS NvEncodeAPICreateInstance(NV_ENCODE_API_FUNCTION_LIST *);\n")
	return w.Bytes()
}

// guid turns the usual text into an initialiser.
func guid(s string) string {
	p := strings.Split(s, "-")
	tail := p[3] + p[4]
	var b []string
	for i := 0; i < len(tail); i += 2 {
		b = append(b, "0x"+tail[i:i+2])
	}
	return fmt.Sprintf("{0x%s, 0x%s, 0x%s, {%s}}", p[0], p[1], p[2], strings.Join(b, ", "))
}

// short is the neutral form's name.
func short(name string) string { return "n_" + strings.ToLower(strings.TrimPrefix(name, "NV_ENC_")) }

// neutral writes the neutral forms and the tables.
type neutral struct {
	writer
	apis   []*golden
	fields map[string][]field // of the neutral structs, by NVIDIA's name
}

func isReserved(f field) bool { return strings.HasPrefix(strings.ToLower(f.Name), "reserved") }

// inner is the struct or union that a field holds, if it does.
func inner(g *golden, f field) (name string, count int) {
	base, dims, array := strings.Cut(f.Type, "[")
	if a, ok := g.Aliases[base]; ok && g.Structs[a].Size > 0 {
		base = a
	}
	if base == "GUID" || g.Structs[base].Size == 0 {
		return "", 0
	}
	count = 1
	if array {
		fmt.Sscanf(dims, "%d", &count)
	}
	return base, count
}

// neutral writes the neutral form of a struct, after those that it holds.
func (w *neutral) neutral(name string) error {
	if _, ok := w.fields[name]; ok {
		return nil
	}
	var all []field
	for _, g := range w.apis {
		for _, f := range g.Structs[name].Fields {
			if isReserved(f) || f.Name == "" {
				continue
			}
			i := slices.IndexFunc(all, func(o field) bool { return o.Name == f.Name })
			in, _ := inner(g, f)
			if i < 0 {
				all = append(all, f)
			} else if all[i].Size != f.Size && in == "" {
				return fmt.Errorf("nvsim: %s.%s has two sizes", name, f.Name)
			} else {
				all[i] = f
			}
		}
	}
	w.fields[name] = all
	for _, f := range all {
		for _, g := range slices.Backward(w.apis) {
			if in, _ := inner(g, f); in != "" {
				if err := w.neutral(in); err != nil {
					return err
				}
				break
			}
		}
	}
	w.printf("struct %s {\n", short(name))
	for _, f := range all {
		typ, dims := f.Type, ""
		if i := strings.IndexByte(typ, '['); i >= 0 {
			typ, dims = typ[:i], typ[i:]
		}
		in := ""
		for _, g := range w.apis {
			if s, _ := inner(g, f); s != "" {
				in = s
			}
		}
		switch {
		case in != "":
			typ = "struct " + short(in)
		case f.Bits > 0 && strings.HasPrefix(typ, "int"):
			typ = "int32_t"
		case f.Bits > 0:
			typ = "uint32_t"
		case strings.Contains(typ, "*") || strings.HasSuffix(typ, "_PTR"):
			typ = "void *"
		case !strings.HasSuffix(typ, "_t") && typ != "GUID":
			typ = "uint32_t" // enums
		}
		w.printf("\t%s %s%s;\n", typ, f.Name, dims)
	}
	w.printf("};\n")
	return nil
}

// rows writes where the fields of a struct of one API are in the client's struct and
// in the neutral form.
func (w *neutral) rows(g *golden, name, top, path string, base, arm int) {
	s := g.Structs[name]
	for _, f := range s.Fields {
		if isReserved(f) || f.Name == "" {
			continue
		}
		a := arm
		if s.Kind == "union" {
			if a = nvencArms[f.Name]; a == 0 {
				continue
			}
		}
		if in, count := inner(g, f); in != "" {
			for i := range count {
				p := path + f.Name
				if count > 1 {
					p += fmt.Sprintf("[%d]", i)
				}
				w.rows(g, in, top, p+".", base+f.Offset+i*g.Structs[in].Size, a)
			}
			continue
		}
		bit := 0
		if f.Bit != nil {
			bit = *f.Bit
		}
		w.printf("\t{%d, %d, %d, %d, %d, offsetof(struct %s, %s%s)},\n", base+f.Offset, f.Size, bit, f.Bits, a, top, path, f.Name)
	}
}
