import { bundleInto } from "./bundle.ts";

/** `npm run build`. */
await bundleInto(new URL("../../dist", import.meta.url).pathname);
