// Ages as kubectl's column AGE has them: labkit/state/times.py, for a clock that goes on in the page.

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
const YEAR = 31536000;

/** @param {number} whole @param {number} big @param {string} unit @param {number} small @param {string} rest */
function twoUnits(whole, big, unit, small, rest) {
  const more = Math.floor((whole % big) / small);
  return `${Math.floor(whole / big)}${unit}${more ? `${more}${rest}` : ""}`;
}

/**
 * A duration as kubectl has it: two units while the first is small, one after.
 * Source: `HumanDuration` of k8s.io/apimachinery/pkg/util/duration (0.37).
 * @param {number} seconds
 */
export function kubectlAge(seconds) {
  if (Math.trunc(seconds) < -1) return "<invalid>";
  const whole = Math.max(0, Math.trunc(seconds));
  if (whole < 2 * MINUTE) return `${whole}s`;
  if (whole < 10 * MINUTE) return twoUnits(whole, MINUTE, "m", 1, "s");
  if (whole < 3 * HOUR) return `${Math.floor(whole / MINUTE)}m`;
  if (whole < 8 * HOUR) return twoUnits(whole, HOUR, "h", MINUTE, "m");
  if (whole < 2 * DAY) return `${Math.floor(whole / HOUR)}h`;
  if (whole < 8 * DAY) return twoUnits(whole, DAY, "d", HOUR, "h");
  if (whole < 2 * YEAR) return `${Math.floor(whole / DAY)}d`;
  return whole < 8 * YEAR ? twoUnits(whole, YEAR, "y", DAY, "d") : `${Math.floor(whole / YEAR)}y`;
}
