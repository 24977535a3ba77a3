import { once } from 'node:events';
import { createEchoServer } from '../doctor/echo.ts';
import { closeGently, listen, printAddress } from '../lib/listen.ts';
import type { Echoing } from './doctor-arguments.ts';
import { EXIT } from './failure.ts';
import type { Surroundings } from './manage.ts';

/** Answers until a signal ends it; gives the code to exit with. */
export async function echo({ address }: Echoing, { tell }: Pick<Surroundings, 'tell'>): Promise<number> {
  const server = createEchoServer();
  try {
    await listen(server, address);
  } catch (error) {
    tell(`postern echo: ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.refused;
  }
  tell(
    `postern echo listens at ${printAddress(server)}, and tells whoever asks what reached it. Ctrl-C ends it.\n`,
  );
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  await closeGently(server);
  return EXIT.ok;
}
