import type { World } from './world.ts';

/** In milliseconds. */
const MAX_SILENCE = 2_000;

export type Link = ReturnType<typeof createLink>;

/** When the cache is proven and when it is bypassed, as the tracking has it, on the two connections of the model. */
export function createLink({ redis, near, now, tell, faults }: World) {
  let [armed, generation, beat] = [false, 0, 0];
  let beganAt: number | undefined;
  let isCut = false;
  const lose = (reason: 'connection_lost' | 'heartbeat_late') => {
    [armed, beganAt] = [false, undefined];
    generation += 1;
    near.bypass(reason);
    if (near.figures().entries > 0) faults.push('something is held while nobody tells of changes');
  };
  const begin = () => {
    beat += 1;
    beganAt = now();
    const number = beat;
    redis.send(() => redis.beat(number)).catch(() => undefined);
  };
  const tick = () => {
    if (armed && beganAt === undefined) begin();
    else if (armed && beganAt !== undefined && now() - beganAt >= MAX_SILENCE)
      loseSubscriber('heartbeat_late');
    if (!armed) arm();
  };
  const arm = () => {
    const [began, id] = [generation, redis.subscriberId()];
    const tracked = redis.send(() => redis.track(id));
    tracked.then(
      () => {
        if (armed || generation !== began) return;
        armed = true;
        begin();
      },
      () => undefined,
    );
  };
  const loseSubscriber = (reason: 'connection_lost' | 'heartbeat_late') => {
    isCut = false;
    redis.loseSubscriber();
    lose(reason);
  };
  return {
    tick,
    loseSubscriber,
    loseData(isRun: boolean) {
      redis.loseData(isRun);
      lose('connection_lost');
    },
    cut: () => {
      isCut = true;
    },
    hear() {
      const push = isCut ? undefined : redis.nextPush();
      if (push === undefined) return;
      if (push.isAll) near.empty('emptied');
      near.drop(push.told.map(({ key }) => key));
      push.told.forEach(tell);
      if (push.beat !== beat || beganAt === undefined) return;
      near.prove(beganAt);
      beganAt = undefined;
    },
  };
}
