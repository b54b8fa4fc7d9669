package bff

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// site is the built front end, read at the start: a folder for each language, with an index.html that contains the nonce's placeholder.
type site struct {
	files     map[string]file // by path, such as en/main-ABCD1234.js
	languages []string        // the first is the default
	matcher   language.Matcher
}

type file struct {
	kind        string
	body        []byte
	gzipped     []byte // empty if compression saves nothing
	hashed      bool   // the name contains a hash of the content
	placeholder bool   // index.html with noncePlace, which each response replaces by its nonce
}

// noncePlace is the placeholder of the nonce in index.html.
const noncePlace = "CSP_NONCE"

// known are the languages of the pages; the first is the default.
var known = []string{"en", "de"}

// hashedName matches file names with a hash, as the front end's build makes them.
var hashedName = regexp.MustCompile(`-[A-Z0-9]{8}\.[a-z0-9]+$`)

func newSite(web fs.FS) (*site, error) {
	s := &site{files: map[string]file{}}
	err := fs.WalkDir(web, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(web, name)
		if err != nil {
			return err
		}
		s.files[name] = newFile(name, body)
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	var tags []language.Tag
	for _, l := range known {
		if _, ok := s.files[l+"/index.html"]; ok {
			s.languages, tags = append(s.languages, l), append(tags, language.MustParse(l))
		}
	}
	if len(tags) > 0 {
		s.matcher = language.NewMatcher(tags)
	}
	return s, nil
}

func newFile(name string, body []byte) file {
	f := file{kind: kindOf(name), body: body, hashed: hashedName.MatchString(name), placeholder: path.Base(name) == "index.html"}
	var small bytes.Buffer
	z, _ := gzip.NewWriterLevel(&small, gzip.BestCompression) // the level is valid
	_, _ = z.Write(body)
	_ = z.Close()
	if !f.placeholder && small.Len() < len(body)*9/10 {
		f.gzipped = small.Bytes()
	}
	return f
}

// kindOf returns the content type of a file. It does not use the machine's MIME tables, which differ between machines.
func kindOf(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".json", ".webmanifest":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	default:
		if kind := mime.TypeByExtension(ext); kind != "" {
			return kind
		}
		return "application/octet-stream"
	}
}

// serve sends a file, or the page for a path of the front end. It redirects a path without a language to the browser's language.
func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		problem(w, http.StatusMethodNotAllowed, "allowed are GET and HEAD")
		return
	}
	if len(s.languages) == 0 {
		unbuilt(w)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if f, ok := s.files[name]; ok && !f.placeholder {
		f.send(w, r)
		return
	}
	first, _, _ := strings.Cut(name, "/")
	if !slices.Contains(s.languages, first) {
		s.choose(w, r, name)
		return
	}
	if path.Ext(name) != "" && !strings.HasSuffix(name, "/index.html") { // a file of an older build, which no longer exists
		problem(w, http.StatusNotFound, "there is no such file")
		return
	}
	s.files[first+"/index.html"].sendPage(w, r)
}

// choose redirects the browser to the same path in its language: the one chosen earlier, or the one of Accept-Language.
func (s *site) choose(w http.ResponseWriter, r *http.Request, name string) {
	if path.Ext(name) != "" {
		problem(w, http.StatusNotFound, "there is no such file")
		return
	}
	chosen := ""
	if c, err := r.Cookie("language"); err == nil {
		chosen = c.Value
	}
	_, n := language.MatchStrings(s.matcher, chosen, r.Header.Get("Accept-Language"))
	target := "/" + s.languages[n] + "/" + name
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	w.Header().Set("Vary", "Accept-Language, Cookie")
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, target, http.StatusSeeOther)
}

func (f file) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache")
	if f.hashed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body := f.body
	if len(f.gzipped) > 0 {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = f.gzipped
		}
	}
	_, _ = w.Write(body) // the browser may have disconnected
}

// sendPage sends index.html with the response's nonce.
func (f file) sendPage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(bytes.ReplaceAll(f.body, []byte(noncePlace), []byte(template.HTMLEscapeString(nonceOf(r.Context())))))
}

// unbuilt is the page of a program that was built without the front end.
func unbuilt(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte("<!doctype html><html lang=en><title>Console</title><p>This program was built without the console's pages: run <code>make console</code> and start it again.</html>\n"))
}
