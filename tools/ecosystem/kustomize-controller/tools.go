//go:build tools

// Package kustomizecontroller names the program that go.mod pins, so that `go mod tidy` keeps what it needs in go.sum.
package kustomizecontroller

import _ "github.com/fluxcd/kustomize-controller"
