// Command argocd-lua runs health and action scripts by Argo CD's own engine. It reads JSON lines from standard input, one
// task each, and answers each with a JSON line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	appv1 "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type task struct {
	// "health", "discover", "action", or "settings" for what argocd-cm has as actions.
	Do     string         `json:"do"`
	Object map[string]any `json:"object"`
	// Health, action or discovery, as Do says.
	Script string `json:"script"`
	// As Argo CD runs the scripts that it ships; false as it runs those of argocd-cm.
	UseOpenLibs bool `json:"useOpenLibs"`
}

type answer struct {
	Health   any    `json:"health,omitempty"`
	Actions  any    `json:"actions,omitempty"`
	Settings any    `json:"settings,omitempty"`
	Changed  any    `json:"changed,omitempty"`
	Error    string `json:"error,omitempty"`
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<24)
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		var asked task
		if err := json.Unmarshal(input.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		result, err := perform(asked)
		if err != nil {
			result.Error = err.Error()
		}
		if err := output.Encode(result); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func perform(asked task) (answer, error) {
	object := &unstructured.Unstructured{Object: asked.Object}
	vm := lua.VM{UseOpenLibs: asked.UseOpenLibs}
	switch asked.Do {
	case "health":
		health, err := vm.ExecuteHealthLua(object, asked.Script)
		return answer{Health: health}, err
	case "discover":
		actions, err := vm.ExecuteResourceActionDiscovery(object, []string{asked.Script})
		return answer{Actions: actions}, err
	case "settings":
		override := appv1.ResourceOverride{Actions: asked.Script}
		settings, err := override.GetActions()
		return answer{Settings: settings}, err
	case "action":
		changed, err := vm.ExecuteResourceAction(object, asked.Script, nil)
		return answer{Changed: changed}, err
	}
	return answer{}, fmt.Errorf("there is no %q", asked.Do)
}
