declare const brand: unique symbol;

/** A string that only its own parser makes, so that two of them cannot be swapped by mistake. */
export type Brand<Name extends string> = string & { readonly [brand]: Name };
