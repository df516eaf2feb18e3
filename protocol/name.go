package protocol

// ValidModule reports whether s is a module name by W16:
// ^[A-Z][A-Za-z0-9]{0,63}$ or, for historical names, ^c[A-Z][A-Za-z0-9]{0,62}$.
func ValidModule(s string) bool {
	if len(s) == 0 || len(s) > 64 {
		return false
	}
	rest := s
	if s[0] == 'c' {
		rest = s[1:]
	}
	return rest != "" && rest[0] >= 'A' && rest[0] <= 'Z' && alphanumeric(rest[1:], false)
}

// ValidFunction reports whether s is a function name by W16:
// ^[A-Za-z][A-Za-z0-9_]{0,63}$.
func ValidFunction(s string) bool {
	return len(s) > 0 && len(s) <= 64 && letter(s[0]) && alphanumeric(s[1:], true)
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func alphanumeric(s string, underscore bool) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !letter(c) && (c < '0' || c > '9') && (c != '_' || !underscore) {
			return false
		}
	}
	return true
}
