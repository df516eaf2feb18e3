// Package chrome is the module Chrome: the frame around a page's content. Pages
// ask for it by the methods header and footer of their library (U §9). It makes no
// content and no menu, and keeps nothing.
//
// The frame is one html/template file. The part before {{.Content}} is the header,
// the part after it the footer. The program plugins/cmd/account serves the module,
// with one setting:
//
//	CHROME_TEMPLATE  the path of a template, absolute; default: the one in this package
//
// The file is read again when it changes. While it is broken the calls fail, and the
// log says where the error is.
//
// A template has these values. They are escaped, so they cannot break out of their
// place:
//
//	{{.Title}}    what the page is called; the domain when it says nothing
//	{{.AppKey}}   which entry of a menu the page belongs to; may be empty
//	{{.Account}}  whose page it is
//	{{.Domain}}   the account's main domain; its name when there is none
//	{{.Lang}}     the language of the account, for <html lang>
//	{{.Dir}}      the direction of its writing, ltr or rtl, for <html dir>
//	{{.Theme}}    the theme that the account has chosen
//	{{.Content}}  where the page's own content goes: once, between elements
//
// There has to be a </head> before the content, since pages in the field put
// their style sheets there (U §10).
package chrome
