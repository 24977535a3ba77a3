/** Whether all is well, as far as it is us who disturb it. */
export type Weather = {
  readonly begin: (fault: string) => void;
  readonly calm: () => void;
  /** Since when there is no fault, and the last one is got over; undefined while there is one. */
  readonly calmSince: () => number | undefined;
  readonly fault: () => string | undefined;
};

export function createWeather(now = () => performance.now()): Weather {
  let fault: string | undefined;
  let calmSince: number | undefined = now();
  return {
    begin: (name) => {
      fault = name;
      calmSince = undefined;
    },
    calm: () => {
      fault = undefined;
      calmSince = now();
    },
    calmSince: () => calmSince,
    fault: () => fault,
  };
}
