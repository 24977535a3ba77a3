/** What a proxy asks with, as far as an answer may depend on it. */
export type Subrequest = {
  readonly method: string;
  /** What follows the route in the request target: the original path and query, where the dialect puts them there. */
  readonly rest: string;
  /** Name, value, name, value, …, as they were sent. */
  readonly rawHeaders: readonly string[];
};
