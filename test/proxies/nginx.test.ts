import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectDenied, startSite } from '../support/site.ts';

let site: Awaited<ReturnType<typeof startSite>>;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

describe('through a real nginx', () => {
  it('the path of the check is closed to clients', async () => {
    expectDenied(await site.ask({ path: '/_postern/open' }), 404);
  });
});
