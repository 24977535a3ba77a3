/** RFC 6749 section 3.3, `scope-token`: printable ASCII without the space, `"` and `\`. */
export const SCOPE_TOKEN = /^[!#-[\]-~]+$/;
