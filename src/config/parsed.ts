import { z } from 'zod';

/** A setting whose text means something more: `parse` gives undefined where it means nothing. */
export function parsed<Value>(parse: (text: string) => Value | undefined, mustBe: string) {
  return z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `must be ${mustBe}` });
    return z.NEVER;
  });
}
