package main

import "errors"

func plotFile(results, folder string) error { return errors.New("not yet") }
