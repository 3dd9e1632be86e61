package gdsii

// kind is a record type.
type kind byte

// The kinds that mean something here.
const (
	header      kind = 0x00
	bgnlib      kind = 0x01
	libname     kind = 0x02
	units       kind = 0x03
	endlib      kind = 0x04
	bgnstr      kind = 0x05
	strname     kind = 0x06
	endstr      kind = 0x07
	boundary    kind = 0x08
	path        kind = 0x09
	sref        kind = 0x0a
	aref        kind = 0x0b
	text        kind = 0x0c
	layer       kind = 0x0d
	datatype    kind = 0x0e
	width       kind = 0x0f
	xy          kind = 0x10
	endel       kind = 0x11
	sname       kind = 0x12
	colrow      kind = 0x13
	node        kind = 0x15
	texttype    kind = 0x16
	strans      kind = 0x1a
	mag         kind = 0x1b
	angle       kind = 0x1c
	reflibs     kind = 0x1f
	fonts       kind = 0x20
	pathtype    kind = 0x21
	generations kind = 0x22
	attrtable   kind = 0x23
	box         kind = 0x2d
	boxtype     kind = 0x2e
	nodetype    kind = 0x2a
	bgnextn     kind = 0x30
	endextn     kind = 0x31
	strclass    kind = 0x34
	format      kind = 0x36
	mask        kind = 0x37
	endmasks    kind = 0x38
	libdirsize  kind = 0x39
	srfname     kind = 0x3a
	libsecur    kind = 0x3b
)

// The data types.
const (
	none  = 0
	bits  = 1
	two   = 2 // bytes
	four  = 3 // bytes
	real  = 5 // of eight bytes
	ascii = 6
)

// form is what a record looks like.
type form struct {
	name  string
	data  byte
	least int  // bytes of data
	exact bool // no more than that
}

// formOf returns the form of a record type, false for one that is not released.
func formOf(k kind) (form, bool) {
	forms := [...]form{
		header: {"HEADER", two, 2, true}, bgnlib: {"BGNLIB", two, 24, true}, libname: {"LIBNAME", ascii, 0, false},
		units: {"UNITS", real, 16, true}, endlib: {"ENDLIB", none, 0, true}, bgnstr: {"BGNSTR", two, 24, true},
		strname: {"STRNAME", ascii, 2, false}, endstr: {"ENDSTR", none, 0, true}, boundary: {"BOUNDARY", none, 0, true},
		path: {"PATH", none, 0, true}, sref: {"SREF", none, 0, true}, aref: {"AREF", none, 0, true},
		text: {"TEXT", none, 0, true}, layer: {"LAYER", two, 2, true}, datatype: {"DATATYPE", two, 2, true},
		width: {"WIDTH", four, 4, true}, xy: {"XY", four, 8, false}, endel: {"ENDEL", none, 0, true},
		sname: {"SNAME", ascii, 2, false}, colrow: {"COLROW", two, 4, true}, node: {"NODE", none, 0, true},
		texttype: {"TEXTTYPE", two, 2, true}, 0x17: {"PRESENTATION", bits, 2, true}, 0x19: {"STRING", ascii, 0, false},
		strans: {"STRANS", bits, 2, true}, mag: {"MAG", real, 8, true}, angle: {"ANGLE", real, 8, true},
		reflibs: {"REFLIBS", ascii, 0, false}, fonts: {"FONTS", ascii, 0, false}, pathtype: {"PATHTYPE", two, 2, true},
		generations: {"GENERATIONS", two, 2, true}, attrtable: {"ATTRTABLE", ascii, 0, false},
		0x26: {"ELFLAGS", bits, 2, true}, nodetype: {"NODETYPE", two, 2, true}, 0x2b: {"PROPATTR", two, 2, true},
		0x2c: {"PROPVALUE", ascii, 0, false}, box: {"BOX", none, 0, true}, boxtype: {"BOXTYPE", two, 2, true},
		0x2f: {"PLEX", four, 4, true}, bgnextn: {"BGNEXTN", four, 4, true}, endextn: {"ENDEXTN", four, 4, true},
		strclass: {"STRCLASS", bits, 2, true}, format: {"FORMAT", two, 2, false}, mask: {"MASK", ascii, 0, false},
		endmasks: {"ENDMASKS", none, 0, true}, libdirsize: {"LIBDIRSIZE", two, 2, true},
		srfname: {"SRFNAME", ascii, 0, false}, libsecur: {"LIBSECUR", two, 2, false},
	}
	if int(k) >= len(forms) || forms[k].name == "" {
		return form{}, false
	}
	return forms[k], true
}

// String is the name that the format gives it.
func (k kind) String() string {
	f, _ := formOf(k)
	return f.name
}
