import { z } from 'zod';

/** Of a page that says nothing else, and of any at most. */
const PAGE = 100;

/** What a query says of the page that it wants. */
export const paging = {
  cursor: z
    .string()
    .regex(/^\d{1,16}$/, 'must be the cursor of the page before')
    .transform(Number)
    .optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= PAGE, `must be from 1 to ${PAGE}`)
    .optional(),
};

/** As the stores take it. */
export function pageOf({
  cursor,
  limit = PAGE,
}: {
  cursor?: number | undefined;
  limit?: number | undefined;
}) {
  return { limit, ...(cursor !== undefined && { before: cursor }) };
}
