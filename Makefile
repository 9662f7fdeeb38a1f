# make test    runs all tests that can run on this machine
# make check   all that must hold before a change is merged: format, vet, linters, layers,
#              generated files, tests with and without cgo and race detector, other targets
# make test-sim-clients   runs ffmpeg, GStreamer and newer FFmpegs on the driver simulator
# make test-exact  every frame of every file by number, in every order, on every engine there is
# make test-encode-all   every combination of settings on NVENC's simulator: 20 minutes of one core, shared by all
# make soak    opens and closes 10,000 files and has a hundred readers at once, on the driver simulator
# make load    16 goroutines of mixed work for LOAD (30m), on the driver simulator: nothing may grow
# make test-faults  every call of the driver fails in every plausible way, in every kind of job
# make test-damage  cuts and flips the media set's files at random places, 24 times each, and reads them
# make test-ffmpeg-majors  tests avformat, and codec on the CPU, on other majors of FFmpeg (scripts/majors.sh)
# make test-arm64, make test-windows   tests what can be tested for linux/arm64, with FFmpeg under qemu, and for windows/amd64 under Wine (scripts/targets.sh)
# make demo    decodes and transcodes FILE (default: a clip of ours) with the demo program; DEVICE=auto, cpu, cuda:0
# make player  shows the videos of DIR as a web page (default: our test clips), at ADDR
# make fuzz    feeds each fuzz target for FUZZTIME
# make api     writes the exported API to testdata/api, which CI compares with
# make plots   draws the pictures of docs/benchmarks.md from its tables
# make bench   measures calls, callbacks and whatever else has a benchmark
#
# Each installs what it needs with apt-get, if that is missing and we are root.

FILE   ?= testdata/demo.mp4
DEVICE ?= auto
FUZZTIME ?= 20s
LOAD   ?= 30m
DIR    ?= testdata
ADDR   ?= 127.0.0.1:8080

export GOFLAGS := $(GOFLAGS) -buildvcs=false
export CGO_ENABLED ?= 0

.PHONY: all test test-encode-all test-sim-clients test-faults test-damage test-ffmpeg-majors test-arm64 test-windows soak load check demo player fuzz bench generate api plots testdata latest clean

all: test

test:
	@scripts/setup.sh test || echo "make test: going on; what needs the missing parts is skipped and says so" >&2
	@mkdir -p out && go build -C internal/tools -o "$(CURDIR)/out/testsum" ./testsum
	@go test -json -timeout 25m ./... 2>&1 | out/testsum -name test

test-sim-clients:
	@scripts/setup.sh clients || echo "make test-sim-clients: going on; what needs the missing parts is skipped and says so" >&2
	@scripts/clients.sh

test-exact:
	@scripts/setup.sh test || true
	NVCODEC_EXACT=all REQUIRE_MEDIA=1 go test -timeout 120m -run 'TestSimpleExact|TestSimpleDamaged|TestIndexIs' -v ./codec

test-encode-all:
	@scripts/setup.sh test || true
	@scripts/encode-all.sh

soak:
	@scripts/setup.sh test || true
	# With an arena for each thread, and blocks of frames' size in the heap, glibc's own
	# fragmentation hides what is looked for.
	MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=65536 NVCODEC_SOAK=10000 NVCODEC_READERS=100 go test -count 1 -timeout 30m -v -run '^(TestSoak|TestManyReaders)$$' ./codec

load:
	@scripts/setup.sh test || true
	MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=65536 NVCODEC_LOAD=$(LOAD) go test -count 1 -timeout 0 -v -run '^TestMixedLoad$$' ./codec

test-faults:
	@scripts/setup.sh test || true
	NVCODEC_FAULTS=all REQUIRE_SIM=1 go test -count 1 -timeout 30m -v -run '^TestFaults$$' ./codec

test-damage:
	@scripts/setup.sh test || true
	NVCODEC_DAMAGE=20 REQUIRE_MEDIA=1 go test -count 1 -timeout 60m -v -run '^TestDamagedFiles$$' ./codec

test-ffmpeg-majors:
	@scripts/setup.sh test || true
	@scripts/majors.sh $(MAJORS)

test-arm64 test-windows:
	@scripts/setup.sh check
	@mkdir -p out && go build -C internal/tools -o "$(CURDIR)/out/testsum" ./testsum
	@scripts/targets.sh $(@:test-%=%) | out/testsum -name $(@:test-%=%)

check:
	@scripts/setup.sh check
	@scripts/check.sh

demo:
	@scripts/setup.sh run
	@go run ./examples/demo -device "$(DEVICE)" -i "$(FILE)"

player:
	@scripts/setup.sh run
	@go run -C examples/player . -device "$(DEVICE)" -addr "$(ADDR)" -dir "$$(realpath "$(DIR)")"

fuzz:
	@scripts/fuzz.sh "$(FUZZTIME)"

bench:
	@scripts/setup.sh test || true
	go test -run '^$$' -bench . -benchmem ./...

generate:
	go generate ./...

api:
	@scripts/check.sh api_write

plots:
	@mkdir -p out && go build -C internal/tools -o "$(CURDIR)/out/plots" ./plots && out/plots -o docs docs/benchmarks.md

# Only when an encoder or a clip changes: the result is committed.
testdata:
	@scripts/setup.sh test
	scripts/testdata.sh

# The newest purego, on which the assembly in internal/abi leans.
latest:
	scripts/latest.sh

clean:
	rm -rf out bin
