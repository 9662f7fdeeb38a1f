# Makes a Markdown table of the RES lines of the benchmarks:
#   RES  peer  test  clip  n  unit  v1,v2,v3
# A cell is the median (least..most) of all values of a line's kind. The last column is
# the share of refdec, the C program on libnvcuvid, in the same run, or what a time is
# more than refdec's. Where refdec has no test of the name, the nearest one counts.
BEGIN {
  FS = "\t"
  near["clips-warm"] = "fps"; near["first-frame"] = "first-frame-reuse"
  near["parallel-7"] = near["parallel-7-cold"] = near["parallel-1-cold"] = "fps"
  near["seek-random-unsorted-at"] = "seek-random-unsorted-skipnonref"
}
$1 == "RES" && NF >= 7 {
  k = $2 SUBSEP $3 SUBSEP $4 SUBSEP $5 SUBSEP $6
  if (!(k in values)) { order[++count] = k; values[k] = $7 } else values[k] = values[k] "," $7
}
$1 == "FAIL" { failed[++failures] = $2 ", " $3 ", " $4 ", n=" $5 ": " $6 }
function stats(list, v, n, i, j, t) {
  n = split(list, v, ",")
  for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j-1] + 0 > v[j] + 0; j--) { t = v[j]; v[j] = v[j-1]; v[j-1] = t }
  lo = v[1]; hi = v[n]
  median = n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
  runs = n
}
# reference is the key of what refdec did in the same place, "" if it did not.
function reference(key, p, k, clip, test, n) {
  clip = key[3]; sub(/-mkv$/, "", clip); n = key[4]
  test = key[2] in near ? near[key[2]] : key[2]
  # A file made long enough for so many decoders is measured beside as many sessions.
  if (test ~ /^parallel-[0-9]+-x/) { n = test; gsub(/^parallel-|-x.*/, "", n); test = "fps" }
  for (p = 1; p <= 2; p++) {
    k = (p == 1 ? "refdec-copy" : "refdec") SUBSEP test SUBSEP clip SUBSEP n SUBSEP key[5]
    if (k in values) return k
  }
  return ""
}
function show(x) { return x >= 100 ? sprintf("%.0f", x) : sprintf("%.3g", x) }
END {
  print "| clip | test | sessions | peer | unit | median (least..most) | of refdec |"
  print "|---|---|---|---|---|---|---|"
  for (i = 1; i <= count; i++) {
    split(order[i], key, SUBSEP)
    stats(values[order[i]]); m = median; a = lo; b = hi; n = runs
    cell = n > 1 ? show(m) " (" show(a) ".." show(b) ")" : show(m)
    share = ""
    ref = reference(key)
    if (key[1] !~ /^refdec/ && ref != "") {
      stats(values[ref])
      if (key[5] == "ms") share = sprintf("%+.2f ms", m - median)
      else if (median > 0) share = sprintf("%.3f", m / median)
    }
    printf "| %s | %s | %s | %s | %s | %s | %s |\n", key[3], key[2], key[4], key[1], key[5], cell, share
  }
  for (i = 1; i <= failures; i++) print "FAILED " failed[i]
}
