# The figures of the section tensor, beside NPP's and plain decoding's, with the bars
# that they are held to. Fails if one is missed; what was not measured is said.
BEGIN {
	FS = "\t"
	bar["nv12-to-rgb 1920x1080"] = 0.55
	bar["nv12-to-rgb 3840x2160"] = 0.42
	bar["nv12-to-224-bilinear-f16-norm 1920x1080"] = 0.45
	bar["nv12-to-224-area-f16-norm 1920x1080"] = 0.8
}
function middle(s,   v, n) { n = split(s, v, ","); return v[int((n + 1) / 2)] + 0 }
$1 == "FAIL" { print; failed = 1 }
$1 == "RES" && $6 == "us/frame" && $2 == "nvcodec" { us[++kernels] = $3 " " $4; value[$3 " " $4] = middle($7) }
$1 == "RES" && $3 == "nv12-to-rgb-npp" { npp[$4] = middle($7) }
$1 == "RES" && $3 == "nv12-copy-d2d" { copy[$4] = middle($7) }
$1 == "RES" && $6 == "fps" { fps[$2, $4, $5] = middle($7); if ($2 == "gobench-copy") plain[++loops] = $4 SUBSEP $5 }
END {
	for (size in npp) printf "INFO NPP NV12 to RGB %s: %.2f us, a copy of NV12 %.2f us\n", size, npp[size], copy[size]
	for (i = 1; i <= kernels; i++) {
		split(us[i], k, " ")
		text = sprintf("%s: %.2f us", us[i], value[us[i]])
		if (!(k[2] in npp)) { print "| " text; continue }
		ratio = value[us[i]] / npp[k[2]]
		if (!(us[i] in bar)) { printf "| %s, %.2f of NPP\n", text, ratio; continue }
		ok = ratio <= bar[us[i]]
		if (!ok) failed = 1
		printf "%s %s, %.2f of NPP, at most %.2f\n", ok ? "PASS" : "FAIL", text, ratio, bar[us[i]]
	}
	if (kernels && !length(npp)) print "INFO NPP was not measured"
	for (i = 1; i <= loops; i++) {
		split(plain[i], p, SUBSEP)
		for (m = 1; m <= 2; m++) {
			mode = m == 1 ? "rgb" : "model"
			if (!(("gobench-" mode, p[1], p[2]) in fps)) { print "FAIL no figure for " mode " " p[1]; failed = 1; continue }
			ratio = fps["gobench-" mode, p[1], p[2]] / fps["gobench-copy", p[1], p[2]]
			ok = ratio >= 0.98
			if (!ok) failed = 1
			printf "%s decoding %s, %d sessions, %s: %.1f fps, %.3f of plain, at least 0.98\n", ok ? "PASS" : "FAIL", p[1], p[2], mode, fps["gobench-" mode, p[1], p[2]], ratio
		}
	}
	exit failed
}
