package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"bytes"

	"github.com/go-nvcodec/nvcodec/codec"
)

//go:embed web
var web embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{"bytes": humanBytes, "words": words}).ParseFS(web, "web/*.html"))

// config is what the command line says.
type config struct {
	device     codec.Device
	height     int   // of the pictures that are sent, at most
	transcodes int   // at once
	cacheBytes int64 // of pictures and indexes
	log        *log.Logger
}

// A server shows a folder. It is an http.Handler.
type server struct {
	cfg    config
	folder *folder
	mux    *http.ServeMux

	base     context.Context // of all work; ends with stop
	stop     context.CancelFunc
	videos   *cache[*description]
	sheets   *cache[[]byte]
	pictures chan struct{} // holds one for each decoding for pictures that is under way
	sessions *sessions
}

func newServer(f *folder, cfg config) *server {
	s := &server{
		cfg: cfg, folder: f, mux: http.NewServeMux(),
		videos: newCache[*description](cfg.cacheBytes / 2), sheets: newCache[[]byte](cfg.cacheBytes / 2),
		pictures: make(chan struct{}, 2),
	}
	s.base, s.stop = context.WithCancel(context.Background())
	s.sessions = newSessions(s, cfg.transcodes)
	for pattern, h := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /{$}":               s.listPage,
		"GET /watch/{name...}":   s.watchPage,
		"GET /info/{name...}":    s.infoJSON,
		"GET /thumb/{name...}":   s.thumbnail,
		"GET /sheet/{name...}":   s.sheet,
		"GET /segment/{name...}": s.segment,
	} {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				s.fail(w, r, err)
			}
		})
	}
	static := http.FileServerFS(web)
	s.mux.Handle("GET /web/{file}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.PathValue("file"), ".html") { // a template
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		static.ServeHTTP(w, r)
	}))
	return s
}

// Close ends all work and frees what is kept for players.
func (s *server) Close() error {
	s.stop()
	s.videos.drop()
	s.sheets.drop()
	return s.sessions.Close()
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if why := refused(r); why != "" {
		http.Error(w, why, http.StatusForbidden)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// refused says why a request is not meant for us: pages of others may have a browser ask
// for our videos, by our own address or by a name of theirs that leads to it.
func refused(r *http.Request) string {
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate" {
		return "Another site asked for this. Open the player's own page."
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return ""
	}
	if at, err := netip.ParseAddrPort(local.String()); err != nil || !at.Addr().Unmap().IsLoopback() {
		return "" // it is open to others anyway
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); host == "localhost" || err == nil && ip.IsLoopback() {
		return ""
	}
	return fmt.Sprintf("This server answers to localhost and 127.0.0.1 alone, not to %q. Start it with -addr :8080 to have it answer to others.", r.Host)
}

// A statusError is an error with an HTTP status.
type statusError struct {
	status int
	retry  int // seconds, 0 for never
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

func badRequest(format string, args ...any) error {
	return &statusError{status: http.StatusBadRequest, err: fmt.Errorf(format, args...)}
}

// status is the HTTP status that tells of err.
func status(err error) int {
	var s *statusError
	switch {
	case errors.As(err, &s):
		return s.status
	case errors.Is(err, errNoVideo), errors.Is(err, os.ErrNotExist):
		return http.StatusNotFound
	case errors.Is(err, codec.ErrRange):
		return http.StatusRequestedRangeNotSatisfiable
	case errors.Is(err, codec.ErrLibrary):
		return http.StatusInternalServerError
	case errors.Is(err, context.Canceled), errors.Is(err, codec.ErrClosed):
		return http.StatusServiceUnavailable
	}
	return http.StatusUnprocessableEntity // the file's fault
}

// explain adds the remedy to an error, where there is one.
func explain(err error) string {
	text := err.Error()
	switch {
	case errors.Is(err, codec.ErrNoVideo):
		text += ". There is nothing to show: the file has no pictures."
	case errors.Is(err, codec.ErrLibrary):
		text += ". Install FFmpeg's shared libraries (Debian, Ubuntu: apt-get install ffmpeg); go run ./examples/doctor looks at all of it."
	case errors.Is(err, codec.ErrUnsupported):
		text += ". Try -device cpu, which has decoders that the GPU lacks, or another build of FFmpeg."
	case errors.Is(err, codec.ErrCorrupt):
		text += ". The file is damaged; ffmpeg -i FILE -c copy NEW.mkv mends some containers."
	case status(err) == http.StatusUnprocessableEntity:
		text += ". Is it a video, and complete? ffprobe FILE says what FFmpeg finds in it."
	}
	return text
}

func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody is there
	}
	code := status(err)
	var e *statusError
	if errors.As(err, &e) && e.retry > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(e.retry))
	}
	s.cfg.log.Printf("%s: %d: %v", r.URL.Path, code, err)
	w.Header().Set("Cache-Control", "no-store")
	if strings.HasPrefix(r.URL.Path, "/info/") {
		writeJSON(w, code, map[string]string{"error": explain(err)})
		return
	}
	if strings.HasPrefix(r.URL.Path, "/watch/") {
		s.page(w, code, "error.html", explain(err))
		return
	}
	http.Error(w, explain(err), code)
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v)
}

