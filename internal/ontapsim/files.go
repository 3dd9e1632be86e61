package ontapsim

import (
	"net/http"
	"net/url"
	"strings"
)

// Volume is a volume whose files can be asked for. The volume itself is a record of
// "storage/volumes", which Add adds.
type Volume struct {
	SVM, UUID string
	// Junction is where the SVM mounts it, without a slash at its end.
	Junction string
	// File returns the file at a path below the volume's root, which is empty for the
	// root itself; false if there is none. It is called by one goroutine at a time.
	File func(path string) (File, bool)
}

// File is what ONTAP tells of a file.
type File struct {
	// Security is the answer of /protocols/file-security/permissions.
	Security Record
	// Times is the record of /storage/volumes/{uuid}/files, with return_metadata.
	Times Record
	// SecurityFault and TimesFault are answers in place of those.
	SecurityFault, TimesFault *Fault
}

// AddVolume adds a volume with files.
func (s *Server) AddVolume(v Volume) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.volumes = append(s.volumes, v)
}

// Paths of the endpoints, as they are in a request.
const (
	securityPath = "/api/protocols/file-security/permissions/"
	volumesPath  = "/api/storage/volumes/"
)

// file answers a request for a file of a volume. It says whether it is one.
func (s *Server) file(w http.ResponseWriter, r *http.Request) bool {
	at := r.URL.EscapedPath()
	for _, v := range s.volumes {
		if escaped, ok := strings.CutPrefix(at, securityPath+v.SVM+"/"); ok && v.has(escaped) {
			v.security(w, r, escaped)
			return true
		}
		if escaped, ok := strings.CutPrefix(at, volumesPath+v.UUID+"/files/"); ok {
			v.times(w, r, escaped)
			return true
		}
	}
	return false
}

// has says whether a path of the SVM is in the volume.
func (v Volume) has(escaped string) bool {
	path, err := url.PathUnescape(escaped)
	return err == nil && (path == v.Junction || strings.HasPrefix(path, v.Junction+"/"))
}

func (v Volume) security(w http.ResponseWriter, r *http.Request, escaped string) {
	f, ok := v.at(w, r, escaped, v.Junction)
	switch {
	case !ok:
	case f == nil:
		refuse(w, http.StatusNotFound, "655865", "no such file or directory")
	case f.SecurityFault != nil:
		f.SecurityFault.write(w)
	default:
		answer(w, http.StatusOK, f.Security)
	}
}

func (v Volume) times(w http.ResponseWriter, r *http.Request, escaped string) {
	f, ok := v.at(w, r, escaped, "")
	switch {
	case !ok:
	case r.URL.Query().Get("return_metadata") != "true":
		refuse(w, http.StatusBadRequest, "262145", "only files with return_metadata are known")
	case f == nil:
		refuse(w, http.StatusNotFound, "4", "entry doesn't exist")
	case f.TimesFault != nil:
		f.TimesFault.write(w)
	default:
		answer(w, http.StatusOK, map[string]any{"records": []Record{f.Times}, "num_records": 1})
	}
}

// at returns the file of an escaped path below a root, nil if there is none. A path
// that is not escaped as ONTAP wants it is refused.
func (v Volume) at(w http.ResponseWriter, r *http.Request, escaped, root string) (*File, bool) {
	path, err := url.PathUnescape(escaped)
	if err != nil || strings.ContainsAny(escaped, "./+") {
		refuse(w, http.StatusBadRequest, "262186", "the path is not escaped: "+r.URL.EscapedPath())
		return nil, false
	}
	f, ok := v.File(strings.TrimPrefix(strings.TrimPrefix(path, root), "/"))
	if !ok {
		return nil, true
	}
	return &f, true
}
