import type { Dispatcher } from "undici";
import type { Fence } from "../std/fence.ts";

/**
 * Asks the fence when a write's turn on its socket has come, which may be long after it was asked for: a connection had to
 * be made first, or the whole process was stopped in between. A write that may not go out ends with what the fence threw.
 */
export const fenced =
  (fence: Fence): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(options, options.method === "GET" ? handler : behindFence(handler, fence));

const behindFence = (handler: Dispatcher.DispatchHandler, fence: Fence): Dispatcher.DispatchHandler => ({
  onRequestStart(controller, context) {
    fence();
    handler.onRequestStart?.(controller, context);
  },
  onResponseStarted: () => handler.onResponseStarted?.(),
  onResponseStart: (...args) => handler.onResponseStart?.(...args),
  onResponseData: (...args) => handler.onResponseData?.(...args),
  onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
  onResponseError: (...args) => handler.onResponseError?.(...args),
});