// page writes a page at once, so that a template that fails leaves no half of one.
func (s *server) page(w http.ResponseWriter, code int, name string, data any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		s.cfg.log.Printf("%s: %v", name, err)
		http.Error(w, "the page could not be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(b.Bytes())
}

func humanBytes(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	f, units := float64(n), "KMGTPE"
	for i := range units {
		if f /= unit; f < 999.5 || i == len(units)-1 {
			return fmt.Sprintf("%.3g %ciB", f, units[i])
		}
	}
	return ""
}

// words makes a standard's name of a message readable.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// video is the one that a request names.
func (s *server) video(r *http.Request) (video, error) { return s.folder.stat(r.PathValue("name")) }

// describeOnce is describe, from memory if it was done before.
func (s *server) describeOnce(ctx context.Context, v video) (*description, error) {
	return s.videos.get(ctx, s.base, v.ID(), func(ctx context.Context) (*description, int64, error) {
		if err := s.turn(ctx); err != nil {
			return nil, 0, err
		}
		defer func() { <-s.pictures }()
		d, err := s.describe(ctx, v)
		if err != nil {
			return nil, 0, err
		}
		return d, d.cost(), nil
	})
}

// turn waits until few others decode for pictures.
func (s *server) turn(ctx context.Context) error {
	select {
	case s.pictures <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *server) listPage(w http.ResponseWriter, r *http.Request) error {
	list, more, err := s.folder.list(r.Context())
	if err != nil {
		return err
	}
	s.page(w, http.StatusOK, "list.html", map[string]any{"Videos": list, "More": more, "Most": maxListed, "Names": strings.Join(videoNames, " ")})
	return nil
}

func (s *server) infoJSON(w http.ResponseWriter, r *http.Request) error {
	v, err := s.video(r)
	if err != nil {
		return err
	}
	d, err := s.describeOnce(r.Context(), v)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	writeJSON(w, http.StatusOK, d.info)
	return nil
}

func (s *server) thumbnail(w http.ResponseWriter, r *http.Request) error {
	v, err := s.video(r)
	if err != nil {
		return err
	}
	d, err := s.describeOnce(r.Context(), v)
	if err != nil {
		return err
	}
	return sendPicture(w, r, v, d.thumb)
}

func (s *server) sheet(w http.ResponseWriter, r *http.Request) error {
	v, err := s.video(r)
	if err != nil {
		return err
	}
	b, err := s.sheets.get(r.Context(), s.base, v.ID(), func(ctx context.Context) ([]byte, int64, error) {
		d, err := s.describeOnce(ctx, v)
		if err != nil {
			return nil, 0, err
		}
		if err := s.turn(ctx); err != nil {
			return nil, 0, err
		}
		defer func() { <-s.pictures }()
		b, err := s.contactSheet(ctx, v, d)
		return b, int64(len(b)), err
	})
	if err != nil {
		return err
	}
	return sendPicture(w, r, v, b)
}

func sendPicture(w http.ResponseWriter, r *http.Request, v video, b []byte) error {
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Cache-Control", "private, no-cache")
	http.ServeContent(w, r, "", v.Time.Truncate(time.Second), bytes.NewReader(b))
	return nil
}
