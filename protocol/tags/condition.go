package tags

// Holds returns whether a condition is true: the result of if and cpanelif (U §9). The
// package comment describes the language. The whole condition is parsed before the
// first variable is looked up, so no value can act as an operator or a quote.
//
// An error is a [*protocol.Error] of code invalid: the condition has another form
// or more than 16 KiB, or an operand has more than 1 MiB. The error has the position,
// in bytes from the start, and quotes no operand.
func Holds(expr string, vars Variables) (bool, error) {
	c, err := parseCondition(expr)
	if err != nil {
		return false, err
	}
	left, err := c.left.value(vars)
	if err != nil {
		return false, err
	}
	if c.operator.text == "" {
		return (left != "" && left != "0") != c.not, nil
	}
	right, err := c.right.value(vars)
	if err != nil {
		return false, err
	}
	return c.operator.holds(compare(left, right)), nil
}

// condition is a parsed expression.
type condition struct {
	not         bool // the condition is !left
	left, right operand
	operator    operator // its text is "" for a lone operand
}

// operator compares two operands; it is true for some of their orders.
type operator struct {
	text                 string
	less, equal, greater bool
}

// operators returns all operators; no operator is a prefix of another.
func operators() [7]operator {
	return [...]operator{
		{text: "==", equal: true},
		{text: "=et=", equal: true},
		{text: "!=", less: true, greater: true},
		{text: "=gt=", greater: true},
		{text: "=gtet=", equal: true, greater: true},
		{text: "=lt=", less: true},
		{text: "=ltet=", less: true, equal: true},
	}
}

// holds returns whether the operator is true for operands of this order, a result of
// [compare].
func (o operator) holds(order int) bool {
	return order < 0 && o.less || order == 0 && o.equal || order > 0 && o.greater
}

// operand is one side of a condition: a sequence of texts and variables.
type operand []part

// part is a variable when its name is not empty, else a text.
type part struct {
	text     string
	variable mention
}

func (o operand) value(vars Variables) (string, error) {
	var out expansion
	for _, p := range o {
		text := p.text
		if p.variable.name != "" {
			text = p.variable.value(vars)
		}
		if err := out.add(text); err != nil {
			return "", err
		}
	}
	return out.text.String(), nil
}
