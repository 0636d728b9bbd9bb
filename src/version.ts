import manifest from "../package.json" with { type: "json" };

/** The package's version: what `--version`, the logs and the array's statistics show. */
export const { version } = manifest;
