//go:build tools

// Package kubeconform names the program that go.mod pins, so that `go mod tidy` keeps what it needs in go.sum.
package kubeconform

import _ "github.com/yannh/kubeconform/cmd/kubeconform"
