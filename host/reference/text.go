package reference

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// inline escapes a text so that Markdown shows it unchanged, on one line: no
// emphasis, link, image, code, HTML, entity or table cell begins or ends in it.
// [paragraphs] escapes what has a meaning only at the beginning of a line.
func inline(text string) string {
	var out strings.Builder
	var before rune
	text = strings.Join(strings.Fields(text), " ")
	for i, r := range text {
		switch r {
		case '&':
			out.WriteString("&amp;")
		case '<':
			out.WriteString("&lt;")
		case '>':
			out.WriteString("&gt;")
		case '\\', '`', '*', '[', ']', '|', '~', '$':
			out.WriteByte('\\')
			out.WriteRune(r)
		case '(':
			if before == ']' {
				out.WriteByte('\\')
			}
			out.WriteRune(r)
		case '_': // inside a word it has no meaning
			after, _ := utf8.DecodeRuneInString(text[i+1:])
			if !isWord(before) || !isWord(after) {
				out.WriteByte('\\')
			}
			out.WriteRune(r)
		default:
			out.WriteRune(r)
		}
		before = r
	}
	return out.String()
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// paragraphs returns the paragraphs of a text, each escaped and on one line, with
// an empty line between them. Empty lines separate paragraphs. No paragraph becomes
// a heading, a list, a quotation, a rule or anything else that Markdown recognizes
// at the beginning of a line.
func paragraphs(text string) string {
	var list []string
	var lines []string
	for line := range strings.Lines(text + "\n\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		} else if lines != nil {
			list = append(list, block(inline(strings.Join(lines, " "))))
			lines = nil
		}
	}
	return strings.Join(list, "\n\n")
}

// block escapes the beginning of an escaped line.
func block(line string) string {
	digits := len(line) - len(strings.TrimLeft(line, "0123456789"))
	if digits < len(line) && strings.IndexByte("#+-=.):", line[digits]) >= 0 {
		return line[:digits] + `\` + line[digits:]
	}
	return line
}

// code returns a text as a span of code, between more backticks than the text has
// in a row.
func code(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	longest, run := 0, 0
	for _, r := range text {
		if run++; r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 || text == "" {
		text = " " + text + " "
	}
	return fence + text + fence
}

// cell returns a text as code in a table, where only | needs an escape.
func cell(text string) string { return strings.ReplaceAll(code(text), "|", `\|`) }

// fenced returns a block of code. No line of text may begin with a backtick.
func fenced(language, text string) string {
	return "```" + language + "\n" + strings.TrimRight(text, "\n") + "\n```\n"
}

// table returns a Markdown table; the cells must already be escaped.
func table(header []string, rows [][]string) string {
	var out strings.Builder
	line := func(cells []string) {
		for _, c := range cells {
			out.WriteString("| " + c + " ")
		}
		out.WriteString("|\n")
	}
	line(header)
	out.WriteString(strings.Repeat("|---", len(header)) + "|\n")
	for _, row := range rows {
		line(row)
	}
	return out.String()
}
