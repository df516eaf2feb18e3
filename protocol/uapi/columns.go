package uapi

// decodeColumns reads the arguments of U13; ok is false when all columns are kept.
func decodeColumns(s *spelling) (keep columns, ok bool, err error) {
	names := s.letters
	for _, n := range s.numbers["columns"] {
		names = append(names, numbered("columns", n))
	}
	on, err := s.enabled("columns", true)
	if err != nil || !on {
		return columns{}, false, err
	}
	for _, name := range names {
		if !s.has(name) {
			continue
		}
		if keep.add(s.text(name)); len(keep.names) > maxColumns {
			return columns{}, false, s.tooMany(name, "columns", maxColumns)
		}
	}
	return keep, len(keep.names) > 0, nil
}

// projection writes rows with only some of their members (U13).
type projection struct {
	rowWalker
	dst []byte
}

func newProjection(data []byte, keep columns) *projection {
	return &projection{rowWalker: *newRowWalker(data, keep)}
}

// appendRows appends the rows of a span, which has been walked before. Each row has
// only the kept members, in their order.
func (p *projection) appendRows(dst []byte, rows span) []byte {
	p.dst = dst
	for p.Pos = rows.from; p.Pos < rows.to; {
		p.dst = append(p.dst, '{')
		empty := len(p.dst)
		p.row(func(column, name int, value field) {
			if column < 0 {
				return
			}
			if len(p.dst) > empty {
				p.dst = append(p.dst, ',')
			}
			p.dst = append(p.dst, p.Src[name:value.to]...)
		})
		p.dst = append(p.dst, '}')
		if p.Space(); p.Pos < rows.to && p.Next(',') {
			p.dst = append(p.dst, ',')
			p.Space()
		}
	}
	return p.dst
}
