//go:build tools

// Package promtool names the program that go.mod pins, so that `go mod tidy` keeps what it needs in go.sum.
package promtool

import _ "github.com/prometheus/prometheus/cmd/promtool"
