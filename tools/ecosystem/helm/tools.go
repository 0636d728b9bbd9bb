//go:build tools

// Package helm names the program that go.mod pins, so that `go mod tidy` keeps what it needs in go.sum.
package helm

import _ "helm.sh/helm/v4/cmd/helm"
