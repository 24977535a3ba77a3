/** A value at hand, or one to come. What is at hand is not waited for: each wait costs as much as a decision. */
export type Awaitable<Value> = Value | Promise<Value>;

/** Goes on with the value, at once where it is at hand. */
export function andThen<Value, Result>(
  value: Awaitable<Value>,
  next: (value: Value) => Awaitable<Result>,
): Awaitable<Result> {
  return value instanceof Promise ? value.then(next) : next(value);
}
