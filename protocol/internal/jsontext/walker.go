package jsontext

import "strconv"

// Mode says what a walker does besides checking the grammar.
type Mode uint8

// The modes; they can be combined.
const (
	// Valid says that Src is valid UTF-8, so that its bytes are not checked again.
	Valid Mode = 1 << iota
	// Strict refuses bytes that are not UTF-8 and escapes of half a surrogate pair.
	// Without Strict each counts as U+FFFD, since decoders refuse a whole text for one.
	Strict
	// Copy writes Src to Dst without the white space outside strings, and with
	// `\ufffd` for what counts as U+FFFD.
	Copy
	// Escape makes Copy escape the characters of W8: <, >, &, U+2028, U+2029, and
	// U+FFFE and U+FFFF, which the strict XML reader refuses.
	Escape
	// Unique refuses an object with two members of the same name.
	Unique
)

// Walker walks one JSON text. Fill in the first group of fields, then call its
// methods; they return false after an error, and At and Reason then describe it. A
// Walker allocates only to grow Dst, for an object of more than a few members with the
// mode Unique, and for some error texts.
type Walker struct {
	Src   []byte // at most 2 GiB
	Pos   int    // the next byte to be read; Copy begins at 0
	Depth int    // how deep objects and arrays may be nested, including the outermost
	Mode  Mode
	Dst   []byte // what Copy has written; Flush writes the last run
	Limit int    // how many bytes Dst may hold; 0: any number

	At     int    // where the error is, in bytes from the start of Src
	Reason string // what is wrong and what to do; "" without an error
	Full   bool   // the error is that Dst would have more than Limit bytes

	from  int // Src[from:Pos] is not copied yet; Copy collects unchanged bytes in long runs
	names names
}

// Whole walks white space, one value and white space, and then requires the end.
func (w *Walker) Whole() bool {
	if w.Space(); !w.Value(1) {
		return false
	}
	return w.End()
}

// End requires that only white space is left, and flushes.
func (w *Walker) End() bool {
	if w.Space(); w.Pos != len(w.Src) {
		return w.Stop(w.Pos, "something follows the JSON value; send one value")
	}
	return w.Flush()
}

// Stop records an error and returns false. It keeps the first error.
func (w *Walker) Stop(at int, reason string) bool {
	if w.Reason == "" {
		w.At, w.Reason = at, reason
	}
	return false
}

// Flush copies Src[from:Pos].
func (w *Walker) Flush() bool { return w.put("", 0) }

// put copies Src[from:Pos], then text, and skips the next skip bytes.
func (w *Walker) put(text string, skip int) bool {
	if w.Mode&Copy != 0 {
		run := w.Src[w.from:w.Pos]
		if w.Limit > 0 && len(w.Dst)+len(run)+len(text) > w.Limit {
			w.Full = true
			return w.Stop(w.Pos, "the copy is larger than its bound")
		}
		w.Dst = append(append(w.Dst, run...), text...)
	}
	w.Pos += skip
	w.from = w.Pos
	return true
}

// Space skips white space. It is small enough to be inlined.
func (w *Walker) Space() {
	if w.Pos < len(w.Src) && w.Src[w.Pos] <= ' ' {
		w.spaces()
	}
}

func (w *Walker) spaces() {
	n := 0
	for w.Pos+n < len(w.Src) && IsSpace(w.Src[w.Pos+n]) {
		n++
	}
	if n > 0 {
		w.put("", n)
	}
}

// Next reports whether the next byte is b, and skips it if so.
func (w *Walker) Next(b byte) bool {
	if w.Pos < len(w.Src) && w.Src[w.Pos] == b {
		w.Pos++
		return true
	}
	return false
}

// Value walks one value. depth is the nesting level of an object or array here.
func (w *Walker) Value(depth int) bool {
	if w.Pos >= len(w.Src) {
		return w.Stop(w.Pos, "the JSON ends where a value must come")
	}
	end := -1
	switch b := w.Src[w.Pos]; b {
	case '"':
		_, ok := w.Text()
		return ok
	case '{', '[':
		if depth > w.Depth {
			return w.Stop(w.Pos, "objects and arrays are nested deeper than "+strconv.Itoa(w.Depth)+" levels")
		}
		if b == '{' {
			return w.object(depth)
		}
		return w.array(depth)
	case 't', 'f', 'n':
		end = Literal(w.Src, w.Pos)
	default:
		end = Number(w.Src, w.Pos)
	}
	if end < 0 {
		return w.Stop(w.Pos, "a JSON value must come here")
	}
	w.Pos = end
	return true
}

