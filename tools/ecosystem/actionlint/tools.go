//go:build tools

// Package actionlint names the program that go.mod pins, so that `go mod tidy` keeps what it needs in go.sum.
package actionlint

import _ "github.com/rhysd/actionlint/cmd/actionlint"
