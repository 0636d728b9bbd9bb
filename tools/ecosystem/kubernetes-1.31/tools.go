//go:build tools

// Package kubernetes names the programs of the oldest supported Kubernetes that go.mod pins, so that `go mod tidy` keeps what
// they need in go.sum.
package kubernetes

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
