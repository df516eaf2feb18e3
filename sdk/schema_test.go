package sdk

import (
	"reflect"
	"strings"
	"testing"
)

// Made by reflection, because vet refuses this struct in source code.
func TestParameterTwice(t *testing.T) {
	field := func(name string) reflect.StructField {
		return reflect.StructField{Name: name, Type: reflect.TypeFor[string](), Tag: `json:"a" doc:"A."`}
	}
	_, err := compileIn(reflect.StructOf([]reflect.StructField{field("A"), field("B")}))
	if err == nil || !strings.Contains(err.Error(), "two fields have this name") {
		t.Errorf("two parameters of one name: %v", err)
	}
}
