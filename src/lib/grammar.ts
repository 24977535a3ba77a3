/** RFC 6749 section 3.3, `scope-token`: printable ASCII without the space, `"` and `\`. */
export const SCOPE_TOKEN = /^[!#-[\]-~]+$/;

/** RFC 7515 section 7.1, the compact serialization, with nothing empty and nothing padded. */
export const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
