import type { Plugin } from "esbuild";

/**
 * What the product uses of undici: the Agent with its `request`, and the connector. undici's own entry also loads fetch,
 * WebSocket, caches and mocks, which cost an idle operator 3 MB of memory and some of its start. A name that is missing
 * here fails the build.
 */
const usedParts = `
  const Agent = require("undici/lib/dispatcher/agent.js");
  const Dispatcher = require("undici/lib/dispatcher/dispatcher.js");
  Object.assign(Dispatcher.prototype, { request: require("undici/lib/api/api-request.js") });
  exports.Agent = Agent;
  exports.buildConnector = require("undici/lib/core/connect.js");
`;

export const slimUndici = (root: string): Plugin => ({
  name: "slim-undici",
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, () => ({ path: "undici", namespace: "slim" }));
    build.onLoad({ filter: /.*/, namespace: "slim" }, () => ({ contents: usedParts, resolveDir: root }));
  },
});
