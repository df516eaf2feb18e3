package uapi

import (
	"math"
	"strconv"
)

// pagination cuts one page out of the rows (U12).
type pagination struct {
	start int // 1-based; 0 when only the page was given, everything for all
	page  int // 1-based
	size  int
}

const (
	paginate        = "paginate" // the member of metadata
	everything      = -1         // as a start
	defaultPageSize = 100

	// maxPosition bounds start, page and size, so that no product overflows.
	maxPosition = 1_000_000_000
)

// decodePagination reads the arguments of U12; nil when there are none or they are
// switched off.
func decodePagination(s *spelling) (*pagination, error) {
	on, err := s.enabled("paginate", s.has("paginate_start") || s.has("paginate_size") || s.has("paginate_page"))
	if err != nil || !on {
		return nil, err
	}
	p := &pagination{page: 1, size: defaultPageSize}
	if s.text("paginate_start") == "-1" {
		p.start = everything
	} else if err = s.position("paginate_start", "whole numbers from 1 are allowed, and -1 for everything", &p.start); err != nil {
		return nil, err
	}
	if err = s.position("paginate_size", "whole numbers from 1 are allowed", &p.size); err != nil {
		return nil, err
	}
	return p, s.position("paginate_page", "whole numbers from 1 are allowed", &p.page)
}

// bounds returns the rows of the page, counted from 0: from is the first, to is one
// after the last. Without pagination these are all rows.
func (p *pagination) bounds() (from, to int) {
	if p == nil || p.start == everything {
		return 0, math.MaxInt
	}
	if from = p.start - 1; p.start == 0 {
		from = (p.page - 1) * p.size
	}
	return from, from + p.size
}

// appendMetadata appends metadata.paginate for a total of rows. An empty list has 0
// pages, and its current page is the requested one.
func (p *pagination) appendMetadata(dst []byte, total int) []byte {
	start, size := 1, total
	if p.start != everything {
		from, _ := p.bounds()
		start, size = from+1, p.size
	}
	page, pages := 1, 0
	if size > 0 {
		page, pages = (start-1)/size+1, (total+size-1)/size
	}
	dst = append(dst, `{"current_page":`...)
	dst = strconv.AppendInt(dst, int64(page), 10)
	dst = append(dst, `,"results_per_page":`...)
	dst = strconv.AppendInt(dst, int64(size), 10)
	dst = append(dst, `,"start_result":`...)
	dst = strconv.AppendInt(dst, int64(start), 10)
	dst = append(dst, `,"total_pages":`...)
	dst = strconv.AppendInt(dst, int64(pages), 10)
	dst = append(dst, `,"total_results":`...)
	return append(strconv.AppendInt(dst, int64(total), 10), '}')
}
