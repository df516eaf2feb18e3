// Package tags is the expression language of LiveAPI's tags and of the requests
// print, if and API 1 (U §9). It replaces variables in a text ([Expand]), evaluates
// conditions ([Holds]), and reads the contents of the tags setvar and
// Module="function(arguments)" ([ParseSetvar], [SplitArguments]).
//
// Every function is pure. The host defines the variables ([Variables]). Package
// liveapi makes the frame around a reply, with its escapes.
//
// # Variables
//
// A variable is written as in Perl:
//
//	$user               a plain one
//	$CPDATA{'DNS'}      one of a group, by its key;
//	$CPDATA{"DNS"}      the same
//	$CPDATA{DNS}        the same
//	${user}name         with braces, when a letter, a digit, an underscore or a brace follows
//	${CPDATA{'DNS'}}    the same for one of a group
//
// A name is letters, digits and underscores, and does not begin with a digit. A
// key is any text in quotes, without escapes, or letters, digits, underscores, dots
// and hyphens without quotes; blanks may be around it. An unknown variable is the
// empty text; so is a variable whose name is longer than 64 bytes, or whose key is
// longer than 256 bytes or empty.
//
// A backslash before a dollar sign makes it a literal dollar sign. For a backslash
// followed by a variable, write two backslashes: just before a dollar sign each pair
// of backslashes is one backslash. All other backslashes are literal.
//
// A value is inserted unchanged and is not parsed: no variable in it is replaced, and
// operators and quotes in it have no meaning.
//
// # Conditions
//
//	x                    true when x is neither empty nor 0
//	!x                   true when x is empty or 0
//	x==y, x=et=y         x and y are equal
//	x!=y                 x and y are different
//	x=gt=y, x=gtet=y     x is greater, greater or equal
//	x=lt=y, x=ltet=y     x is less, less or equal
//
// Blanks may be around x, y, ! and the operator. An operand is one of
//
//	'text'    this text
//	"text"    this text with its variables replaced
//	word      the same, without blanks and without any of ' " = ! < > & | ( )
//
// so a pair of quotes is the empty text. In quotes a backslash before a quote or a
// backslash gives that character, in double quotes also before a dollar sign; any
// other backslash is literal. In a word, backslashes are as in a printed text.
//
// Two numbers are compared by value, exactly, at any length: 1 equals 1.0 and 01. A
// number is digits with an optional sign and an optional fraction. There are no
// exponents, so 0e1 and 0e2, which might be hashes, are different texts. All other
// operands are compared byte by byte.
//
// A condition of any other form is an error with the position and the allowed forms;
// it is never treated as true. A dollar sign that does not begin a variable is an error
// in a condition and is printed in a text.
package tags
