// Times in words.

/** @param {number} n */
const two = (n) => String(n).padStart(2, "0");

/**
 * Return the time of day as 14:03:22.
 * @param {number} at - seconds since the epoch
 * @param {number} [offset] - seconds that the clock there is ahead of UTC; by default, the reader's own clock
 */
export function clockTime(at, offset) {
  const east = offset ?? -60 * new Date(at * 1000).getTimezoneOffset();
  const there = new Date((at + east) * 1000);
  return `${two(there.getUTCHours())}:${two(there.getUTCMinutes())}:${two(there.getUTCSeconds())}`;
}

/**
 * Return a length of time: 12.4 s, 2 min 05 s, 1 h 02 min.
 * @param {number} seconds
 */
export function duration(seconds) {
  if (seconds < 59.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}
