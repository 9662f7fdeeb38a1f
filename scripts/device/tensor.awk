# The figures of the section tensor, beside NPP's and plain decoding's, with the bars
# that they are held to. Fails if one is missed or was not measured. A figure is the
# median of all that there are of it. On the simulator (sim=1) nothing is judged: its
# kernels run on the CPU.
BEGIN {
	FS = "\t"
	bar["nv12-to-rgb 1920x1080"] = 0.55
	bar["nv12-to-rgb 3840x2160"] = 0.42
	bar["nv12-to-224-bilinear-f16-norm 1920x1080"] = 0.45
	bar["nv12-to-224-area-f16-norm 1920x1080"] = 0.8
	modes = split("rgb model bilinear scaled", mode, " ")
}
function median(s,   v, n, i, k, x) {
	n = split(s, v, ",")
	for (i = 2; i <= n; i++) {
		x = v[i] + 0
		for (k = i - 1; k > 0 && v[k] + 0 > x; k--) v[k + 1] = v[k]
		v[k + 1] = x
	}
	return (v[int((n + 1) / 2)] + v[int(n / 2) + 1]) / 2
}
function more(list, s) { return list == "" ? s : list "," s }
function judge(ok, text) {
	if (sim) { print "| " text; return }
	if (!ok) failed = 1
	print (ok ? "PASS " : "FAIL ") text
}
$1 == "FAIL" { print; failed = 1 }
$1 == "RES" && $6 == "us/frame" && $2 == "nvcodec" { k = $3 " " $4; if (!(k in value)) us[++kernels] = k; value[k] = more(value[k], $7) }
$1 == "RES" && $3 == "nv12-to-rgb-npp" { npp[$4] = more(npp[$4], $7) }
$1 == "RES" && $3 == "nv12-copy-d2d" { copy[$4] = more(copy[$4], $7) }
$1 == "RES" && $6 == "fps" {
	k = $4 SUBSEP $5
	if ($2 == "gobench-copy" && !(($2, k) in fps)) plain[++loops] = k
	fps[$2, k] = more(fps[$2, k], $7)
}
END {
	for (size in npp) printf "INFO NPP NV12 to RGB %s: %.2f us, a copy of NV12 %.2f us\n", size, median(npp[size]), median(copy[size])
	for (i = 1; i <= kernels; i++) {
		split(us[i], name, " ")
		text = sprintf("%s: %.2f us", us[i], median(value[us[i]]))
		if (!(name[2] in npp)) {
			if (us[i] in bar) judge(0, text ", NPP was not measured"); else print "| " text
			continue
		}
		ratio = median(value[us[i]]) / median(npp[name[2]])
		if (us[i] in bar) judge(ratio <= bar[us[i]], sprintf("%s, %.2f of NPP, at most %.2f", text, ratio, bar[us[i]]))
		else printf "| %s, %.2f of NPP\n", text, ratio
	}
	for (k in bar) if (!(k in value)) judge(0, k ": not measured")
	for (i = 1; i <= loops; i++) {
		split(plain[i], p, SUBSEP)
		base = median(fps["gobench-copy", plain[i]])
		for (m = 1; m <= modes; m++) {
			k = "gobench-" mode[m] SUBSEP plain[i]
			if (!(k in fps)) { if (m == 1 || p[1] ~ /1080p/) judge(0, "no figure for " mode[m] " " p[1]); continue }
			ratio = median(fps[k]) / base
			if (mode[m] == "scaled") { printf "| decoding %s, %d sessions, NVDEC's scaler: %.1f fps, %.3f of plain\n", p[1], p[2], median(fps[k]), ratio; continue }
			judge(ratio >= 0.98, sprintf("decoding %s, %d sessions, %s: %.1f fps, %.3f of plain (%.1f), at least 0.98", p[1], p[2], mode[m], median(fps[k]), ratio, base))
		}
	}
	if (!loops) judge(0, "decoding was not measured")
	exit failed
}
