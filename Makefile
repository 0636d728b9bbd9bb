# Every target works from a clean clone; npm scripts use the Node that package.json pins, whatever the system has.
.PHONY: demo test test-ecosystem check bench simulate mutants status-gallery control-plane release build clean

demo: node_modules ## the main job on real input: control plane, simulator, operator, samples; KEEP=1 leaves it running
	@KEEP=$(KEEP) npm run -s demo

test: node_modules ## all tests
	@npm run -s check:static
	@npm test

test-ecosystem: node_modules ## the real helm, promtool, Argo CD's engine, buildah; builds them the first time: about a quarter of an hour
	@npm run -s test:ecosystem

check: node_modules ## types, lint, format, generated files, unit tests: seconds
	@npm run -s check

bench: node_modules ## what the operator costs, measured on the control plane and the simulator: half an hour
	@npm run -s bench

simulate: node_modules ## lives of the operator on the model, judged by invariants: make simulate SEEDS=2000 FROM=1
	@npm run -s simulate -- --seeds $(or $(SEEDS),2000) --from $(or $(FROM),1)

mutants: node_modules ## plants defects and says which test sees each: more than an hour
	@npm run -s mutants

status-gallery: node_modules ## every state of every object as YAML in build/status-gallery/, for tools that judge objects
	@npm run -s status-gallery

control-plane: node_modules ## kube-apiserver, etcd, kubectl: found or built; prints the folder for KUBEBUILDER_ASSETS
	@npm run -s control-plane

release: node_modules ## what a release has, in build/release/: make release IMAGE=registry.example.com/ontap-iscsi-operator [BASE_IMAGE=...@sha256:...]
	@npm run -s release -- --image $(or $(IMAGE),ontap-iscsi-operator) $(if $(BASE_IMAGE),--base-image $(BASE_IMAGE))

build: node_modules ## dist/ontap-iscsi-operator.mjs
	@npm run -s build

clean:
	rm -rf node_modules dist build

node_modules: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch node_modules
