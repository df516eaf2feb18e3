package sdk

import "encoding/json"

// encode is encoding/json with booleans as the numbers 0 and 1 (U2).
func encode(v any) (json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return flags(b), nil
}

// flags replaces true by 1 and false by 0 outside of strings, in place. b is
// one compact JSON value, as json.Marshal writes it.
func flags(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			end := i + 1
			for b[end] != '"' {
				if b[end] == '\\' {
					end++
				}
				end++
			}
			out = append(out, b[i:end+1]...)
			i = end
		case 't':
			out = append(out, '1')
			i += len("true") - 1
		case 'f':
			out = append(out, '0')
			i += len("false") - 1
		default:
			out = append(out, b[i])
		}
	}
	return out
}