func (w *Walker) array(depth int) bool {
	for more := w.Enter('['); more; more = w.More(']') {
		if !w.Value(depth + 1) {
			return false
		}
	}
	return w.Reason == ""
}

func (w *Walker) object(depth int) bool {
	outer := w.names.base
	w.names.base = w.names.count
	for more := w.Enter('{'); more; more = w.More('}') {
		if w.Mode&Unique == 0 && w.members() {
			continue
		}
		if _, ok := w.Member(); !ok || !w.Value(depth+1) {
			return false
		}
	}
	w.names.base = outer
	return w.Reason == ""
}

// members walks members in the form that most modules write, in every mode: compact,
// with a text or a whole number as value, which need no change. It stops before the
// comma or brace after such a member, or returns false when the next member has another
// form. It is Member, Value and More in one loop without function calls, since a long
// list of rows spends most of its time here.
func (w *Walker) members() bool {
	src, i, after := w.Src, w.Pos, -1
	for i < len(src) && src[i] == '"' {
		i = harmless(src, i+1)
		if i+2 >= len(src) || src[i] != '"' || src[i+1] != ':' {
			break
		}
		i += 2
		switch b := src[i]; {
		case b == '"':
			if i = harmless(src, i+1); i < len(src) && src[i] == '"' {
				i++
			} else {
				i = len(src)
			}
		case '1' <= b && b <= '9':
			for i++; i < len(src) && '0' <= src[i] && src[i] <= '9'; i++ {
			}
		case b == '0':
			i++
		default:
			i = len(src)
		}
		if i >= len(src) || src[i] != ',' && src[i] != '}' {
			break
		}
		after = i
		if src[i] == '}' {
			break
		}
		i++
	}
	if after < 0 {
		return false
	}
	w.Pos = after
	return true
}

// Enter skips an opening bracket, '{' or '[', and the white space after it. It returns
// false after an error, and for an empty object or array, whose closing bracket it
// skips, too. The loop over an object is
//
//	for more := w.Enter('{'); more; more = w.More('}') {
//		name, ok := w.Member()
//		…
//		ok = w.Value(depth)
//	}
//
// and the loop over an array is the same without Member. After the loop, Reason is ""
// if there was no error.
func (w *Walker) Enter(opening byte) bool {
	if w.Pos >= len(w.Src) || w.Src[w.Pos] != opening {
		if opening == '{' {
			return w.Stop(w.Pos, "a JSON object must come here")
		}
		return w.Stop(w.Pos, "a JSON array must come here")
	}
	w.Pos++
	w.Space()
	return !w.Next(opening + 2) // '{' and '}', '[' and ']'
}

// More skips the comma after a value and returns true, or skips the closing bracket
// and returns false.
func (w *Walker) More(closing byte) bool {
	w.Space()
	if w.Pos < len(w.Src) {
		switch w.Src[w.Pos] {
		case ',':
			w.Pos++
			w.Space()
			return true
		case closing:
			w.Pos++
			if closing == '}' && w.Mode&Unique != 0 {
				w.names.close(w)
			}
			return false
		}
	}
	if closing == '}' {
		return w.Stop(w.Pos, "a comma or a closing brace must come here")
	}
	return w.Stop(w.Pos, "a comma or a closing bracket must come here")
}

// Member skips a member's name, its colon and the white space after it.
func (w *Walker) Member() (name Span, ok bool) {
	if w.Pos >= len(w.Src) || w.Src[w.Pos] != '"' {
		return Span{}, w.Stop(w.Pos, "a member name in double quotes must come here")
	}
	if name, ok = w.Text(); !ok || w.Mode&Unique != 0 && !w.names.add(w, name) {
		return Span{}, false
	}
	w.Space()
	if w.Pos >= len(w.Src) || w.Src[w.Pos] != ':' {
		return Span{}, w.Stop(w.Pos, "a colon must come after a member name")
	}
	w.Pos++
	w.Space()
	return name, true
}
