// Package tags is the expression language of LiveAPI's tags and of the requests
// print, if and API 1 (U §9). It replaces variables in a text ([Expand]), says
// whether a condition holds ([Holds]), and reads what the tags setvar and
// Module="function(arguments)" carry ([ParseSetvar], [SplitArguments]).
//
// Everything is a pure function. Which variables there are is the host's affair
// ([Variables]); the frame around an answer, with the escapes that it needs, is
// package liveapi.
//
// # Variables
//
// A variable is mentioned as in Perl:
//
//	$user               a plain one
//	$CPDATA{'DNS'}      one of a group, by its key;
//	$CPDATA{"DNS"}      the same
//	$CPDATA{DNS}        the same
//	${user}name         with braces, when a name's letters follow, or a brace
//	${CPDATA{'DNS'}}    the same for one of a group
//
// A name is letters, digits and underscores, and does not begin with a digit. A
// key is any text between quotes, without escapes, or letters, digits,
// underscores, dots and hyphens without them; blanks may stand around it. A
// variable that the host does not know, one whose name is over 64 bytes or whose
// key is over 256 bytes or empty, is the empty text.
//
// A dollar sign with a backslash before it is a dollar sign. To have a backslash
// and then a variable, write two: of backslashes just before a dollar sign each
// pair is one. All other backslashes are themselves.
//
// A value goes in as it is and is never read again: no variable in it is
// replaced, and no operator or quote in it means anything.
//
// # Conditions
//
//	x                    holds when x is neither empty nor 0
//	!x                   holds when x does not
//	x==y, x=et=y         x and y are equal
//	x!=y                 they are not
//	x=gt=y, x=gtet=y     x is greater, greater or equal
//	x=lt=y, x=ltet=y     x is less, less or equal
//
// Blanks may stand around x, y, ! and the operator. An operand is one of
//
//	'text'    this text
//	"text"    this text with its variables replaced
//	word      the same, without blanks and without any of ' " = ! < > & | ( )
//
// so a pair of quotes is the empty text. Between quotes a backslash before a
// quote or a backslash, between double quotes also before a dollar sign, gives
// that character; any other is itself. In a word, backslashes are as in a printed
// text.
//
// Two numbers compare by value, exactly, however long: 1 equals 1.0 and 01. A
// number is digits with an optional sign and an optional fraction. There are no
// exponents, so 0e1 and 0e2, which might be hashes, are texts that differ. All
// else compares byte by byte.
//
// What has any other form is refused, with the place and the forms that there
// are, rather than taken for something that holds. A dollar sign that begins no
// variable is refused in a condition and printed in a text.
package tags
