import type { Connection } from './connection.ts';

/** No status where the connection broke first. */
type Answered = (status: number | undefined) => void;

export type Pool = {
  /** False, and nothing was asked, where all wait for an answer, or are broken. */
  readonly ask: (request: string, answered: Answered) => boolean;
};

/** Few: what is more than the system keeps for the server to accept comes a second later, or several. */
const OPENED_AT_A_TIME = 64;

/** So many connections, each of which was asked once: the server closes those that ask nothing for a while. */
export async function openPool(
  open: (failed: (error: Error) => void) => Connection,
  count: number,
  request: string,
): Promise<Pool> {
  const idle: Connection[] = [];
  const answers = new Map<Connection, Answered>();
  const give = (connection: Connection, status: number | undefined) => {
    const answered = answers.get(connection);
    answers.delete(connection);
    answered?.(status);
  };
  const openOne = () =>
    new Promise<void>((resolve, reject) => {
      const connection = open((error) => {
        const place = idle.indexOf(connection);
        if (place !== -1) idle.splice(place, 1);
        give(connection, undefined);
        reject(error);
      });
      connection.ask(request, () => {
        idle.push(connection);
        resolve();
      });
    });
  for (let left = count; left > 0; left -= OPENED_AT_A_TIME) {
    await Promise.all(Array.from({ length: Math.min(left, OPENED_AT_A_TIME) }, openOne));
  }
  return {
    ask: (request, answered) => {
      const connection = idle.pop();
      if (connection === undefined) return false;
      answers.set(connection, answered);
      connection.ask(request, ({ status }) => {
        idle.push(connection);
        give(connection, status);
      });
      return true;
    },
  };
}
