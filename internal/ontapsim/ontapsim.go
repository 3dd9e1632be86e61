// Package ontapsim is the management interface of ONTAP for tests: HTTPS with a
// certificate of a private CA, Basic authentication, collections with pages and
// single records, files of volumes with their security and their times, ONTAP's
// form of errors, and faults.
//
// It knows no fields and no queries: every collection has all its records.
package ontapsim

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Server is one management interface.
type Server struct {
	server *httptest.Server

	mu          sync.Mutex
	password    string
	page        int
	collections map[string][]Record
	volumes     []Volume
	faults      []Fault
	requests    []Request
	next        string
}

// Record is an element of a collection; its "uuid" is its name.
type Record map[string]any

// Fault is an answer in place of the right one.
type Fault struct {
	Status int
	// RetryAfter is the header, in seconds; none if 0.
	RetryAfter int
	// Body is the answer; an error of ONTAP if empty.
	Body string
	// Break breaks the connection in place of an answer.
	Break bool
}

// Request is what was asked for.
type Request struct{ Method, Path, Query, Body string }

const username = "fsxadmin"

// New returns a server whose collections have pages of the given length, for one
// test.
func New(tb testing.TB, page int) *Server {
	tb.Helper()
	s := Start(page)
	tb.Cleanup(s.Close)
	return s
}

// Start returns a server as New, for whoever closes it.
func Start(page int) *Server {
	s := &Server{password: "first-password", page: page, collections: map[string][]Record{}}
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0) // certificates that clients refuse
	s.server.StartTLS()
	return s
}

// Close ends the server.
func (s *Server) Close() { s.server.Close() }

// Host is the address with its port.
func (s *Server) Host() string { return s.server.Listener.Addr().String() }

// Secret is the text of the secret with the present password, and the CA.
func (s *Server) Secret() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.server.Certificate().Raw})
	text, _ := json.Marshal(map[string]string{"username": username, "password": s.password, "ca": string(ca)}) // texts always encode
	return string(text)
}

// SetPassword changes the password.
func (s *Server) SetPassword(password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.password = password
}

// Add adds records to the collection at a path below /api, such as
// "storage/volumes".
func (s *Server) Add(path string, records ...Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collections[path] = append(s.collections[path], records...)
}

// Fail makes the next requests fail, one for each fault.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// Next makes every page link to href.
func (s *Server) Next(href string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = href
}

// Requests returns the requests since the last time.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := s.requests
	s.requests = nil
	return requests
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller is gone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body)})
	if len(s.faults) > 0 {
		f := s.faults[0]
		s.faults = s.faults[1:]
		f.write(w)
		return
	}
	if user, password, _ := r.BasicAuth(); user != username || password != s.password {
		refuse(w, http.StatusUnauthorized, "6691623", "User is not authorized.")
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/api/")
	switch records, ok := s.collections[path]; {
	case r.Method == http.MethodGet && s.file(w, r):
	case r.Method != http.MethodGet:
		answer(w, http.StatusAccepted, map[string]any{"job": map[string]any{"uuid": "job"}})
	case ok:
		s.collection(w, r, records)
	default:
		s.single(w, path)
	}
}

func (s *Server) collection(w http.ResponseWriter, r *http.Request, records []Record) {
	start, _ := strconv.Atoi(r.URL.Query().Get("start.index"))
	end := min(start+s.page, len(records))
	links := map[string]any{}
	query := r.URL.Query()
	if end < len(records) {
		query.Set("start.index", strconv.Itoa(end))
		links["next"] = map[string]any{"href": (&url.URL{Path: r.URL.Path, RawQuery: query.Encode()}).String()}
	}
	if s.next != "" {
		links["next"] = map[string]any{"href": s.next}
	}
	answer(w, http.StatusOK, map[string]any{"records": records[start:end], "num_records": end - start, "_links": links})
}

func (s *Server) single(w http.ResponseWriter, path string) {
	collection, name := path[:max(strings.LastIndexByte(path, '/'), 0)], path[strings.LastIndexByte(path, '/')+1:]
	i := slices.IndexFunc(s.collections[collection], func(r Record) bool { return r["uuid"] == name })
	if i < 0 {
		refuse(w, http.StatusNotFound, "4", "entry doesn't exist")
		return
	}
	answer(w, http.StatusOK, s.collections[collection][i])
}

func (f Fault) write(w http.ResponseWriter) {
	if f.Break {
		panic(http.ErrAbortHandler)
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	if f.Body == "" {
		refuse(w, f.Status, "1", "injected")
		return
	}
	w.WriteHeader(f.Status)
	_, _ = io.WriteString(w, f.Body)
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]any{"error": map[string]any{"message": message, "code": code}})
}

func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("a record is no JSON: %v", err))
	}
	w.Header().Set("Content-Type", "application/hal+json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
