package app

import (
	"liveapi.host/host/caller/catalogue"
	"liveapi.host/host/reference"
)

// Reference returns the reference of these modules.
func Reference(modules catalogue.Catalogue) *reference.Reference { return reference.New(modules) }
